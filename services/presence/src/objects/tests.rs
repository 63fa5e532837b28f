use super::*;
use crate::played::{Does, Played};
use std::net::SocketAddr;

const DEADLINE: Duration = Duration::from_secs(10);
/// Where the service hangs, and is waited for in vain.
const SHORT: Duration = Duration::from_secs(2);

fn objects(address: SocketAddr) -> Objects {
    objects_within(address, DEADLINE)
}

fn objects_within(address: SocketAddr, deadline: Duration) -> Objects {
    objects_at(&format!("http://{address}"), deadline)
}

fn objects_at(uri: &str, deadline: Duration) -> Objects {
    let at_once = NonZeroUsize::new(4).unwrap();
    Objects::new(uri.to_owned().try_into().unwrap(), deadline, at_once).unwrap()
}

async fn found(objects: &Objects, id: &str) -> Result<Found, LookUpError> {
    objects.look_up(&id.parse().unwrap()).await
}

fn code(found: Result<Found, LookUpError>) -> String {
    match found {
        Err(LookUpError::Rejected(rejection)) => rejection.code.into_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn an_object_is_online_from_when_its_answer_came_or_offline() {
    let service = Played::start().await;
    service.object("1", Does::Tell(true, Duration::from_millis(50)));
    service.object("2", Does::Tell(false, Duration::ZERO));
    let objects = objects(service.address);
    let asked = Instant::now();
    let Ok(Found::Online(at)) = found(&objects, "1").await else { panic!("not online") };
    assert!(at >= asked.plus(Duration::from_millis(50)) && at <= Instant::now());
    assert_eq!(found(&objects, "2").await, Ok(Found::Offline));
    assert_eq!(service.asked().base, 0, "nothing was in doubt");
}

#[tokio::test]
async fn an_id_with_anything_in_it_arrives_as_it_is() {
    let service = Played::start().await;
    let objects = objects(service.address);
    for id in ["a/b", "../x", "%2e%2e", "ö ß?", "a#b", "a\\b"] {
        service.online(id);
        assert!(matches!(found(&objects, id).await, Ok(Found::Online(_))), "{id}");
        assert_eq!(service.asked().objects.last().unwrap(), id);
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_makes_no_sense_is_rejected() {
    let service = Played::start().await;
    let objects = objects(service.address);
    assert_eq!(code(found(&objects, "nowhere").await), "object_unknown");
    for (status, body, wanted) in [
        (410, "", "object_unknown"),
        (200, "{}", "object_answer_invalid"),
        (200, r#"{"id": "other", "online": true}"#, "object_answer_invalid"),
        (204, "", "object_answer_invalid"),
        (400, "", "object_answer_invalid"),
        (451, "", "object_answer_invalid"),
    ] {
        service.object("1", Does::Answer(status, body.to_owned()));
        assert_eq!(code(found(&objects, "1").await), wanted, "{status} {body}");
    }
    assert_eq!(service.asked().base, 0);
}

#[tokio::test]
async fn a_body_is_read_up_to_its_bound() {
    let service = Played::start().await;
    let objects = objects(service.address);
    let padded = |spaces: usize| format!(r#"{{"id": 1, "online": true}}{}"#, " ".repeat(spaces));
    service.object("1", Does::Answer(200, padded(LARGEST - 30)));
    assert!(matches!(found(&objects, "1").await, Ok(Found::Online(_))));
    service.object("1", Does::Answer(200, padded(LARGEST)));
    let Err(LookUpError::Rejected(rejection)) = found(&objects, "1").await else { panic!("not rejected") };
    assert!(rejection.detail.contains("larger than 65536 bytes"), "{}", rejection.detail);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let service = Played::start().await;
    service.object("1", Does::Redirect);
    service.object("elsewhere", Does::Answer(200, r#"{"id": 1, "online": true}"#.to_owned()));
    assert_eq!(code(found(&objects(service.address), "1").await), "object_answer_invalid");
    assert_eq!(service.asked().objects, ["1"]);
}

#[tokio::test]
async fn what_the_service_refuses_everybody_is_its_own_affair() {
    let service = Played::start().await;
    let objects = objects(service.address);
    for status in [401, 403, 429, 502, 503, 504] {
        service.object("1", Does::Answer(status, String::new()));
        let why = format!("the objects' service answers {status}");
        assert_eq!(found(&objects, "1").await, Err(LookUpError::Service(why)));
    }
    assert_eq!(service.asked().base, 0);
}

#[tokio::test]
async fn an_object_that_is_refused_while_others_are_answered_for_has_an_error_of_its_own() {
    let service = Played::start().await;
    let objects = objects(service.address);
    service.online("2");
    for (status, own) in [(403, true), (429, false), (503, true), (504, true)] {
        let (id, why) = (status.to_string(), format!("the objects' service answers {status}"));
        service.object(&id, Does::Answer(status, String::new()));
        for time in 1..=4 {
            let wanted = if own && time >= 3 {
                LookUpError::Object(why.clone())
            } else {
                LookUpError::Service(why.clone())
            };
            assert_eq!(found(&objects, &id).await, Err(wanted), "{status}, time {time}");
            assert!(found(&objects, "2").await.is_ok());
        }
    }
}

#[tokio::test]
async fn what_is_in_doubt_is_the_objects_fault_where_the_service_is_alive() {
    for does in [Does::Answer(500, String::new()), Does::Answer(408, String::new()), Does::Hang, Does::Break]
    {
        let service = Played::start().await;
        service.object("1", does.clone());
        let told = found(&objects_within(service.address, SHORT), "1").await;
        assert!(matches!(told, Err(LookUpError::Object(_))), "{does:?}: {told:?}");
        assert_eq!(service.asked().base, 1);
    }
}

#[tokio::test]
async fn what_is_in_doubt_is_the_services_where_it_is_not_alive() {
    for base in [Does::Answer(500, String::new()), Does::Answer(503, String::new()), Does::Hang, Does::Break]
    {
        let alive = matches!(base, Does::Break);
        let service = Played::start().await;
        service.object("1", Does::Answer(500, String::new()));
        service.base(base.clone());
        let told = found(&objects_within(service.address, SHORT), "1").await;
        // Whoever sends the head of an answer is alive.
        assert_eq!(matches!(told, Err(LookUpError::Object(_))), alive, "{base:?}: {told:?}");
        assert_eq!(matches!(told, Err(LookUpError::Service(_))), !alive, "{base:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_hundred_that_are_in_doubt_at_once_ask_once() {
    let service = Played::start().await;
    service.object("1", Does::Answer(500, String::new()));
    let objects = objects(service.address);
    let begun = std::time::Instant::now();
    let told = futures::future::join_all((0..100).map(|_| found(&objects, "1"))).await;
    assert!(told.iter().all(|told| matches!(told, Err(LookUpError::Object(_)))), "{told:?}");
    // Once more for each second that a busy machine takes: so long an answer counts.
    let most = 1 + begun.elapsed().as_secs();
    let asked = u64::try_from(service.asked().base).unwrap();
    assert!((1..=most).contains(&asked), "{asked} times, of {most} at most");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_away_and_the_uri_is_in_no_word_of_it() {
    let nowhere = Played::nowhere().await;
    let plain = Played::start().await;
    for uri in [
        format!("http://{nowhere}/secret-path"),
        "http://no-such-host.invalid/secret-path".to_owned(),
        // Speaks no TLS.
        format!("https://{}/secret-path", plain.address),
    ] {
        let told = found(&objects_at(&uri, DEADLINE), "1").await;
        let Err(LookUpError::Service(why)) = told else { panic!("{uri}: {told:?}") };
        assert!(why.starts_with("no connection") && !why.contains("secret"), "{why}");
    }
}

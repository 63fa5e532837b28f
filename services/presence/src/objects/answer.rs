//! What an answer of the objects' service means. The table is in the service's README.

use crate::model::ObjectId;
use pawnshop_domain::Rejection;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

/// The most bytes of an answer; one is some 30 of them.
pub(super) const LARGEST: usize = 64 << 10;

/// What follows from an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Online,
    Offline,
    /// Asked again it would say the same.
    Rejected(Rejection),
    /// It would say so of any object: the service's own affair.
    Refused(String),
    /// It says so of this object, or of any: what it says of others tells.
    Unavailable(String),
    /// It may be this object's fault or the service's.
    Doubtful(String),
}

/// An object as the service tells of it; more fields are ignored.
#[derive(Deserialize)]
struct Object {
    id: Value,
    online: bool,
}

/// Judges an answer about this object. `body`: of a 200; `None` where it is too large.
pub(super) fn judge(id: &ObjectId, status: StatusCode, body: Option<&[u8]>) -> Judgement {
    let told = status.as_u16();
    let answers = || format!("the objects' service answers {told}");
    match told {
        200 => read(id, body).unwrap_or_else(|why| invalid(id, &why)),
        404 | 410 => Judgement::Rejected(Rejection::invalid(
            "object_unknown",
            format!("the objects' service does not know the object \"{id}\" ({told})"),
        )),
        401 | 407 | 421 | 429 => Judgement::Refused(answers()),
        403 | 502..=504 => Judgement::Unavailable(answers()),
        408 | 425 | 500.. => Judgement::Doubtful(answers()),
        _ => invalid(id, &format!("it answers {told}")),
    }
}

fn read(id: &ObjectId, body: Option<&[u8]>) -> Result<Judgement, String> {
    let body = body.ok_or_else(|| format!("its answer is larger than {LARGEST} bytes"))?;
    // In words of ours: what the service chose to send stays out of outcomes and logs.
    let no_object = |place: String| format!("its answer is no {{\"id\": ..., \"online\": ...}}{place}");
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(no_object(String::new()));
    }
    let object: Object = serde_json::from_slice(body)
        .map_err(|error| no_object(format!(" (line {}, column {})", error.line(), error.column())))?;
    let same = match &object.id {
        Value::String(text) => text == id.as_str(),
        Value::Number(number) => number.to_string() == id.as_str(),
        _ => false,
    };
    match (same, object.online) {
        (false, _) => Err("its answer is about another object".to_owned()),
        (true, true) => Ok(Judgement::Online),
        (true, false) => Ok(Judgement::Offline),
    }
}

fn invalid(id: &ObjectId, why: &str) -> Judgement {
    let detail = format!("the objects' service does not tell whether the object \"{id}\" is online: {why}");
    Judgement::Rejected(Rejection::invalid("object_answer_invalid", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(id: &str, status: u16, body: &str) -> Judgement {
        judge(&id.parse().unwrap(), StatusCode::from_u16(status).unwrap(), Some(body.as_bytes()))
    }

    fn code(judgement: Judgement) -> String {
        match judgement {
            Judgement::Rejected(rejection) => rejection.code.into_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn an_object_is_what_its_service_says() {
        assert_eq!(judged("1", 200, r#"{"id": 1, "online": true}"#), Judgement::Online);
        assert_eq!(judged("1", 200, r#"{"online": false, "id": "1", "more": {}}"#), Judgement::Offline);
        assert_eq!(judged("ö/1", 200, r#"{"id": "ö\/1", "online": true}"#), Judgement::Online);
        let most = u64::MAX;
        assert_eq!(
            judged(&most.to_string(), 200, &format!(r#"{{"id":{most},"online":true}}"#)),
            Judgement::Online
        );
    }

    #[test]
    fn nonsense_is_rejected_and_says_what_was_wrong() {
        let no_object = "its answer is no {\"id\": ..., \"online\": ...}";
        for (body, why) in [
            ("", no_object),
            ("online", no_object),
            ("{}", no_object),
            ("[1, true]", no_object),
            (r#"{"id": 2, "online": true}"#, "another object"),
            (r#"{"id": 1.0, "online": true}"#, "another object"),
            (r#"{"id": "01", "online": true}"#, "another object"),
            (r#"{"id": null, "online": true}"#, "another object"),
            (r#"{"id": 1, "online": "yes"}"#, "(line 1, column 25)"),
            (r#"{"id": 1, "online": 1}"#, no_object),
            (r#"{"id": 1, "online": true, "online": false}"#, no_object),
            (r#"{"id": 1, "online": true} and more"#, no_object),
        ] {
            let Judgement::Rejected(rejection) = judged("1", 200, body) else { panic!("{body}") };
            assert_eq!(rejection.code, "object_answer_invalid", "{body}");
            assert!(rejection.detail.contains(why), "{body}: {}", rejection.detail);
        }
        assert_eq!(code(judge(&7_i64.into(), StatusCode::OK, None)), "object_answer_invalid");
    }

    #[test]
    fn every_status_has_its_judgement() {
        let of = |status| judged("1", status, "");
        for unknown in [404, 410] {
            assert_eq!(code(of(unknown)), "object_unknown", "{unknown}");
        }
        for invalid in
            [201, 202, 204, 206, 301, 302, 304, 307, 308, 400, 402, 405, 406, 409, 413, 415, 418, 422, 451]
        {
            assert_eq!(code(of(invalid)), "object_answer_invalid", "{invalid}");
        }
        for refused in [401, 407, 421, 429] {
            let told = format!("the objects' service answers {refused}");
            assert_eq!(of(refused), Judgement::Refused(told));
        }
        for unavailable in [403, 502, 503, 504] {
            assert!(matches!(of(unavailable), Judgement::Unavailable(_)), "{unavailable}");
        }
        for doubtful in [408, 425, 500, 501, 505, 507, 599] {
            assert!(matches!(of(doubtful), Judgement::Doubtful(_)), "{doubtful}");
        }
    }
}

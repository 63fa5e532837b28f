use super::*;
use crate::{Handler, Outcome, Pacing, Proof, Unavailable};
use async_trait::async_trait;
use pawnshop_events::Event;

const HIGHEST: ConfigKey<u32> = ConfigKey::optional("highest");
const OBJECTS: ConfigKey<String> = ConfigKey::required("objectsUri");

struct Idle;

#[async_trait]
impl Handler for Idle {
    async fn handle(&self, events: &[Event]) -> Result<Vec<Outcome>, Unavailable> {
        Ok(vec![Outcome::Applied; events.len()])
    }
}

fn flow(name: &'static str, config: &'static [&'static dyn Key]) -> Flow {
    Flow {
        name: FlowName::fixed(name),
        event_type: "test.v1",
        proof: Proof::Unrecorded,
        collections: &[],
        config,
        pacing: Pacing::Together { max_events_per_message: 1 },
        handler: |_| Arc::new(Idle),
    }
}

fn told(config: &str, flows: &[Flow]) -> Vec<String> {
    config.parse::<PoolConfig>().unwrap().faults(flows).iter().map(ToString::to_string).collect()
}

#[test]
fn a_flow_reads_its_key_as_what_it_is() {
    let config: PoolConfig = r#"{"highest": 7, "objectsUri": "s3://objects"}"#.parse().unwrap();
    assert!(config.faults(&[flow("a", &[&HIGHEST]), flow("b", &[&OBJECTS])]).is_empty());
    assert_eq!(config.get(&HIGHEST), Some(7));
    assert_eq!(config.get(&OBJECTS).as_deref(), Some("s3://objects"));
}

#[test]
fn every_fault_of_every_flow_is_told_at_once() {
    let flows = [flow("a", &[&HIGHEST]), flow("b", &[&HIGHEST, &OBJECTS])];
    assert_eq!(
        told(r#"{"highest": "much", "objectURI": "s3://objects", "objectsUri": null}"#, &flows),
        [
            r#""highest", which flow "a" reads: invalid type: string "much", expected u32"#,
            r#""highest", which flow "b" reads: invalid type: string "much", expected u32"#,
            r#""objectsUri" is missing: flow "b" needs it"#,
            r#""objectURI" is read by no flow of the pool; they read highest, objectsUri"#,
        ]
    );
}

#[test]
fn flows_that_read_nothing_take_nothing() {
    assert!(told("{}", &[flow("a", &[])]).is_empty());
    assert_eq!(
        told(r#"{"highest": 7}"#, &[flow("a", &[])]),
        [r#""highest" is read by no flow of the pool; they read none"#]
    );
}

#[test]
fn what_is_no_object_is_no_config() {
    for text in ["", "7", "[]", "{"] {
        let told = text.parse::<PoolConfig>().unwrap_err().to_string();
        assert!(told.starts_with("must be a JSON object"), "{text}: {told}");
    }
}

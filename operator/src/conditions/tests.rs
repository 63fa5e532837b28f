use super::*;
use k8s_openapi::jiff::SignedDuration;

fn fleet(name: &str, ready: u32, wanted: u32) -> Fleet {
    let rollout =
        Rollout { wanted, replicas: wanted, updated: wanted, ready, is_current: true, failure: None };
    Fleet { name: name.to_owned(), rollout: Some(rollout), least: wanted }
}

fn healthy() -> Findings {
    Findings {
        generation: Some(4),
        obstacle: None,
        flaw: None,
        dispatcher: fleet("dispatcher", 2, 2),
        pools: vec![fleet("items", 1, 1), fleet("actions", 3, 3)],
        broker: Verdict::new(Holds::True, "Reachable", "it answers"),
        scaling: Some(Verdict::new(Holds::True, "Following", "they do")),
        store_answers: None,
        unknown_flows: Vec::new(),
        unserved: Vec::new(),
    }
}

fn found(findings: &Findings, of: ConditionType) -> (String, String, String) {
    let told = conditions(findings, &[], Timestamp::UNIX_EPOCH);
    let found = told.into_iter().find(|condition| condition.type_ == of.name()).unwrap();
    (found.status, found.reason, found.message)
}

fn reason(findings: &Findings, of: ConditionType) -> String {
    let (status, reason, _) = found(findings, of);
    format!("{status} {reason}")
}

#[test]
fn a_shop_that_serves_is_ready_and_nothing_is_wrong() {
    let told = conditions(&healthy(), &[], Timestamp::UNIX_EPOCH);
    let told: Vec<_> =
        told.iter().map(|told| format!("{} {} {}", told.type_, told.status, told.reason)).collect();
    assert_eq!(
        told,
        [
            "Ready True Serving",
            "Progressing False Complete",
            "Degraded False AsExpected",
            "BrokerReachable True Reachable",
            "StoreReachable True WorkersReady",
            "ScalingActive True Following",
            "ReadsUninterrupted True SeveralReaders",
            "FlowsServed True FlowsKnown",
        ]
    );
}

#[test]
fn without_a_ready_dispatcher_or_a_ready_worker_in_some_pool_a_shop_is_not_ready() {
    let mut findings = healthy();
    findings.pools[1] = fleet("actions", 0, 3);
    let (status, reason_, message) = found(&findings, ConditionType::Ready);
    assert_eq!(format!("{status} {reason_} {message}"), "False WorkersNotReady actions: 0 of 3 ready");
    assert_eq!(reason(&findings, ConditionType::Progressing), "True RollingOut");
    findings.dispatcher.rollout = None;
    assert_eq!(reason(&findings, ConditionType::Ready), "False DispatcherNotReady");
}

#[test]
fn a_pool_that_sleeps_keeps_no_shop_from_being_ready() {
    let mut findings = healthy();
    findings.pools[1] = fleet("actions", 0, 0);
    assert_eq!(reason(&findings, ConditionType::Ready), "True Serving");
    assert_eq!(reason(&findings, ConditionType::ReadsUninterrupted), "False SingleReader");
}

#[test]
fn an_obstacle_is_told_by_its_own_reason_and_blocks() {
    let mut findings = healthy();
    findings.obstacle =
        Some(Obstacle { reason: "SecretMissing", message: "there is no Secret \"rabbit\"".to_owned() });
    assert_eq!(reason(&findings, ConditionType::Ready), "False SecretMissing");
    assert_eq!(reason(&findings, ConditionType::Degraded), "True SecretMissing");
    assert_eq!(reason(&findings, ConditionType::Progressing), "False Blocked");
}

#[test]
fn a_rollout_that_failed_degrades_the_shop_which_may_serve_all_the_same() {
    let mut findings = healthy();
    if let Some(rollout) = &mut findings.pools[0].rollout {
        rollout.failure = Some("FailedCreate: exceeded quota".to_owned());
    }
    assert_eq!(reason(&findings, ConditionType::Ready), "True Serving");
    let (status, _, message) = found(&findings, ConditionType::Degraded);
    assert_eq!(format!("{status} {message}"), "True items: FailedCreate: exceeded quota");
    assert_eq!(reason(&findings, ConditionType::Progressing), "False RolloutFailed");
}

#[test]
fn a_broker_that_does_not_answer_degrades_and_one_that_is_not_known_does_not() {
    let mut findings = healthy();
    findings.broker = Verdict::new(Holds::False, "Unreachable", "connection refused");
    assert_eq!(reason(&findings, ConditionType::Degraded), "True Unreachable");
    findings.broker = Verdict::new(Holds::Unknown, "NoManagementUri", "…");
    assert_eq!(reason(&findings, ConditionType::Degraded), "False AsExpected");
}

#[test]
fn the_store_is_unknown_while_no_worker_could_tell() {
    let mut findings = healthy();
    findings.pools = vec![fleet("items", 0, 2)];
    assert_eq!(reason(&findings, ConditionType::StoreReachable), "Unknown NoWorkerReady");
    findings.store_answers = Some(false);
    assert_eq!(reason(&findings, ConditionType::StoreReachable), "False StoreUnreachable");
    assert_eq!(reason(&findings, ConditionType::Degraded), "True StoreUnreachable");
    findings.store_answers = Some(true);
    assert_eq!(reason(&findings, ConditionType::StoreReachable), "True WorkerReachesStore");
    for answers in [Some(true), Some(false), None] {
        findings.store_answers = answers;
        assert_eq!(store_answered(&conditions(&findings, &[], Timestamp::UNIX_EPOCH)), answers);
    }
    findings.pools = vec![fleet("items", 0, 0)];
    assert_eq!(reason(&findings, ConditionType::StoreReachable), "Unknown NoWorkers");
}

#[test]
fn a_condition_keeps_its_time_until_it_holds_otherwise() {
    let (first, later) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60));
    let before = conditions(&healthy(), &[], first);
    assert_eq!(conditions(&healthy(), &before, later), before);

    let mut findings = healthy();
    findings.pools[0] = fleet("items", 0, 1);
    let after = conditions(&findings, &before, later);
    let changed: Vec<_> = after
        .iter()
        .filter(|condition| condition.last_transition_time.0 == later)
        .map(|condition| condition.type_.as_str())
        .collect();
    assert_eq!(changed, ["Ready", "Progressing"]);
}

#[test]
fn a_message_that_is_too_long_is_cut_between_characters() {
    let mut findings = healthy();
    findings.obstacle = Some(Obstacle { reason: "Faulty", message: "é".repeat(1000) });
    let (_, _, message) = found(&findings, ConditionType::Ready);
    assert!(message.len() <= LONGEST_MESSAGE && message.ends_with("é…"), "{}", message.len());
}

#[test]
fn a_queue_that_holds_events_of_a_flow_that_no_pool_consumes_is_told() {
    let mut findings = healthy();
    findings.unserved = vec!["presence".parse().unwrap(), "appraisals".parse().unwrap()];
    let (status, reason, message) = found(&findings, ConditionType::FlowsServed);
    assert_eq!(format!("{status} {reason}"), "False UnservedQueue");
    assert!(message.contains("presence, appraisals"), "{message}");
}

use super::{Clash, REFUSALS, is_refusal, refuses, store_error};
use mongodb::error::{Error, ErrorKind};
use pawnshop_store::StoreError;
use std::collections::HashSet;

#[test]
fn outages_are_no_refusals() {
    let outages = [
        (6, "HostUnreachable"),
        (7, "HostNotFound"),
        (11, "UserNotFound"),
        (13, "Unauthorized"),
        (18, "AuthenticationFailed"),
        (24, "LockTimeout"),
        (46, "LockBusy"),
        (50, "MaxTimeMSExpired"),
        (64, "WriteConcernTimeout"),
        (89, "NetworkTimeout"),
        (91, "ShutdownInProgress"),
        (100, "UnsatisfiableWriteConcern"),
        (112, "WriteConflict"),
        (133, "FailedToSatisfyReadPreference"),
        (175, "QueryPlanKilled"),
        (189, "PrimarySteppedDown"),
        (202, "NetworkInterfaceExceededTimeLimit"),
        (237, "CursorKilled"),
        (262, "ExceededTimeLimit"),
        (276, "IndexBuildAborted"),
        (292, "QueryExceededMemoryLimitNoDiskUseAllowed"),
        (9001, "SocketException"),
        (10058, "LegacyNotPrimary"),
        (10107, "NotWritablePrimary"),
        (11600, "InterruptedAtShutdown"),
        (11601, "Interrupted"),
        (11602, "InterruptedDueToReplStateChange"),
        (13435, "NotPrimaryNoSecondaryOk"),
        (13436, "NotPrimaryOrSecondary"),
        (14031, "OutOfDiskSpace"),
    ];
    for (code, name) in outages {
        assert!(!refuses(code), "{name}");
    }
    assert!(!refuses(987_654), "a code that nobody knows");
}

#[test]
fn the_table_names_each_code_once() {
    let codes: HashSet<i32> = REFUSALS.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes.len(), REFUSALS.len());
}

#[test]
fn a_lost_connection_is_an_outage() {
    let error = Error::from(ErrorKind::Io(std::sync::Arc::new(std::io::ErrorKind::BrokenPipe.into())));
    assert!(!is_refusal(&error));
    assert!(matches!(store_error(&error), StoreError::Unavailable(_)));
}

#[test]
fn a_clash_is_told_from_the_servers_words() {
    let of = |name: &str| {
        let words = format!(
            "E11000 duplicate key error collection: shop.items index: {name} dup key: {{ a: \" index: _id_ dup key: \" }}"
        );
        Clash::of(11000, &words)
    };
    let fields =
        |fields: &[&str]| Some(Clash::Fields(fields.iter().map(|field| (*field).to_owned()).collect()));
    assert_eq!(of("_id_"), Some(Clash::Id));
    assert_eq!(of("eventId_1"), fields(&["eventId"]));
    assert_eq!(of("shelf_1_place_1"), fields(&["shelf", "place"]));
    assert_eq!(of("somebody's own"), fields(&["somebody's own"]));
    assert_eq!(of("by_hand"), fields(&["by_hand"]));
    assert_eq!(Clash::of(121, "E11000 index: _id_ dup key: {}"), None);
    assert_eq!(Clash::of(11000, "no such words"), None);
}

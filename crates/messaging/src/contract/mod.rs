//! What every broker must do, as tests that a backend runs against itself (decision D10).
//!
//! A backend implements [`Backend`] in its tests and calls [`broker_contract!`](crate::broker_contract) once; each
//! function here becomes a test of the same name. To add a rule: a function in the file that it belongs to, and
//! its name in the macro. Nothing here may depend on the order of events.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test suite: failing loudly is its purpose, and a test's name says what it shows"
)]

mod crash;
mod declaring;
mod publishing;
mod retrying;
mod settling;
mod sharing;
mod world;

pub use crash::*;
pub use declaring::*;
pub use publishing::*;
pub use retrying::*;
pub use settling::*;
pub use sharing::*;
pub use world::{Backend, event, flow};

/// Makes each rule of the contract a `#[tokio::test]` for one [`Backend`](crate::contract::Backend). The calling
/// crate needs tokio with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! broker_contract {
    ($backend:ty) => {
        $crate::broker_contract! { @tests $backend:
            declaring_twice_keeps_what_is_there
            an_undeclared_flow_cannot_be_published_to
            an_undeclared_flow_cannot_be_consumed
            the_backlog_of_an_undeclared_flow_is_unknown
            a_broker_that_runs_answers_a_ping
            a_published_event_arrives_with_every_field
            an_event_without_optional_fields_arrives_without_them
            a_large_event_arrives_whole
            a_batch_of_thousands_arrives_whole
            events_of_many_publishers_arrive_once_each
            publishing_nothing_is_fine
            the_same_event_published_twice_arrives
            a_settled_event_never_comes_again
            settling_twice_has_no_effect
            settling_nothing_is_fine
            a_returned_event_comes_at_once_with_no_attempt_counted
            an_unsettled_event_comes_again_when_its_consumer_is_dropped
            only_what_was_not_settled_comes_again
            settlements_of_one_call_are_independent
            a_retry_comes_not_before_its_tier_and_counts_an_attempt
            attempts_add_up_over_the_tiers
            a_long_delay_does_not_hold_up_a_short_one
            a_delayed_event_is_not_backlog
            a_tier_that_is_not_of_the_schedule_is_refused
            two_consumers_share_without_overlap
            a_consumer_of_several_flows_hears_of_all
            a_full_flow_does_not_starve_another
            every_waiting_consumer_is_woken
            a_receive_that_is_cancelled_loses_nothing
            receive_takes_no_more_than_asked_for
            backlog_counts_ready_and_unsettled_events
            published_events_survive_a_crash
            what_was_settled_before_a_crash_stays_settled
            what_was_not_settled_before_a_crash_comes_again
            a_delay_goes_on_across_a_crash
        }
    };
    (@tests $backend:ty: $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if <$backend as $crate::contract::Backend>::skips(stringify!($name)).await {
                    return;
                }
                $crate::contract::$name::<$backend>().await;
            }
        )*
    };
}

//! How the time that a pod has to end is divided, so that what it has begun is finished before it is killed.

use std::time::Duration;

/// How long a program may take over each part of its end. The parts fit into the pod's grace, with room to spare for
/// closing connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grace {
    /// New connections are still taken, for load balancers to notice.
    pub(super) accept_after_stop: Duration,
    /// What has begun may end.
    pub(super) drain: Duration,
}

/// No shop needs more than this beside the drain itself.
const MOST_TO_SPARE: u32 = 15;

/// As long as endpoints take to be known everywhere.
const LONGEST_ACCEPT: u32 = 5;

/// A batch is given up after this time (`--handler-deadline`) unless a pod is given more.
const HANDLER_DEADLINE: Duration = Duration::from_secs(30);

impl Grace {
    /// The parts of these seconds; 10 or more.
    pub(super) fn of(seconds: u32) -> Self {
        let drain = seconds - MOST_TO_SPARE.min(seconds / 2);
        let accept = LONGEST_ACCEPT.min(seconds / 8);
        Self {
            accept_after_stop: Duration::from_secs(accept.into()),
            drain: Duration::from_secs(drain.into()),
        }
    }

    /// How long a batch may be handled. Whoever gives pods a long time to end has handlers that need it.
    pub(super) fn handler_deadline(self) -> Duration {
        self.drain.max(HANDLER_DEADLINE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_end_fits_into_the_grace_with_room_to_spare() {
        for seconds in 10..=3600 {
            let grace = Grace::of(seconds);
            let both = grace.accept_after_stop + grace.drain;
            assert!(
                both + Duration::from_secs(3) <= Duration::from_secs(seconds.into()),
                "{seconds}: {grace:?}"
            );
            assert!(grace.drain >= Duration::from_secs(5), "{seconds}: {grace:?}");
        }
    }

    #[test]
    fn slow_handlers_have_as_long_as_the_drain_and_never_less_than_by_default() {
        assert_eq!(Grace::of(40).drain, Duration::from_secs(25));
        assert_eq!(Grace::of(40).handler_deadline(), Duration::from_secs(30));
        assert_eq!(Grace::of(600).handler_deadline(), Duration::from_secs(585));
    }
}

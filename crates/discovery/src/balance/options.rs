use std::time::Duration;

/// How [`balanced`](crate::balanced) treats workers. The defaults are for a fleet in one data centre.
#[derive(Clone, Debug)]
pub struct BalanceOptions {
    /// How long a connection may take to open. Default: 1 s.
    pub connect_deadline: Duration,
    /// How often a connection is pinged (HTTP/2 PING), idle ones included. Default: 2 s.
    pub keep_alive: Duration,
    /// How long a ping may take to be answered, before the connection counts as lost with all its calls. Default: 2 s.
    pub keep_alive_deadline: Duration,
    /// How long a call must have gone unanswered for its end to be the worker's failure: whoever gives up sooner may
    /// just have hung up. Default: 1 s.
    pub patience: Duration,
    /// How long a worker is set aside for its first failure, give or take a quarter; doubled with each that
    /// follows. Default: 0.5 s.
    pub first_set_aside: Duration,
    /// The longest that a worker is set aside. Default: 10 s.
    pub longest_set_aside: Duration,
    /// How often a worker of a source that knows addresses only is asked whether it serves (`grpc.health.v1`), and
    /// how long it may take to answer. Default: 1 s.
    pub health_period: Duration,
}

impl Default for BalanceOptions {
    fn default() -> Self {
        Self {
            connect_deadline: Duration::from_secs(1),
            keep_alive: Duration::from_secs(2),
            keep_alive_deadline: Duration::from_secs(2),
            patience: Duration::from_secs(1),
            first_set_aside: Duration::from_millis(500),
            longest_set_aside: Duration::from_secs(10),
            health_period: Duration::from_secs(1),
        }
    }
}

use crate::rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many workers: ceil(backlog / backlogPerWorker), between min and max.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::in_schema(&rules::MIN_MAX)))]
pub struct Autoscaling {
    /// The fewest workers; 0 lets the pool sleep while it has no backlog.
    #[serde(default = "default_min")]
    #[schemars(range(min = 0, max = 1000), extend("format" = "int32"))]
    pub min: u32,
    /// The most workers.
    #[serde(default = "default_max")]
    #[schemars(range(min = 1, max = 1000), extend("format" = "int32"))]
    pub max: u32,
    /// The backlog, in events, that one worker is given before another is added.
    #[serde(default = "default_backlog_per_worker")]
    #[schemars(range(min = 1, max = 1_000_000_000), extend("format" = "int32"))]
    pub backlog_per_worker: u32,
    /// Workers are removed only after so many seconds in which fewer would have done; 300 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 3600), extend("format" = "int32"))]
    pub scale_in_stabilization_seconds: Option<u32>,
    /// How fast workers are added; as fast as Kubernetes does when absent. Embedded shops ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surge: Option<Surge>,
    /// Other bounds at other times; of several that are in force, the last in the list counts. Embedded shops ignore
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub schedules: Vec<Schedule>,
}

/// At most so many workers are added in so many seconds.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Surge {
    /// So many workers.
    #[schemars(range(min = 1, max = 1000), extend("format" = "int32"))]
    pub workers: u32,
    /// In so many seconds.
    #[schemars(range(min = 1, max = 1800), extend("format" = "int32"))]
    pub seconds: u32,
}

/// Other bounds from one moment to another, again and again.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::in_schema(&rules::SCHEDULE)))]
pub struct Schedule {
    /// When they begin to be in force: minute, hour, day of month, month and day of week, as in crontab(5).
    #[schemars(length(min = 9, max = 128), extend("x-kubernetes-validations" = rules::in_schema(&rules::CRON)))]
    pub start: String,
    /// When they end to be.
    #[schemars(length(min = 9, max = 128), extend("x-kubernetes-validations" = rules::in_schema(&rules::CRON)))]
    pub end: String,
    /// The time zone of both, such as `Europe/Berlin` (IANA).
    #[serde(default = "default_time_zone")]
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-validations" = rules::in_schema(&rules::TIME_ZONE)))]
    pub time_zone: String,
    /// The fewest workers then; as otherwise when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000), extend("format" = "int32"))]
    pub min: Option<u32>,
    /// The most workers then; as otherwise when absent. It wins over a greater min.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000), extend("format" = "int32"))]
    pub max: Option<u32>,
}

impl Default for Autoscaling {
    fn default() -> Self {
        Self {
            min: default_min(),
            max: default_max(),
            backlog_per_worker: default_backlog_per_worker(),
            scale_in_stabilization_seconds: None,
            surge: None,
            schedules: Vec::new(),
        }
    }
}

fn default_min() -> u32 {
    1
}

fn default_max() -> u32 {
    10
}

fn default_backlog_per_worker() -> u32 {
    500
}

fn default_time_zone() -> String {
    "UTC".to_owned()
}

//! External metrics through a real API server, whose controller of HorizontalPodAutoscalers acts on them. A cluster has
//! one APIService for them: these tests have a cluster of their own, and run one after another.

mod asking;
mod broken;
mod certificates;
mod limits;
mod owners;
mod program;
mod rollout;
mod scaling;
mod stage;
mod switch;
mod trust;

//! The publishing half against a real RabbitMQ.

mod alarms;
mod backlog;
mod faults;
mod publishing;
mod support;
mod topology;

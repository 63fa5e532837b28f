//! RabbitMQ keeps the broker's contract.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod support;

pawnshop_messaging::broker_contract!(support::Rabbit);

//! The embedded queue keeps the broker's contract.

mod support;

pawnshop_messaging::broker_contract!(support::Embedded);

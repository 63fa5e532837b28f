//! Real servers for tests, benchmarks and `make fleet`.

//! Finds the workers and balances reads over them.

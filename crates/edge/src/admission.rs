use crate::problem::{Problem, kinds};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bound on requests under way: who comes when it is reached is told at once to come back (429), so that
/// memory and latency stay bounded however many clients there are.
#[derive(Clone, Debug)]
pub struct Admission {
    places: Arc<Semaphore>,
    bound: usize,
}

/// A request's place; given back when dropped.
#[derive(Debug)]
#[must_use = "the place is given back when the permit is dropped"]
pub struct Permit(#[allow(dead_code, reason = "held for its Drop")] OwnedSemaphorePermit);

impl Admission {
    /// At most `bound` requests at once.
    pub fn new(bound: usize) -> Self {
        let bound = bound.clamp(1, Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(bound)), bound }
    }

    /// Takes a place, or answers 429 at once.
    pub fn enter(&self) -> Result<Permit, Problem> {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => Ok(Permit(permit)),
            Err(_) => Err(Problem::new(
                kinds::TOO_MANY_REQUESTS,
                format!("{} requests are under way, which is the most that are served at once", self.bound),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_too_many_is_refused_until_another_ends() {
        let admission = Admission::new(1);
        let first = admission.enter().unwrap();
        assert_eq!(admission.enter().unwrap_err().status(), 429);
        drop(first);
        assert!(admission.enter().is_ok());
    }
}

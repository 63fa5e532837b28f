use crate::caller::prefer;
use crate::edge::ACTIVE;
use crate::problem::{Problem, kinds};
use http::header::HeaderName;
use http::{HeaderMap, Method};
use metrics::Gauge;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The bound on requests under way: who comes when it is reached is told at once to come back (429), so that
/// memory and latency stay bounded however many clients there are.
///
/// Writes that wait for their outcome have places of their own: slow workers must not let them take every
/// place from reads and from writes that do not wait.
#[derive(Clone, Debug)]
pub struct Admission {
    places: Arc<Semaphore>,
    waiters: Arc<Semaphore>,
    bound: usize,
    active: Gauge,
}

/// A request's place; given back when dropped.
#[derive(Debug)]
#[must_use = "the place is given back when the permit is dropped"]
pub struct Permit {
    _place: OwnedSemaphorePermit,
    active: Gauge,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.active.decrement(1.0);
    }
}

impl Admission {
    /// At most `bound` requests at once, and beside them `waiters` writes that wait for their outcome. How many there are
    /// is a metric, of the recorder that is installed by now.
    pub fn new(bound: usize, waiters: usize) -> Self {
        let bound = bound.clamp(1, Semaphore::MAX_PERMITS);
        let waiters = waiters.min(Semaphore::MAX_PERMITS);
        let (places, waiters) = (Arc::new(Semaphore::new(bound)), Arc::new(Semaphore::new(waiters)));
        Self { places, waiters, bound, active: metrics::gauge!(ACTIVE) }
    }

    /// Takes a place. A write that would wait takes one of the waiters'; when none is free it loses its header
    /// `Prefer`, and is answered without a wait, as RFC 7240 allows.
    ///
    /// # Errors
    /// 429 when no place is free.
    pub fn enter(&self, method: &Method, headers: &mut HeaderMap) -> Result<Permit, Problem> {
        if !method.is_safe() && prefer::wait(headers).is_some() {
            if let Ok(permit) = Arc::clone(&self.waiters).try_acquire_owned() {
                return Ok(self.permit(permit));
            }
            headers.remove(PREFER);
        }
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => Ok(self.permit(permit)),
            Err(_) => Err(Problem::new(
                kinds::TOO_MANY_REQUESTS,
                format!("{} requests are under way, which is the most that are served at once", self.bound),
            )),
        }
    }

    fn permit(&self, place: OwnedSemaphorePermit) -> Permit {
        self.active.increment(1.0);
        Permit { _place: place, active: self.active.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting() -> HeaderMap {
        HeaderMap::from_iter([(PREFER, "wait=5".parse().unwrap())])
    }

    #[test]
    fn one_request_too_many_is_refused_until_another_ends() {
        let admission = Admission::new(1, 1);
        let first = admission.enter(&Method::POST, &mut HeaderMap::new()).unwrap();
        assert_eq!(admission.enter(&Method::POST, &mut HeaderMap::new()).unwrap_err().status(), 429);
        drop(first);
        assert!(admission.enter(&Method::POST, &mut HeaderMap::new()).is_ok());
    }

    #[test]
    fn a_write_that_waits_takes_no_place_from_others_and_one_too_many_does_not_wait() {
        let admission = Admission::new(1, 1);
        let mut headers = waiting();
        let waiter = admission.enter(&Method::POST, &mut headers).unwrap();
        assert!(headers.contains_key(PREFER));
        let other = admission.enter(&Method::POST, &mut headers).unwrap();
        assert!(!headers.contains_key(PREFER), "it is not to wait");
        assert_eq!(admission.enter(&Method::POST, &mut waiting()).unwrap_err().status(), 429);
        drop((waiter, other));
        assert!(admission.enter(&Method::POST, &mut waiting()).is_ok());
    }

    #[test]
    fn a_read_cannot_take_a_waiters_place() {
        let admission = Admission::new(1, 1);
        let _place = admission.enter(&Method::GET, &mut waiting()).unwrap();
        assert_eq!(admission.enter(&Method::GET, &mut waiting()).unwrap_err().status(), 429);
    }
}

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The most different findings that are kept.
const LIMIT: usize = 100;

/// What was seen that must not be, besides loss and repetition: each sentence once, with how often.
#[derive(Debug, Default)]
pub struct Findings(Mutex<BTreeMap<String, u64>>);

impl Findings {
    /// Notes one.
    pub fn add(&self, finding: String) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < LIMIT || all.contains_key(&finding) {
            *all.entry(finding).or_default() += 1;
        }
    }

    /// All of them, in words.
    pub fn take(&self) -> Vec<String> {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        all.into_iter().map(|(finding, times)| format!("{finding} (x {times})")).collect()
    }
}

//! What every backend measures, so that one dashboard reads them all.

use crate::{Collection, StoreError};
use std::time::Duration;

const SECONDS: &str = "pawnshop_store_seconds";
const DOCUMENTS: &str = "pawnshop_store_batch_documents";

/// Says what each of them means, to the recorder that is installed by now.
pub fn describe() {
    use metrics::{Unit, describe_histogram};
    describe_histogram!(
        SECONDS,
        Unit::Seconds,
        "How long the store took, by what was asked and how it ended"
    );
    describe_histogram!(DOCUMENTS, Unit::Count, "Documents inserted in one call");
}

/// A call of a [`Store`](crate::Store), or work of the backend's own, has come to its end: a
/// `pawnshop_store_seconds` with what was called (`operation`) and how it ended (`outcome`: `done`, `refused` or
/// `unavailable`).
pub fn ended<T>(operation: &'static str, took: Duration, result: &Result<T, StoreError>) {
    let outcome = match result {
        Ok(_) => "done",
        Err(StoreError::Refused(_)) => "refused",
        Err(StoreError::Unavailable(_)) => "unavailable",
    };
    metrics::histogram!(SECONDS, "operation" => operation, "outcome" => outcome).record(took);
}

/// So many documents are inserted in one call: a `pawnshop_store_batch_documents`.
pub fn inserting(collection: &Collection, documents: usize) {
    metrics::histogram!(DOCUMENTS, "collection" => collection.name).record(documents as f64);
}

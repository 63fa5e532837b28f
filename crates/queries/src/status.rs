use pawnshop_store::{Collection, Document, StoreError};
use tonic::Status;

/// What a store's failure is to whoever asked.
pub fn refused(error: StoreError) -> Status {
    match error {
        StoreError::Unavailable(_) => Status::unavailable(error.to_string()),
        StoreError::Refused(_) => Status::internal(error.to_string()),
    }
}

/// A document that this program cannot have written; says which, so that it can be looked at.
pub fn unreadable(collection: &Collection, document: &Document) -> Status {
    tracing::error!(collection = collection.name, id = document.id, "a document cannot be read");
    Status::data_loss(format!("the document \"{}\" of {} cannot be read", document.id, collection.name))
}

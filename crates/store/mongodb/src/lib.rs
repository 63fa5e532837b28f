//! The document store on MongoDB.

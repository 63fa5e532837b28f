//! The program pawnshop-worker.

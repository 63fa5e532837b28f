//! The program pawnshop-dispatcher.

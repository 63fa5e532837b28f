//! The program `pawnshop-worker`; everything it does is in the library.

fn main() {}

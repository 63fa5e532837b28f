//! The program `pawnshop-dispatcher`; everything it does is in the library.

fn main() {}

//! What crosses crates: the shop as its users meet it, driven through the real program over real sockets.
//! See `tests/it/`, a file per claim.

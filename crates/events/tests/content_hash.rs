//! Content hashes are kept in documents and compared for as long as those live. The expected ones were
//! calculated apart: SHA-256 over each text or number behind its length, all of them big-endian 64 bits.

use pawnshop_events::ContentHasher;

#[test]
fn published_hashes_stay_what_they_are() {
    let nothing = ContentHasher::new("pawnshop.item.v1").finish();
    assert_eq!(nothing.as_str(), "v1:d9914adb2ced6bcdfa6b7b11730680931b93e56f50b9c3172acda9c0969fd9be");

    let item = ContentHasher::new("pawnshop.item.v1").text("name", "Peugeot 504").number("price", 120_000);
    assert_eq!(item.finish().as_str(), "v1:79b5e835615984ea0edbe1ecc22128aed7e5efea34cfec04955b1f7ece4f2091");

    let sell = ContentHasher::new("pawnshop.sell-action.v1").text("clientId", "Jörg").number("profit", -3);
    assert_eq!(sell.finish().as_str(), "v1:d6cb78d98343124c1450be153d89a282ad9c6c82dd59c94859b7eafa0d1aa8b5");
}

#[test]
fn fields_cannot_run_into_each_other() {
    let hashes = [
        ContentHasher::new("t").text("a", "bc").finish(),
        ContentHasher::new("t").text("ab", "c").finish(),
        ContentHasher::new("ta").text("b", "c").finish(),
        ContentHasher::new("t").text("a", "b").text("c", "").finish(),
        ContentHasher::new("t").text("a", "").text("bc", "").finish(),
    ];
    for (at, hash) in hashes.iter().enumerate() {
        assert!(!hashes[at + 1..].contains(hash), "{at}");
    }
}

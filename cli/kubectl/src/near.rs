//! What somebody probably meant.

/// From this likeness (Jaro-Winkler) on a word is worth proposing.
const LIKE: f64 = 0.8;

/// The nearest of these words, if one is near.
pub(crate) fn near<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rated = words.into_iter().map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    rated.filter(|(like, _)| *like > LIKE).max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn the_nearest_is_found_and_nothing_where_none_is_near() {
        assert_eq!(near("downtwon", ["uptown", "downtown"]), Some("downtown"));
        assert_eq!(near("violin", ["uptown", "downtown"]), None);
    }
}

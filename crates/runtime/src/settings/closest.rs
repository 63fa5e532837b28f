/// How alike two names must be for one to be suggested for the other; clap's own bound.
const ALIKE: f64 = 0.7;

/// The known name that was most likely meant by an unknown one, if any is alike.
pub fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alike = known.into_iter().map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    alike.filter(|(likeness, _)| *likeness > ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

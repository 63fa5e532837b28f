//! What an image's name tells.

/// The tag, where it can be a label: of `registry:5000/pawnshop:1.2.3@sha256:…` it is `1.2.3`.
pub(super) fn version(image: &str) -> Option<&str> {
    let named = image.split('@').next()?;
    let last = named.rsplit('/').next()?;
    let (_, tag) = last.split_once(':')?;
    let ends = [tag.chars().next()?, tag.chars().next_back()?];
    (tag.len() <= 63 && ends.iter().all(char::is_ascii_alphanumeric)).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_tag_that_can_be_a_label() {
        for (image, expected) in [
            ("pawnshop:1.2.3", Some("1.2.3")),
            ("registry.example.com:5000/team/pawnshop:1.2.3@sha256:abc", Some("1.2.3")),
            ("registry.example.com:5000/team/pawnshop", None),
            ("pawnshop@sha256:abc", None),
            ("pawnshop:1.2.3-", None),
        ] {
            assert_eq!(version(image), expected, "{image}");
        }
        assert_eq!(version(&format!("pawnshop:{}", "1".repeat(64))), None);
    }
}

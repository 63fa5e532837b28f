use crate::model::ObjectId;
use reqwest::Url;
use serde::Deserialize;

/// Where the objects' service is: an absolute `http` or `https` URI with nothing in it that is secret, or that would be
/// lost when a path is added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ObjectsUri(Url);

/// A text that is no such URI. It does not repeat the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidUri {
    #[error("must be an absolute http:// or https:// URI")]
    NotHttp,
    #[error("must have no user and no password: what is in a resource is no secret")]
    User,
    #[error("must have no query and no fragment: /objects/ID is added to it")]
    More,
}

impl TryFrom<String> for ObjectsUri {
    type Error = InvalidUri;

    fn try_from(text: String) -> Result<Self, InvalidUri> {
        let url = Url::parse(&text).map_err(|_| InvalidUri::NotHttp)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || url.cannot_be_a_base() {
            return Err(InvalidUri::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUri::User);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidUri::More);
        }
        Ok(Self(url))
    }
}

impl ObjectsUri {
    /// The service itself.
    pub(super) fn base(&self) -> Url {
        self.0.clone()
    }

    /// One of its objects.
    pub(super) fn of_object(&self, id: &ObjectId) -> Url {
        let mut url = self.0.clone();
        // An http URL has a path to add to, always.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["objects", id.as_str()]);
        }
        url
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Result<ObjectsUri, InvalidUri> {
        text.to_owned().try_into()
    }

    #[test]
    fn a_base_uri_may_have_a_port_and_a_path() {
        for (base, wanted) in [
            ("http://objects", "http://objects/objects/7"),
            ("http://objects/", "http://objects/objects/7"),
            ("https://objects:8443/api/v1", "https://objects:8443/api/v1/objects/7"),
            ("https://[::1]/api/v1/", "https://[::1]/api/v1/objects/7"),
        ] {
            assert_eq!(uri(base).unwrap().of_object(&7_i64.into()).as_str(), wanted);
        }
    }

    #[test]
    fn an_id_is_one_segment_of_the_path_whatever_is_in_it() {
        let base = uri("http://objects/api").unwrap();
        for (id, wanted) in [
            ("a/../b", "a%2F..%2Fb"),
            ("%2e%2e", "%252e%252e"),
            ("a?b#c", "a%3Fb%23c"),
            ("a\\b", "a%5Cb"),
            (" ö ", "%20%C3%B6%20"),
            ("...", "..."),
        ] {
            let url = base.of_object(&id.parse().unwrap());
            assert_eq!(url.as_str(), format!("http://objects/api/objects/{wanted}"), "{id}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_being_repeated() {
        for (text, why) in [
            ("", InvalidUri::NotHttp),
            ("objects", InvalidUri::NotHttp),
            ("/objects", InvalidUri::NotHttp),
            ("objects:8080", InvalidUri::NotHttp),
            ("ftp://objects", InvalidUri::NotHttp),
            ("http://", InvalidUri::NotHttp),
            ("http://ada@objects", InvalidUri::User),
            ("http://ada:hunter2@objects", InvalidUri::User),
            ("http://objects?token=hunter2", InvalidUri::More),
            ("http://objects/#top", InvalidUri::More),
        ] {
            assert_eq!(uri(text).unwrap_err(), why, "{text}");
            assert!(!why.to_string().contains("hunter2"));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_id_leaves_its_segment(text in "\\PC{1,40}") {
            let Ok(id) = text.parse::<ObjectId>() else { return Ok(()) };
            let url = uri("http://objects/api").unwrap().of_object(&id);
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            proptest::prop_assert_eq!(segments.len(), 3);
            let decoded = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
            proptest::prop_assert_eq!(decoded, id.as_str());
            proptest::prop_assert!(url.query().is_none() && url.fragment().is_none());
        }
    }
}

use super::*;
use http::HeaderValue;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use serde_json::json;

/// An authority that signs clients.
pub(in super::super) struct Authority {
    pub(in super::super) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(in super::super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self { pem: params.self_signed(&key).unwrap().pem(), issuer: Issuer::new(params, key) }
    }

    /// A client's certificate and key.
    pub(in super::super) fn client(&self, name: &str) -> (CertificateDer<'static>, KeyPair) {
        self.sign(name, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (CertificateDer<'static>, KeyPair) {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().der().clone(), key)
    }

    /// The ConfigMap of an API server that this authority vouches for.
    pub(in super::super) fn configured(&self) -> ConfigMap {
        serde_json::from_value(json!({"data": {
            "client-ca-file": "of no interest here",
            "requestheader-client-ca-file": self.pem,
            "requestheader-allowed-names": r#"["front-proxy-client","another"]"#,
            "requestheader-username-headers": r#"["X-Remote-User"]"#,
            "requestheader-uid-headers": r#"["X-Remote-Uid"]"#,
            "requestheader-group-headers": r#"["X-Remote-Group"]"#,
            "requestheader-extra-headers-prefix": r#"["X-Remote-Extra-"]"#,
        }}))
        .unwrap()
    }
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_static(value));
    }
    headers
}

#[test]
fn whom_the_api_server_lets_through_is_known_with_groups_and_extras() {
    let authority = Authority::new("front-proxy-ca");
    let front_proxy = FrontProxy::of(&authority.configured()).unwrap();
    let (certificate, _) = authority.client("front-proxy-client");
    let headers = headers(&[
        ("x-remote-user", "system:serviceaccount:kube-system:hpa"),
        ("x-remote-uid", "7"),
        ("x-remote-group", "system:serviceaccounts"),
        ("x-remote-group", "system:authenticated"),
        ("x-remote-extra-authentication.kubernetes.io%2fpod", "a"),
        ("x-remote-extra-authentication.kubernetes.io%2fpod", "b"),
        ("x-other", "c"),
    ]);
    let expected = Caller {
        user: "system:serviceaccount:kube-system:hpa".to_owned(),
        uid: Some("7".to_owned()),
        groups: vec!["system:serviceaccounts".to_owned(), "system:authenticated".to_owned()],
        extra: BTreeMap::from([(
            "authentication.kubernetes.io/pod".to_owned(),
            vec!["a".to_owned(), "b".to_owned()],
        )]),
    };
    assert_eq!(front_proxy.identify(&[certificate], &headers).unwrap(), expected);
}

#[test]
fn headers_of_anybody_else_count_for_nothing() {
    let (authority, stranger) = (Authority::new("front-proxy-ca"), Authority::new("front-proxy-ca"));
    let front_proxy = FrontProxy::of(&authority.configured()).unwrap();
    let named = headers(&[("x-remote-user", "admin"), ("x-remote-group", "system:masters")]);
    let identify = |shown: &[CertificateDer<'_>]| front_proxy.identify(shown, &named).unwrap_err();
    assert_eq!(identify(&[]), Distrust::NoCertificate);
    let (foreign, _) = stranger.client("front-proxy-client");
    assert!(matches!(identify(&[foreign]), Distrust::Foreign(_)));
    let (server, _) = authority.sign("front-proxy-client", ExtendedKeyUsagePurpose::ServerAuth);
    assert!(matches!(identify(&[server]), Distrust::Foreign(_)));
    let (other, _) = authority.client("somebody");
    assert_eq!(identify(&[other]), Distrust::Name("somebody".to_owned()));
    let (own, _) = authority.client("another");
    assert_eq!(front_proxy.identify(&[own], &HeaderMap::new()).unwrap_err(), Distrust::NoUser);
}

#[test]
fn no_allowed_names_at_all_allow_any() {
    let authority = Authority::new("front-proxy-ca");
    let mut configured = authority.configured();
    configured.data.as_mut().unwrap().insert("requestheader-allowed-names".to_owned(), "[]".to_owned());
    let front_proxy = FrontProxy::of(&configured).unwrap();
    let (certificate, _) = authority.client("somebody");
    front_proxy.identify(&[certificate], &headers(&[("x-remote-user", "clerk")])).unwrap();
}

#[test]
fn a_configuration_that_cannot_be_used_leaves_what_was_known() {
    let authority = Authority::new("front-proxy-ca");
    let (known, told) = watch::channel(None);
    take(Some(authority.configured()), &known);
    let before = told.borrow().clone().unwrap();
    let with = |key: &str, text: &str| {
        let mut configured = authority.configured();
        configured.data.as_mut().unwrap().insert(key.to_owned(), text.to_owned());
        configured
    };
    let table = [
        (ConfigMap::default(), "requestheader-client-ca-file is missing"),
        (with("requestheader-client-ca-file", "no certificate"), "holds no certificates"),
        (with("requestheader-group-headers", "X-Remote-Group"), "requestheader-group-headers is no list"),
    ];
    for (configured, expected) in table {
        let error = FrontProxy::of(&configured).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        take(Some(configured), &known);
    }
    take(None, &known);
    assert!(Arc::ptr_eq(&before, told.borrow().as_ref().unwrap()));
}

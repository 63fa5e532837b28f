use super::*;

fn number(text: &str) -> Result<u8, String> {
    text.parse().map_err(|_| "must be a small number".to_owned())
}

#[test]
fn parameters_are_decoded_and_unknown_ones_ignored() {
    let mut query = Query::parse(Some("name=caf%C3%A9+au%20lait&x&n=7&=&&y=1")).unwrap();
    assert_eq!(query.optional("name", str::parse::<String>).as_deref(), Some("café au lait"));
    assert_eq!(query.optional("n", number), Some(7));
    assert_eq!(query.optional("absent", number), None);
    assert!(query.has("x") && !query.has("absent"));
    assert!(query.finish().is_ok());
    assert!(Query::parse(None).unwrap().finish().is_ok());
}

#[test]
fn all_faults_are_told_at_once() {
    let mut query = Query::parse(Some("a=x&b=1&b=1&c=3")).unwrap();
    assert_eq!(query.optional("a", number), None);
    assert_eq!(query.optional("b", number), None);
    assert_eq!(query.optional("c", number), Some(3));
    let problem = query.finish().unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (400, "invalid_parameter"));
    let told: Vec<_> = problem.errors().iter().map(|fault| (&fault.place, fault.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            (&Place::Parameter("a".into()), "must be a small number"),
            (&Place::Parameter("b".into()), "must not be given more than once"),
        ]
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    for query in ["name=%FF", "%FF=1"] {
        assert_eq!(Query::parse(Some(query)).unwrap_err().status(), 400, "{query}");
    }
}

proptest::proptest! {
    #[test]
    fn no_query_whatever_panics(text in "\\PC*") {
        let _ = Query::parse(Some(&text)).map(|mut query| query.optional("a", number));
    }
}

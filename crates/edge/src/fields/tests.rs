use super::*;
use proptest::prelude::*;

/// Takes `price` (0 or more), `limit` (1 to 5), `id` (a word, optional) from a body.
fn take(body: &str) -> Result<(i64, i64, Option<String>), Problem> {
    let mut fields = Fields::parse(body.as_bytes())?;
    let id = fields.optional("id", parsed::<String>);
    let price = fields.required("price", integer(0..=i64::MAX));
    let limit = fields.required("limit", integer(1..=5));
    let (Some(price), Some(limit)) = (price, limit) else { return Err(fields.into_problem()) };
    fields.finish()?;
    Ok((price, limit, id))
}

fn faults(body: &str) -> Vec<(String, &'static str, String)> {
    let problem = take(body).unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (422, "invalid_body"), "{body}");
    let told = problem.errors().iter().map(|fault| {
        let Place::Pointer(pointer) = &fault.place else { panic!("{fault:?}") };
        (pointer.clone(), fault.code, fault.detail.clone())
    });
    told.collect()
}

#[test]
fn good_values_are_taken_and_unknown_ones_ignored() {
    assert_eq!(take(r#"{"limit": 5, "price": 0, "id": "a"}"#).unwrap(), (0, 5, Some("a".into())));
    assert_eq!(
        take(r#"{"other": {"price": []}, "price": 9223372036854775807, "limit": 1, "id": null}"#).unwrap(),
        (i64::MAX, 1, None)
    );
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_body_then_what_is_missing() {
    assert_eq!(
        faults(r#"{"price": "3", "id": 7}"#),
        [
            ("#/price".into(), "type", "must be an integer".into()),
            ("#/id".into(), "type", "must be a string".into()),
            ("#/limit".into(), "missing", "is required".into()),
        ]
    );
    assert_eq!(faults("{}").len(), 2);
}

#[test]
fn an_optional_value_alone_can_be_the_fault() {
    assert_eq!(faults(r#"{"price": 1, "limit": 1, "id": []}"#)[0].0, "#/id");
}

#[test]
fn an_integer_is_refused_for_what_is_wrong_with_it() {
    let fault = |value: &str| {
        let mut all = faults(&format!(r#"{{"limit": 1, "price": {value}}}"#));
        assert_eq!(all.len(), 1);
        let (_, code, detail) = all.remove(0);
        (code, detail)
    };
    let whole = ("type", "must be an integer, without fraction or exponent".to_owned());
    for float in ["1.5", "-0.5", "1e-9", "9007199254740994.0", "-1e17"] {
        assert_eq!(fault(float), whole, "{float}");
    }
    for below in ["-1", "-9223372036854775808", "-9223372036854775809", "-1e300"] {
        assert_eq!(fault(below), ("range", "must be 0 or more".to_owned()), "{below}");
    }
    for above in ["9223372036854775808", "18446744073709551616", "99999999999999999999999", "1e300"] {
        assert_eq!(fault(above), ("range", format!("must be {} or less", i64::MAX)), "{above}");
    }
    for other in ["null", "true", "\"1\"", "[1]", "{}"] {
        assert_eq!(fault(other), ("type", "must be an integer".to_owned()), "{other}");
    }
}

#[test]
fn a_whole_number_is_an_integer_however_it_is_written() {
    for (written, value) in
        [("3.0", 3), ("1e3", 1000), ("-0", 0), ("-0.0", 0), ("9007199254740992.0", 1 << 53)]
    {
        let body = format!(r#"{{"limit": 1, "price": {written}}}"#);
        assert_eq!(take(&body).unwrap().0, value, "{written}");
    }
}

#[test]
fn a_member_that_counts_may_be_given_only_once() {
    assert_eq!(
        faults(r#"{"price": 1, "limit": 1, "price": 2}"#),
        [("#/price".into(), "duplicate", "is given more than once".into())]
    );
    assert!(take(r#"{"x": 1, "price": 1, "x": 2, "limit": 1}"#).is_ok());
}

#[test]
fn malformed_json_is_told_with_line_and_column() {
    for (body, place) in [
        ("", "line 1 column 0"),
        ("{\n  \"price\": ,\n}", "line 2 column 12"),
        ("{\"price\": 1", "line 1 column 11"),
        ("{} {}", "line 1 column 4"),
        ("{\"price\": 01}", "line 1 column 12"),
        ("[1, 2", "line 1 column 5"),
        ("{\"a\": \"\\ud800\"}", "line 1"),
    ] {
        let problem = take(body).unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (400, "malformed_json"), "{body}");
        let told = format!("{problem:?}");
        assert!(told.contains(place), "{body}: {told}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_told_with_their_place() {
    let problem = Fields::parse(b"{\n \"a\": \"\xff\"}").unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (400, "malformed_json"));
    assert!(format!("{problem:?}").contains("not UTF-8 at line 2 column 8"), "{problem:?}");
}

#[test]
fn json_that_is_no_object_is_one_fault_of_the_whole() {
    for body in ["[]", "1", "\"price\"", "null", "true", "[[[]]]"] {
        assert_eq!(faults(body), [("#".into(), "type", "must be an object".into())], "{body}");
    }
}

#[test]
fn deep_nesting_is_malformed_and_costs_no_stack() {
    let body = format!("{{\"price\": {}", "[".repeat(100_000));
    assert_eq!(take(&body).unwrap_err().code(), "malformed_json");
}

proptest! {
    #[test]
    fn no_body_whatever_panics(body: Vec<u8>) {
        let _ = Fields::parse(&body).map(|mut fields| fields.optional("price", integer(0..=1)));
    }

    #[test]
    fn an_integer_is_taken_exactly_when_it_is_in_range(value: i64, low: i64, high: i64) {
        let (low, high) = (low.min(high), low.max(high));
        let mut fields = Fields::parse(format!("{{\"n\": {value}}}").as_bytes()).unwrap();
        let taken = fields.required("n", integer(low..=high));
        prop_assert_eq!(taken, Some(value).filter(|value| (low..=high).contains(value)));
        prop_assert_eq!(fields.finish().is_ok(), taken.is_some());
    }

    #[test]
    fn any_text_survives_its_body(text in "\\PC*") {
        let body = serde_json::json!({"unknown": [text], "t": text}).to_string();
        let mut fields = Fields::parse(body.as_bytes()).unwrap();
        prop_assert_eq!(fields.required("t", parsed::<String>), Some(text));
    }
}

use super::*;

#[test]
fn names_are_read_in_any_case_and_written_canonically() {
    for text in ["motor", "MOTOR", "Motor", "mOtOr"] {
        assert_eq!(text.parse::<Category>().unwrap().to_string(), "Motor");
    }
    assert_eq!("fatal".parse::<State>().unwrap().name(), "Fatal");
}

#[test]
fn an_unknown_name_is_an_error_that_lists_the_allowed_ones() {
    for text in ["", "Boats", "Motor ", "Unspecified", "CATEGORY_MOTOR"] {
        assert_eq!(
            text.parse::<Category>().unwrap_err().to_string(),
            "must be one of Reading, Collection, Decoration, Clothing, Jewelry, Motor, Electronics",
            "{text:?}"
        );
    }
    assert_eq!("".parse::<State>().unwrap_err().to_string(), "must be one of New, Good, Bad, Fatal");
}

#[test]
fn every_name_survives_protobuf_and_text() {
    for &category in Category::ALL {
        assert_eq!(Category::from_proto(category.to_proto()), Some(category));
        assert_eq!(category.name().parse(), Ok(category));
    }
    for &state in State::ALL {
        assert_eq!(State::from_proto(state.to_proto()), Some(state));
        assert_eq!(state.name().parse(), Ok(state));
    }
}

#[test]
fn no_protobuf_number_is_taken_for_a_default() {
    for number in [0, -1, 8, i32::MAX] {
        assert_eq!(Category::from_proto(number), None);
    }
    for number in [0, -1, 5, i32::MAX] {
        assert_eq!(State::from_proto(number), None);
    }
}

#[test]
fn an_items_name_is_visible_and_bounded() {
    for good in ["a", "Peugeot 504", "ö", " leading", &"x".repeat(1024)] {
        assert!(good.parse::<ItemName>().is_ok(), "{good}");
    }
    for bad in ["", "  ", "a\nb", "\u{0}", &"x".repeat(1025)] {
        assert!(bad.parse::<ItemName>().is_err(), "{bad:?}");
    }
}

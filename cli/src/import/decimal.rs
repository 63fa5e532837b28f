/// Why text is not the whole number that a field needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecimalError {
    #[error("\"{0}\" is not a number")]
    NotANumber(String),
    #[error("\"{0}\" times {1} is not whole")]
    NotWhole(String, i64),
    #[error("\"{0}\" is not a whole number; --scale FIELD=100 would make 12.50 into 1250")]
    Fraction(String),
    #[error("\"{0}\" is too large")]
    TooLarge(String),
}

/// `text` times `factor`, exactly, or not at all: `12.50` times 100 is 1250.
pub(crate) fn scaled(text: &str, factor: i64) -> Result<i64, DecimalError> {
    let text = text.trim();
    let not_a_number = || DecimalError::NotANumber(text.to_owned());
    let too_large = || DecimalError::TooLarge(text.to_owned());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(not_a_number());
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() + fraction.len() > 30 {
        return Err(too_large());
    }
    let number: i128 = format!("0{whole}{fraction}").parse().map_err(|_| not_a_number())?;
    let places = u32::try_from(fraction.len()).map_err(|_| too_large())?;
    let divisor = 10_i128.checked_pow(places).ok_or_else(too_large)?;
    let product = number.checked_mul(i128::from(factor)).ok_or_else(too_large)?;
    if product % divisor != 0 {
        return Err(match factor {
            1 => DecimalError::Fraction(text.to_owned()),
            factor => DecimalError::NotWhole(text.to_owned(), factor),
        });
    }
    let magnitude = product / divisor;
    i64::try_from(if negative { -magnitude } else { magnitude }).map_err(|_| too_large())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_minor_units_exactly() {
        let cases =
            [("12.50", 1250), ("0.29", 29), ("-3", -300), ("+1.", 100), (".5", 50), (" 7 ", 700), ("0", 0)];
        for (text, minor) in cases {
            assert_eq!(scaled(text, 100), Ok(minor), "{text}");
        }
        assert_eq!(scaled("9223372036854775807", 1), Ok(i64::MAX));
        assert_eq!(scaled("-9223372036854775808", 1), Ok(i64::MIN));
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        assert_eq!(scaled("1.005", 100), Err(DecimalError::NotWhole("1.005".into(), 100)));
        assert_eq!(scaled("1.5", 1), Err(DecimalError::Fraction("1.5".into())));
        assert_eq!(
            scaled("9223372036854775808", 1),
            Err(DecimalError::TooLarge("9223372036854775808".into()))
        );
        assert_eq!(scaled(&"9".repeat(400), 1), Err(DecimalError::TooLarge("9".repeat(400))));
        for text in ["", ".", "-", "abc", "1,5", "1e3", "--1", "1.2.3", "NaN"] {
            assert_eq!(scaled(text, 100), Err(DecimalError::NotANumber(text.into())), "{text}");
        }
    }
}

/// Whether two quantities are the same amount, however they are written: the API server stores `1000m` as `1`, and
/// `0.5Gi` as `512Mi` (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>).
pub(super) fn same_amount(one: &str, other: &str) -> bool {
    match (nanos(one), nanos(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// A quantity in billionths, the finest there are. `None`: it is no quantity, or too large a one.
fn nanos(text: &str) -> Option<i128> {
    let end = text.find(|letter: char| !matches!(letter, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let negative = whole.starts_with('-');
    let digits = format!("{}{fraction}", whole.trim_start_matches(['+', '-']));
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let mantissa: i128 = digits.parse().ok()?;
    let mantissa = if negative { -mantissa } else { mantissa };
    let (binary, decimal) = exponents(suffix)?;
    // In billionths, as 10^power times 2^binary.
    let power = decimal + 9 - i32::try_from(fraction.len()).ok()?;
    let scaled = mantissa.checked_mul(1_i128.checked_shl(binary)?)?;
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    // What is finer is rounded up, as the API server does.
    if power >= 0 { scaled.checked_mul(factor) } else { Some(-(-scaled).div_euclid(factor)) }
}

/// The powers of two and of ten that a suffix stands for.
fn exponents(suffix: &str) -> Option<(u32, i32)> {
    Some(match suffix {
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "" => (0, 0),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        _ => (0, suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_amount_is_the_same_however_it_is_written() {
        for (one, other) in [
            ("1", "1000m"),
            ("0.1", "100m"),
            ("1Gi", "1024Mi"),
            ("0.5Gi", "512Mi"),
            ("1.5", "1500m"),
            ("1e3", "1k"),
            ("2E2", "200"),
            ("-1", "-1000m"),
            ("128974848", "123Mi"),
            ("1E", "1000P"),
        ] {
            assert!(same_amount(one, other) && same_amount(other, one), "{one} {other}");
        }
    }

    #[test]
    fn other_amounts_and_other_texts_differ() {
        for (one, other) in [
            ("1", "1001m"),
            ("1G", "1Gi"),
            ("1", "-1"),
            ("", ""),
            ("1", ""),
            ("x", "x"),
            ("1Q", "1Q"),
            ("1.2.3", "1.2.3"),
        ] {
            assert!(!same_amount(one, other), "{one} {other}");
        }
    }
}

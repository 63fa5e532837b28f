use crate::problem::{Fault, Place, Problem, kinds};
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// Takes the one parameter of a path: `path_parameter("id", path)?`.
///
/// # Errors
/// 400 when it is not UTF-8 once percent-decoded, or does not parse.
pub fn path_parameter<T>(name: &'static str, path: Result<Path<String>, PathRejection>) -> Result<T, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    let parsed = match path {
        Ok(Path(text)) => text.parse().map_err(|error: T::Err| error.to_string()),
        Err(_) => Err("must be percent-encoded UTF-8".to_owned()),
    };
    parsed.map_err(|detail| {
        let problem = Problem::new(kinds::INVALID_PARAMETER, format!("{name} {detail}"));
        problem.with_errors(vec![Fault {
            place: Place::Parameter(Cow::Borrowed(name)),
            code: "value",
            detail,
        }])
    })
}

use crate::problem::{Fault, Place, Problem, kinds};
use percent_encoding::percent_decode;
use std::borrow::Cow;
use std::fmt::Display;

/// A request's query, and the faults found while taking its parameters. Unknown parameters are ignored.
#[derive(Debug)]
pub struct Query {
    parameters: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Query {
    /// Parses `name=value` pairs joined by `&`; percent-encoded, `+` for a space.
    ///
    /// # Errors
    /// 400 when a name or value is not UTF-8 once decoded.
    pub fn parse(query: Option<&str>) -> Result<Self, Problem> {
        let mut parameters = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) => parameters.push((name, value)),
                _ => {
                    let fault = Fault {
                        place: Place::Parameter(Cow::Owned(name.to_owned())),
                        code: "value",
                        detail: "must be percent-encoded UTF-8".to_owned(),
                    };
                    return Err(problem(vec![fault]));
                }
            }
        }
        Ok(Self { parameters, faults: Vec::new() })
    }

    /// Whether the parameter is there, well or not.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|(given, _)| given == name)
    }

    /// Takes a parameter that may be absent. `None` means that it is, or that a fault was noted.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let mut found = self.parameters.iter().filter(|(given, _)| given == name);
        let (_, value) = found.next()?;
        let taken = match found.next() {
            Some(_) => Err("must not be given more than once".to_owned()),
            None => take(value).map_err(|error| error.to_string()),
        };
        taken.map_err(|detail| self.fault(name, detail)).ok()
    }

    /// Notes a fault of a parameter.
    pub fn fault(&mut self, name: &'static str, detail: impl Into<String>) {
        let place = Place::Parameter(Cow::Borrowed(name));
        self.faults.push(Fault { place, code: "value", detail: detail.into() });
    }

    /// All is well, or every fault as one problem.
    pub fn finish(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.into_problem()) }
    }

    /// Every fault as one problem: 400.
    pub fn into_problem(self) -> Problem {
        problem(self.faults)
    }
}

fn problem(faults: Vec<Fault>) -> Problem {
    let told: Vec<_> = faults
        .iter()
        .map(|fault| match &fault.place {
            Place::Parameter(name) => format!("{name} {}", fault.detail),
            _ => fault.detail.clone(),
        })
        .collect();
    Problem::new(kinds::INVALID_PARAMETER, told.join("; ")).with_errors(faults)
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests;

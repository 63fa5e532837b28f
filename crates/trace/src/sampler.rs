use opentelemetry_sdk::trace::Sampler as Sdk;
use std::fmt::{self, Display};

/// Which requests are traced, in the words of OpenTelemetry's `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    rule: Rule,
    /// Whether what continues a trace of somebody else is sampled exactly where that is.
    parent_based: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    All,
    None,
    Ratio(f64),
}

/// Why a sampler is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SamplerError {
    /// There is no such sampler.
    #[error(
        "must be always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio"
    )]
    UnknownName,
    /// The ratio is none.
    #[error("must be a number from 0 (no request) to 1 (every request), such as 0.1")]
    NoRatio,
}

impl Sampler {
    /// The sampler of this name with this ratio, which only those of a ratio heed.
    ///
    /// # Errors
    /// When there is none of the name.
    pub fn new(name: &str, ratio: f64) -> Result<Self, SamplerError> {
        let (parent_based, rule) = match name.strip_prefix("parentbased_") {
            Some(rule) => (true, rule),
            None => (false, name),
        };
        let rule = match rule {
            "always_on" => Rule::All,
            "always_off" => Rule::None,
            "traceidratio" => Rule::Ratio(ratio),
            _ => return Err(SamplerError::UnknownName),
        };
        Ok(Self { rule, parent_based })
    }

    /// Reads a ratio.
    ///
    /// # Errors
    /// When it is not a number from 0 to 1.
    pub fn ratio(text: &str) -> Result<f64, SamplerError> {
        let ratio = text.parse().map_err(|_| SamplerError::NoRatio)?;
        if (0.0..=1.0).contains(&ratio) { Ok(ratio) } else { Err(SamplerError::NoRatio) }
    }

    pub(crate) fn to_sdk(self) -> Sdk {
        let rule = match self.rule {
            Rule::All => Sdk::AlwaysOn,
            Rule::None => Sdk::AlwaysOff,
            Rule::Ratio(ratio) => Sdk::TraceIdRatioBased(ratio),
        };
        if self.parent_based { Sdk::ParentBased(Box::new(rule)) } else { rule }
    }
}

/// For people: how many of the requests, and whether callers have a say.
impl Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            Rule::All => write!(f, "every request")?,
            Rule::None => write!(f, "no request")?,
            Rule::Ratio(ratio) => write!(f, "{} % of requests", ratio * 100.0)?,
        }
        if self.parent_based { write!(f, ", and those that callers trace") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sampler_of_the_specification_is_known_and_no_other() {
        for (name, told) in [
            ("always_on", "every request"),
            ("always_off", "no request"),
            ("traceidratio", "25 % of requests"),
            ("parentbased_always_on", "every request, and those that callers trace"),
            ("parentbased_always_off", "no request, and those that callers trace"),
            ("parentbased_traceidratio", "25 % of requests, and those that callers trace"),
        ] {
            assert_eq!(Sampler::new(name, 0.25).unwrap().to_string(), told);
        }
        for name in ["", "parentbased_", "jaeger_remote", "ALWAYS_ON"] {
            assert_eq!(Sampler::new(name, 1.0), Err(SamplerError::UnknownName), "{name}");
        }
    }

    #[test]
    fn a_ratio_is_from_nothing_to_all() {
        for (text, ratio) in [("0", 0.0), ("0.1", 0.1), ("1", 1.0)] {
            assert_eq!(Sampler::ratio(text), Ok(ratio));
        }
        for text in ["", "-0.1", "1.01", "NaN", "10%"] {
            assert_eq!(Sampler::ratio(text), Err(SamplerError::NoRatio), "{text}");
        }
    }
}

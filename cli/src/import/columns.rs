use super::decimal;
use bytes::Bytes;
use clap::ValueEnum;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::str::FromStr;

/// What the rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Items: id (optional), name, category, price, state, ageInMonths.
    #[default]
    Item,
    /// The shop buys: clientId, itemId, price, date (optional).
    Buy,
    /// The shop sells: clientId, itemId, price, date (optional), profit.
    Sell,
    /// Loans: clientId, itemId, price, tax, date (optional), limitDays.
    Pawn,
}

impl Target {
    /// Where such rows are posted.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Item => "/item/add",
            Self::Buy => "/item/action/buy",
            Self::Sell => "/item/action/sell",
            Self::Pawn => "/item/action/pawn",
        }
    }

    /// The flow that they go through.
    pub(crate) fn flow(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Buy => "buy-actions",
            Self::Sell => "sell-actions",
            Self::Pawn => "pawn-actions",
        }
    }

    fn fields(self) -> &'static [Field] {
        const ITEMS: &[Field] = &[
            text("id", false),
            text("name", true),
            text("category", true),
            PRICE,
            text("state", true),
            whole("ageInMonths"),
        ];
        const BUYS: &[Field] = &[CLIENT, ITEM, PRICE, DATE];
        const SELLS: &[Field] = &[CLIENT, ITEM, PRICE, DATE, whole("profit")];
        const PAWNS: &[Field] = &[CLIENT, ITEM, PRICE, whole("tax"), DATE, whole("limitDays")];
        match self {
            Self::Item => ITEMS,
            Self::Buy => BUYS,
            Self::Sell => SELLS,
            Self::Pawn => PAWNS,
        }
    }
}

struct Field {
    name: &'static str,
    is_number: bool,
    required: bool,
}

const fn text(name: &'static str, required: bool) -> Field {
    Field { name, is_number: false, required }
}

const fn whole(name: &'static str) -> Field {
    Field { name, is_number: true, required: true }
}

const CLIENT: Field = text("clientId", true);
const ITEM: Field = text("itemId", true);
const DATE: Field = text("date", false);
const PRICE: Field = whole("price");

/// `FIELD=SOMETHING` on the command line.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    field: String,
    value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, value) = text.split_once('=').ok_or("must be FIELD=SOMETHING")?;
        Ok(Self { field: field.trim().to_owned(), value: value.to_owned() })
    }
}

/// `FIELD=FACTOR` on the command line.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    field: String,
    factor: i64,
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair: Pair = text.parse()?;
        let factor = pair.value.trim().parse().ok().filter(|factor| *factor >= 1);
        Ok(Self {
            field: pair.field,
            factor: factor.ok_or("the factor must be a whole number of 1 or more")?,
        })
    }
}

/// How a row becomes the body of a request.
#[derive(Debug)]
pub(crate) struct Columns {
    target: Target,
    columns: BTreeMap<String, String>,
    constants: BTreeMap<String, String>,
    scales: BTreeMap<String, i64>,
}

/// The command line and the fields, or the columns that there are, do not fit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ColumnsError {
    #[error("there is no field \"{field}\" (in {option}); the fields are: {fields}")]
    UnknownField { option: &'static str, field: String, fields: String },
    #[error("field \"{0}\" is given twice")]
    GivenTwice(String),
    #[error("--scale {0}: only numbers can be scaled")]
    ScaledText(String),
    #[error("{}; the columns are: {columns}", faults.join("; "))]
    Missing { faults: Vec<String>, columns: String },
}

impl Columns {
    /// Checks the options against the target's fields.
    pub(crate) fn new(
        target: Target,
        columns: Vec<Pair>,
        constants: Vec<Pair>,
        scales: Vec<Scale>,
    ) -> Result<Self, ColumnsError> {
        let known = |option, field: &str| match target.fields().iter().find(|known| known.name == field) {
            Some(known) => Ok(known),
            None => {
                let fields = target.fields().iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
                Err(ColumnsError::UnknownField { option, field: field.to_owned(), fields })
            }
        };
        let mut this =
            Self { target, columns: BTreeMap::new(), constants: BTreeMap::new(), scales: BTreeMap::new() };
        for pair in columns {
            known("--column", &pair.field)?;
            if this.columns.insert(pair.field.clone(), pair.value).is_some() {
                return Err(ColumnsError::GivenTwice(pair.field));
            }
        }
        for pair in constants {
            known("--set", &pair.field)?;
            if this.columns.contains_key(&pair.field)
                || this.constants.insert(pair.field.clone(), pair.value).is_some()
            {
                return Err(ColumnsError::GivenTwice(pair.field));
            }
        }
        for scale in scales {
            if !known("--scale", &scale.field)?.is_number {
                return Err(ColumnsError::ScaledText(scale.field));
            }
            this.scales.insert(scale.field, scale.factor);
        }
        Ok(this)
    }

    /// What the rows are.
    pub(crate) fn target(&self) -> Target {
        self.target
    }

    /// Checks that every field that must be there comes from somewhere, for files that name their columns once.
    pub(crate) fn check_header(&self, header: &[String]) -> Result<(), ColumnsError> {
        let faults = self.absent_in(|column| header.iter().any(|name| name == column));
        if faults.is_empty() {
            return Ok(());
        }
        Err(ColumnsError::Missing { faults, columns: header.join(", ") })
    }

    /// What says which needed columns are not there.
    pub(crate) fn absent_in(&self, has: impl Fn(&str) -> bool) -> Vec<String> {
        let mut faults = Vec::new();
        let mut unfilled = Vec::new();
        for field in self.target.fields() {
            let name = field.name;
            match self.columns.get(name) {
                Some(column) if !has(column) => faults.push(format!("no column \"{column}\" for {name}")),
                None if field.required && !self.constants.contains_key(name) && !has(name) => {
                    unfilled.push(name);
                }
                _ => {}
            }
        }
        if !unfilled.is_empty() {
            let unfilled = unfilled.join(", ");
            faults.push(format!(
                "nothing for {unfilled}: give --column FIELD=COLUMN or --set FIELD=VALUE for each"
            ));
        }
        faults
    }

    /// The request's body. `cell` gives a column's text; empty cells count as absent. The dispatcher judges the
    /// values; here only numbers must be numbers.
    pub(crate) fn body(&self, cell: impl Fn(&str) -> Option<String>) -> Result<Bytes, String> {
        let mut body = Map::new();
        let mut faults = Vec::new();
        for field in self.target.fields() {
            let constant = self.constants.get(field.name).cloned();
            let column = self.columns.get(field.name).map_or(field.name, String::as_str);
            let Some(value) = constant.or_else(|| cell(column)).filter(|value| !value.trim().is_empty())
            else {
                continue;
            };
            if !field.is_number {
                body.insert(field.name.to_owned(), Value::from(value.trim()));
                continue;
            }
            match decimal::scaled(&value, self.scales.get(field.name).copied().unwrap_or(1)) {
                Ok(number) => {
                    body.insert(field.name.to_owned(), Value::from(number));
                }
                Err(error) => faults.push(format!("{}: {error}", field.name)),
            }
        }
        if faults.is_empty() {
            Ok(Bytes::from(Value::Object(body).to_string()))
        } else {
            Err(faults.join("; "))
        }
    }
}

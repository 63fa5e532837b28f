//! Writes the tables of `docs/RESOURCE.md` between their marks: every field, and every bad resource with what is said
//! about it. With `--check`, tells whether they are up to date.

use pawnshop_resource::crd;
use pawnshop_resource::testing::{BadShop, bad_shops};
use serde_json::Value;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut file = PathBuf::from("docs/RESOURCE.md");
    let mut check = false;
    for argument in std::env::args().skip(1) {
        if argument == "--check" { check = true } else { file = PathBuf::from(argument) }
    }
    let present = std::fs::read_to_string(&file)?;
    let mut wanted = between(&present, "fields", &fields()?)?;
    wanted = between(&wanted, "refused", &refused(&bad_shops()?))?;
    if !check {
        std::fs::write(&file, wanted)?;
    } else if present != wanted {
        eprintln!("{} is out of date: run `make crds` and commit the result", file.display());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The text with `table` between `<!-- name -->` and `<!-- end of name -->`.
fn between(text: &str, name: &str, table: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let missing = || format!("there is no place for the table of {name}");
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}{table}{end}{after}"))
}

fn fields() -> Result<String, Box<dyn Error>> {
    let crd = serde_json::to_value(crd())?;
    let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    let mut rows = vec!["| field | what it holds | default | what it is |\n|---|---|---|---|\n".to_owned()];
    add_fields(spec, "", &mut rows);
    Ok(rows.concat())
}

fn add_fields(schema: &Value, path: &str, rows: &mut Vec<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let required =
            schema["required"].as_array().is_some_and(|required| required.contains(&name.as_str().into()));
        let default = match &field["default"] {
            Value::Null if required => "required".to_owned(),
            Value::Null => String::new(),
            default => format!("`{}`", default.to_string().trim_matches('"')),
        };
        let description = field["description"].as_str().unwrap_or_default();
        rows.push(row(&[&format!("`{path}`"), &holds(field), &default, description]));
        if !is_secret(field) {
            add_fields(field, &path, rows);
            add_fields(&field["items"], &format!("{path}[]"), rows);
        }
    }
}

/// A field's type and bounds, in words.
fn holds(field: &Value) -> String {
    let bounds = |low: &str, high: &str| match (field[low].as_f64(), field[high].as_f64()) {
        (Some(low), Some(high)) => format!(", {low} to {high}"),
        (None, Some(high)) => format!(", at most {high}"),
        _ => String::new(),
    };
    if is_secret(field) {
        return "`secretKeyRef: {name, key}`".to_owned();
    }
    match field["type"].as_str() {
        Some("string") if field["enum"].is_array() => {
            let choices = field["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
            choices.collect::<Vec<_>>().join(", ")
        }
        Some("string") => format!("text{}", bounds("minLength", "maxLength")),
        Some("integer") => format!("whole number{}", bounds("minimum", "maximum")),
        Some("boolean") => "true or false".to_owned(),
        Some("array") => format!("list{}", bounds("minItems", "maxItems")),
        _ => "map".to_owned(),
    }
}

fn is_secret(field: &Value) -> bool {
    field["properties"]["secretKeyRef"].is_object()
}

fn refused(shops: &[BadShop]) -> String {
    let head =
        "| what is wrong | `pawnshop up -f` says | the API server says, among other words |\n|---|---|---|\n";
    let rows = shops.iter().map(|shop| {
        let up =
            if shop.up.is_empty() { "(nothing: only the change is refused)" } else { &shop.up.join("; ") };
        row(&[&shop.what, up, &shop.says.join("; ")])
    });
    head.to_owned() + &rows.collect::<String>()
}

fn row(cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('\n', " ").replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

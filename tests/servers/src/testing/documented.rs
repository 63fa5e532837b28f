use std::path::Path;
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Compares what a program's `--help` says of its settings with its table in `docs/FLEET.md`.
///
/// # Panics
/// When the table is not there, whole and as `scripts/settings-table.sh` prints it.
pub fn assert_settings_documented(program: impl AsRef<Path>) {
    let program = program.as_ref();
    let script = Path::new(ROOT).join("scripts/settings-table.sh");
    let output = Command::new(script).arg(program).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().count() > 3, "no settings in the help of {}:\n{table}", program.display());
    let documented = std::fs::read_to_string(Path::new(ROOT).join("docs/FLEET.md")).unwrap();
    // A table ends at an empty line.
    let there = format!("{documented}\n").contains(&format!("\n{table}\n"));
    assert!(there, "docs/FLEET.md has not this table, as scripts/settings-table.sh prints it:\n\n{table}");
}

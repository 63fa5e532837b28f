use super::*;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const SECRET: &str = "amqp://ada:hunter2@broker";

const PROGRAM: Program = Program {
    name: "pawnshop-example",
    version: "1.2.3",
    about: "Shows how settings are read",
    settings: &[
        setting("listen", "PAWNSHOP_LISTEN", Some("0.0.0.0:8080")),
        setting("pause", "PAWNSHOP_PAUSE", Some("1s")),
        setting("flows", "PAWNSHOP_FLOWS", None),
        setting("batch", "PAWNSHOP_BATCH", None),
        Setting { secret: true, ..setting("broker-uri", "BROKER_URI", None) },
    ],
};

const fn setting(key: &'static str, env: &'static str, default: Option<&'static str>) -> Setting {
    Setting { key, env, value_name: "VALUE", help: "What it is for", default, secret: false }
}

/// What the programs make of their settings.
#[derive(Debug)]
struct Options {
    listen: SocketAddr,
    pause: Duration,
    flows: Option<Vec<String>>,
    batch: Option<u16>,
    broker: SecretString,
}

fn options(mut settings: Settings) -> Result<Options, SettingsError> {
    let listen = settings.value("listen", str::parse);
    let pause = settings.value("pause", parse::duration);
    let flows = settings.optional("flows", parse::list(parse::text));
    let batch = settings.optional("batch", str::parse);
    let broker = settings.required("broker-uri", |raw| {
        if raw.starts_with("amqp") { parse::secret(raw) } else { Err("not an AMQP URI") }
    });
    settings.finish(|| Some(Options { listen: listen?, pause: pause?, flows, batch, broker: broker? }))
}

fn read(flags: &[&str], variables: &[(&str, &str)]) -> Result<Settings, ReadError> {
    let arguments = std::iter::once("pawnshop-example").chain(flags.iter().copied()).map(OsString::from);
    Settings::read(&PROGRAM, arguments, |name| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| OsString::from(value))
    })
}

fn given(flags: &[&str], variables: &[(&str, &str)]) -> Result<Options, SettingsError> {
    match read(flags, variables) {
        Ok(settings) => options(settings),
        Err(ReadError::File(error)) => Err(error),
        Err(ReadError::Flags(error)) => panic!("{error}"),
    }
}

fn refused(flags: &[&str], variables: &[(&str, &str)]) -> String {
    given(flags, variables).expect_err("faulty").to_string()
}

fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.yaml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn flags_win_over_variables_over_the_file_over_defaults() {
    let (_folder, path) = file("broker-uri: amqp://file\nlisten: 127.0.0.1:1\npause: 3s\nbatch: 7\n");
    let variables =
        [("PAWNSHOP_CONFIG", path.as_str()), ("PAWNSHOP_LISTEN", "127.0.0.1:2"), ("PAWNSHOP_PAUSE", "")];
    let options = given(&["--batch", "8", "--broker-uri=amqp://flag"], &variables).unwrap();
    assert_eq!(options.batch, Some(8), "the flag");
    assert_eq!(options.broker.expose_secret(), "amqp://flag");
    assert_eq!(options.listen.port(), 2, "the variable");
    assert_eq!(options.pause, Duration::from_secs(3), "the file, since an empty variable is none");
    assert_eq!(options.flows, None);

    let options = given(&["--broker-uri", "amqp://flag"], &[]).unwrap();
    assert_eq!(options.listen.port(), 8080, "the default");
}

#[test]
fn the_file_takes_numbers_lists_and_absent_values() {
    let (_folder, path) = file("broker-uri: amqp://file\nbatch: 7\nflows: [item, buy-actions]\npause:\n");
    let options = given(&["--config", &path], &[]).unwrap();
    assert_eq!(options.batch, Some(7));
    assert_eq!(options.flows.unwrap(), ["item", "buy-actions"]);
    assert_eq!(options.pause, Duration::from_secs(1));
    let (_folder, empty) = file("# nothing yet\n");
    assert!(given(&["--config", &empty, "--broker-uri", "amqp://flag"], &[]).is_ok());
}

#[test]
fn every_fault_is_told_at_once_with_where_it_came_from() {
    let (_folder, path) = file("batch: many\npauze: 1s\nflows: {item: 1}\n");
    let told = refused(&["--config", &path, "--listen", "here"], &[("PAWNSHOP_PAUSE", "soon")]);
    assert!(told.starts_with("6 faults in the settings:\n"), "{told}");
    for part in [
        "\n  --listen: \"here\": invalid socket address",
        "\n  variable PAWNSHOP_PAUSE: \"soon\": ",
        &format!("\n  file {path}, batch: \"many\": invalid digit"),
        &format!("\n  file {path}, pauze: unknown; did you mean pause?"),
        &format!("\n  file {path}, flows: must be a text, a number"),
        "\n  --broker-uri: required: set BROKER_URI or BROKER_URI_FILE, --broker-uri-file, or broker-uri or",
    ] {
        assert!(told.contains(part), "{part:?} in {told}");
    }
}

#[test]
fn a_secret_comes_from_a_file_without_its_line_break() {
    for text in [SECRET.to_owned(), format!("{SECRET}\n"), format!("{SECRET}\r\n")] {
        let (_folder, path) = file(&text);
        for options in [given(&["--broker-uri-file", &path], &[]), given(&[], &[("BROKER_URI_FILE", &path)])]
        {
            assert_eq!(options.unwrap().broker.expose_secret(), SECRET);
        }
        let (_other, settings) = file(&format!("broker-uri-file: {path}"));
        assert_eq!(given(&["--config", &settings], &[]).unwrap().broker.expose_secret(), SECRET);
    }
    let told = refused(&["--broker-uri-file", "/nowhere"], &[("BROKER_URI", SECRET)]);
    assert!(told.contains("--broker-uri-file: /nowhere cannot be read: No such file"), "{told}");
    let told = refused(&[], &[("BROKER_URI", SECRET), ("BROKER_URI_FILE", "/nowhere")]);
    assert!(told.contains("variable BROKER_URI: given together with variable BROKER_URI_FILE"), "{told}");
}

#[test]
fn secrets_are_never_shown() {
    let wrong = format!("x{SECRET}");
    let (_folder, in_file) = file(&wrong);
    let (_other, nested) = file(&format!("broker-uri: [{{ {SECRET}: 1 }}]"));
    let (_third, text_only) = file(SECRET);
    for told in [
        refused(&["--broker-uri", &wrong], &[]),
        refused(&[], &[("BROKER_URI", &wrong)]),
        refused(&["--broker-uri-file", &in_file], &[]),
        refused(&["--config", &nested], &[]),
        refused(&["--config", &text_only], &[]),
    ] {
        assert!(!told.contains("hunter2"), "{told}");
    }
    assert!(refused(&["--broker-uri", &wrong], &[]).contains("--broker-uri: not an AMQP URI"));

    let mut settings = read(&["--broker-uri", SECRET], &[]).unwrap();
    assert_eq!(settings.optional("broker-uri", |raw| Err::<(), _>(format!("bad: {raw}"))), None);
    let shown = format!("{settings:?}");
    assert!(shown.contains(r#""broker-uri": "--broker-uri""#) && !shown.contains("hunter2"), "{shown}");
    let told = settings.finish(|| Some(())).expect_err("faulty");
    assert!(told.to_string().contains("not valid (why is not told"), "{told}");
    assert!(!format!("{told:?}").contains("hunter2"), "{told:?}");
    assert!(!format!("{:?}", given(&["--broker-uri", SECRET], &[]).unwrap()).contains("hunter2"));
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_who_named_it() {
    let told = refused(&["--config", "/nowhere.yaml"], &[]);
    assert!(told.contains("--config: /nowhere.yaml cannot be read: No such file"), "{told}");
    let told = refused(&[], &[("PAWNSHOP_CONFIG", "/nowhere.yaml")]);
    assert!(told.contains("variable PAWNSHOP_CONFIG: /nowhere.yaml cannot be read"), "{told}");
    let (_folder, path) = file("a: [1,\n");
    assert!(refused(&["--config", &path], &[]).contains("is not valid YAML: "));
}

#[test]
fn help_shows_defaults_variables_and_the_files_of_secrets() {
    let Err(ReadError::Flags(help)) = read(&["--help"], &[]) else { panic!("help") };
    let help = help.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "--listen <VALUE> What it is for [default: 0.0.0.0:8080] [env: PAWNSHOP_LISTEN]",
        "--broker-uri <VALUE> What it is for [env: BROKER_URI]",
        "--broker-uri-file <FILE> File that holds --broker-uri",
        "[env: BROKER_URI_FILE]",
        "--config <FILE>",
    ] {
        assert!(help.contains(part), "{part:?} in {help}");
    }
}

#[test]
fn a_mistyped_flag_gets_a_suggestion_and_does_not_show_its_value() {
    let Err(ReadError::Flags(error)) = read(&[&format!("--brokr-uri={SECRET}")], &[]) else {
        panic!("a typo")
    };
    let told = error.to_string();
    assert!(told.contains("--broker-uri") && !told.contains("hunter2"), "{told}");
}

#[test]
fn faults_between_settings_are_told_with_the_value_they_blame() {
    let mut settings = read(&["--batch", "0"], &[("BROKER_URI", SECRET)]).unwrap();
    settings.fault("batch", "must be at least 1");
    settings.fault("broker-uri", "has no vhost");
    assert!(settings.is_given("batch") && !settings.is_given("listen") && !settings.is_given("flows"));
    let told = settings.finish(|| Some(())).expect_err("faulty").to_string();
    assert_eq!(
        told,
        "2 faults in the settings:\n  --batch: must be at least 1\n  variable BROKER_URI: has no vhost"
    );
}

#[test]
fn lists_tell_the_item_that_is_wrong() {
    let ports = || parse::list(str::parse::<u16>);
    assert_eq!(ports()("1, 2,3").unwrap(), [1, 2, 3]);
    assert!(ports()("1,two").unwrap_err().starts_with("two: "));
    assert!(ports()("1,,2").unwrap_err().contains("empty"));
    assert_eq!(parse::path("a/b").unwrap(), PathBuf::from("a/b"));
}

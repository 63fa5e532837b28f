use super::{Program, Setting};
use clap::{Arg, Command};

/// The flag that names the configuration file.
pub(super) const CONFIG: &str = "config";
/// The variable that names the configuration file.
pub(super) const CONFIG_ENV: &str = "PAWNSHOP_CONFIG";

/// The program's command line. Values are taken as text: they are judged with those of the other layers.
pub(super) fn command(program: &Program) -> Command {
    let config = flag(CONFIG.to_owned(), "FILE", format!("Settings as YAML, key: value [env: {CONFIG_ENV}]"));
    let command = Command::new(program.name)
        .version(program.version)
        .about(program.about)
        .after_help("Flags win over variables, variables over the file, the file over defaults.")
        .arg(config);
    program.settings.iter().fold(command, |command, setting| command.args(flags(setting)))
}

fn flags(setting: &Setting) -> Vec<Arg> {
    let Setting { key, env, value_name, help, default, secret } = *setting;
    let default = default.map(|value| format!(" [default: {value}]")).unwrap_or_default();
    let mut flags = vec![flag(key.to_owned(), value_name, format!("{help}{default} [env: {env}]"))];
    if secret {
        let help =
            format!("File that holds --{key}, which others could see on the command line [env: {env}_FILE]");
        flags.push(flag(format!("{key}-file"), "FILE", help));
    }
    flags
}

fn flag(name: String, value_name: &'static str, help: String) -> Arg {
    Arg::new(name.clone()).long(name).value_name(value_name).help(help)
}

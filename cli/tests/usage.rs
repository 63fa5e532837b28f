//! What the program says before it does anything.

#[cfg(test)]
#[allow(dead_code, reason = "each test program uses its part of what they share")]
mod support;

#[cfg(test)]
mod tests {
    use super::support::run;

    #[test]
    fn help_tells_every_command_with_examples_and_exit_codes() {
        let help = run(&["--help"]);
        assert_eq!(help.code, Some(0));
        for word in [
            "up",
            "import",
            "load",
            "dlq",
            "get",
            "top",
            "render",
            "version",
            "completions",
            "Examples:",
            "Exit codes:",
        ] {
            assert!(help.out.contains(word), "{word} in\n{}", help.out);
        }
        for command in ["up", "import", "load", "dlq", "get", "top", "render", "completions"] {
            let help = run(&[command, "--help"]);
            assert!(help.out.contains("Examples:"), "{command}: {}", help.out);
        }
        assert!(!run(&["up", "--help"]).out.contains("--synchronous"), "it is for tests and benchmarks only");
    }

    #[test]
    fn a_typo_is_answered_with_what_was_meant() {
        let typo = run(&["imprt", "a.csv"]);
        assert_eq!(typo.code, Some(2));
        assert!(typo.err.contains("'import'"), "{}", typo.err);
        let typo = run(&["up", "--listne", "127.0.0.1:1"]);
        assert_eq!(typo.code, Some(2));
        assert!(typo.err.contains("--listen"), "{}", typo.err);
    }

    #[test]
    fn without_a_command_there_is_help_and_bad_usage() {
        let bare = run(&[]);
        assert_eq!(bare.code, Some(2));
        assert!(bare.err.contains("Usage: pawnshop"), "{}", bare.err);
    }

    #[test]
    fn the_version_is_told() {
        assert_eq!(run(&["version"]).out, format!("pawnshop {}\n", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn shells_get_completions() {
        for shell in ["bash", "zsh", "fish"] {
            let script = run(&["completions", shell]);
            assert_eq!(script.code, Some(0));
            assert!(script.out.contains("pawnshop") && script.out.contains("dlq"), "{shell}");
            assert!(script.out.contains("render") && script.out.contains("gateway-api"), "{shell}");
        }
    }

    #[test]
    fn options_that_do_not_fit_are_bad_usage() {
        for arguments in [
            ["load", "--duration", "30"],
            ["load", "--read-share", "2"],
            ["load", "--url", "https://user:secret@host"],
            ["import", "a.csv", "--column=name"],
            ["dlq", "replay", "--flow=item"],
            ["load", "--every", "1s"],
            ["load", "--objects", "10"],
        ] {
            assert_eq!(run(&arguments).code, Some(2), "{arguments:?}");
        }
        for (option, value) in [("--read-share", "0.1"), ("--verify", "5"), ("--ids-per-callback", "10001")] {
            assert_eq!(run(&["load", "--presence", option, value]).code, Some(2), "{option}");
        }
        assert_eq!(run(&["load", "--presence", "--every", "1s", "--rate", "1"]).code, Some(2));
        assert_eq!(run(&["load", "--count", "1", "--duration", "1s"]).code, Some(2));
    }
}

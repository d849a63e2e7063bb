//! Help, usage errors, and output to a pipe that is closed early.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

use snapbox::{assert_data_eq, file};

mod common;

use common::seen;

#[test]
fn help_says_what_there_is_and_what_exit_codes_mean() {
    let help = [
        seen(&["--help"]),
        seen(&["run", "--help"]),
        seen(&["list", "--help"]),
        seen(&["check", "--help"]),
        seen(&["diff", "--help"]),
    ];
    assert_data_eq!(help.join("\n"), file!["expected/help.txt"].raw());
}

#[test]
fn the_examples_of_the_help_work() {
    let help = seen(&["--help"]);
    let examples = help.lines().filter_map(|line| line.strip_prefix("  wsspec "));
    let commands = examples.filter(|line| line.starts_with("show ") || line.starts_with("list "));
    for command in commands {
        let words: Vec<_> = command.split("  ").next().unwrap().split(' ').collect();
        assert!(seen(&words).ends_with("--- exit code 0\n"), "{command}");
    }
}

#[test]
fn wrong_usage_ends_with_2_and_a_suggestion() {
    let usage = [
        seen(&["chekc"]),
        seen(&["list", "--exlude", "x"]),
        seen(&["run", "ws://localhost", "--header", "Host"]),
        seen(&["run", "ws://localhost", "--timeout", "2"]),
        seen(&["run", "ws://localhost", "--client-cert", "cert.pem"]),
    ];
    assert_data_eq!(usage.join("\n"), file!["expected/usage.txt"].raw());
}

#[test]
fn an_output_closed_early_is_no_failure() {
    for command in ["list", "export", "schema"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
            .arg(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), &*stderr), (Some(0), ""), "{command}");
    }
}

//! Any text is a script or has an error that points into it; printed scripts read back; formatting keeps the meaning.

use std::{ops::Range, sync::Arc};

use wsspec_catalogue::CaseError;
use wsspec_notation::{NotationError, Script, Sending, format_script, parse_sending};

use crate::generate::text;

/// A notation to judge.
#[derive(Clone, Copy, Debug)]
pub struct Notation {
    /// Parses a script.
    pub parse: fn(&str) -> Result<Script, NotationError>,
    /// Prints a script.
    pub print: fn(&Script) -> String,
    /// Formats a text that may not be a script.
    pub format: fn(&str) -> Result<String, NotationError>,
}

impl Notation {
    /// That of `wsspec-notation`.
    pub const SCRIPT: Self = Self { parse: str::parse, print: Script::to_string, format: format_script };
}

/// Judges the real notation with an input, see [`text`].
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(&Notation::SCRIPT, input);
}

/// Judges a notation with an input, see [`text`].
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with(notation: &Notation, input: &[u8]) {
    let text = text(input);
    let script = (notation.parse)(&text);
    match &script {
        Ok(script) => prints_back(notation, script),
        Err(error) => points_into(&text, error),
    }
    match (notation.format)(&text) {
        Ok(formatted) => keeps_its_meaning(notation, script, &formatted),
        Err(error) => {
            points_into(&text, &error);
            assert!(script.is_err(), "a script that can not be formatted: {error}");
        }
    }
    text.lines().for_each(sends);
}

fn prints_back(notation: &Notation, script: &Script) {
    let printed = (notation.print)(script);
    let again = reads(notation, &printed);
    assert_eq!(&again, script, "printed, the script reads differently:\n{printed}");
    assert_eq!((notation.print)(&again), printed, "a script prints differently the second time");
    assert_eq!((notation.format)(&printed).as_deref(), Ok(&printed[..]), "what is printed is not formatted");
}

fn keeps_its_meaning(notation: &Notation, script: Result<Script, NotationError>, formatted: &str) {
    assert_eq!(
        (notation.format)(formatted).as_deref(),
        Ok(formatted),
        "formatted twice is not formatted once"
    );
    match script {
        Ok(script) => {
            assert_eq!(reads(notation, formatted), script, "formatted, it reads differently:\n{formatted}")
        }
        Err(error) => {
            assert!((notation.parse)(formatted).is_err(), "formatting corrected {error}:\n{formatted}");
        }
    }
}

fn reads(notation: &Notation, text: &str) -> Script {
    match (notation.parse)(text) {
        Ok(script) => script,
        Err(error) => panic!("does not read back: {error}\n{text}"),
    }
}

/// A single line, as the exchange prints what it sent.
fn sends(line: &str) {
    match parse_sending(line) {
        Err(error) => points_into(line, &error),
        Ok(sending) => same_sending(&sending),
    }
}

fn same_sending(sending: &Sending) {
    let printed = sending.to_string();
    assert_eq!(parse_sending(&printed).as_ref(), Ok(sending), "printed, it reads differently: {printed}");
}

/// The error can be shown in the text.
fn points_into(text: &str, error: &NotationError) {
    let Range { start, end } = error.span;
    assert!(text.get(start..end).is_some(), "{error}: {start}..{end} is not in the text");
    let shown = CaseError { path: "script".to_owned(), source: Arc::from(text), error: error.clone() };
    let (line, column) = shown.position();
    assert!(line > 0 && column > 0 && line <= text.split('\n').count(), "{line}:{column} is not in the text");
    assert!(!shown.render(false).contains('\x1b'), "an error with terminal escapes");
}

//! How a record is written: a line for each of its parts, and one for each trial.

use std::io::{self, Write};

use serde::Serialize;
use wsspec_wire::Role;

use crate::record::{Record, TrialRecord};

impl Record {
    /// Writes the record as JSON. `totals` is for programs that read no further; [`Record::parse`] ignores it.
    pub fn write<T: Serialize>(&self, totals: &T, out: &mut dyn Write) -> io::Result<()> {
        let mut lines = JsonLines { out, sign: '{' };
        lines.part("format", &self.format)?;
        lines.part("wsspec", &self.wsspec)?;
        lines.part("started", &self.started)?;
        lines.part("duration_us", &self.duration_us)?;
        if self.role == Role::Client {
            lines.part("role", "client")?;
        }
        lines.part("target", &self.target)?;
        lines.part("seed", &self.seed)?;
        lines.part("options", &self.options)?;
        if !self.declared.is_empty() {
            lines.part("declared", &self.declared)?;
        }
        lines.part("peer", &self.peer)?;
        lines.part("limits", &self.limits)?;
        lines.part("incidents", &self.incidents)?;
        if let Some(process) = &self.process {
            lines.part("process", process)?;
        }
        if !self.deaths.is_empty() {
            lines.part("deaths", &self.deaths)?;
        }
        lines.part("aborted", &self.aborted)?;
        lines.part("totals", totals)?;
        if !self.guide.is_empty() {
            lines.part("guide", &self.guide)?;
        }
        lines.trials(&self.trials)
    }
}

/// The lines of an object, and the sign that the next begins with.
struct JsonLines<'o> {
    out: &'o mut dyn Write,
    sign: char,
}

impl JsonLines<'_> {
    fn part(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
        self.key(key)?;
        Ok(serde_json::to_writer(&mut *self.out, value)?)
    }

    /// A key, which needs no escapes.
    fn key(&mut self, key: &str) -> io::Result<()> {
        let end = if self.sign == '{' { "" } else { "\n" };
        write!(self.out, "{}{end}\"{key}\": ", std::mem::replace(&mut self.sign, ','))
    }

    fn trials(mut self, trials: &[TrialRecord]) -> io::Result<()> {
        self.key("trials")?;
        let mut sign = "[";
        for trial in trials {
            writeln!(self.out, "{sign}")?;
            serde_json::to_writer(&mut *self.out, trial)?;
            sign = ",";
        }
        match sign {
            "[" => writeln!(self.out, "[]\n}}"),
            _ => writeln!(self.out, "\n]\n}}"),
        }
    }
}

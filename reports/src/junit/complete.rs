//! Adds what junit-report does not support: totals, properties, lines, and further runs.

use std::io::{self, Write};

use quick_xml::{
    Reader, Writer,
    events::{BytesEnd, BytesStart, BytesText, Event},
};

/// Additions to a test case.
#[derive(Debug, Default)]
pub(super) struct Added {
    /// The line of the case in its file.
    pub(super) line: Option<usize>,
    pub(super) properties: Vec<(&'static str, String)>,
    /// Another run of it.
    pub(super) rerun: Option<Rerun>,
}

/// A failed run in addition to the one that counts, in the format of Maven Surefire.
#[derive(Debug)]
pub(super) struct Rerun {
    /// `flakyFailure` if it passed in the end, `rerunFailure` if it failed again.
    pub(super) element: &'static str,
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) text: String,
}

/// Additions to a whole report.
#[derive(Debug)]
pub(super) struct Additions {
    /// Names and values of attributes.
    pub(super) totals: Vec<(&'static str, String)>,
    /// For each suite: how many cases are skipped, and the additions to its cases from the first.
    pub(super) suites: Vec<(usize, Vec<Added>)>,
}

/// Writes a report with its additions.
pub(super) fn complete(xml: &str, additions: Additions, out: &mut dyn Write) -> io::Result<()> {
    let mut reader = Reader::from_str(xml);
    let mut writer = Writer::new(out);
    let mut suites = additions.suites.into_iter();
    let mut cases = Vec::new().into_iter();
    loop {
        let event = reader.read_event().map_err(io::Error::other)?;
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Eof => return Ok(()),
            Event::Start(mut start) | Event::Empty(mut start) => {
                let mut inside = None;
                match start.name().as_ref() {
                    b"testsuites" => {
                        let totals = additions.totals.iter().map(|(name, value)| (*name, value.as_str()));
                        start.extend_attributes(totals);
                    }
                    b"testsuite" => {
                        let (skipped, added) = suites.next().unwrap_or_default();
                        start.push_attribute(("skipped", &*skipped.to_string()));
                        cases = added.into_iter();
                    }
                    b"testcase" => inside = cases.next(),
                    _ => {}
                }
                match inside {
                    Some(added) => write_case(start, is_empty, added, &mut writer)?,
                    None if is_empty => writer.write_event(Event::Empty(start))?,
                    None => writer.write_event(Event::Start(start))?,
                }
            }
            other => writer.write_event(other)?,
        }
    }
}

/// Writes the start of a test case with its additions, and its end if it is empty otherwise.
fn write_case(
    mut start: BytesStart<'_>,
    is_empty: bool,
    added: Added,
    writer: &mut Writer<&mut dyn Write>,
) -> io::Result<()> {
    if let Some(line) = added.line {
        start.push_attribute(("line", &*line.to_string()));
    }
    writer.write_event(Event::Start(start))?;
    if !added.properties.is_empty() {
        writer.write_event(Event::Start(BytesStart::new("properties")))?;
        for (name, value) in &added.properties {
            let property = BytesStart::new("property").with_attributes([("name", *name), ("value", value)]);
            writer.write_event(Event::Empty(property))?;
        }
        writer.write_event(Event::End(BytesEnd::new("properties")))?;
    }
    if let Some(rerun) = &added.rerun {
        let attributes = [("message", &*rerun.message), ("type", &rerun.kind)];
        writer.write_event(Event::Start(BytesStart::new(rerun.element).with_attributes(attributes)))?;
        writer.write_event(Event::Start(BytesStart::new("stackTrace")))?;
        writer.write_event(Event::Text(BytesText::new(&rerun.text)))?;
        writer.write_event(Event::End(BytesEnd::new("stackTrace")))?;
        writer.write_event(Event::End(BytesEnd::new(rerun.element)))?;
    }
    match is_empty {
        true => writer.write_event(Event::End(BytesEnd::new("testcase"))),
        false => Ok(()),
    }
}

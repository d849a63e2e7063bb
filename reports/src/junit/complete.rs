//! What junit-report has no element for: totals, properties, lines, and runs that came out otherwise.

use std::io::{self, Write};

use quick_xml::{
    Reader, Writer,
    events::{BytesEnd, BytesStart, BytesText, Event},
};

/// What is added to a test case.
#[derive(Debug, Default)]
pub(super) struct Added {
    /// The line of the case in its file.
    pub(super) line: Option<usize>,
    pub(super) properties: Vec<(&'static str, String)>,
    /// Another run of it.
    pub(super) rerun: Option<Rerun>,
}

/// A run that failed, beside the one that counts, as Maven's Surefire has it.
#[derive(Debug)]
pub(super) struct Rerun {
    /// `flakyFailure` where it passed in the end, `rerunFailure` where it failed again.
    pub(super) element: &'static str,
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) text: String,
}

/// What is added to a whole report.
#[derive(Debug)]
pub(super) struct Additions {
    /// Name and value of attributes.
    pub(super) totals: Vec<(&'static str, String)>,
    /// How many cases of each suite are skipped, and what is added to its first cases.
    pub(super) suites: Vec<(usize, Vec<Added>)>,
}

/// Writes a report with what is added to it.
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

/// The start of a test case, with what is added to it; also its end, where it has no other contents.
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

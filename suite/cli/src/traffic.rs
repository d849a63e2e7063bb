//! What commands that judge other people's traffic print and write.

use wsspec_capture::BrokenRule;
use wsspec_record::Record;
use wsspec_reports::{clean_line, labelled_text};
use wsspec_wire::Level;

use crate::{
    failure::CommandError,
    output::{Outputs, ReportOptions, When, first_error},
};

mod summary;

pub use summary::summary;

/// The column of what stands next to a label.
const COLUMN: usize = 10;
/// How much is shown of what was sent, in characters of the notation.
const SHOWN: usize = 160;

/// Writes the reports about both ends: those of one record twice, the second time with a number in the name of the file.
pub fn write_reports(
    outputs: &Outputs,
    records: &[Record],
    strict: bool,
    quiet: bool,
) -> Result<(), CommandError> {
    let options = ReportOptions { strict, quiet, github: When::Auto };
    let each = records.iter().enumerate();
    let each = each.map(|(number, record)| outputs.numbered(number).write_one(record, options));
    let each = first_error(each.collect::<Vec<_>>());
    let all: Vec<_> = records.iter().map(|record| (record.target.clone(), record)).collect();
    first_error([each, outputs.write_pages(&all)])
}

/// A broken rule: which end, on which connection, how, and the bytes.
pub fn finding(broken: &BrokenRule) -> String {
    let rule = &broken.rule;
    let place = &broken.place;
    let mut text = format!(
        "{place}, {:.3} s: the {} {} {}: {}\n",
        place.at.as_secs_f64(),
        broken.from.word(),
        if rule.level == Level::Must { "breaks" } else { "misses" },
        rule.id,
        clean_line(&broken.what),
    );
    text += &labelled_text(&rule.level.to_string(), COLUMN, &format!("{}: {}", rule.citation, rule.text));
    if !broken.sent.is_empty() {
        let shown: String = broken.sent.chars().take(SHOWN).collect();
        let more = if shown.len() < broken.sent.len() { " ..." } else { "" };
        text += &labelled_text("sent", COLUMN, &format!("{shown}{more}"));
    }
    if !broken.octets.is_empty() {
        let octets: Vec<String> = broken.octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let more = if broken.bytes.len() > octets.len() { " .." } else { "" };
        let bytes = format!("{} to {}: {}{more}", broken.bytes.start, broken.bytes.end - 1, octets.join(" "));
        text += &labelled_text("bytes", COLUMN, &bytes);
    }
    text
}

//! What was seen, in the end: numbers, and each end's broken rules.

use std::fmt::Write;

use wsspec_capture::{BrokenRule, Ledger, RecordHead};
use wsspec_reports::{clean_line, labelled_text};
use wsspec_wire::{Level, Role};

use crate::failure::count;

/// The column of what stands next to a number.
const COLUMN: usize = 10;

/// Several lines, each with its line end.
pub fn summary(ledger: &Ledger, head: &RecordHead, servers: &str) -> String {
    let mut text = String::from("\n");
    for (role, name) in [(Role::Server, servers), (Role::Client, "The clients")] {
        let broken: Vec<&BrokenRule> = ledger.broken().iter().filter(|broken| broken.from == role).collect();
        let verb = if name.ends_with('s') { ("break", "miss") } else { ("breaks", "misses") };
        for (heading, level) in [(verb.0, Level::Must), (verb.1, Level::Should)] {
            let rules: Vec<_> = broken.iter().filter(|broken| broken.rule.level == level).collect();
            if !rules.is_empty() {
                let _ = writeln!(text, "{name} {heading} {}:", count(rules.len(), &level.to_string()));
            }
            rules.iter().for_each(|rule| text.push_str(&line(rule)));
        }
        if ledger.asked > 0 && !broken.iter().any(|broken| broken.rule.level == Level::Must) {
            let _ = writeln!(text, "{name} {} no MUST in what was seen.", verb.0);
        }
    }
    numbers(ledger, head, &mut text);
    text
}

/// `    240  rfc6455#5.1:5 a frame is masked`, and where.
fn line(broken: &BrokenRule) -> String {
    let what = format!("{} {}", broken.rule.id, broken.in_full());
    labelled_text(&format!("{:>6}", broken.times), COLUMN, &what)
}

fn numbers(ledger: &Ledger, head: &RecordHead, text: &mut String) {
    let [up, down] = ledger.count.frames;
    let connections = usize::try_from(ledger.connections).unwrap_or(usize::MAX);
    let _ = writeln!(
        text,
        "{}, {} of them WebSocket; {up} frames of clients, {down} of servers; in {:.1} s",
        count(connections, "connection"),
        ledger.opened,
        head.duration_us as f64 / 1e6,
    );
    let oversize: u64 = ledger.count.oversize.iter().sum();
    if oversize > 0 {
        let _ = writeln!(text, "frames too long for their content to be judged: {oversize}");
    }
    if ledger.asked == 0 {
        let _ = writeln!(text, "Nothing can be said: {}.", clean_line(nothing(ledger)));
    }
}

fn nothing(ledger: &Ledger) -> &'static str {
    match ledger.connections {
        0 => "no client connected",
        _ => "no client asked for a WebSocket connection",
    }
}

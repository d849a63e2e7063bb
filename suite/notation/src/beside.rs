//! Scripts that run on several connections: in parallel to one peer, or on either side of an intermediary.

use wsspec_wire::{ConnectionName, Layer};

use crate::{
    error::NotationError,
    payload::Payload,
    script::{Expected, Line, Script, Sending, Step},
};

/// The word before a line that belongs to the first connection alone.
const FIRST: &str = "first";
/// The word before a line that belongs to all connections but the first.
const OTHERS: &str = "others";
/// The word before a line of the client in front of an intermediary.
const FRONT: &str = "front";
/// The word before a line of the server behind it.
const BACK: &str = "back";

/// The connection that a word names before a line: one of several that play the same script, a side of an intermediary, or,
/// before `>` or `<`, one for HTTP.
pub(crate) fn connection(word: &str, next: Option<&str>) -> Option<ConnectionName> {
    let is_before_sign = matches!(next, Some(">" | "<" | "<?" | "<~"));
    ConnectionName::parse(word).filter(|name| is_before_sign || is_part(name) || is_side(name))
}

/// Whether it stands for one or some of the connections that play the same script.
pub(crate) fn is_part(name: &ConnectionName) -> bool {
    matches!(name.as_str(), FIRST | OTHERS)
}

/// Whether it stands for a side of an intermediary.
pub(crate) fn is_side(name: &ConnectionName) -> bool {
    matches!(name.as_str(), FRONT | BACK)
}

/// A step on a connection for HTTP.
pub(crate) fn step_on(mut step: Step, name: &ConnectionName) -> Step {
    if is_part(name) || is_side(name) {
        return step;
    }
    match &mut step {
        Step::Send(Sending::Item(item)) => item.connection = Some(name.clone()),
        Step::Expect(expectation) => {
            for expected in expectation.alternatives.iter_mut().flat_map(|one| &mut one.all) {
                if let Expected::Item(item) = expected {
                    item.connection = Some(name.clone());
                }
            }
        }
        _ => {}
    }
    step
}

/// Whether a line may be on a connection for HTTP.
fn is_for_http(line: &Line) -> bool {
    match &line.step {
        Step::Send(Sending::Item(item)) => item.layer == Layer::Http,
        Step::Send(Sending::Eof | Sending::Reset) => true,
        Step::Expect(expectation) => expectation.expected().all(Expected::is_item),
        _ => false,
    }
}

fn is_on(line: &Line, names: &[&str]) -> bool {
    line.connection.as_ref().is_some_and(|name| names.contains(&name.as_str()))
}

/// A script whose lines belong to connections that it has.
pub(crate) fn checked(script: Script, text: &str) -> Result<Script, NotationError> {
    if !script.streams().is_empty() {
        return Ok(script);
    }
    if script.is_on_both_sides() {
        let named = |line: &&Line| is_on(line, &[FRONT, BACK]) || matches!(line.step, Step::Repeat { .. });
        let Some(line) = script.walk().find(|line| !named(line)) else { return Ok(script) };
        return Err(at(line, text, "each line of this script belongs to `front` or to `back`"));
    }
    let is_out_of_place = |line: &&Line| match &line.connection {
        None => false,
        Some(name) if is_part(name) => script.side_by_side() < 2,
        Some(_) => !is_for_http(line),
    };
    let Some(line) = script.walk().find(is_out_of_place) else { return Ok(script) };
    if !line.connection.as_ref().is_some_and(is_part) {
        let error = at(line, text, "a connection with a name is one for HTTP");
        return Err(error.help("it has items of `http`, and of what rides on it, `eof` and `reset`"));
    }
    let error = at(line, text, "this line belongs to one of several connections");
    Err(error.help("begin the script with `connections N`, N from 2 on, and measure nothing"))
}

pub(crate) fn at(line: &Line, text: &str, message: &str) -> NotationError {
    let start: usize = text.split('\n').take(line.number - 1).map(|line| line.len() + 1).sum();
    let end = start + text[start..].find('\n').unwrap_or(text.len() - start);
    NotationError::new(start..end, message)
}

impl Script {
    /// Whether a line measures the peer's process.
    #[must_use]
    pub fn measures(&self) -> bool {
        self.walk().any(|line| matches!(line.step, Step::Measure(_)))
    }

    /// On how many connections it runs in parallel, every line on each; 1 if it measures, because then only the last
    /// connection counts.
    #[must_use]
    pub fn side_by_side(&self) -> u32 {
        if self.measures() { 1 } else { self.connections() }
    }

    /// Whether its lines belong to the client in front of an intermediary and to the server behind it.
    #[must_use]
    pub fn is_on_both_sides(&self) -> bool {
        self.walk().any(|line| is_on(line, &[FRONT, BACK]))
    }

    /// Whether there is only a client in front of an intermediary, and nobody listens behind it.
    #[must_use]
    pub fn has_no_server(&self) -> bool {
        self.is_on_both_sides() && self.behind().lines.is_empty() && !self.asks_for_tunnel()
    }

    /// The lines of the client in front of an intermediary.
    #[must_use]
    pub fn in_front(&self) -> Self {
        Self { lines: lines_on(&self.lines, FRONT) }
    }

    /// The lines of the server behind an intermediary.
    #[must_use]
    pub fn behind(&self) -> Self {
        Self { lines: lines_on(&self.lines, BACK) }
    }

    /// The script for one of several connections: each gets different generated payloads.
    #[must_use]
    pub fn on(&self, connection: u32) -> Self {
        Self { lines: all_on(&self.lines, connection) }
    }
}

/// The lines of one side, each with its number in the whole script.
fn lines_on(lines: &[Line], side: &str) -> Vec<Line> {
    let of_side = |line: &Line| match &line.step {
        Step::Repeat { count, body } => {
            let body = lines_on(body, side);
            (!body.is_empty()).then(|| Line::new(line.number, Step::Repeat { count: *count, body }))
        }
        step => is_on(line, &[side]).then(|| Line::new(line.number, step.clone())),
    };
    lines.iter().filter_map(of_side).collect()
}

fn all_on(lines: &[Line], connection: u32) -> Vec<Line> {
    let belongs = |line: &&Line| match line.connection.as_ref().map(ConnectionName::as_str) {
        None => true,
        Some(FIRST) => connection == 0,
        Some(OTHERS) => connection > 0,
        Some(_) => true,
    };
    let does_nothing = |line: &Line| matches!(&line.step, Step::Repeat { body, .. } if body.is_empty());
    let lines = lines.iter().filter(belongs).map(|line| on(line, connection));
    lines.filter(|line| !does_nothing(line)).collect()
}

fn on(line: &Line, connection: u32) -> Line {
    let mut line = line.clone();
    line.connection.take_if(|name| is_part(name));
    match &mut line.step {
        Step::Send(Sending::Frame(frame)) => move_seed(&mut frame.payload, connection),
        Step::Expect(expectation) => {
            let items = expectation.alternatives.iter_mut().flat_map(|alternative| &mut alternative.all);
            for item in items {
                if let Expected::Message(_, Some(payload)) = item {
                    move_seed(payload, connection);
                }
            }
        }
        Step::Repeat { body, .. } => *body = all_on(body, connection),
        _ => {}
    }
    line
}

fn move_seed(payload: &mut Payload, connection: u32) {
    *payload = payload.seeded(u64::from(connection) << 32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_payloads_differ_from_connection_to_connection() {
        let script: Script =
            "connections 2\n> text words(1,40)\n< text words(1,40)\n> text \"a\"\n".parse().unwrap();
        assert_eq!(script.side_by_side(), 2);
        assert_eq!(script.on(0), script);
        let other = script.on(1).to_string();
        assert_eq!(
            other,
            "connections 2\n> text words(4294967297,40)\n< text words(4294967297,40)\n> text \"a\"\n"
        );
    }

    #[test]
    fn lines_of_one_connection_are_those_of_no_other() {
        let script: Script =
            "connections 3\nalive\nfirst deaf 1s\nrepeat 2\nfirst > ping \"a\"\nothers alive\nend\nothers finish\n"
                .parse()
                .unwrap();
        assert_eq!(script.to_string().parse(), Ok(script.clone()));
        assert_eq!(script.on(0).to_string(), "connections 3\nalive\ndeaf 1s\nrepeat 2\n> ping \"a\"\nend\n");
        let others = "connections 3\nalive\nrepeat 2\nalive\nend\nfinish\n";
        assert_eq!((script.on(1).to_string(), script.on(2).to_string()), (others.into(), others.into()));
    }

    #[test]
    fn a_line_of_one_connection_needs_several() {
        for (text, message) in [
            ("alive\nfirst alive\n", "this line belongs to one of several connections"),
            ("connections 2\nfirst alive\nmeasure\n", "this line belongs to one of several connections"),
            ("front alive\nfinish\n", "each line of this script belongs to `front` or to `back`"),
            ("connections 2\nfront alive\n", "each line of this script belongs to `front` or to `back`"),
            ("connections 2\nfirst\n", "`first` lacks its line"),
            ("connections 2\nfirst repeat 2\nalive\nend\n", "`repeat` belongs to all connections"),
        ] {
            assert_eq!(text.parse::<Script>().unwrap_err().message, message, "{text}");
        }
    }

    #[test]
    fn either_side_of_an_intermediary_has_its_lines() {
        let text =
            "front > request\n>   Origin: a\nback < request\nrepeat 2\nback > ping \"a\"\nend\nfront < eof\n";
        let script: Script = text.parse().unwrap();
        assert_eq!(script.to_string().parse(), Ok(script.clone()));
        assert!(script.is_on_both_sides());
        assert_eq!(script.in_front().to_string(), "> request\n>   Origin: a\n< eof\n");
        assert_eq!(script.behind().to_string(), "< request\nrepeat 2\n> ping \"a\"\nend\n");
        assert_eq!(script.in_front().lines[1].number, 7);
        assert!(!"> ping \"a\"\n".parse::<Script>().unwrap().is_on_both_sides());
    }

    #[test]
    fn a_script_that_measures_counts_on_one_connection() {
        let script: Script = "connections 20\nalive\nmeasure held 16MiB\n".parse().unwrap();
        assert_eq!((script.connections(), script.side_by_side()), (20, 1));
    }
}

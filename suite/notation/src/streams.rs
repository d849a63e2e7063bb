//! Scripts that play on several streams of one connection of HTTP/2 or HTTP/3.

use wsspec_wire::ConnectionName;

use crate::{
    beside::at,
    error::NotationError,
    script::{Expected, Line, Script, Sending, Step},
};

/// A script whose streams are declared before they are used, and that has on them what a stream can have.
pub(crate) fn checked(script: Script, text: &str) -> Result<Script, NotationError> {
    let is_declaration = |line: &Line| matches!(line.step, Step::Streams(_));
    let Some(declaration) = script.walk().find(|line| is_declaration(line)) else { return Ok(script) };
    if !script.lines.first().is_some_and(is_declaration) {
        return Err(at(declaration, text, "`streams` is not the first line of its script"));
    }
    if let Some(second) = script.walk().filter(|line| is_declaration(line)).nth(1) {
        return Err(at(second, text, "this script has its `streams` already"));
    }
    let names = script.streams();
    let is_declared = |name: &ConnectionName| names.contains(name);
    if let Some(line) = script.walk().find(|line| line.connection.as_ref().is_some_and(|it| !is_declared(it)))
    {
        let error = at(line, text, "this line belongs to a stream that the script does not have");
        return Err(error.help("the first line names the streams: `streams a b`"));
    }
    if let Some(line) = script.walk().find(|line| !fits(&line.step)) {
        return Err(at(line, text, "streams of one connection cannot have this line"));
    }
    Ok(script)
}

/// Whether a line can be one of a stream beside others.
fn fits(step: &Step) -> bool {
    match step {
        Step::Send(sending) => !matches!(sending, Sending::Item(_) | Sending::Response(_)),
        Step::Expect(expectation) => !expectation
            .expected()
            .any(|expected| matches!(expected, Expected::Item(_) | Expected::Request | Expected::Connect(_))),
        Step::Deaf(_) | Step::Measure(_) | Step::Terminate | Step::Connections(_) => false,
        _ => true,
    }
}

impl Script {
    /// The names of the streams of one connection that it plays on; none where it has a single stream, or a connection.
    #[must_use]
    pub fn streams(&self) -> &[ConnectionName] {
        match self.lines.first().map(|line| &line.step) {
            Some(Step::Streams(names)) => names,
            _ => &[],
        }
    }

    /// The lines of one of its streams, each with its number in the whole script: its own, and those without a name.
    #[must_use]
    pub fn on_stream(&self, name: &ConnectionName) -> Self {
        Self { lines: lines_on(&self.lines, name) }
    }
}

fn lines_on(lines: &[Line], name: &ConnectionName) -> Vec<Line> {
    let of_stream = |line: &Line| match &line.step {
        Step::Streams(_) => None,
        Step::Repeat { count, body } => {
            let body = lines_on(body, name);
            (!body.is_empty()).then(|| Line::new(line.number, Step::Repeat { count: *count, body }))
        }
        step if line.connection.as_ref().is_none_or(|own| own == name) => {
            Some(Line::new(line.number, step.clone()))
        }
        _ => None,
    };
    lines.iter().filter_map(of_stream).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ConnectionName {
        ConnectionName::parse(text).unwrap()
    }

    #[test]
    fn each_stream_has_its_lines_and_those_without_a_name() {
        let text = "streams a b\na > request\n>   Origin: x\na < accepted\nrepeat 2\nb > ping \"p\"\nalive\nend\n\
            a finish\nb quiet 100ms\n";
        let script: Script = text.parse().unwrap();
        assert_eq!(script.to_string(), text);
        assert_eq!(script.streams(), [name("a"), name("b")]);
        let a = script.on_stream(&name("a"));
        assert_eq!(a.to_string(), "> request\n>   Origin: x\n< accepted\nrepeat 2\nalive\nend\nfinish\n");
        assert_eq!(a.lines[1].number, 4);
        let b = script.on_stream(&name("b"));
        assert_eq!(b.to_string(), "repeat 2\n> ping \"p\"\nalive\nend\nquiet 100ms\n");
        assert!(a.streams().is_empty());
    }

    #[test]
    fn a_script_has_only_the_streams_that_its_first_line_names() {
        for (text, message) in [
            ("streams a\nalive\n", "`streams` has from 2 to 16 names"),
            ("streams a a\n", "two streams have the name `a`"),
            ("streams a first\n", "`first` cannot be the name of a stream"),
            ("streams a finish\n", "`finish` cannot be the name of a stream"),
            ("streams a B\n", "`B` cannot be the name of a stream"),
            ("alive\nstreams a b\n", "`streams` is not the first line of its script"),
            ("streams a b\nstreams c d\n", "this script has its `streams` already"),
            ("streams a b\nc > ping \"p\"\n", "this line belongs to a stream that the script does not have"),
            ("streams a b\nfirst alive\n", "this line belongs to a stream that the script does not have"),
            ("streams a b\na deaf 1s\n", "streams of one connection cannot have this line"),
            ("streams a b\na > http GET /\n", "streams of one connection cannot have this line"),
            ("streams a b\na < request\n", "streams of one connection cannot have this line"),
            ("streams a b\nconnections 2\n", "streams of one connection cannot have this line"),
            ("streams a b\na repeat 2\nalive\nend\n", "`repeat` belongs to all connections"),
            ("c > text \"x\"\n", "a connection with a name is one for HTTP"),
        ] {
            assert_eq!(text.parse::<Script>().unwrap_err().message, message, "{text}");
        }
    }
}

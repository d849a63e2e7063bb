//! Scripts about what rides on the connection: their layer, and the values that they learn at run time.

use std::collections::BTreeSet;

use wsspec_wire::Layer;

use crate::{
    error::NotationError,
    script::{Expected, FieldEdit, FieldExpectation, ItemSpec, Script, Sending, Step, Word},
};

/// Values that every script about a layer has: `$destination`, a destination of its trial alone.
pub const KNOWN: [&str; 1] = ["destination"];

/// The name of a value that a field's value stands for or begins with, and what follows it: `$destination-b`.
#[must_use]
pub fn variable(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('$')?;
    let end = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
    (end > 0).then(|| rest.split_at(end))
}

impl Script {
    /// The layer whose items it sends or expects.
    #[must_use]
    pub fn layer(&self) -> Option<Layer> {
        self.walk().find_map(|line| match &line.step {
            Step::Send(Sending::Item(item)) => Some(item.layer),
            Step::Expect(e) => e.expected().find_map(|expected| match expected {
                Expected::Item(item) => Some(item.layer),
                _ => None,
            }),
            _ => None,
        })
    }

    /// Whether it opens the session of its layer itself: its first item is one that connects, or octets as they are.
    #[must_use]
    pub fn opens_session(&self) -> bool {
        let opens =
            |item: &ItemSpec| item.is("CONNECT") || item.is("STOMP") || matches!(item.word, Word::Payload(_));
        self.sent_items().next().is_some_and(opens)
    }

    /// The items that it sends.
    pub fn sent_items(&self) -> impl Iterator<Item = &ItemSpec> {
        self.walk().filter_map(|line| match &line.step {
            Step::Send(Sending::Item(item)) => Some(item),
            _ => None,
        })
    }

    /// Whether it needs a WebSocket below its layer: it sends frames or heads, or waits for nothing but these.
    #[must_use]
    pub fn needs_websocket(&self) -> bool {
        let is_below =
            |expected: &Expected| !matches!(expected, Expected::Item(_) | Expected::Eof | Expected::Reset);
        self.walk().any(|line| match &line.step {
            Step::Alive | Step::Finish => true,
            Step::Send(sending) => !matches!(sending, Sending::Item(_) | Sending::Eof | Sending::Reset),
            Step::Expect(e) => e.alternatives.iter().all(|one| one.all.iter().any(is_below)),
            _ => false,
        })
    }
}

/// A script that uses no value before a line has bound it.
pub(crate) fn checked(script: Script, text: &str) -> Result<Script, NotationError> {
    let mut bound: BTreeSet<&str> = KNOWN.into_iter().collect();
    for line in script.walk() {
        match &line.step {
            Step::Send(Sending::Item(item)) => {
                let used = item.fields.iter().filter_map(value_of).filter_map(variable);
                for (name, _) in used {
                    if !bound.contains(name) {
                        return Err(unbound(name, line.number, text));
                    }
                }
            }
            Step::Expect(e) if e.expected().any(Expected::is_item) => {
                bound.extend(
                    e.fields.iter().filter_map(expected_of).filter_map(variable).map(|(name, _)| name),
                );
            }
            _ => {}
        }
    }
    Ok(script)
}

fn value_of(edit: &FieldEdit) -> Option<&str> {
    match edit {
        FieldEdit::Set(_, Word::Bare(text)) | FieldEdit::Add(_, Word::Bare(text)) => Some(text),
        _ => None,
    }
}

fn expected_of(field: &FieldExpectation) -> Option<&str> {
    match field {
        FieldExpectation::Present(_, Some(Word::Bare(text))) => Some(text),
        _ => None,
    }
}

fn unbound(name: &str, line: usize, text: &str) -> NotationError {
    let start: usize = text.split('\n').take(line - 1).map(|line| line.len() + 1).sum();
    let at = text[start..].find(&format!("${name}")).map_or(start, |at| start + at);
    NotationError::new(at..at + name.len() + 1, format!("`${name}` is not bound")).help(format!(
        "an expectation before this line binds it: `<   ack: ${name}`; `$destination` always is"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Script {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn an_item_is_printed_as_it_is_read() {
        for text in [
            "> stomp SEND\n>   destination: $destination-b\n>   +x: \" a \"\n>   -y\n>   \"no colon\\n\"\n>   body \"hello\"\n",
            "> stomp \"SEND\\n\\n\\0\" pieces:3 +more\n< stomp MESSAGE | stomp ERROR | close | eof within 1s\n<   ack: $ack\n<   -z\n<   body x\"00\"\n> stomp ACK\n>   id: $ack\n",
            "< stomp & eof\n",
        ] {
            assert_eq!(script(text).to_string(), text);
        }
    }

    #[test]
    fn a_value_is_bound_before_it_is_used() {
        let error =
            "< stomp MESSAGE\n<   ack: $id\n> stomp ACK\n>   id: $ack\n".parse::<Script>().unwrap_err();
        assert_eq!((error.message.as_str(), error.span), ("`$ack` is not bound", 49..53));
    }

    #[test]
    fn what_is_wrong_with_an_item_is_named() {
        let why = |text: &str| text.parse::<Script>().unwrap_err().message;
        assert_eq!(why("> stomp\n"), "`stomp` needs a word");
        assert_eq!(why("> stomp SEND pieces:0\n"), "`pieces:0` is not a number of octets from 1 on");
        assert_eq!(why("> stomp SEND -fin\n"), "`-fin` is not an attribute of an item");
        assert_eq!(why("> stomp SEND\n>   body a\n"), "`a` is not a payload");
        assert_eq!(why("> stomp \"a\"\n>   b: c\n"), "the payload above has all octets of the frame");
    }

    #[test]
    fn a_script_knows_what_it_rides_on() {
        let layer = |text: &str| script(text).layer();
        assert_eq!(layer("< stomp CONNECTED\n"), Some(Layer::Stomp));
        assert_eq!(layer("> text \"stomp\"\n"), None);
        assert!(script("> stomp CONNECT\n").opens_session() && !script("> stomp SEND\n").opens_session());
        assert!(!script("< stomp ERROR | close | eof\n< close | eof\n").needs_websocket());
        assert!(script("> stomp SEND\n> ping\n").needs_websocket() && script("< close\n").needs_websocket());
    }
}

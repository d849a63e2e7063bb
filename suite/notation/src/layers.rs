//! Scripts about what rides on the connection: their layer, and the values that they learn at run time.

use std::collections::BTreeSet;

use wsspec_wire::Layer;

use crate::{
    error::NotationError,
    script::{
        Expected, FieldEdit, FieldExpectation, ItemPattern, ItemSpec, RequestSpec, Script, Sending, Step,
        Word,
    },
};

/// Values that scripts about a layer have: `$destination`, a destination of its trial alone; `$path`, the path of the address;
/// `$base`, the same without a slash at its end; `$parent`, that without its last part; `$session`, a name that belongs to the
/// trial alone; `$polling` and `$websocket`, path and query that open a session of Engine.IO.
pub const KNOWN: [&str; 7] = ["destination", "path", "base", "parent", "session", "polling", "websocket"];

/// The main namespace of Socket.IO.
const MAIN: &str = "/";

/// The commands of clients of STOMP (STOMP 1.2, Augmented BNF).
const CLIENT_COMMANDS: [&str; 11] = [
    "SEND",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "BEGIN",
    "COMMIT",
    "ABORT",
    "ACK",
    "NACK",
    "DISCONNECT",
    "CONNECT",
    "STOMP",
];

/// The name of a value that a field's value stands for or begins with, and what follows it: `$destination-b`.
#[must_use]
pub fn variable(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('$')?;
    let end = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
    (end > 0).then(|| rest.split_at(end))
}

/// The names of all values in a target: `$base/000/$session/xhr`.
pub fn variables(target: &str) -> impl Iterator<Item = &str> {
    target.match_indices('$').filter_map(|(at, _)| variable(&target[at..])).map(|(name, _)| name)
}

impl Script {
    /// Whether it has HTTP exchanges that open no WebSocket.
    #[must_use]
    pub fn uses_http(&self) -> bool {
        self.sent_items().any(|item| item.layer == Layer::Http)
    }

    /// Whether it needs the connection of a WebSocket: it has no HTTP exchanges, or a line is about frames or heads, or about
    /// items on the connection without a name where each exchange has one.
    #[must_use]
    pub fn uses_socket(&self) -> bool {
        let all_named = self.sent_items().all(|item| item.layer != Layer::Http || item.connection.is_some());
        let is_on_socket = |expected: &Expected| match expected {
            Expected::Item(item) => all_named && item.connection.is_none(),
            _ => true,
        };
        !self.uses_http()
            || self.walk().any(|line| match &line.step {
                Step::Alive | Step::Finish => true,
                Step::Send(Sending::Item(item)) => item.layer != Layer::Http,
                Step::Send(_) => line.connection.is_none(),
                Step::Expect(e) => e.expected().any(is_on_socket),
                _ => false,
            })
    }

    /// The layer whose items it sends or expects; of two, the one that rides on the other.
    #[must_use]
    pub fn layer(&self) -> Option<Layer> {
        let sent = self.sent_items().map(|item| item.layer);
        let expected = self.expected_items().map(|item| item.layer);
        sent.chain(expected).reduce(|one, other| if other.rides_on(one) { other } else { one })
    }

    /// Whether it opens the session of its layer itself: its first item is one that connects, or octets as they are.
    #[must_use]
    pub fn opens_session(&self) -> bool {
        // The text of a packet connects if it is of type CONNECT, which is 0 (Socket.IO v5, Packet encoding).
        let opens = |item: &ItemSpec| match &item.word {
            Word::Payload(text) => item.layer != Layer::SocketIo || text.bytes().starts_with(b"0"),
            Word::Bare(word) => word == "CONNECT" || word == "STOMP",
        };
        self.sent_items().next().is_some_and(opens)
    }

    /// Whether it plays a broker of STOMP to a client: it waits for frames that only clients send.
    #[must_use]
    pub fn plays_broker(&self) -> bool {
        let is_of_client = |item: &ItemPattern| {
            item.layer == Layer::Stomp
                && item.word.as_deref().is_some_and(|word| CLIENT_COMMANDS.contains(&word))
        };
        self.expected_items().any(is_of_client)
    }

    /// Whether a line waits for the frame by which a client opens a session of STOMP.
    #[must_use]
    pub fn meets_client(&self) -> bool {
        self.expected_items().any(|item| item.is(Layer::Stomp, "CONNECT") || item.is(Layer::Stomp, "STOMP"))
    }

    /// The version in which it opens a session of STOMP as the broker, where a line sends CONNECTED: 1.0 where that names none.
    #[must_use]
    pub fn opened_version(&self) -> Option<&str> {
        let connected = self.sent_items().find(|item| item.is("CONNECTED"))?;
        let named = connected.fields.iter().find_map(|edit| match edit {
            FieldEdit::Set(name, Word::Bare(value)) if name == "version" => Some(value.as_str()),
            FieldEdit::Remove(name) if name == "version" => Some("1.0"),
            _ => None,
        });
        named.or(Some("1.2"))
    }

    /// Whether a line waits for the open packet of Engine.IO, or performs the opening handshake before it.
    #[must_use]
    pub fn opens_transport(&self) -> bool {
        let is_open = |item: &ItemPattern| item.is(Layer::EngineIo, "open");
        self.does_handshake() || self.uses_http() || self.expected_items().any(is_open)
    }

    /// Whether a WebSocket of SockJS is to be opened before its first line, up to the open frame.
    #[must_use]
    pub fn opens_sockjs(&self) -> bool {
        let is_open = |item: &ItemPattern| item.is(Layer::SockJs, "o") && item.connection.is_none();
        !self.does_handshake() && self.uses_socket() && !self.expected_items().any(is_open)
    }

    /// Whether its lines answer pings of Engine.IO.
    #[must_use]
    pub fn names_pings(&self) -> bool {
        self.expected_items().any(|item| item.is(Layer::EngineIo, "ping"))
    }

    /// Whether a line sends the open packet of Engine.IO: it opens the session as the server.
    #[must_use]
    pub fn sends_open(&self) -> bool {
        self.sent_items().any(|item| item.layer == Layer::EngineIo && item.is("open"))
    }

    /// The namespaces of Socket.IO whose CONNECT a line waits for, as the server of a client.
    #[must_use]
    pub fn awaited_namespaces(&self) -> BTreeSet<String> {
        let expectations = self.walk().filter_map(|line| match &line.step {
            Step::Expect(e) => Some(e),
            _ => None,
        });
        let connects = |expected: &Expected| matches!(expected, Expected::Item(item) if item.is(Layer::SocketIo, "CONNECT"));
        let named = |field: &FieldExpectation| match field {
            FieldExpectation::Present(name, Some(value)) if name == "namespace" => Some(value.bytes()),
            _ => None,
        };
        let of_line = expectations
            .filter(|e| e.expected().any(connects))
            .map(|e| e.fields.iter().find_map(named).unwrap_or_else(|| MAIN.into()));
        of_line.map(|name| String::from_utf8_lossy(&name).into_owned()).collect()
    }

    /// The namespaces of Socket.IO that a client has to be connected to before its first line, as the server of that client: the
    /// main one and those in which it sends, except where a line waits for the CONNECT.
    #[must_use]
    pub fn needed_namespaces(&self) -> BTreeSet<String> {
        let named = self.sent_items().flat_map(|item| &item.fields).filter_map(|edit| match edit {
            FieldEdit::Set(name, Word::Bare(value)) if name == "namespace" => Some(value.clone()),
            _ => None,
        });
        let all: BTreeSet<String> = named.chain([MAIN.to_owned()]).collect();
        &all - &self.awaited_namespaces()
    }

    /// Whether it waits for the event that a Socket.IO server sends when a namespace is connected.
    #[must_use]
    pub fn names_greetings(&self) -> bool {
        self.walk().any(|line| match &line.step {
            Step::Expect(e) => e.fields.iter().any(
                |field| matches!(field, FieldExpectation::Present(name, Some(Word::Bare(value))) if name == "event" && value == "auth"),
            ),
            _ => false,
        })
    }

    /// The items that it expects.
    pub fn expected_items(&self) -> impl Iterator<Item = &ItemPattern> {
        let expectations = self.walk().filter_map(|line| match &line.step {
            Step::Expect(expectation) => Some(expectation),
            _ => None,
        });
        expectations.flat_map(|expectation| expectation.expected()).filter_map(|expected| match expected {
            Expected::Item(item) => Some(item),
            _ => None,
        })
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

/// A script of one layer, and those it rides on, that uses no value before a line has bound it.
pub(crate) fn checked(script: Script, text: &str) -> Result<Script, NotationError> {
    one_layer(&script, text)?;
    let mut bound: BTreeSet<&str> = KNOWN.into_iter().collect();
    for line in script.walk() {
        match &line.step {
            Step::Send(sending) => {
                let used = used(sending, script.layer());
                if let Some(name) = used.into_iter().find(|name| !bound.contains(name)) {
                    return Err(unbound(name, line.number, text));
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

/// The names of the values that a line uses.
fn used(sending: &Sending, layer: Option<Layer>) -> Vec<&str> {
    match sending {
        Sending::Item(item) => {
            let targets = item.request.iter().flat_map(|request| of_target(&request.target));
            let fields = item.fields.iter().filter_map(value_of).filter_map(variable);
            fields.map(|(name, _)| name).chain(targets).collect()
        }
        Sending::Request(RequestSpec { target: Some(target), .. }) if layer.is_some() => of_target(target),
        _ => Vec::new(),
    }
}

/// The names of the values in a target, unless all of its octets are given.
fn of_target(target: &Word) -> Vec<&str> {
    match target {
        Word::Bare(target) => variables(target).collect(),
        Word::Payload(_) => Vec::new(),
    }
}

/// The items of a script belong to one layer, or to that below it.
fn one_layer(script: &Script, text: &str) -> Result<(), NotationError> {
    let Some(layer) = script.layer() else { return Ok(()) };
    for line in script.walk() {
        let of_line: Vec<Layer> = match &line.step {
            Step::Send(Sending::Item(item)) => vec![item.layer],
            Step::Expect(e) => e
                .expected()
                .filter_map(|expected| match expected {
                    Expected::Item(item) => Some(item.layer),
                    _ => None,
                })
                .collect(),
            _ => continue,
        };
        if let Some(other) = of_line.into_iter().find(|other| *other != layer && !layer.rides_on(*other)) {
            let at = start_of(line.number, text);
            let why = format!("a script about {} has no items of {}", layer.title(), other.title());
            return Err(NotationError::new(at..at + 1, why));
        }
    }
    Ok(())
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

/// Where a line begins.
fn start_of(line: usize, text: &str) -> usize {
    text.split('\n').take(line - 1).map(|line| line.len() + 1).sum()
}

fn unbound(name: &str, line: usize, text: &str) -> NotationError {
    let start = start_of(line, text);
    let at = text[start..].find(&format!("${name}")).map_or(start, |at| start + at);
    NotationError::new(at..at + name.len() + 1, format!("`${name}` is not bound")).help(format!(
        "an expectation before this line binds it: `<   ack: ${name}`; `$destination`, `$path`, `$base`, `$parent`, `$session`, `$polling` and `$websocket` always are"
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
            "< engineio open within 1heartbeat\n<   sid: $sid\n> engineio binary\n>   body x\"00\"\n> engineio \"9\"\n",
            "> request GET $path?EIO=4\n< response 400 | engineio close\n",
            "> socketio BINARY_EVENT\n>   id: 7\n>   attachment-0: \" a \"\n>   body \"[]\"\n< socketio ACK | engineio\n",
            "poll > http GET $polling\npoll < http 200\npoll < engineio open\n<   sid: $sid\n> request GET $websocket&sid=$sid\n",
            "a > http POST $base/000/$session/xhr HTTP/1.0\n>   -Host\n>   body \"x\"\na < http 4xx | sockjs c within 1s\n<   Via: $via\na > reset\n",
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
        assert_eq!(why("> engineio pings\n"), "`pings` is not a packet of Engine.IO");
        assert_eq!(why("< socketio EVENTS\n"), "`EVENTS` is not a packet of Socket.IO");
        assert_eq!(
            why("> engineio ping\n>   a: b\n"),
            "`a` is not a field of Engine.IO packets that are sent"
        );
        assert_eq!(why("> engineio ping pieces:2\n"), "`pieces:2` is for STOMP frames");
        assert_eq!(why("> stomp SEND\n< engineio ping\n"), "a script about STOMP has no items of Engine.IO");
        assert_eq!(why("> stomp \"a\"\n>   b: c\n"), "the payload above has all octets of the frame");
    }

    #[test]
    fn a_script_knows_which_namespaces_a_client_has_to_be_in() {
        let of = |text: &str| {
            let script = script(text);
            let names = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
            (names(script.awaited_namespaces()), names(script.needed_namespaces()))
        };
        let is = |awaited: &str, needed: &str| (awaited.to_owned(), needed.to_owned());
        assert_eq!(of("> socketio EVENT\n>   body \"[1]\"\n"), is("", "/"));
        assert_eq!(of("> socketio EVENT\n>   namespace: /a\n"), is("", "/ /a"));
        assert_eq!(of("< socketio CONNECT\n> socketio CONNECT\n"), is("/", ""));
        let refused = "< socketio CONNECT\n<   namespace: /a\n> socketio CONNECT_ERROR\n>   namespace: /a\n";
        assert_eq!(of(refused), is("/a", "/"));
    }

    #[test]
    fn a_script_knows_what_it_rides_on() {
        let layer = |text: &str| script(text).layer();
        assert_eq!(layer("< stomp CONNECTED\n"), Some(Layer::Stomp));
        assert_eq!(layer("> text \"stomp\"\n"), None);
        assert_eq!(layer("< engineio ping\n> socketio EVENT\n"), Some(Layer::SocketIo));
        assert_eq!(layer("> socketio EVENT\n< engineio ping\n"), Some(Layer::SocketIo));
        assert!(
            script("< engineio open\n").opens_transport() && !script("< engineio ping\n").opens_transport()
        );
        assert!(script("> stomp CONNECT\n").opens_session() && !script("> stomp SEND\n").opens_session());
        assert!(!script("< stomp ERROR | close | eof\n< close | eof\n").needs_websocket());
        assert!(script("> stomp SEND\n> ping\n").needs_websocket() && script("< close\n").needs_websocket());
    }
}

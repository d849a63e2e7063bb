//! What scripts about a layer need of a peer.

use wsspec_notation::{
    Alternative, Expectation, Expected, FieldEdit, Interval, ItemSpec, Payload, Script, Sending, Step,
    Strength, Word,
};
use wsspec_wire::{ConnectionName, Layer};

use crate::case::Need;

/// Payloads of an Engine.IO script above this, in bytes, need a server that announces room for them.
const LARGE: usize = 10_000;

/// What a script about a layer requires of a peer; nothing for any other.
pub(crate) fn needs(script: &Script) -> Vec<Need> {
    match script.layer() {
        _ if is_polling(script) => of_engineio(Layer::EngineIo, script),
        None | Some(Layer::SockJs | Layer::Http) => of_sockjs(script),
        Some(Layer::Stomp) if script.plays_broker() => of_stomp_clients(script),
        Some(Layer::Stomp) => of_stomp(script),
        Some(layer) => of_engineio(layer, script),
    }
}

/// The requests of HTTP that a script sends: what it sends, and the target.
fn requests(script: &Script) -> impl Iterator<Item = (&ItemSpec, &str)> {
    script.sent_items().filter_map(|item| Some((item, item.request.as_ref()?.target.as_bare()?)))
}

/// Whether it has requests of long-polling, which is a transport of Engine.IO.
fn is_polling(script: &Script) -> bool {
    let is_about = |target: &str| target.starts_with("$polling") || target.starts_with("$path");
    requests(script).any(|(_, target)| is_about(target))
}

/// Whether it has two GETs for packets at once, or upgrades the session while one waits.
fn needs_held_polls(script: &Script) -> bool {
    let mut polls: Vec<Option<&ConnectionName>> = Vec::new();
    for line in script.walk() {
        match &line.step {
            Step::Send(Sending::Item(item)) if item.is("GET") => {
                let target = item.request.as_ref().and_then(|request| request.target.as_bare());
                if target.is_some_and(|target| target.starts_with("$polling&sid=")) {
                    polls.push(item.connection.as_ref());
                }
            }
            Step::Send(Sending::Request(_)) if !polls.is_empty() => return true,
            Step::Expect(expectation) => expectation.expected().for_each(|expected| {
                if let Expected::Item(item) = expected {
                    polls.retain(|name| *name != item.connection.as_ref());
                }
            }),
            _ => {}
        }
        if polls.len() > 1 {
            return true;
        }
    }
    false
}

/// Whether a request announces more of a body than it has.
fn is_cut_short(item: &ItemSpec) -> bool {
    let size = item.body.as_ref().map_or(0, Payload::len);
    item.fields.iter().any(|edit| match edit {
        FieldEdit::Set(name, Word::Bare(value)) if name.eq_ignore_ascii_case("Content-Length") => {
            value.parse::<usize>().is_ok_and(|announced| announced > size)
        }
        _ => false,
    })
}

/// What a script about Engine.IO or Socket.IO requires.
fn of_engineio(layer: Layer, script: &Script) -> Vec<Need> {
    let waits = script.walk().any(|line| match &line.step {
        Step::Expect(expectation) => matches!(expectation.within, Some(Interval::Heartbeats(_))),
        _ => false,
    });
    let is_large = |item: &ItemSpec| item.size() > LARGE;
    let mut needs = Vec::new();
    if is_polling(script) {
        let upgrades = requests(script).any(|(_, target)| target.starts_with("$websocket&sid="))
            || script.walk().any(|line| matches!(&line.step, Step::Send(Sending::Request(_))));
        needs.push(Need::Polling);
        needs.extend(needs_held_polls(script).then_some(Need::HeldPolls));
        needs.extend(script.sent_items().any(is_cut_short).then_some(Need::EarlyPosts));
        needs.extend(upgrades.then_some(Need::Upgrade));
    }
    needs.extend(waits.then_some(Need::Heartbeat));
    needs.extend(script.sent_items().any(is_large).then_some(Need::LargePayload));
    if layer == Layer::SocketIo {
        needs.extend(of_socketio(script));
    }
    needs
}

/// What a script about SockJS, or about a WebSocket at one of its paths, requires: the services that it names.
fn of_sockjs(script: &Script) -> Vec<Need> {
    let targets = script.walk().filter_map(|line| match &line.step {
        Step::Send(Sending::Item(item)) => item.request.as_ref().map(|request| &request.target),
        Step::Send(Sending::Request(request)) => request.target.as_ref(),
        _ => None,
    });
    let targets: Vec<&str> = targets.filter_map(|target| target.as_bare()).collect();
    let names = |service: &str| targets.iter().any(|target| target.starts_with(service));
    let transports: Vec<&str> = targets
        .iter()
        .map(|target| target.split('?').next().unwrap_or_default())
        .map(|path| path.rsplit('/').next().unwrap_or_default())
        .collect();
    let uses = |names: &[&str]| names.iter().any(|name| transports.contains(name));
    let opens =
        script.walk().any(|line| matches!(&line.step, Step::Send(Sending::Request(_)))) && names("$base");
    let is_framed = script.layer() == Some(Layer::SockJs) && script.uses_socket();
    let needs = [
        (is_framed || opens, Need::SockJsWebSocket),
        (uses(&["xhr_streaming"]), Need::XhrStreaming),
        (uses(&["eventsource"]), Need::EventSource),
        (uses(&["htmlfile"]), Need::HtmlFile),
        (uses(&["jsonp", "jsonp_send"]), Need::Jsonp),
        (names("$parent/close"), Need::CloseService),
        (names("$parent/disabled_websocket_echo"), Need::DisabledService),
        (names("$parent/cookie_needed_echo"), Need::CookieService),
    ];
    needs.into_iter().filter_map(|(needed, need)| needed.then_some(need)).collect()
}

/// The name of the second namespace that a server under test has.
const CUSTOM: &str = "/custom";

fn of_socketio(script: &Script) -> Vec<Need> {
    let is_there = |item: &&ItemSpec| {
        item.fields.iter().any(
            |edit| matches!(edit, FieldEdit::Set(name, Word::Bare(value)) if name == "namespace" && value == CUSTOM),
        )
    };
    let is_event = |item: &ItemSpec| item.is("EVENT") || item.is("BINARY_EVENT");
    // A client connects to what we, as its server, wait for, or send in.
    let joins = script.sent_items().any(|item| is_there(&item) && item.is("CONNECT"))
        || script.awaited_namespaces().contains(CUSTOM);
    let sends = script.sent_items().any(|item| is_there(&item) && is_event(item));
    let acks = script
        .expected_items()
        .any(|item| item.is(Layer::SocketIo, "ACK") || item.is(Layer::SocketIo, "BINARY_ACK"));
    let needs = [
        (joins, Need::Namespace),
        (sends && !acks, Need::NamespaceEcho),
        (sends && acks, Need::NamespaceAcks),
        (acks, Need::Acks),
        (script.names_greetings(), Need::Greeting),
    ];
    needs.into_iter().filter_map(|(needed, need)| needed.then_some(need)).collect()
}

fn of_stomp(script: &Script) -> Vec<Need> {
    let mut needs: Vec<Need> = script.needs_websocket().then_some(Need::WebSocket).into_iter().collect();
    let expects = |word: &str| {
        let wants = |expectation: &Expectation| {
            let has_it = |alternative: &Alternative| {
                let is_it = |expected: &Expected| matches!(expected, Expected::Item(item) if item.word.as_deref() == Some(word));
                alternative.all.iter().any(is_it)
            };
            match expectation.strength {
                Strength::Must => expectation.alternatives.iter().all(has_it),
                // A recommendation says something only where it can be followed.
                Strength::Should => expectation.alternatives.iter().any(has_it),
                Strength::May => false,
            }
        };
        script.walk().any(|line| matches!(&line.step, Step::Expect(expectation) if wants(expectation)))
    };
    if !script.opens_session() {
        needs.push(Need::Stomp12);
    } else if expects("CONNECTED") {
        needs.extend(script.sent_items().find_map(only_version));
    }
    needs.extend(expects("MESSAGE").then_some(Need::Delivery));
    needs
}

/// What a script in which we are the broker requires of a client.
fn of_stomp_clients(script: &Script) -> Vec<Need> {
    let expects = |word: &str| script.expected_items().any(|item| item.is(Layer::Stomp, word));
    let of_heart_beats = |interval: &Option<Interval>| matches!(interval, Some(Interval::Heartbeats(_)));
    let beats = script.walk().any(|line| match &line.step {
        Step::Expect(expectation) => of_heart_beats(&expectation.within),
        Step::Wait(interval) | Step::Quiet(interval) => of_heart_beats(&Some(*interval)),
        _ => false,
    });
    let version = match script.opened_version() {
        Some("1.0") => Some(Need::Stomp10),
        Some("1.1") => Some(Need::Stomp11),
        None if script.meets_client() => None,
        _ => Some(Need::Stomp12),
    };
    let needs = [
        (script.needs_websocket(), Need::WebSocket),
        (expects("ACK"), Need::Acknowledgements),
        (expects("NACK"), Need::Nacks),
        (
            script.sent_items().any(|item| item.body.as_ref().is_some_and(|body| body.bytes() == "end")),
            Need::Leaves,
        ),
        (script.sent_items().any(swaps), Need::Swaps),
        (expects("UNSUBSCRIBE"), Need::Unsubscribes),
        (expects("BEGIN") || expects("COMMIT"), Need::Transactions),
        (beats, Need::HeartBeats),
    ];
    version.into_iter().chain(needs.into_iter().filter_map(|(needed, need)| needed.then_some(need))).collect()
}

/// Whether a message asks a client to exchange its body and a header.
fn swaps(item: &ItemSpec) -> bool {
    item.fields.iter().any(|edit| matches!(edit, FieldEdit::Set(name, _) if name == "swap"))
}

/// The only version that an item offers.
fn only_version(item: &ItemSpec) -> Option<Need> {
    let connects = item.is("CONNECT") || item.is("STOMP");
    let edit = item.fields.iter().find_map(|edit| match edit {
        FieldEdit::Set(name, Word::Bare(value)) if name == "accept-version" => Some(value.as_str()),
        FieldEdit::Remove(name) if name == "accept-version" => Some("1.0"),
        _ => None,
    });
    // Without an edit, the default one.
    match (connects, edit.unwrap_or("1.2")) {
        (true, "1.0") => Some(Need::Stomp10),
        (true, "1.1") => Some(Need::Stomp11),
        (true, "1.2") => Some(Need::Stomp12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_needs_what_a_server_announces_and_its_handlers() {
        let of = |text: &str| needs(&text.parse().unwrap());
        assert_eq!(
            of("> engineio message\n>   body \"a\"*10001\n< engineio ping within 1heartbeat\n"),
            [Need::Heartbeat, Need::LargePayload]
        );
        let joins = "> socketio CONNECT\n>   namespace: /custom\n< socketio CONNECT\n";
        assert_eq!(of(joins), [Need::Namespace]);
        let event = format!("{joins}> socketio EVENT\n>   namespace: /custom\n>   body \"[1]\"\n");
        assert_eq!(of(&format!("{event}< socketio EVENT\n")), [Need::Namespace, Need::NamespaceEcho]);
        let acks = [Need::Namespace, Need::NamespaceAcks, Need::Acks];
        assert_eq!(of(&format!("{event}< socketio ACK\n")), acks);
        let to_client = "> socketio EVENT\n>   namespace: /custom\n>   body \"[1]\"\n< socketio EVENT\n";
        assert_eq!(of(to_client), [Need::NamespaceEcho]);
    }

    #[test]
    fn a_script_needs_the_transports_that_it_uses() {
        let of = |text: &str| needs(&text.parse().unwrap());
        assert_eq!(of("> http GET $path?EIO=4\n< http 400\n"), [Need::Polling]);
        let open = "open > http GET $polling\nopen < http 200\nopen < engineio open\n<   sid: $sid\n";
        let poll = |name: &str| format!("{name} > http GET $polling&sid=$sid\n");
        assert_eq!(of(&format!("{open}{}a < http 200\n{}", poll("a"), poll("b"))), [Need::Polling]);
        assert_eq!(of(&format!("{open}{}{}", poll("a"), poll("b"))), [Need::Polling, Need::HeldPolls]);
        let cut = "> http POST $polling\n>   Content-Length: 9\n>   body \"4a\"\n";
        assert_eq!(of(cut), [Need::Polling, Need::EarlyPosts]);
        let upgrade = format!("{open}> request GET $websocket&sid=$sid\n< accepted\n");
        assert_eq!(of(&upgrade), [Need::Polling, Need::Upgrade]);
        assert_eq!(
            of(&upgrade.replace("> request", "second > http").replace("< acc", "# ")),
            [Need::Polling, Need::Upgrade]
        );
    }

    #[test]
    fn a_script_needs_the_services_that_it_names() {
        let of = |text: &str| needs(&text.parse().unwrap());
        assert_eq!(of("> http GET $parent/close/info\n< http 200\n"), [Need::CloseService]);
        assert_eq!(of("> http GET $base/info\n< http 200\n"), []);
        assert_eq!(of("> text \"[]\"\nquiet 1ms\n< sockjs a\n"), [Need::SockJsWebSocket]);
        assert_eq!(of("> http GET $base/000/$session/jsonp?c=x\n< http 200\n"), [Need::Jsonp]);
        assert_eq!(of("> http POST $base/000/$session/jsonp_send\n< http 200\n"), [Need::Jsonp]);
        assert_eq!(of("> http POST $base/000/$session/xhr\n< http 200\n"), []);
        let raw = [Need::SockJsWebSocket, Need::CloseService];
        assert_eq!(of("> request GET $base/websocket\n> http GET $parent/close\n"), raw);
        assert_eq!(of("> request GET /websocket\n< accepted\n"), []);
    }

    #[test]
    fn a_script_with_a_client_of_stomp_needs_its_version_and_what_it_waits_for() {
        let of = |text: &str| needs(&text.parse().unwrap());
        assert_eq!(
            of("> stomp MESSAGE\n< stomp SEND & stomp ACK\n"),
            [Need::Stomp12, Need::Acknowledgements]
        );
        assert_eq!(of("< stomp CONNECT | stomp STOMP\n"), []);
        let open = "< stomp CONNECT\n> stomp CONNECTED\n";
        assert_eq!(of(&format!("{open}>   version: 1.1\n< stomp NACK\n")), [Need::Stomp11, Need::Nacks]);
        assert_eq!(of(&format!("{open}>   -version\n")), [Need::Stomp10]);
        assert_eq!(
            of(&format!("{open}wait 2heartbeat\n> stomp MESSAGE\n< stomp BEGIN\n")),
            [Need::Stomp12, Need::Transactions, Need::HeartBeats]
        );
    }

    #[test]
    fn a_script_needs_its_version_and_perhaps_delivery() {
        let of = |text: &str| needs(&text.parse().unwrap());
        assert_eq!(of("> text \"a\"\n"), []);
        assert_eq!(of("> stomp SEND\n< stomp MESSAGE\n"), [Need::Stomp12, Need::Delivery]);
        assert_eq!(of("> stomp SEND\n< stomp MESSAGE | stomp ERROR\n"), [Need::Stomp12]);
        let connect = |version: &str| {
            of(&format!("> stomp CONNECT\n>   accept-version: {version}\n< stomp CONNECTED\n"))
        };
        assert_eq!((connect("1.1"), connect("1.0")), (vec![Need::Stomp11], vec![Need::Stomp10]));
        assert_eq!(connect("1.0,1.1"), []);
        assert_eq!(of("> stomp CONNECT\n< stomp ERROR | eof\n"), []);
        assert_eq!(
            of("> stomp CONNECT\n>   -accept-version\n< stomp CONNECTED\nalive\n"),
            [Need::WebSocket, Need::Stomp10]
        );
    }
}

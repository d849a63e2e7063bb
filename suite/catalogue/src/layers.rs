//! What scripts about a layer need of a peer.

use wsspec_notation::{Expectation, Expected, FieldEdit, ItemSpec, Script, Step, Strength, Word};

use crate::case::Need;

/// What a script about a layer requires of a peer; nothing for any other.
pub(crate) fn needs(script: &Script) -> Vec<Need> {
    if script.layer().is_none() {
        return Vec::new();
    }
    let mut needs: Vec<Need> = script.needs_websocket().then_some(Need::WebSocket).into_iter().collect();
    let expects = |word: &str| {
        let wants = |expectation: &Expectation| {
            expectation.strength == Strength::Must
                && expectation.alternatives.iter().all(|alternative| {
                    let is_it = |expected: &Expected| {
                        matches!(expected, Expected::Item(item) if item.word.as_deref() == Some(word))
                    };
                    alternative.all.iter().any(is_it)
                })
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

//! The sessions that a campaign begins with: each transition of the model once, before chance begins.

use wsspec_wire::Role;

use crate::{
    model::{ModelState, Symbol, Transition},
    session::FuzzSession,
};

/// A session for each transition that the model of a peer of this role has, in order.
#[must_use]
pub fn sessions(peer: Role) -> Vec<FuzzSession> {
    let text = |transition: Transition| [before(transition, peer), step(transition, peer)].concat();
    let parsed = |text: String| {
        // A test reads every session.
        FuzzSession::parse(&text).ok()
    };
    Transition::all(peer).filter_map(|transition| parsed(text(transition))).collect()
}

/// What leads to the state in which a transition begins.
const fn before(transition: Transition, peer: Role) -> &'static str {
    match (transition.from, transition.symbol) {
        (ModelState::Opening, Symbol::HalfClose | Symbol::Reset) => match peer {
            Role::Server => "> request\n",
            Role::Client => "> response 101\n",
        },
        (ModelState::Opening | ModelState::Closing, _) => "",
        // Whether corrupt data shows depends on a connection that compresses.
        (ModelState::Open, Symbol::Corrupt) => "> text \"Hello\" deflate\n",
        (ModelState::Open, _) => "alive\n",
        (ModelState::InText, _) => "> text \"a\" -fin\n",
        (ModelState::InBinary, _) => "> binary x\"00\" -fin\n",
        (ModelState::Failing, _) => "> op:3 \"\"\n",
        (ModelState::Cut, _) => "> text \"cut\" len:6\n",
    }
}

/// What is sent then.
const fn step(transition: Transition, peer: Role) -> &'static str {
    let within = matches!(transition.from, ModelState::InText | ModelState::InBinary);
    match transition.symbol {
        Symbol::Request => "> request\nalive\n",
        Symbol::BadRequest => "> request\n>   Sec-WebSocket-Version: 12\n",
        Symbol::Response => "> response 101\nalive\n",
        Symbol::BadResponse => "> response 101\n>   -Sec-WebSocket-Accept\n",
        Symbol::Cut if matches!(transition.from, ModelState::Opening) => match peer {
            Role::Server => "> raw \"GET / HTTP/1.1\\r\\nHost: \"\n> reset\n",
            Role::Client => "> raw \"HTTP/1.1 101 Switching Protocols\\r\\nUpgr\"\n> reset\n",
        },
        Symbol::Cut if within => "> cont \"cut\" len:126\n> eof\n",
        Symbol::Cut => "> binary \"cut\" len:126\n> eof\n",
        Symbol::Fence => "alive\n",
        Symbol::Text => "> text \"a\"\n",
        Symbol::TextBegins => "> text \"a\" -fin\n> cont \"b\"\n",
        Symbol::Binary => "> binary x\"00\"\n",
        Symbol::BinaryBegins => "> binary x\"00\" -fin\n> cont x\"01\"\n",
        Symbol::Continues => "> cont \"b\" -fin\n> cont \"c\"\n",
        Symbol::Ends => "> cont \"b\"\n",
        Symbol::Compressed => "> text \"Hello\" deflate\n",
        Symbol::Ping => "> ping \"p\"\n",
        Symbol::Pong => "> pong \"p\"\nalive\n",
        Symbol::Close => "> close 1000\n",
        Symbol::Many => "repeat 1100\n> text \"many\"\nend\n",
        Symbol::Unmasked => "> ping \"p\" -mask\n",
        Symbol::Masked => "> ping \"p\" mask:37fa213d\n",
        Symbol::ReservedBits => "> ping \"p\" +rsv2\n",
        Symbol::ReservedOpcode => "> op:3 \"\"\n",
        Symbol::FragmentedControl => "> ping \"p\" -fin\n",
        Symbol::LongControl => "> ping \"p\"*126\n",
        Symbol::PaddedLength => "> ping \"p\" len16\n",
        Symbol::Orphan => "> cont \"a\"\n",
        Symbol::Interrupts => "> text \"b\"\n",
        Symbol::BadText if within => "> cont x\"ff\"\n",
        Symbol::BadText => "> text x\"ff\"\n",
        Symbol::BadClose => "> close 1005\n",
        Symbol::Corrupt => "> text x\"ff ff ff ff\" +rsv1\n",
        Symbol::Late => "> ping \"late\"\n",
        Symbol::HalfClose => "> eof\n",
        Symbol::Reset => "> reset\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Abilities, predict};

    #[test]
    fn each_session_takes_its_transition() {
        for abilities in [Abilities::ALL, Abilities::ALL_OF_CLIENT] {
            let role = abilities.role();
            let sessions = sessions(role);
            assert_eq!(sessions.len(), Transition::all(role).count());
            for (session, transition) in sessions.iter().zip(Transition::all(role)) {
                let path = predict(session, abilities).path;
                assert!(path.contains(&transition), "{transition}:\n{session}{path:?}");
            }
        }
    }
}

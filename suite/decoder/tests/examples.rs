//! The examples: the oracle reports the known disagreements of their decoders, and no others.

#![allow(dead_code, reason = "the `main` of an example is not called")]

use std::collections::BTreeSet;

use wsspec_decoder::{DecoderUnderTest, Demands, DisagreementKind, Setting, check, inputs::input};

#[path = "../examples/tungstenite.rs"]
mod blocking;
#[path = "../examples/fastwebsockets.rs"]
mod polled;

/// How the decoder disagrees on seeded inputs.
fn disagreements<D: DecoderUnderTest>(
    new: impl Fn(Setting) -> D,
    demands: &Demands,
) -> BTreeSet<(Option<&'static str>, DisagreementKind)> {
    let found = (0..8000).filter_map(|seed| check(&new, &input(seed, &[], demands), demands).err());
    found.map(|found| (found.requirement, found.kind)).collect()
}

#[test]
fn nothing_is_found_in_tungstenite() {
    assert_eq!(disagreements(blocking::Tungstenite::of, &Demands::default()), BTreeSet::new());
}

#[test]
fn what_fastwebsockets_accepts_is_caught() {
    let demands = Demands { pings_unreported: true, ..Demands::default() };
    let known = ["rfc6455#5.1:3", "rfc6455#5.1:6", "rfc6455#5.4:13", "rfc6455#5.5:4", "rfc6455#5.6:5"];
    let known = known.map(|requirement| (Some(requirement), DisagreementKind::Accepted));
    assert_eq!(disagreements(polled::Fast::new, &demands), BTreeSet::from(known));
}

//! 12 and 13: permessage-deflate, with several contents and several parameters.

use super::build::{CLEAN_CLOSE, case};
use crate::{
    case::{AutobahnCase, CaseJudge, ECHOES, Echoed, Offers},
    data::TestData,
};

/// Length of a message, limit in seconds, size of a fragment or 0.
const SIZES: [(usize, u64, usize); 18] = [
    (16, 60, 0),
    (64, 60, 0),
    (256, 120, 0),
    (1024, 240, 0),
    (4096, 480, 0),
    (8192, 480, 0),
    (16_384, 480, 0),
    (32_768, 480, 0),
    (65_536, 480, 0),
    (131_072, 480, 0),
    (8192, 480, 256),
    (16_384, 480, 256),
    (32_768, 480, 256),
    (65_536, 480, 256),
    (131_072, 480, 256),
    (131_072, 480, 1024),
    (131_072, 480, 4096),
    (131_072, 480, 32_768),
];

const DEFAULT: Offers = &[(false, 0)];

/// No context takeover by the server, and its window bits (0: any); several are alternatives.
const OFFERS: [Offers; 7] = [
    DEFAULT,
    &[(true, 0)],
    &[(false, 9)],
    &[(false, 15)],
    &[(true, 9)],
    &[(true, 15)],
    &[(true, 9), (true, 0), (false, 0)],
];

pub(super) fn add(list: &mut Vec<AutobahnCase>) {
    for (section, data) in (1..).zip(TestData::ALL) {
        group(list, [12, section], data, DEFAULT, "the plain offer of permessage-deflate");
    }
    for (section, offers) in (1..).zip(OFFERS) {
        group(list, [13, section], TestData::Json, offers, &said(offers));
    }
}

fn group(
    list: &mut Vec<AutobahnCase>,
    [category, section]: [u16; 2],
    data: TestData,
    offers: Offers,
    with: &str,
) {
    for (at, (length, seconds, fragment)) in (1..).zip(SIZES) {
        let pieces = match fragment {
            0 => String::new(),
            size => format!(" in fragments of {size} bytes"),
        };
        case(
            &[category, section, at],
            format!("{ECHOES} compressed messages of {length} bytes ({}){pieces}, with {with}.", data.name()),
            format!("Each comes back as it was sent, all within {seconds} seconds. {CLEAN_CLOSE}"),
        )
        .close_after(seconds)
        .judge(CaseJudge::Echoes { messages: Echoed::Compressed { data, length, fragment, offers }, seconds })
        .add(list);
    }
}

fn said(offers: Offers) -> String {
    let one = |&(fresh, bits): &(bool, u8)| {
        let takeover = if fresh { "none" } else { "any" };
        let window = if bits == 0 { "any".to_owned() } else { format!("{bits} bits") };
        format!("context takeover {takeover}, window {window}")
    };
    let list: Vec<String> = offers.iter().map(one).collect();
    format!("the other end asked for: {}", list.join("; or "))
}

//! Every input that once failed, in `regressions/<target>/`.

use std::{fs, panic, path::Path};

use wsspec_fuzz::{decode, exchange, inflate, notation, roundtrip, upgrade, utf8};

/// Runs the target on each file, and names those on which it fails.
fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions").join(target);
    let mut failing: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.file_name().is_some_and(|name| name != ".gitkeep"))
        .filter(|path| {
            let input = fs::read(path).expect("a readable file");
            panic::catch_unwind(|| run(&input)).is_err()
        })
        .collect();
    failing.sort();
    assert!(failing.is_empty(), "failing again: {failing:#?}");
}

#[test]
fn what_once_failed_to_decode_decodes() {
    replay("decode", decode::run);
}

#[test]
fn what_once_did_not_come_back_comes_back() {
    replay("roundtrip", roundtrip::run);
}

#[test]
fn what_once_was_misread_is_read() {
    replay("notation", notation::run);
}

#[test]
fn heads_that_were_once_misread_are_read() {
    replay("upgrade", upgrade::run);
}

#[test]
fn what_once_did_not_decompress_does() {
    replay("inflate", inflate::run);
}

#[test]
fn texts_that_were_once_misjudged_are_judged() {
    replay("utf8", utf8::run);
}

#[test]
fn exchanges_that_once_went_wrong_go_right() {
    replay("exchange", exchange::run);
}

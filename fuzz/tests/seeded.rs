//! Each target on seeded inputs: what a fuzzer would find in its first moments, without a fuzzer.

mod common;

use wsspec_decoder::{Demands, inputs::input};
use wsspec_fuzz::{
    assemble, decode, deflate, differential, engineio, exchange, inflate, judge, notation, roundtrip,
    socketio, stomp, upgrade, utf8,
};

use self::common::{damaged, frames, heads, noise, packets, scripts, sessions, stomp_frames, texts};

#[test]
fn noise_decodes() {
    noise().for_each(|input| decode::run(&input));
}

#[test]
fn frames_and_broken_frames_decode() {
    frames().for_each(|input| decode::run(&input));
}

#[test]
fn noise_amounts_to_messages() {
    noise().for_each(|input| assemble::run(&input));
}

#[test]
fn frames_and_broken_frames_amount_to_messages() {
    frames().for_each(|input| assemble::run(&input));
}

#[test]
fn noise_amounts_to_the_same_for_others() {
    noise().for_each(|input| differential::run(&input));
}

#[test]
fn frames_and_broken_frames_amount_to_the_same_for_others() {
    frames().for_each(|input| differential::run(&input));
    (0..2000).for_each(|seed| differential::run(&input(seed, &[], &Demands::default())));
}

#[test]
fn what_noise_generates_comes_back() {
    noise().for_each(|input| roundtrip::run(&input));
}

#[test]
fn noise_is_a_script_or_is_not() {
    noise().for_each(|input| notation::run(&input));
}

#[test]
fn scripts_and_broken_scripts_print_back() {
    scripts().for_each(|input| notation::run(&input));
}

#[test]
fn noise_is_a_head_or_is_not() {
    noise().for_each(|input| upgrade::run(&input));
}

#[test]
fn heads_and_broken_heads_are_read() {
    heads().for_each(|input| upgrade::run(&input));
}

#[test]
fn what_noise_generates_decompresses_or_does_not() {
    noise().for_each(|input| inflate::run(&input));
}

#[test]
fn what_noise_generates_is_compressed_alike() {
    noise().for_each(|input| deflate::run(&input));
}

#[test]
fn noise_is_frames_of_stomp() {
    noise().for_each(|input| stomp::run(&input));
}

#[test]
fn frames_of_stomp_and_broken_ones_come_back() {
    stomp_frames().for_each(|input| stomp::run(&input));
}

#[test]
fn noise_is_packets() {
    noise().for_each(|input| engineio::run(&input));
    noise().for_each(|input| socketio::run(&input));
}

#[test]
fn packets_and_broken_ones_come_back() {
    packets().for_each(|input| engineio::run(&input));
    packets().for_each(|input| socketio::run(&input));
}

#[test]
fn noise_is_text_or_is_not() {
    noise().for_each(|input| utf8::run(&input));
}

#[test]
fn valid_and_invalid_texts_are_distinguished() {
    texts().for_each(|input| utf8::run(&input));
}

#[test]
fn noise_as_a_script_and_a_peer_ends() {
    noise().for_each(|input| exchange::run(&input));
}

#[test]
fn scripts_against_frames_end() {
    sessions().for_each(|input| exchange::run(&input));
}

#[test]
fn noise_as_a_damaged_record_is_judged() {
    noise().for_each(|input| judge::run(&input));
}

#[test]
fn scripts_against_frames_are_judged_the_same_however_often() {
    damaged().for_each(|input| judge::run(&input));
}

//! Decoders that cost too much: memory for what is only announced, time that grows with the square of the input.

#[path = "common/right.rs"]
mod right;

use std::{
    alloc::System,
    hint::black_box,
    sync::{Mutex, PoisonError},
};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use wsspec_decoder::{
    DecoderEvent, DecoderUnderTest, Demands, DisagreementKind, Rejection, Role, Setting, check, check_growth,
    inputs::{from_frames, input},
    measure_memory,
};

use self::right::{Right, Strictness};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What other threads allocate counts as well, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Allocates what a header of 64 bits announces, up to 64 MiB, before the payload arrives.
struct Trusting(Right);

impl DecoderUnderTest for Trusting {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        if let Some([0x82, 0x7F, length @ ..]) = bytes.first_chunk::<10>() {
            let length = u64::from_be_bytes(*length).min(64 << 20);
            black_box(Vec::<u8>::with_capacity(length as usize));
        }
        self.0.decode(bytes, events)
    }
}

/// Reads everything that has arrived again with every segment.
struct Rereading(Right, Vec<u8>);

impl DecoderUnderTest for Rereading {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        self.1.extend_from_slice(bytes);
        black_box(self.1.iter().step_by(4).fold(0_u8, |sum, byte| sum.wrapping_mul(31) ^ byte));
        self.0.decode(bytes, events)
    }
}

fn right(setting: Setting) -> Right {
    Right::new(setting, Strictness::Lax)
}

#[test]
fn memory_that_is_only_announced_is_reported_and_other_memory_is_not() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    measure_memory(|| ALLOCATOR.stats().bytes_allocated as u64);
    let announced = from_frames([255; 4], Role::Server, b"\x82\x7F\0\0\0\0\x10\0\0\0abc");
    let demands = Demands::default();
    assert_eq!(check(right, &announced, &demands), Ok(()));
    let found = check(|setting| Trusting(right(setting)), &announced, &demands);
    assert_eq!(found.map_err(|found| found.kind), Err(DisagreementKind::Greedy));
    let demands = Demands { deflate: true, ..demands };
    for seed in 0..300 {
        assert_eq!(check(right, &input(seed, &[], &demands), &demands), Ok(()));
    }
}

#[test]
fn time_that_grows_with_the_square_is_reported() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let found = check_growth(|setting| Rereading(right(setting), Vec::new()));
    let byte_by_byte =
        found.iter().find(|(found, _)| found.kind == DisagreementKind::Slow && found.segmented);
    let (found, input) = byte_by_byte.expect("a decoder that reads everything again with every byte");
    assert!(found.expected.contains("bytes of a payload"), "{found}");
    assert!(input.len() > 32_768);
}

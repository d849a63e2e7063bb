//! How much memory a decoder allocates, if its program counts that.

use std::sync::OnceLock;

/// What every decoder may allocate while it reads one input, in bytes: buffers that do not depend on the input.
const FIXED: u64 = 1 << 20;
/// What it may allocate for each byte that has arrived. Compressed data grows 1032 times, and a buffer that doubles is
/// allocated twice.
const PER_BYTE: u64 = 4096;

static METER: OnceLock<fn() -> u64> = OnceLock::new();

/// Sets a function that says how many bytes the program has allocated so far, freed or not. Every check then also
/// demands that a decoder allocates in proportion to the bytes that have arrived, not to the length that a header
/// announces (RFC 6455, 10.4). What other threads allocate meanwhile counts as well. Only the first call counts.
///
/// The crate `stats_alloc` counts allocations:
///
/// ```
/// use std::alloc::System;
/// use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
///
/// #[global_allocator]
/// static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;
///
/// wsspec_decoder::measure_memory(|| ALLOCATOR.stats().bytes_allocated as u64);
/// ```
pub fn measure_memory(allocated: fn() -> u64) {
    // A second function would measure the same.
    let _ = METER.set(allocated);
}

/// The bytes that were allocated so far; 0 if nobody counts.
pub(crate) fn allocated() -> u64 {
    METER.get().map_or(0, |allocated| allocated())
}

/// Whether it is too much for an input of which this many bytes have arrived.
pub(crate) const fn is_too_much(allocated: u64, arrived: usize) -> bool {
    allocated > FIXED + PER_BYTE * arrived as u64
}

//! Random segments and parameters, shared by what generates inputs and what changes them.

use rand::{Rng, seq::IndexedRandom};
use wsspec_wire::DeflateParams;

use crate::Cuts;

/// Byte by byte, in two or more parts, or at odd places.
pub(crate) fn any_cuts(rng: &mut impl Rng) -> Cuts {
    Cuts::of(match rng.random_range(0..8) {
        0..=2 => [1; 4],
        3 => [rng.random_range(1..16), 255, 255, 255],
        4 => [*[2, 3, 4, 5, 6, 7, 13].choose(rng).unwrap_or(&3); 4],
        5 => [255; 4],
        _ => rng.random::<[u8; 4]>().map(|cut| cut % 32),
    })
}

/// Any parameters that can be agreed.
pub(crate) fn any_deflate(rng: &mut impl Rng) -> DeflateParams {
    let mut bits = || if rng.random() { 15 } else { rng.random_range(8..=15) };
    let (server_max_window_bits, client_max_window_bits) = (bits(), bits());
    DeflateParams {
        server_no_context_takeover: rng.random(),
        client_no_context_takeover: rng.random(),
        server_max_window_bits,
        client_max_window_bits,
    }
}

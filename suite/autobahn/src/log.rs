//! What was sent and received, as listed and counted in reports.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use wsspec_wire::{Frame, Header};

use crate::case::Outgoing;

/// The most bytes that are shown of anything.
const SHOWN: usize = 64;
const ELLIPSIS: &str = " ...";
/// The most rows that are kept for one connection: a peer may send anything.
const MOST: usize = 5_000;

/// The rows, and the counts by opcode and by length of a read or write.
#[derive(Debug)]
pub(crate) struct Log {
    pub on: bool,
    pub rows: Vec<Value>,
    pub rx_octets: BTreeMap<usize, u64>,
    pub tx_octets: BTreeMap<usize, u64>,
    pub rx_frames: BTreeMap<u8, u64>,
    pub tx_frames: BTreeMap<u8, u64>,
}

impl Log {
    pub fn new() -> Self {
        let (rx_octets, tx_octets) = (BTreeMap::new(), BTreeMap::new());
        let (rx_frames, tx_frames) = (BTreeMap::new(), BTreeMap::new());
        Self { on: true, rows: Vec::new(), rx_octets, tx_octets, rx_frames, tx_frames }
    }

    /// A row that is listed whether or not octets and frames are.
    pub fn note(&mut self, row: Value) {
        if self.rows.len() < MOST {
            self.rows.push(row);
        }
    }

    fn row(&mut self, row: impl FnOnce() -> Value) {
        if self.on {
            let row = row();
            self.note(row);
        }
    }

    /// Starts or stops listing octets and frames.
    pub fn switch(&mut self, on: bool) {
        if self.on != on {
            self.on = on;
            self.note(json!(["WLM", on]));
        }
    }

    pub fn received(&mut self, bytes: &[u8]) {
        *self.rx_octets.entry(bytes.len()).or_default() += 1;
        self.row(|| json!(["RO", [bytes.len(), hex_shown(bytes)]]));
    }

    pub fn sent(&mut self, bytes: &[u8], sync: bool) {
        *self.tx_octets.entry(bytes.len()).or_default() += 1;
        self.row(|| json!(["TO", [bytes.len(), hex_shown(bytes)], sync]));
    }

    pub fn frame_received(&mut self, frame: &Frame) {
        let header = &frame.header;
        let (opcode, rsv) = (header.opcode.value(), header.rsv.bits());
        *self.rx_frames.entry(opcode).or_default() += 1;
        let (payload, mask) = (&frame.payload, mask(header));
        self.row(|| {
            json!(["RF", [payload.len(), shown(payload)], opcode, header.fin, rsv, mask.is_some(), mask])
        });
    }

    pub fn frame_sent(&mut self, frame: &Outgoing, header: &Header) {
        *self.tx_frames.entry(frame.opcode).or_default() += 1;
        let (unit, mask) = (&frame.unit, mask(header));
        self.row(|| {
            json!([
                "TF",
                [unit.len(), shown(unit)],
                frame.opcode,
                frame.fin,
                frame.rsv,
                mask,
                frame.repeat,
                frame.chop,
                frame.sync
            ])
        });
    }
}

fn mask(header: &Header) -> Option<String> {
    header.mask.map(|mask| HEXLOWER.encode(&mask.0))
}

fn is_long(bytes: &[u8]) -> bool {
    bytes.len() > SHOWN - ELLIPSIS.len()
}

fn hex_shown(bytes: &[u8]) -> String {
    match is_long(bytes) {
        true => HEXLOWER.encode(&bytes[..bytes.len().min(SHOWN)]) + ELLIPSIS,
        false => HEXLOWER.encode(bytes),
    }
}

/// Text as it is, anything else in hex; only the beginning if it is long.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let start = if is_long(bytes) { &bytes[..bytes.len().min(SHOWN)] } else { bytes };
    match std::str::from_utf8(start) {
        Ok(text) if is_long(bytes) => text.to_owned() + ELLIPSIS,
        Ok(text) => text.to_owned(),
        Err(_) => format!("0x{}", hex_shown(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_payloads_are_truncated_and_binary_ones_are_in_hex() {
        assert_eq!(shown(b"Hello"), "Hello");
        assert_eq!(shown(&[b'*'; 60]), "*".repeat(60));
        assert_eq!(shown(&[b'*'; 61]), "*".repeat(61) + " ...");
        assert_eq!(shown(&[b'*'; 125]), "*".repeat(64) + " ...");
        assert_eq!(shown(b"\x03\xe8"), "0x03e8");
        assert_eq!(shown(&[0xFE; 125]), format!("0x{} ...", "fe".repeat(64)));
    }

    #[test]
    fn nothing_is_listed_while_switched_off_but_all_is_counted() {
        let mut log = Log::new();
        log.switch(false);
        log.received(b"abc");
        log.switch(true);
        log.sent(b"d", false);
        assert_eq!(log.rows, [json!(["WLM", false]), json!(["WLM", true]), json!(["TO", [1, "64"], false])]);
        assert_eq!(log.rx_octets.get(&3), Some(&1));
    }
}

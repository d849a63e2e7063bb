//! Decoding and unmasking on one thread, compared with tungstenite and fastwebsockets on the same bytes.
//!
//! Prints one line per size: `codec size=<payload bytes> <who>=<GB/s>/<ns a frame> ... ratio=<ours over the better>`.
//! Each reads in the way that suits it best: ours gets the whole slice (`decode`, as the engine does), or 16 KiB at a
//! time (`push`); the others fill their own buffers from memory with reads as large as they request.

#![allow(clippy::print_stdout)]

use std::{
    future::Future,
    hint::black_box,
    io::{self, Read, Write},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wsspec_wire::{Decoded, Decoder, Frame, Mask, Opcode};

const SIZES: [usize; 6] = [16, 125, 1 << 10, 16 << 10, 64 << 10, 1 << 20];
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(120);
const LIMIT: u64 = 16 << 20;

fn main() {
    for size in SIZES {
        let input = BenchInput::new(size);
        let mut best = [f64::MAX; 5];
        for _ in 0..ROUNDS {
            // One after the other within a round, so that a noisy machine affects all of them.
            let runs: [fn(&BenchInput) -> usize; 5] = [push, decode, tungstenite, fastwebsockets, copy];
            for (best, run) in best.iter_mut().zip(runs) {
                *best = best.min(seconds(&input, run));
            }
        }
        report(&input, best);
    }
}

struct BenchInput {
    size: usize,
    frames: usize,
    bytes: Vec<u8>,
}

impl BenchInput {
    fn new(size: usize) -> Self {
        let frames = (8 << 20) / (size + 8).max(64);
        let payload: Vec<u8> = (0..size).map(|i| (i * 31 % 251) as u8).collect();
        let mut bytes = Vec::new();
        for i in 0..frames {
            let key = (i as u32).wrapping_mul(0x9E37_79B9).to_be_bytes();
            Frame::new(Opcode::BINARY, payload.clone()).with_mask(Mask(key)).encode(&mut bytes);
        }
        Self { size, frames, bytes }
    }
}

/// How many seconds one pass takes, averaged over as many as fit in a round.
fn seconds(input: &BenchInput, run: fn(&BenchInput) -> usize) -> f64 {
    assert_eq!(run(input), input.frames);
    let start = Instant::now();
    let mut passes = 0;
    while start.elapsed() < ROUND {
        black_box(run(black_box(input)));
        passes += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(passes)
}

fn report(input: &BenchInput, [push, decode, tungstenite, fastwebsockets, copy]: [f64; 5]) {
    let bytes = (input.size * input.frames) as f64;
    let line = |name: &str, seconds: f64| {
        format!("{name}={:.2}/{:.1}", bytes / seconds / 1e9, seconds * 1e9 / input.frames as f64)
    };
    let better = tungstenite.min(fastwebsockets);
    println!(
        "codec size={} {} {} {} {} {} ratio_push={:.2} ratio_decode={:.2}",
        input.size,
        line("push", push),
        line("decode", decode),
        line("tungstenite", tungstenite),
        line("fastwebsockets", fastwebsockets),
        line("memcpy", copy),
        better / push,
        better / decode,
    );
}

fn push(input: &BenchInput) -> usize {
    let mut decoder = Decoder::new(LIMIT);
    let mut frames = 0;
    for segment in input.bytes.chunks(16 << 10) {
        decoder.push(segment);
        while let Some(Decoded::Frame(frame)) = decoder.next_frame() {
            black_box(&frame.payload);
            frames += 1;
        }
    }
    frames
}

fn decode(input: &BenchInput) -> usize {
    let mut decoder = Decoder::new(LIMIT);
    let mut frames = 0;
    let mut rest = &input.bytes[..];
    while let Some(Decoded::Frame(frame)) = decoder.decode(&mut rest) {
        black_box(&frame.payload);
        frames += 1;
    }
    frames
}

/// What memory allows: each payload copied into its own memory, not unmasked.
fn copy(input: &BenchInput) -> usize {
    let header = input.bytes.len() / input.frames - input.size;
    let mut frames = 0;
    for frame in input.bytes.chunks(header + input.size) {
        black_box(frame[header..].to_vec());
        frames += 1;
    }
    frames
}

fn tungstenite(input: &BenchInput) -> usize {
    use tungstenite::{
        WebSocket,
        protocol::{Role, WebSocketConfig},
    };
    let config = WebSocketConfig::default().read_buffer_size(128 << 10);
    let mut socket = WebSocket::from_raw_socket(Memory(&input.bytes), Role::Server, Some(config));
    let mut frames = 0;
    while let Ok(message) = socket.read() {
        black_box(&message);
        frames += 1;
    }
    frames
}

fn fastwebsockets(input: &BenchInput) -> usize {
    let mut socket =
        fastwebsockets::WebSocket::after_handshake(Memory(&input.bytes), fastwebsockets::Role::Server);
    socket.set_auto_close(false);
    socket.set_auto_pong(false);
    let mut context = Context::from_waker(Waker::noop());
    let all = async {
        let mut frames = 0;
        while let Ok(frame) = socket.read_frame().await {
            black_box(&frame.payload);
            frames += 1;
        }
        frames
    };
    match pin!(all).poll(&mut context) {
        Poll::Ready(frames) => frames,
        Poll::Pending => 0,
    }
}

/// A peer with all bytes available; writes to it are discarded.
struct Memory<'a>(&'a [u8]);

impl Read for Memory<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Memory<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Memory<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (now, rest) = self.0.split_at(self.0.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.0 = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Memory<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

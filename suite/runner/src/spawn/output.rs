//! A server's output: read all the time, so that the server never blocks, keeping only the end.

use std::{
    collections::VecDeque,
    io::{self, Read},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

use wsspec_notation::escaped;

/// Number of lines that are kept.
const LINES: usize = 20;
/// Bytes kept of each line.
const WIDTH: usize = 200;
/// How long to wait for the last lines of a process that has exited.
const OUTPUT_TIMEOUT: Duration = Duration::from_millis(500);

/// The last lines of two streams.
#[derive(Clone, Default)]
pub(super) struct ProcessOutput {
    shared: Arc<(Mutex<Tail>, Condvar)>,
}

#[derive(Default)]
struct Tail {
    lines: VecDeque<Vec<u8>>,
    open: usize,
}

impl ProcessOutput {
    /// Reads a stream on a separate thread until it ends.
    pub(super) fn read(&self, stream: Option<impl Read + Send + 'static>) -> io::Result<()> {
        let Some(stream) = stream else { return Ok(()) };
        let output = self.clone();
        self.tail(|tail| tail.open += 1);
        let thread = thread::Builder::new().name("server-output".into());
        thread.spawn(move || output.drain(stream)).map(drop)
    }

    /// Reads lines until the stream ends, and truncates each as it arrives.
    fn drain(&self, mut stream: impl Read) {
        let (mut buffer, mut line) = ([0; 4096], Vec::new());
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            for &byte in &buffer[..count] {
                match byte {
                    b'\n' => self.keep(std::mem::take(&mut line)),
                    _ if line.len() <= WIDTH => line.push(byte),
                    _ => {}
                }
            }
        }
        self.keep(line);
        self.tail(|tail| tail.open -= 1);
        self.shared.1.notify_all();
    }

    fn keep(&self, mut line: Vec<u8>) {
        line.truncate(line.trim_ascii_end().len());
        if line.is_empty() {
            return;
        }
        self.tail(|tail| {
            if tail.lines.len() == LINES {
                tail.lines.pop_front();
            }
            tail.lines.push_back(line);
        });
    }

    fn tail<T>(&self, work: impl FnOnce(&mut Tail) -> T) -> T {
        work(&mut self.shared.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The last lines so far. With `all`, waits for the streams to end, for at most [`OUTPUT_TIMEOUT`]. Control
    /// characters are escaped.
    pub(super) fn last_lines(&self, all: bool) -> Vec<String> {
        let tail = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = if all { OUTPUT_TIMEOUT } else { Duration::ZERO };
        let waited = self.shared.1.wait_timeout_while(tail, patience, |tail| tail.open > 0);
        let (tail, _) = waited.unwrap_or_else(PoisonError::into_inner);
        tail.lines.iter().map(|line| shown(line)).collect()
    }
}

fn shown(line: &[u8]) -> String {
    let cut = line.len() > WIDTH;
    format!("{}{}", escaped(&line[..line.len().min(WIDTH)]), if cut { "..." } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(written: &'static [u8]) -> Vec<String> {
        let output = ProcessOutput::default();
        output.read(Some(written)).unwrap();
        output.last_lines(true)
    }

    #[test]
    fn the_last_lines_are_kept() {
        let written = (0..100).map(|n| format!("line {n}\n")).collect::<String>();
        let kept = lines(written.leak().as_bytes());
        assert_eq!((kept.len(), kept[0].as_str(), kept[19].as_str()), (LINES, "line 80", "line 99"));
    }

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        let kept = lines(b"\x1b]0;title\x07 caf\xc3\xa9 \xff\r\nend");
        assert_eq!(kept.len(), 2);
        assert!(!kept[0].contains(char::is_control), "{kept:?}");
        assert_eq!(kept[1], "end");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let kept = lines([b'a'; 100_000].to_vec().leak());
        assert_eq!(kept, [format!("{}...", "a".repeat(WIDTH))]);
    }
}

//! What a peer's process uses, and what `measure` lines make of it.

use std::{fmt, str::FromStr, time::Duration};

use wsspec_notation::Bound;

use crate::{exchange::Exchange, moment::Moment, process::Usage, transcript::Event, waiting::Wait};

/// CPU time that is too little to say how it grows.
const LITTLE_CPU: Duration = Duration::from_millis(250);
/// CPU time is counted in steps of this at the coarsest.
const CPU_STEP: Duration = Duration::from_millis(10);
/// CPU time that grows with a higher power of the bytes than this is not in proportion to them; the square is 2.
const STEEPEST: f64 = 1.5;

/// A sample, and what had been sent until then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    usage: Usage,
    sent: u64,
}

impl Exchange {
    /// Waits for a sample.
    pub(crate) fn start_measure(&mut self, line: usize, bound: Option<Bound>) {
        self.wait(line, Wait::Measure(bound), None);
    }

    /// A number of descriptors above which a sample had better be taken again, where the line that waits has one.
    pub(crate) fn measuring(&self) -> Option<Option<u32>> {
        let Wait::Measure(bound) = &self.waiting.as_ref()?.wait else { return None };
        let first = self.samples.first().and_then(|first| first.usage.descriptors);
        Some(match bound {
            Some(Bound::Descriptors(more)) => first.map(|first| first.saturating_add(*more)),
            _ => None,
        })
    }

    /// A sample for the line that waits.
    pub(crate) fn measured(&mut self, usage: Option<Usage>, at: Moment) {
        let Some(waiting) = self.waiting.take_if(|waiting| matches!(waiting.wait, Wait::Measure(_))) else {
            return;
        };
        let (Wait::Measure(bound), Some(usage)) = (waiting.wait, usage) else {
            return self.give_up("there is no process to measure".into());
        };
        let place = self.transcript.add(at, waiting.line, Event::Measured(usage));
        self.samples.push(Sample { usage, sent: self.outbound.sent() });
        self.transcript.explain(place, waiting.line, usage.in_words());
        match bound.map(|bound| broken(bound, &self.samples)) {
            Some(Err(why)) => self.give_up(why.into()),
            Some(Ok(Some((expected, actual)))) => self.fail(waiting.line, expected, actual, None),
            Some(Ok(None)) | None => {}
        }
    }
}

/// What a bound expects and what there is instead, where it is not kept. `Err`: it cannot be known.
fn broken(bound: Bound, samples: &[Sample]) -> Result<Option<(String, String)>, &'static str> {
    let [first, .., last] = samples else { return Err("there is no earlier sample to compare with") };
    match bound {
        Bound::Held(most) => {
            let grown = last.usage.memory.saturating_sub(first.usage.memory);
            let sent = last.sent.saturating_sub(first.sent);
            let expected = format!("at most {} more memory", size(most));
            Ok((grown > most)
                .then(|| (expected, format!("{} more after {} were sent", size(grown), size(sent)))))
        }
        Bound::Descriptors(more) => {
            let counts = (first.usage.descriptors, last.usage.descriptors);
            let (Some(before), Some(after)) = counts else {
                return Err("descriptors cannot be counted here");
            };
            let expected = format!("at most {} open descriptors again", before.saturating_add(more));
            Ok((after > before.saturating_add(more)).then(|| (expected, format!("{after}"))))
        }
        Bound::Linear => Ok(steep(samples)),
    }
}

/// Whether CPU time grew out of proportion from the first interval to the last.
fn steep(samples: &[Sample]) -> Option<(String, String)> {
    let intervals = samples.windows(2).map(|pair| {
        let cpu = pair[1].usage.cpu.saturating_sub(pair[0].usage.cpu);
        (pair[1].sent.saturating_sub(pair[0].sent), cpu)
    });
    let intervals: Vec<_> = intervals.collect();
    let [(little, quick), .., (much, slow)] = intervals[..] else { return None };
    if slow <= LITTLE_CPU || little == 0 || much <= little {
        return None;
    }
    let times = slow.as_secs_f64() / quick.max(CPU_STEP).as_secs_f64();
    let exponent = times.ln() / (much as f64 / little as f64).ln();
    (exponent > STEEPEST).then(|| {
        let expected = "CPU time in proportion to the bytes sent".to_owned();
        (expected, format!("{quick:?} for {}, {slow:?} for {}", size(little), size(much)))
    })
}

/// Bytes in a unit that fits.
fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{:.1} KiB", bytes as f64 / f64::from(1 << 10)),
        _ => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
    }
}

impl Usage {
    /// For people.
    pub fn in_words(&self) -> String {
        let counted = |count: Option<u32>, what: &str| count.map(|count| format!(", {count} {what}"));
        format!(
            "{}, {} ms CPU{}{}",
            size(self.memory),
            self.cpu.as_millis(),
            counted(self.descriptors, "descriptors").unwrap_or_default(),
            counted(self.threads, "threads").unwrap_or_default()
        )
    }
}

/// As a transcript has it; reading that gives the same.
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory:{} cpu:{}ms", self.memory, self.cpu.as_millis())?;
        self.descriptors.map_or(Ok(()), |count| write!(f, " descriptors:{count}"))?;
        self.threads.map_or(Ok(()), |count| write!(f, " threads:{count}"))
    }
}

impl FromStr for Usage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut usage = Self::default();
        for word in text.split(' ') {
            let (name, value) = word.split_once(':').ok_or(())?;
            let count = || value.parse().map(Some).map_err(drop);
            match name {
                "memory" => usage.memory = value.parse().map_err(drop)?,
                "cpu" => {
                    let millis = value.strip_suffix("ms").ok_or(())?;
                    usage.cpu = Duration::from_millis(millis.parse().map_err(drop)?);
                }
                "descriptors" => usage.descriptors = count()?,
                "threads" => usage.threads = count()?,
                _ => return Err(()),
            }
        }
        Ok(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(sent: u64, memory: u64, cpu: u64, descriptors: u32) -> Sample {
        let cpu = Duration::from_millis(cpu);
        Sample { usage: Usage { memory, cpu, descriptors: Some(descriptors), threads: None }, sent }
    }

    #[test]
    fn a_sample_is_read_as_it_is_written() {
        let usage = Usage { threads: Some(3), ..sample(0, 123, 45, 6).usage };
        assert_eq!(usage.to_string(), "memory:123 cpu:45ms descriptors:6 threads:3");
        assert_eq!(usage.to_string().parse(), Ok(usage));
        assert_eq!(
            "memory:5 cpu:1ms".parse(),
            Ok(Usage { memory: 5, cpu: Duration::from_millis(1), ..Usage::default() })
        );
        for bad in ["", "memory", "memory:x", "cpu:5", "disk:1"] {
            assert_eq!(bad.parse::<Usage>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn memory_that_grows_beyond_its_bound_breaks_it() {
        let samples = [sample(0, 1000, 0, 0), sample(9, 1100, 0, 0)];
        assert_eq!(broken(Bound::Held(100), &samples), Ok(None));
        let (expected, actual) = broken(Bound::Held(99), &samples).unwrap().unwrap();
        assert_eq!(
            (&*expected, &*actual),
            ("at most 99 bytes more memory", "100 bytes more after 9 bytes were sent")
        );
        assert_eq!(broken(Bound::Held(0), &[samples[1], samples[0]]), Ok(None), "memory that shrinks");
        assert!(broken(Bound::Held(0), &samples[..1]).is_err());
    }

    #[test]
    fn time_that_grows_with_the_square_breaks_linear() {
        let with = |slow: u64| [sample(0, 0, 0, 0), sample(1000, 0, 50, 0), sample(5000, 0, 50 + slow, 0)];
        assert_eq!(broken(Bound::Linear, &with(200)), Ok(None), "in proportion");
        assert_eq!(broken(Bound::Linear, &with(390)), Ok(None), "a little worse");
        let (_, actual) = broken(Bound::Linear, &with(800)).unwrap().unwrap();
        assert_eq!(actual, "50ms for 1000 bytes, 800ms for 4000 bytes");
        let quick = [sample(0, 0, 0, 0), sample(1000, 0, 10, 0), sample(5000, 0, 210, 0)];
        assert_eq!(broken(Bound::Linear, &quick), Ok(None), "too little to tell");
    }

    #[test]
    fn descriptors_that_stay_open_break_their_bound() {
        let samples = [sample(0, 0, 0, 10), sample(0, 0, 0, 16)];
        assert_eq!(broken(Bound::Descriptors(6), &samples), Ok(None));
        let (expected, actual) = broken(Bound::Descriptors(5), &samples).unwrap().unwrap();
        assert_eq!((&*expected, &*actual), ("at most 15 open descriptors again", "16"));
        let unknown = Sample { usage: Usage::default(), sent: 0 };
        assert!(broken(Bound::Descriptors(5), &[unknown, unknown]).is_err());
    }
}

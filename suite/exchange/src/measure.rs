//! Samples of the resource usage of a peer's process, and how `measure` lines judge them.

use std::time::Duration;

use wsspec_notation::Bound;
use wsspec_record::{Usage, bytes_in_words};

/// Too little CPU time to judge its growth.
const LITTLE_CPU: Duration = Duration::from_millis(250);
/// The coarsest step in which systems count CPU time.
const CPU_STEP: Duration = Duration::from_millis(10);
/// CPU time that grows with a higher power of the bytes sent than this is out of proportion; quadratic growth is 2.
const STEEPEST: f64 = 1.5;

/// A sample, and the number of bytes sent before it.
#[derive(Clone, Copy, Debug)]
struct Sample {
    usage: Usage,
    sent: u64,
}

/// The samples of a trial, in order.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    /// The number of descriptors above which a sample for this bound should be taken again.
    pub(crate) fn most_descriptors(&self, bound: Option<Bound>) -> Option<u32> {
        let first = self.0.first().and_then(|first| first.usage.descriptors);
        match bound {
            Some(Bound::Descriptors(more)) => first.map(|first| first.saturating_add(more)),
            _ => None,
        }
    }

    /// Adds a sample taken after `sent` bytes.
    pub(crate) fn add(&mut self, usage: Usage, sent: u64) {
        self.0.push(Sample { usage, sent });
    }

    /// If a bound is exceeded, what it expects and what was measured. An error if this cannot be known.
    pub(crate) fn judge(&self, bound: Bound) -> Result<Option<(String, String)>, &'static str> {
        broken(bound, &self.0)
    }
}

/// If a bound is exceeded, what it expects and what was measured. An error if this cannot be known.
fn broken(bound: Bound, samples: &[Sample]) -> Result<Option<(String, String)>, &'static str> {
    let [first, .., last] = samples else { return Err("there is no earlier sample to compare with") };
    match bound {
        Bound::Held(most) => {
            let grown = last.usage.memory.saturating_sub(first.usage.memory);
            let sent = last.sent.saturating_sub(first.sent);
            let expected = format!("at most {} more memory", bytes_in_words(most));
            Ok((grown > most).then(|| {
                (expected, format!("{} more after {} were sent", bytes_in_words(grown), bytes_in_words(sent)))
            }))
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
        (expected, format!("{quick:?} for {}, {slow:?} for {}", bytes_in_words(little), bytes_in_words(much)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(sent: u64, memory: u64, cpu: u64, descriptors: u32) -> Sample {
        let cpu = Duration::from_millis(cpu);
        Sample { usage: Usage { memory, cpu, descriptors: Some(descriptors), threads: None }, sent }
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

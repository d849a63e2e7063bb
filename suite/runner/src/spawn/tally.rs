//! Combines all samples of a server.

use std::time::Duration;

use wsspec_record::{ProcessRecord, Usage};

/// The first sample, the peaks, and the CPU time over all restarts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UsageTally {
    first: Option<Usage>,
    peak: Usage,
    /// CPU time of earlier processes.
    before: Duration,
    /// CPU time of the current process.
    cpu: Duration,
}

impl UsageTally {
    pub(super) fn add(&mut self, usage: Usage) {
        self.first.get_or_insert(usage);
        self.peak.memory = self.peak.memory.max(usage.memory);
        self.peak.descriptors = self.peak.descriptors.max(usage.descriptors);
        self.peak.threads = self.peak.threads.max(usage.threads);
        // Once a process has exited, its usage cannot be read.
        self.cpu = self.cpu.max(usage.cpu);
    }

    /// The server has been restarted.
    pub(super) fn another(&mut self) {
        self.before += std::mem::take(&mut self.cpu);
    }

    /// The record's entry, without command and deaths.
    pub(crate) fn record(self) -> ProcessRecord {
        ProcessRecord {
            start_memory: self.first.map_or(0, |first| first.memory),
            peak_memory: self.peak.memory,
            cpu_ms: u64::try_from((self.before + self.cpu).as_millis()).unwrap_or(u64::MAX),
            peak_descriptors: self.peak.descriptors,
            peak_threads: self.peak.threads,
            ..ProcessRecord::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_the_most_of_any_sample_and_cpu_time_is_that_of_all_lives() {
        let usage = |memory, cpu, descriptors| Usage {
            memory,
            cpu: Duration::from_millis(cpu),
            descriptors: Some(descriptors),
            threads: None,
        };
        let mut tally = UsageTally::default();
        tally.add(usage(10, 5, 3));
        tally.add(usage(30, 7, 2));
        tally.another();
        tally.add(usage(20, 4, 9));
        let record = tally.record();
        assert_eq!((record.start_memory, record.peak_memory, record.cpu_ms), (10, 30, 11));
        assert_eq!((record.peak_descriptors, record.peak_threads), (Some(9), None));
    }
}

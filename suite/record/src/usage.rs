//! What a peer's process uses, for people and for a transcript.

use std::{fmt, str::FromStr, time::Duration};

/// What the processes of a peer use at one moment, in total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory, in bytes.
    pub memory: u64,
    /// CPU time so far.
    pub cpu: Duration,
    /// Open file descriptors, if they can be counted.
    pub descriptors: Option<u32>,
    /// Threads, if they can be counted.
    pub threads: Option<u32>,
}

impl Usage {
    /// For people.
    pub fn in_words(&self) -> String {
        let counted = |count: Option<u32>, what: &str| count.map(|count| format!(", {count} {what}"));
        format!(
            "{}, {} ms CPU{}{}",
            bytes_in_words(self.memory),
            self.cpu.as_millis(),
            counted(self.descriptors, "descriptors").unwrap_or_default(),
            counted(self.threads, "threads").unwrap_or_default()
        )
    }
}

/// The form for a transcript; it can be parsed back.
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

/// Bytes in a suitable unit.
pub fn bytes_in_words(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{:.1} KiB", bytes as f64 / f64::from(1 << 10)),
        _ => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_read_as_it_is_written() {
        let cpu = Duration::from_millis(45);
        let usage = Usage { memory: 123, cpu, descriptors: Some(6), threads: Some(3) };
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
}

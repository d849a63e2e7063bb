//! Parses values on the command line.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

/// Maximum number of trials at once. Above it, the limits of this machine's ports and files are tested, not the peer.
pub const MOST_JOBS: u32 = 4096;

/// Reads `200ms`, `1s`, `1.5s`; never zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    let read =
        |number: &str| number.parse::<f64>().ok().filter(|number| (0.0..=86_400_000.0).contains(number));
    let millis = match text.strip_suffix("ms") {
        Some(number) => read(number),
        None => text.strip_suffix('s').and_then(read).map(|seconds| seconds * 1000.0),
    };
    let duration = millis.map(|millis| Duration::from_secs_f64(millis / 1000.0));
    duration
        .filter(|duration| !duration.is_zero() && *duration <= Duration::from_secs(86_400))
        .ok_or_else(|| format!("`{text}` is not a length of time above zero: write `500ms`, `2s` or `1.5s`"))
}

/// Reads `90s`, `10m`, `1h 30m`; never zero.
pub fn long_duration(text: &str) -> Result<Duration, String> {
    let read = humantime::parse_duration(text).ok().filter(|duration| !duration.is_zero());
    read.ok_or_else(|| format!("`{text}` is not a length of time above zero: write `90s`, `10m` or `1h 30m`"))
}

/// Reads the number of things done at once: from 1 to [`MOST_JOBS`].
pub fn few_jobs(text: &str) -> Result<NonZeroU32, String> {
    let number = text.trim().parse::<NonZeroU32>().ok().filter(|number| number.get() <= MOST_JOBS);
    number.ok_or_else(|| format!("write a whole number from 1 to {MOST_JOBS}"))
}

/// The same for a run.
pub fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    few_jobs(text).and_then(|number| NonZeroUsize::try_from(number).map_err(|error| error.to_string()))
}

/// A number as the options of a run need it.
pub fn count(number: NonZeroUsize) -> u32 {
    u32::try_from(number.get()).unwrap_or(u32::MAX)
}

/// Reads `Name: value`.
pub fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!("`{text}` is not a header field: write `Name: value`")),
    }
}

/// Reads `USER:PASSWORD`.
pub fn user(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((user, password)) => Ok((user.to_owned(), password.to_owned())),
        None => Err(format!("`{text}` has no colon: write `USER:PASSWORD`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_a_unit_and_are_above_zero() {
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("20ms"), Ok(Duration::from_millis(20)));
        for bad in ["", "2", "0s", "-1s", "1e300s", "NaNs", "1m"] {
            assert!(duration(bad).unwrap_err().starts_with(&format!("`{bad}` is not")), "{bad}");
        }
    }

    #[test]
    fn at_least_one_thing_is_done_at_once_and_not_too_many() {
        assert_eq!(jobs("8").map(NonZeroUsize::get), Ok(8));
        for bad in ["0", "-1", "", "4097", "99999999999", "x"] {
            assert_eq!(jobs(bad), Err("write a whole number from 1 to 4096".to_owned()), "{bad}");
        }
    }
}

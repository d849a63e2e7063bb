//! What `--help` says of exit codes.

/// What every exit code means.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  the target conforms
  1  a MUST is broken, or a SHOULD with --strict, or a known deviation is gone or expired
  2  wrong usage, or case files or settings with mistakes
  3  inconclusive: the target is unreachable or dead, or nothing was run";

//! The exit codes as `--help` explains them.

pub use wsspec_reports::ExitStatus;

/// Of a run, and of `wsspec` as a whole.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  the target conforms
  1  a MUST is broken, or with --strict a SHOULD; or the target dies of a trial;
     or a known deviation is gone or has expired
  2  wrong usage, or case files or settings with mistakes
  3  inconclusive: the target is unreachable or dead, or nothing was run";

/// Of `wsspec tap` and `wsspec lint`.
pub const TRAFFIC_EXIT_CODES: &str = "\
Exit codes:
  0  no MUST is broken in what was seen
  1  an end breaks a MUST, or with --strict a SHOULD
  2  wrong usage
  3  there was nothing to judge: no WebSocket connection, or no server";

/// Of `wsspec fuzz`.
pub const FUZZ_EXIT_CODES: &str = "\
Exit codes:
  0  nothing found
  1  something was found, or the peer died
  2  wrong usage, or a folder that is another campaign's
  3  no server or client, it is gone, or no session could be judged";

/// Of `wsspec fuzz decoder`.
pub const DECODER_EXIT_CODES: &str = "\
Exit codes:
  0  nothing found
  1  something was found
  2  wrong usage
  3  the shim is of no use, or no input was checked";

/// Of `wsspec diff`.
pub const DIFF_EXIT_CODES: &str = "\
Exit codes:
  0  nothing has become worse
  1  a trial newly fails, is newly in doubt or newly lenient, or the new run was cut short
  2  wrong usage, or a record that cannot be read";

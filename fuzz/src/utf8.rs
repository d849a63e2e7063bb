//! Text is UTF-8, or invalid from the same byte on, however it is split; and that is reported as soon as possible.

use wsspec_wire::{Utf8Error, Utf8Validator};

use crate::same;

/// A validator of text; [`Utf8Validator`] is the correct one.
pub trait Validate {
    /// See [`Utf8Validator::push`].
    ///
    /// # Errors
    ///
    /// As there.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Utf8Error>;
    /// See [`Utf8Validator::finish`].
    ///
    /// # Errors
    ///
    /// As there.
    fn finish(&mut self) -> Result<(), Utf8Error>;
}

impl Validate for Utf8Validator {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Utf8Error> {
        self.push(bytes)
    }

    fn finish(&mut self) -> Result<(), Utf8Error> {
        self.finish()
    }
}

/// Splits in two are tried at each of the first bytes, up to this many.
const SPLIT: usize = 256;

/// Judges the real validator with an input: a text.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(Utf8Validator::new, input);
}

/// Judges validators that `new` creates against the standard library.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with<V: Validate>(new: impl Fn() -> V, input: &[u8]) {
    let bad = first_bad(input);
    let expected = if std::str::from_utf8(input).is_ok() {
        Ok(())
    } else {
        Err(Utf8Error { offset: bad.unwrap_or(input.len()) as u64 })
    };
    let judge = |pieces: &[&[u8]]| {
        let mut validator = new();
        let mut seen = 0;
        for piece in pieces {
            seen += piece.len();
            let known = validator.push(piece).is_err();
            same(
                &known,
                &bad.is_some_and(|bad| bad < seen),
                "an invalid byte is reported too early or too late",
            );
        }
        same(&validator.finish(), &expected, "text is judged differently from the standard library");
        same(&validator.finish(), &Ok(()), "a validator is not ready for the next message");
    };
    judge(&[input]);
    for at in 0..=input.len().min(SPLIT) {
        let (front, back) = input.split_at(at);
        judge(&[front, back]);
    }
    judge(&input.chunks(1).collect::<Vec<_>>());
    judge(&input.chunks(3).collect::<Vec<_>>());
}

/// The first byte that cannot be part of UTF-8 whatever follows, according to the standard library.
fn first_bad(input: &[u8]) -> Option<usize> {
    let error = std::str::from_utf8(input).err()?;
    let (at, wrong) = (error.valid_up_to(), error.error_len()?);
    // It counts the bytes of a validly started sequence; the next byte ends it.
    Some(if matches!(input[at], 0xC2..=0xF4) { at + wrong } else { at })
}

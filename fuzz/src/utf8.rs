//! Text is UTF-8, or is not from the same byte on, however it is cut; and that is known as soon as it can be.

use wsspec_wire::{Utf8Error, Utf8Validator};

use crate::same;

/// What a validator of text does; [`Utf8Validator`] does it right.
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

/// Splits in two are tried at every byte of the first so many.
const SPLIT: usize = 256;

/// Judges the real validator by an input: a text.
///
/// # Panics
///
/// When something does not hold.
pub fn run(input: &[u8]) {
    run_with(Utf8Validator::new, input);
}

/// Judges validators that `new` makes, against the standard library.
///
/// # Panics
///
/// When something does not hold.
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
            same(&known, &bad.is_some_and(|bad| bad < seen), "a bad byte is told too early or too late");
        }
        same(&validator.finish(), &expected, "text is judged otherwise than by the standard library");
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

/// The first byte that cannot be part of UTF-8 whatever follows, by the standard library.
fn first_bad(input: &[u8]) -> Option<usize> {
    let error = std::str::from_utf8(input).err()?;
    let (at, wrong) = (error.valid_up_to(), error.error_len()?);
    // It counts the bytes of a sequence that was begun well; what ends it is the next.
    Some(if matches!(input[at], 0xC2..=0xF4) { at + wrong } else { at })
}

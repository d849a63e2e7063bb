//! What a program calls: to judge a decoder, to make inputs, and to change them.

use std::{
    ffi::{CStr, OsString, c_char, c_int},
    io::{self, Write},
    process, ptr, slice,
};

use wsspec_decoder::{check, inputs::input, mutate_input, replay_files};

use crate::{
    CDecoder, WSSPEC_DECODER_ABI, WSSPEC_DISAGREES, WSSPEC_NULL, WSSPEC_OK, WSSPEC_OTHER_ABI,
    WSSPEC_UNKNOWN_FLAG,
    decoder::{CheckedDecoder, demands},
};

/// The version of the library's interface.
#[unsafe(no_mangle)]
pub extern "C" fn wsspec_abi() -> u32 {
    WSSPEC_DECODER_ABI
}

/// What a result of `wsspec_check` means, in a few words.
#[unsafe(no_mangle)]
pub extern "C" fn wsspec_error(result: i32) -> *const c_char {
    let text = match result {
        WSSPEC_OK => c"the decoder is right",
        WSSPEC_DISAGREES => c"the decoder is wrong",
        WSSPEC_NULL => c"a pointer is null that must not be",
        WSSPEC_OTHER_ABI => c"the library has another version of the interface than the header",
        WSSPEC_UNKNOWN_FLAG => c"a flag is unknown",
        _ => c"no result of this library",
    };
    text.as_ptr()
}

/// Judges a decoder by an input: seven bytes of setup, then the bytes of one end. Returns WSSPEC_OK, WSSPEC_DISAGREES, or
/// an error below 0. If it disagrees, `report` gets what is wrong, at most `report_size` bytes with a final NUL;
/// `report` may be null.
///
/// # Safety
///
/// `decoder` is null or points to a decoder whose functions may be called; `bytes` is null or points to `size` bytes,
/// `report` to `report_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_check(
    decoder: *const CDecoder,
    bytes: *const u8,
    size: usize,
    report: *mut c_char,
    report_size: usize,
) -> i32 {
    // SAFETY: as promised by the caller.
    let checked = unsafe { judged(decoder, bytes, size) };
    match checked {
        Ok(Ok(())) => WSSPEC_OK,
        Ok(Err(text)) => {
            // SAFETY: as promised by the caller.
            unsafe { copy(&text, report, report_size) };
            WSSPEC_DISAGREES
        }
        Err(error) => error,
    }
}

/// Judges a decoder by an input; if it is wrong, or cannot be judged, prints why to standard error and aborts, as a
/// fuzzer wants it.
///
/// # Safety
///
/// As for `wsspec_check`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_check_or_abort(decoder: *const CDecoder, bytes: *const u8, size: usize) {
    // SAFETY: as promised by the caller.
    let text = match unsafe { judged(decoder, bytes, size) } {
        Ok(Ok(())) => return,
        Ok(Err(text)) => text,
        Err(error) => meaning(error),
    };
    // Nothing can be done about a closed standard error.
    let _ = writeln!(io::stderr(), "{text}");
    process::abort();
}

/// The `main` of a program that fuzzes without a fuzzer: checks the files of the command line, or 20,000 seeded inputs
/// and some that grow, and prints what is wrong. Returns the exit code: 0 if nothing is, 1 if something is, 2 if a file
/// cannot be read or the decoder cannot be judged.
///
/// # Safety
///
/// `decoder` as for `wsspec_check`; `argv` is null or points to `argc` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_main(
    decoder: *const CDecoder,
    argc: c_int,
    argv: *const *const c_char,
) -> c_int {
    // SAFETY: as promised by the caller.
    let decoder = match unsafe { CheckedDecoder::of(decoder) } {
        Ok(decoder) => decoder,
        Err(error) => {
            // Nothing can be done about a closed standard error.
            let _ = writeln!(io::stderr(), "{}", meaning(error));
            return 2;
        }
    };
    let count = usize::try_from(argc).unwrap_or(0);
    let args: &[*const c_char] = match argv.is_null() || count == 0 {
        true => &[],
        // SAFETY: it points to `count` strings.
        false => unsafe { slice::from_raw_parts(argv, count) },
    };
    let args = args.iter().skip(1).filter(|arg| !arg.is_null());
    // SAFETY: each is a string.
    let paths: Vec<OsString> = args.map(|arg| of_c(unsafe { CStr::from_ptr(*arg) })).collect();
    c_int::from(replay_files(|setting| decoder.connection(setting), &decoder.demands, &paths))
}

/// Makes the input with this number for a decoder with these flags: at most `size` bytes of it. Returns its size; 0 if
/// `out` is null or a flag is unknown.
///
/// # Safety
///
/// `out` is null or points to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_generate(seed: u64, flags: u32, out: *mut u8, size: usize) -> usize {
    let (false, Ok(demands)) = (out.is_null(), demands(flags)) else { return 0 };
    let mut made = input(seed, &[], &demands);
    made.truncate(size);
    // SAFETY: there is room for `size` bytes, and what was just made is elsewhere.
    unsafe { ptr::copy_nonoverlapping(made.as_ptr(), out, made.len()) };
    made.len()
}

/// Changes one thing about an input: a field of a frame, the order of frames, or how they are split. Returns the new size,
/// at most `most`; 0 if nothing fits, and then nothing has changed.
///
/// # Safety
///
/// `data` is null or points to `most` bytes, of which the first `size` are the input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_mutate(data: *mut u8, size: usize, most: usize, seed: u32) -> usize {
    if data.is_null() || size > most {
        return 0;
    }
    // SAFETY: it points to `size` bytes. The rest of it need not be initialized: the change is made in a copy.
    let mut changed = unsafe { slice::from_raw_parts(data, size) }.to_vec();
    changed.resize(most, 0);
    let Some(new) = mutate_input(&mut changed, size, most, seed) else { return 0 };
    // SAFETY: the new size is at most `most`, and the copy is elsewhere.
    unsafe { ptr::copy_nonoverlapping(changed.as_ptr(), data, new) };
    new
}

/// The disagreement on an input; or a number of the interface.
///
/// # Safety
///
/// As for `wsspec_check`.
unsafe fn judged(decoder: *const CDecoder, bytes: *const u8, size: usize) -> Result<Result<(), String>, i32> {
    // SAFETY: as promised by the caller.
    let decoder = unsafe { CheckedDecoder::of(decoder) }?;
    let input = match (bytes.is_null(), size) {
        (_, 0) => &[][..],
        (true, _) => return Err(WSSPEC_NULL),
        // SAFETY: it points to `size` bytes.
        (false, size) => unsafe { slice::from_raw_parts(bytes, size) },
    };
    let checked = check(|setting| decoder.connection(setting), input, &decoder.demands);
    Ok(checked.map_err(|disagreement| disagreement.to_string()))
}

fn meaning(error: i32) -> String {
    // SAFETY: it is a constant string.
    unsafe { CStr::from_ptr(wsspec_error(error)) }.to_string_lossy().into_owned()
}

/// Copies a text, as much as fits, and a NUL.
///
/// # Safety
///
/// `out` is null or points to `size` bytes.
unsafe fn copy(text: &str, out: *mut c_char, size: usize) {
    if out.is_null() || size == 0 {
        return;
    }
    let len = text.len().min(size - 1);
    // SAFETY: there is room for this and a NUL.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr().cast(), out, len);
        *out.add(len) = 0;
    }
}

#[cfg(unix)]
fn of_c(text: &CStr) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(text.to_bytes()).to_owned()
}

#[cfg(not(unix))]
fn of_c(text: &CStr) -> OsString {
    text.to_string_lossy().into_owned().into()
}

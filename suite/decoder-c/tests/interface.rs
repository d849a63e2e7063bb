//! Bad input to the C interface gets a number, and the header is that of the code.

#![expect(unsafe_code, reason = "a C interface is called")]

use std::{
    ffi::{CStr, c_int, c_void},
    path::Path,
    ptr,
};

use wsspec_decoder_c::*;

unsafe extern "C" fn create(_: *mut c_void, _: *const CSetting) -> *mut c_void {
    ptr::dangling_mut::<u8>().cast()
}

/// Accepts everything, and reports nothing.
unsafe extern "C" fn decode(_: *mut c_void, _: *const u8, _: usize, _: *mut CEvents) -> c_int {
    0
}

/// Rejects everything with the code 0.
unsafe extern "C" fn reject(_: *mut c_void, _: *const u8, _: usize, events: *mut CEvents) -> c_int {
    // SAFETY: the events are those that were given.
    unsafe { wsspec_rejection(events, 0, c"no".as_ptr()) };
    1
}

fn silent() -> CDecoder {
    CDecoder {
        abi: WSSPEC_DECODER_ABI,
        flags: 0,
        limit: 0,
        context: ptr::null_mut(),
        create: Some(create),
        decode: Some(decode),
        destroy: None,
    }
}

/// The result for a decoder and the bytes of a server, and the report.
fn checked(decoder: *const CDecoder, bytes: &[u8]) -> (i32, String) {
    let input = [&[255, 255, 255, 255, 255, 255, 0], bytes].concat();
    let mut report = [0; 400];
    // SAFETY: the decoder is null or whole, and both sizes are right.
    let result =
        unsafe { wsspec_check(decoder, input.as_ptr(), input.len(), report.as_mut_ptr(), report.len()) };
    // SAFETY: it begins as zeros, and is ended with one.
    (result, unsafe { CStr::from_ptr(report.as_ptr()) }.to_string_lossy().into_owned())
}

#[test]
fn a_decoder_is_judged() {
    assert_eq!(checked(&silent(), b""), (WSSPEC_OK, String::new()));
    let (result, report) = checked(&silent(), b"\x89\x01a");
    assert_eq!(result, WSSPEC_DISAGREES);
    assert!(report.contains("rfc6455#5.5.2:5"), "{report}");
}

#[test]
fn zero_is_a_code_and_a_wrong_one() {
    let decoder = CDecoder { decode: Some(reject), ..silent() };
    let (result, report) = checked(&raw const decoder, b"\xC1");
    assert_eq!(result, WSSPEC_DISAGREES);
    assert!(report.contains("a rejection with 0: \"no\"") && report.contains("rfc6455#7.4.2:1"), "{report}");
}

#[test]
fn null_pointers_other_versions_and_unknown_flags_are_errors() {
    let result = |decoder: *const CDecoder| checked(decoder, b"\x89\x00").0;
    assert_eq!(result(ptr::null()), WSSPEC_NULL);
    assert_eq!(result(&CDecoder { create: None, ..silent() }), WSSPEC_NULL);
    assert_eq!(result(&CDecoder { decode: None, ..silent() }), WSSPEC_NULL);
    assert_eq!(result(&CDecoder { flags: 1 << 20, ..silent() }), WSSPEC_UNKNOWN_FLAG);
    let other = WSSPEC_DECODER_ABI + 1;
    // Of another version, only the first field is read.
    assert_eq!(result((&raw const other).cast()), WSSPEC_OTHER_ABI);
    // SAFETY: null is allowed.
    unsafe {
        let decoder = silent();
        assert_eq!(wsspec_check(&raw const decoder, ptr::null(), 3, ptr::null_mut(), 0), WSSPEC_NULL);
        assert_eq!(wsspec_check(&raw const decoder, ptr::null(), 0, ptr::null_mut(), 0), WSSPEC_OK);
        assert_eq!(wsspec_ping(ptr::null_mut(), ptr::null(), 0), WSSPEC_NULL);
        assert_eq!(wsspec_rejection(ptr::null_mut(), 1002, ptr::null()), WSSPEC_NULL);
        assert_eq!(wsspec_generate(1, 0, ptr::null_mut(), 10), 0);
        assert_eq!(wsspec_mutate(ptr::null_mut(), 0, 10, 1), 0);
        assert_eq!(wsspec_main(ptr::null(), 0, ptr::null()), 2);
    }
    for result in [WSSPEC_OK, WSSPEC_DISAGREES, WSSPEC_NULL, WSSPEC_OTHER_ABI, WSSPEC_UNKNOWN_FLAG, 7] {
        // SAFETY: it is a constant string.
        let text = unsafe { CStr::from_ptr(wsspec_error(result)) };
        assert!(!text.is_empty());
    }
}

#[test]
fn a_report_is_cut_to_its_room() {
    let input = [255, 255, 255, 255, 255, 255, 0, 0x89, 0];
    let mut report = [1; 8];
    let decoder = silent();
    // SAFETY: both sizes are right.
    let result =
        unsafe { wsspec_check(&raw const decoder, input.as_ptr(), input.len(), report.as_mut_ptr(), 4) };
    assert_eq!((result, report.map(|byte| byte as u8)), (WSSPEC_DISAGREES, *b"the\0\x01\x01\x01\x01"));
}

#[test]
fn inputs_are_those_of_the_library_and_change_within_their_room() {
    let mut made = [0; 4096];
    // SAFETY: there is so much room.
    let size = unsafe { wsspec_generate(7, WSSPEC_DEFLATE, made.as_mut_ptr(), made.len()) };
    let demands = wsspec_decoder::Demands { deflate: true, ..Default::default() };
    assert_eq!(made[..size], wsspec_decoder::inputs::input(7, &[], &demands)[..]);
    // SAFETY: there is so much room.
    assert_eq!(unsafe { wsspec_generate(7, 0, made.as_mut_ptr(), 3) }, 3);
    for seed in 0..100 {
        let mut data = made;
        // SAFETY: there is so much room.
        let new = unsafe { wsspec_mutate(data.as_mut_ptr(), size, size, seed) };
        assert!(new <= size);
        assert_eq!(data[size..], made[size..]);
    }
}

/// The header as cbindgen writes it now.
#[test]
fn the_header_is_that_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).expect("a readable file");
    // Its modules are read with it.
    let builder = cbindgen::Builder::new().with_config(config).with_src(folder.join("src/lib.rs"));
    let mut now = Vec::new();
    builder.generate().expect("a header").write(&mut now);
    let now = String::from_utf8(now).expect("UTF-8");
    let path = folder.join("include/wsspec_decoder.h");
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&path, &now).expect("a writable file");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == now, "`cargo xtask bless` writes the header again:\n{now}");
}

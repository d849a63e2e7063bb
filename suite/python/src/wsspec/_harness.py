"""The harness for decoders, a C library that this package carries: its types and functions, as `wsspec_decoder.h` has them."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

from .errors import HarnessError

#: Names another build of the library.
VARIABLE = "WSSPEC_DECODER_LIBRARY"
#: The version of the interface.
ABI = 1
#: Results of `wsspec_check`; an error is below 0.
OK, DISAGREES = 0, 1

_FILES = {"darwin": "libwsspec_decoder_c.dylib", "win32": "wsspec_decoder_c.dll"}


class CSetting(ctypes.Structure):
    """What a decoder knows before the first byte."""

    _fields_ = [
        ("of_client", ctypes.c_uint8),
        ("deflate", ctypes.c_uint8),
        ("server_no_context_takeover", ctypes.c_uint8),
        ("client_no_context_takeover", ctypes.c_uint8),
        ("server_max_window_bits", ctypes.c_uint8),
        ("client_max_window_bits", ctypes.c_uint8),
    ]


CREATE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(CSetting))
DECODE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
DESTROY = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class CDecoder(ctypes.Structure):
    """A decoder under test."""

    _fields_ = [
        ("abi", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("limit", ctypes.c_uint64),
        ("context", ctypes.c_void_p),
        ("create", CREATE),
        ("decode", DECODE),
        ("destroy", DESTROY),
    ]


def load() -> ctypes.CDLL:
    """The library: that of `WSSPEC_DECODER_LIBRARY`, or of this package."""
    path = os.environ.get(VARIABLE) or str(Path(__file__).with_name(_FILES.get(sys.platform, "libwsspec_decoder_c.so")))
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise HarnessError(
            f"the harness `{path}` does not load: {error}; reinstall wsspec, or name another build in {VARIABLE}"
        ) from error
    try:
        abi = int(library.wsspec_abi())
    except AttributeError as error:
        raise HarnessError(f"`{path}` is not the harness of wsspec: it has no `wsspec_abi`") from error
    if abi != ABI:
        raise HarnessError(f"the harness `{path}` has version {abi} of its interface, and this package needs version {ABI}")
    _declare(library)
    return library


def _declare(library: ctypes.CDLL) -> None:
    """Says what the functions take and return; otherwise ctypes passes pointers as 32-bit numbers."""
    bytes_of: list[Any] = [ctypes.c_char_p, ctypes.c_size_t]
    for control in (library.wsspec_ping, library.wsspec_pong, library.wsspec_close):
        control.argtypes = [ctypes.c_void_p, *bytes_of]
    library.wsspec_message.argtypes = [ctypes.c_void_p, ctypes.c_int, *bytes_of]
    library.wsspec_frame.argtypes = [ctypes.c_void_p, ctypes.c_uint8, *bytes_of]
    library.wsspec_rejection.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_char_p]
    library.wsspec_error.argtypes = [ctypes.c_int32]
    library.wsspec_error.restype = ctypes.c_char_p
    library.wsspec_check.argtypes = [ctypes.POINTER(CDecoder), *bytes_of, *bytes_of]
    library.wsspec_generate.argtypes = [ctypes.c_uint64, ctypes.c_uint32, *bytes_of]
    library.wsspec_generate.restype = ctypes.c_size_t
    library.wsspec_mutate.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_uint32]
    library.wsspec_mutate.restype = ctypes.c_size_t

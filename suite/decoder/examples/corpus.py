"""Checks a decoder against the corpus of wsspec without any code of wsspec: python3 corpus.py FOLDER MODULE

FOLDER is what `cargo xtask corpus` writes, and each release has; docs/oss-fuzz.md describes its manifest. MODULE has a
function `start(of_client)` that gives a decoder of one connection: a function from bytes to a list of events, as the
manifest writes them, and whether the connection must be failed. Files with permessage-deflate are left out.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any, Callable

FORMAT = 1

Decode = Callable[[bytes], "tuple[list[dict[str, Any]], bool]"]


def wrong(data: bytes, entry: dict[str, Any], decode: Decode) -> str | None:
    """What the decoder does wrong with a file, or nothing."""
    due, rejections = entry["events"], entry["rejections"]
    at = reported = 0
    for size in entry["segments"]:
        at += size
        events, failed = decode(data[at - size : at])
        may_reject = [it["not_before"] for it in rejections if it["not_before"] <= at]
        overdue = [it for it in rejections if it["must"] and it["at_the_latest"] and it["at_the_latest"] <= at]
        for event in events:
            if reported == len(due) and entry["rest_is_open"]:
                return None
            if reported == len(due) or due[reported]["complete_after"] > at:
                return f"accepts {overdue[0]['why']} ({overdue[0]['must']})" if overdue else f"invents {event}"
            expected = due[reported]["event"]
            # A close frame that may be rejected may also be reported with another code.
            if event != expected and not ("close" in event and "close" in expected and may_reject):
                return f"reports {event}, not {expected} ({due[reported]['requirement']})"
            if "close" in event:
                return None
            reported += 1
        if failed and not may_reject:
            return f"rejects what is valid after {at} bytes"
        # Up to the byte with which a fault shows, everything must have been reported.
        until = min(may_reject) - 1 if failed else at
        if reported < len(due) and due[reported]["complete_after"] <= until:
            return f"does not report {due[reported]['event']} ({due[reported]['requirement']})"
        if failed:
            return None
        if overdue:
            return f"accepts {overdue[0]['why']} ({overdue[0]['must']})"
    return None


def check(folder: Path, start: Callable[[bool], Decode]) -> tuple[int, list[str]]:
    """How many files were checked, and a line for each that the decoder gets wrong."""
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest["format"] != FORMAT:
        sys.exit(f"{folder}: the manifest has format {manifest['format']}, and this reads format {FORMAT}")
    entries = [entry for entry in manifest["files"] if entry["extensions"] is None]
    lines = []
    for entry in entries:
        found = wrong((folder / entry["file"]).read_bytes(), entry, start(entry["sender"] == "client"))
        if found is not None:
            lines.append(f"{entry['file']}: {found}")
    return len(entries), lines


def main() -> None:
    count, lines = check(Path(sys.argv[1]), importlib.import_module(sys.argv[2]).start)
    print("\n".join([*lines, f"{count} files, {len(lines)} wrong"]))
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()

"""Finds the program that this package carries."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from .errors import BinaryNotFoundError

#: Names another program to run, a build of one's own.
VARIABLE = "WSSPEC_BINARY"


def binary() -> str:
    """The path of the ``wsspec`` program: that of ``WSSPEC_BINARY``, of this package, or of ``PATH``."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise BinaryNotFoundError(f"`{chosen}`, which {VARIABLE} names, is not a program; unset {VARIABLE}")
        return chosen
    name = "wsspec" + (sysconfig.get_config_var("EXE") or "")
    for folder in _folders():
        path = Path(folder) / name
        if path.is_file():
            return str(path)
    found = shutil.which("wsspec")
    if found is None:
        raise BinaryNotFoundError(
            f"the program `wsspec` is not beside {sys.executable} and not on PATH; "
            f"run `pip install --force-reinstall wsspec`, or name a program in {VARIABLE}"
        )
    return found


def _folders() -> list[str]:
    """Where pip puts programs: of this environment, of `--user`, of `--target`."""
    user = "posix_user" if os.name == "posix" else "nt_user"
    folders = [sysconfig.get_path("scripts")]
    if user in sysconfig.get_scheme_names():
        folders.append(sysconfig.get_path("scripts", scheme=user))
    folders.append(str(Path(__file__).parent.parent / "bin"))
    return folders

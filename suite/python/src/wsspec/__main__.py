"""``python -m wsspec``: the program."""

import os
import subprocess
import sys

from ._binary import binary

words = [binary(), *sys.argv[1:]]
if os.name == "posix":
    os.execv(words[0], words)
sys.exit(subprocess.run(words, check=False).returncode)

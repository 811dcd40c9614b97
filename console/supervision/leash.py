"""Begins a program that ends when the process that began it does, however that ends.

``python -I -S leash.py PARENT PROGRAM [ARGUMENT ...]``: asks Linux to kill this process with its parent, and
becomes the program. Elsewhere the program has to see by itself that its standard output is closed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""prctl(2)."""


def main() -> None:
    parent, *program = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        # It died before it could be asked for.
        sys.exit(1)
    os.execvp(program[0], program)


if __name__ == "__main__":
    main()

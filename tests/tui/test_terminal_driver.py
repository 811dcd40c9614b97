"""Keys are waited for: what was typed comes at once, looks follow it, and the end ends the waiting."""

from __future__ import annotations

import os

from console.tui.terminal_driver import read_until


def test_what_is_typed_comes_and_looks_follow_until_the_end() -> None:
    terminal, keyboard = os.pipe()
    end, ender = os.pipe()
    found = read_until(end, terminal)
    os.write(keyboard, b"\x1b")
    assert next(found) == b"\x1b"
    assert next(found) == b"", "time to see that an Escape is one by itself"
    os.write(keyboard, b"YN")
    assert next(found) == b"YN"
    os.close(keyboard)
    assert next(found) == b"", "a terminal that is gone"
    os.write(ender, b".")
    assert list(found) == []
    for descriptor in (terminal, end, ender):
        os.close(descriptor)

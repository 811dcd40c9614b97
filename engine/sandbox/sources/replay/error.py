"""The one error of a recording."""

from __future__ import annotations


class RecordingError(Exception):
    """A recording that cannot be replayed: corrupt, foreign, empty, or asked for what it does not hold.

    The text is one line that names the file, the field, what was found and what was wanted.
    """

    def __init__(self, where: str, what: str, *, got: object = None, wanted: str = "") -> None:
        self.where = where
        self.what = what
        self.got = got
        self.wanted = wanted
        found = "" if got is None else f": got {got}"
        expected = f", wanted {wanted}" if wanted else ""
        super().__init__(" ".join(f"{where}: {what}{found}{expected}".split()))


def some_of(names: list[str], limit: int = 12) -> str:
    """A list for a message: the first few and how many more there are."""
    if not names:
        return "none"
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest

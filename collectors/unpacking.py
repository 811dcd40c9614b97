"""A body as it came over the line, unpacked within a bound: a few bytes may say that they are gigabytes."""

from __future__ import annotations

import zlib

ACCEPTED = "gzip"
"""What is asked for; a body that comes in anything else is refused."""
_PLAIN = ("", "identity")
_GZIP = 16 + zlib.MAX_WBITS


class BadPacking(Exception):
    """A body that is packed otherwise, or is no packed body. One line."""


class TooMuch(Exception):
    """There is more of it than may be."""


class Unpacker:
    """For one body; ``most`` bytes of it unpacked."""

    def __init__(self, encoding: str, most: int) -> None:
        """Raises BadPacking for an encoding that was not asked for."""
        name = encoding.strip().lower()
        if name not in (*_PLAIN, ACCEPTED):
            raise BadPacking(f"packed as {name[:40]!r}, wanted {ACCEPTED}")
        self._gzip = zlib.decompressobj(_GZIP) if name == ACCEPTED else None
        self._is_begun = False
        self._parts: list[bytes] = []
        self._left = most

    def take(self, raw: bytes) -> None:
        """Raises BadPacking and TooMuch."""
        while raw:
            if self._gzip is None:
                self._keep(raw)
                return
            try:
                self._keep(self._gzip.decompress(raw, self._left + 1))
            except zlib.error as error:
                raise BadPacking(f"no {ACCEPTED}: {error}") from None
            raw, self._is_begun = self._gzip.unconsumed_tail, True
            if self._gzip.eof:
                # A second packed part may follow the first, or zeros that fill it up.
                raw, self._gzip = self._gzip.unused_data.lstrip(b"\0"), zlib.decompressobj(_GZIP)
                self._is_begun = False

    def whole(self) -> bytes:
        """At the end of the body. Raises BadPacking where a packed part has none."""
        if self._is_begun:
            raise BadPacking(f"a {ACCEPTED} that is cut off")
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> None:
        self._left -= len(part)
        if self._left < 0:
            raise TooMuch
        self._parts.append(part)

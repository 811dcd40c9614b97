"""What a connection may send before anybody has looked at its token: so much, and within so many seconds.

uvicorn's parser bounds neither the lines before and after a body nor the time they take; the body itself is
bounded in ``app``.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES = 64 * 1024
"""Of headers, or of what follows a body in chunks, without an end."""
WITHIN_S = 10.0
"""From the connection, or the first byte of a later request, to the end of its headers."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection that is over either bound; what is under way on others does not notice."""

    _timer: asyncio.TimerHandle | None = None
    _pending = 0
    """Bytes that the parser took since it last gave headers, a piece of a body or the end of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._pending += len(data)
        super().data_received(data)
        if self._pending > MOST_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers are too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_headers()

    def on_headers_complete(self) -> None:
        self._expect_nothing()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._pending = 0
        super().on_message_complete()

    def _expect_headers(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(WITHIN_S, self.transport.abort)

    def _expect_nothing(self) -> None:
        self._pending = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

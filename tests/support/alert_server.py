"""A service that takes alerts, on this machine: up, down, slow or refusing as the test wants."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

PATIENCE_S = 10.0


class AlertServer:
    """``http://127.0.0.1:{port}``; what it took comes from :meth:`next`, what it refused is counted."""

    def __init__(self) -> None:
        self.status = 200
        self.refused = 0
        self.release = Event()
        """Requests wait for it; it is set unless a test wants them to."""
        self.release.set()
        self.asked = Event()
        """Set by each request as it comes."""
        self._taken: SimpleQueue[dict[str, Any]] = SimpleQueue()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                owner.asked.set()
                owner.release.wait(PATIENCE_S)
                self._answer(json.loads(data))

            def do_GET(self) -> None:
                owner.asked.set()
                self._answer({"path": self.path})

            def _answer(self, document: dict[str, Any]) -> None:
                status = owner.status
                if 200 <= status < 300:
                    owner._taken.put(document)
                else:
                    owner.refused += 1
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def next(self) -> dict[str, Any]:
        """The next message that it took; waits for it."""
        return self._taken.get(timeout=PATIENCE_S)

    @property
    def waiting(self) -> int:
        """How many it took that nobody asked for yet."""
        return self._taken.qsize()

    def rest(self) -> list[dict[str, Any]]:
        """All that it took and that nobody asked for yet."""
        found = []
        while True:
            try:
                found.append(self._taken.get_nowait())
            except Empty:
                return found

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE_S)

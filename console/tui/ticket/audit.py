"""Each draft, review, sending and answer with the numbers that were shown, as lines of JSON.

``<home>/logs/tickets.jsonl``; at its bound it becomes ``tickets.jsonl.1``. A thread writes, so that a slow
disk never holds a key; what cannot be written is counted and told.
"""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any

import msgspec

from console.tui.ticket.review import Review
from engine.control.protocol import CommandAnswer

MOST_BYTES = 8 * 1024 * 1024
MOST_WAITING = 1_000


class Audit:
    """``lost`` counts lines that were not written; ``problem`` says why in one line."""

    def __init__(self, path: Path | None, most_bytes: int = MOST_BYTES) -> None:
        self.lost = 0
        self.problem = ""
        self._path = path
        self._most_bytes = most_bytes
        self._lines: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def write(self, kind: str, at_ns: int, fields: dict[str, Any]) -> None:
        """Returns at once. Without a path nothing is kept."""
        if self._path is None:
            return
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, args=(self._path,), name="ticket audit", daemon=True
            )
            self._thread.start()
        try:
            self._lines.put_nowait(msgspec.json.encode({"at_ns": at_ns, "kind": kind, **fields}) + b"\n")
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        """Waits until everything is written."""
        if self._thread is not None:
            self._lines.put(None)
            self._thread.join()
            self._thread = None

    def _run(self, path: Path) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._append(path, line)
            except OSError as error:
                self.lost += 1
                self.problem = f"{path}: {error.strerror or error}"

    def _append(self, path: Path, line: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size + len(line) > self._most_bytes:
            path.replace(path.with_name(path.name + ".1"))
        with path.open("ab") as file:
            file.write(line)


def of_review(review: Review) -> dict[str, Any]:
    """What REVIEW showed."""
    scene = review.scene
    return {
        "venue": scene.venue,
        "ticket": review.ticket,
        "opens": review.opens,
        "split": review.split,
        "effect": review.effect,
        "figures": review.figures,
        "best_bp": review.best_bp,
        "book_is_fresh": scene.is_book_fresh,
        "feed_age_ns": scene.feed_age_ns,
        "is_armed": scene.is_armed,
        "identical": review.identical,
        "blocks": [notice.code for notice in review.blocks],
        "warnings": [notice.code for notice in review.warnings],
    }


def of_answer(answer: CommandAnswer) -> dict[str, Any]:
    return {
        "command_id": answer.command_id,
        "client_order_id": answer.client_order_id,
        "state": answer.state,
        "deny_code": answer.deny_code,
        "text": answer.text,
        "order": answer.order,
    }

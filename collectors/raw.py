"""Bodies of undocumented formats as they came: what a parser of today does not see can be read tomorrow."""

from __future__ import annotations

from hashlib import sha256

from collectors.fetching import Body
from collectors.seen import Seen
from collectors.taking import Row, Taken
from engine.domain.units import Nanoseconds


class RawBodyRow(Row, frozen=True, kw_only=True):
    """``name`` is the errand that it answered."""

    TABLE = "raw_bodies"
    source: str
    name: str
    status: int
    content_type: str | None
    body: bytes
    received_ns: Nanoseconds


class RawKeeper:
    """Keeps a body unless it is the one that this errand brought last."""

    def __init__(self) -> None:
        self._seen = Seen(1_000)

    def keep(self, source: str, errand: str, body: Body) -> Taken:
        if not self._seen.is_new((source, errand), sha256(body.data).digest()):
            return Taken(is_data=False)
        row = RawBodyRow(
            source=source,
            name=errand,
            status=body.status,
            content_type=body.headers.get("content-type"),
            body=body.data,
            received_ns=body.received_ns,
        )
        return Taken(rows=[row], is_data=False)

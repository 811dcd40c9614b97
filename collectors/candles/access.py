"""The client of a candle collector: candlesticks are public, so that a venue needs no key for them."""

from __future__ import annotations

from pathlib import Path

from collectors.access import access_to
from engine.assembly.connecting import DEMO_NAME, LIVE_NAME
from engine.domain.units import SECOND_NS
from engine.kalshi.client import KalshiReader
from engine.kalshi.credentials import Credentials
from engine.kalshi.hosts import DEMO, LIVE, Endpoint
from engine.kalshi.settings import ClientSettings
from engine.ops.account import AccountMissing
from engine.ops.errors import OpsError
from engine.ops.home import Home

_PUBLIC: dict[str, Endpoint] = {DEMO_NAME: DEMO, LIVE_NAME: LIVE}


class NothingNamed(OpsError):
    """No exchange to read. One line that says how to name one."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"no exchange in {home}: name --venue live for the real one (no key needed), or --exchange URL "
            "for a sandbox"
        )
        self.home = home


async def public_access(
    root: Path, venue: str | None, exchange: str | None
) -> tuple[Endpoint, Credentials | None]:
    """As :func:`collectors.access.access_to`; a real venue without a key is read as anyone may. Raises
    NothingNamed too, for a home that is bound to no exchange yet."""
    if exchange is None and venue not in _PUBLIC and Home(root).binding() is None:
        raise NothingNamed(root)
    try:
        access = await access_to(root, venue, exchange)
    except AccountMissing:
        if venue is None or venue not in _PUBLIC:
            raise
        return _PUBLIC[venue], None
    return access.endpoint, access.credentials


def reader_of(endpoint: Endpoint, credentials: Credentials | None, connections: int) -> KalshiReader:
    """``connections`` requests may be on their way at once. Answers are large and nobody waits for them: they
    are given more time than those that a price depends on."""
    settings = ClientSettings(
        connections=connections,
        most_pages=100_000,
        read_timeout_ns=60 * SECOND_NS,
        read_deadline_ns=180 * SECOND_NS,
    )
    return KalshiReader(endpoint, credentials, settings=settings)

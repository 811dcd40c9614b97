"""Where the exchange lives, and which keys may go there.

Hosts: the exchange's documentation of 2026 (the ``external-api`` names are recommended since 2026-05-07; the
older ones are still served). Keys, users and balances of the live and the demo exchange are separate.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import msgspec

from engine.wire.signing import REST_ROOT, WEBSOCKET_PATH


class Venue(StrEnum):
    LIVE = "live"
    """Real money."""
    DEMO = "demo"
    """The exchange's own test exchange."""
    SANDBOX = "sandbox"
    """An exchange of ours on this machine's loopback, generated or paper."""


class HostRefused(ValueError):
    """An address that no key may be sent to."""


class VenueMismatch(ValueError):
    """A key of one venue was about to be used at another."""

    def __init__(self, key_venue: Venue, endpoint_venue: Venue) -> None:
        super().__init__(f"key: got one of venue {key_venue}, wanted one of venue {endpoint_venue}")
        self.key_venue = key_venue
        self.endpoint_venue = endpoint_venue


_VENUE_OF_HOST: dict[str, Venue] = {
    "external-api.kalshi.com": Venue.LIVE,
    "external-api-ws.kalshi.com": Venue.LIVE,
    "api.elections.kalshi.com": Venue.LIVE,
    "external-api.demo.kalshi.co": Venue.DEMO,
    "external-api-ws.demo.kalshi.co": Venue.DEMO,
    "demo-api.kalshi.co": Venue.DEMO,
}


class Endpoint(msgspec.Struct, frozen=True):
    """One exchange. ``rest_url`` ends in ``/trade-api/v2``, ``ws_url`` in ``/trade-api/ws/v2``.

    Raises HostRefused where an address does not belong to ``venue``.
    """

    venue: Venue
    rest_url: str
    ws_url: str

    def __post_init__(self) -> None:
        rest = _checked(self.rest_url, secure="https", plain="http", path=REST_ROOT)
        stream = _checked(self.ws_url, secure="wss", plain="ws", path=WEBSOCKET_PATH)
        for parts in (rest, stream):
            venue = _venue(parts)
            if venue is not self.venue:
                raise HostRefused(
                    f"address: got {parts.geturl()} of venue {venue}, wanted venue {self.venue}"
                )

    def check_key(self, key_venue: Venue) -> None:
        """Raises VenueMismatch unless a key of ``key_venue`` may be used here."""
        if key_venue is not self.venue:
            raise VenueMismatch(key_venue, self.venue)


def endpoint_of(rest_url: str, ws_url: str | None = None) -> Endpoint:
    """The endpoint behind an address; its host alone decides the venue.

    Without ``ws_url`` it is the one that belongs to ``rest_url``. Raises HostRefused for a host that is
    neither the exchange's nor loopback, for plain http or ws beyond loopback, for another path, and for two
    addresses of different venues.
    """
    rest = _checked(rest_url.rstrip("/"), secure="https", plain="http", path=REST_ROOT)
    if ws_url is None:
        known = next((e for e in (LIVE, LIVE_OLDER, DEMO, DEMO_OLDER) if e.rest_url == rest.geturl()), None)
        ws_url = known.ws_url if known is not None else _beside(rest)
    return Endpoint(_venue(rest), rest.geturl(), ws_url)


def is_loopback(host: str | None) -> bool:
    """Whether ``host`` is this machine: ``localhost`` or a loopback address, never a resolved name."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _checked(url: str, *, secure: str, plain: str, path: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise HostRefused(f"address: got one with credentials, query or fragment at host {parts.hostname}")
    if parts.scheme not in (secure, plain):
        raise HostRefused(f"address: got {url}, wanted {secure}://")
    if parts.scheme == plain and not is_loopback(parts.hostname):
        raise HostRefused(f"address: got {url}, wanted {secure}:// beyond loopback")
    if parts.path != path:
        raise HostRefused(f"address: got path {parts.path!r} in {url}, wanted {path!r}")
    return parts


def _venue(parts: SplitResult) -> Venue:
    host = parts.hostname or ""
    if is_loopback(host):
        return Venue.SANDBOX
    if host in _VENUE_OF_HOST:
        if parts.port not in (None, 443):
            raise HostRefused(f"address: got port {parts.port} at {host}, wanted 443")
        return _VENUE_OF_HOST[host]
    raise HostRefused(
        f"address: got host {host!r}, wanted one of {', '.join(sorted(_VENUE_OF_HOST))} or loopback"
    )


def _beside(rest: SplitResult) -> str:
    scheme = "wss" if rest.scheme == "https" else "ws"
    return f"{scheme}://{rest.netloc}{WEBSOCKET_PATH}"


def _named(venue: Venue, rest_host: str, ws_host: str) -> Endpoint:
    return Endpoint(venue, f"https://{rest_host}{REST_ROOT}", f"wss://{ws_host}{WEBSOCKET_PATH}")


LIVE = _named(Venue.LIVE, "external-api.kalshi.com", "external-api-ws.kalshi.com")
LIVE_OLDER = _named(Venue.LIVE, "api.elections.kalshi.com", "api.elections.kalshi.com")
DEMO = _named(Venue.DEMO, "external-api.demo.kalshi.co", "external-api-ws.demo.kalshi.co")
DEMO_OLDER = _named(Venue.DEMO, "demo-api.kalshi.co", "demo-api.kalshi.co")

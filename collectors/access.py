"""Which exchange a collector listens to, and with which key: a home's, a sandbox's, or a venue's."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from engine.assembly.connecting import DEMO_NAME, LIVE_NAME
from engine.assembly.own_client import own_access
from engine.kalshi.client import KalshiReader
from engine.kalshi.credentials import Credentials, load_credentials, load_credentials_file
from engine.kalshi.hosts import DEMO, LIVE, Endpoint, Venue, endpoint_of
from engine.ops.account import key_place
from engine.ops.config import read_config
from engine.ops.errors import OpsError
from engine.ops.home import Home
from engine.sandbox.side_door_client import SideDoorClient, root_of
from engine.wire.signing import REST_ROOT

_REAL: dict[str, Endpoint] = {DEMO_NAME: DEMO, LIVE_NAME: LIVE}


class NotASandbox(OpsError):
    """``--exchange`` is for exchanges of this machine alone."""

    def __init__(self, url: str) -> None:
        super().__init__(f"--exchange: got {url}, wanted a sandbox on this machine (a loopback address)")
        self.url = url


class Access(msgspec.Struct, frozen=True):
    """An exchange and a key of it."""

    endpoint: Endpoint
    credentials: Credentials

    def reader(self) -> KalshiReader:
        """A client that has no method that changes anything."""
        return KalshiReader(self.endpoint, self.credentials)


async def access_to(root: Path, venue: str | None, exchange: str | None) -> Access:
    """Of a sandbox at ``exchange`` (an account of its own), else of the home, else of the venue by the key of
    the environment or the home's configuration. Without ``venue`` it is the home's.

    Raises OpsError, CredentialError, SideDoorError, HostRefused: one line each.
    """
    if exchange is not None:
        return await _sandbox(exchange)
    home = Home(root)
    config = read_config(home.config)
    if venue in _REAL and home.binding() is None:
        place = key_place(venue, config.account, os.environ)
        endpoint = _REAL[venue]
        return Access(endpoint, load_credentials_file(place.key_id, place.private_key_path, endpoint.venue))
    if venue is not None:
        home.check_venue(venue)
    endpoint, credentials, _ = own_access(home, config)
    return Access(endpoint, credentials)


async def _sandbox(url: str) -> Access:
    root = root_of(url)
    endpoint = endpoint_of(f"{root}{REST_ROOT}")
    if endpoint.venue is not Venue.SANDBOX:
        raise NotASandbox(url)
    door = SideDoorClient(root)
    try:
        made = await door.new_key()
    finally:
        await door.aclose()
    return Access(endpoint, load_credentials(made.key_id, made.private_key, Venue.SANDBOX))

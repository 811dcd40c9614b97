"""A client of a home's account for whoever works beside its engine: nothing is started, nothing is bound."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from engine.assembly.connecting import DEMO_NAME, LIVE_NAME, External
from engine.kalshi.client import KalshiClient
from engine.kalshi.credentials import Credentials, load_credentials_file
from engine.kalshi.hosts import DEMO, LIVE, Endpoint, Venue, endpoint_of
from engine.kalshi.settings import ClientSettings
from engine.ops.account import key_place
from engine.ops.config import Config
from engine.ops.home import Binding, Home, HomeError
from engine.sandbox.endpoint import read_endpoint
from engine.wire.signing import REST_ROOT

REAL = {DEMO_NAME: DEMO, LIVE_NAME: LIVE}


def own_client(home: Home, config: Config, settings: ClientSettings) -> KalshiClient:
    """For the account that the home is bound to, and no other. Raises OpsError, CredentialError, HostRefused:
    one line each."""
    endpoint, credentials, _ = own_access(home, config)
    return KalshiClient(endpoint, credentials, settings=settings)


def own_access(home: Home, config: Config) -> tuple[Endpoint, Credentials, Binding]:
    """Where the home's account is and its key. Raises as :func:`own_client` does."""
    bound = home.binding()
    if bound is None:
        raise HomeError(f"home {home.root}: no engine has run here, so there is no account")
    endpoint, credentials = _real(home, bound, config) if bound.venue in REAL else _sandbox(home, bound)
    return endpoint, credentials, bound


def _real(home: Home, bound: Binding, config: Config) -> tuple[Endpoint, Credentials]:
    place = key_place(bound.venue, config.account, os.environ)
    if place.key_id != bound.account:
        raise HomeError(f"home {home.root}: bound to {bound}; got the key {place.key_id}")
    endpoint = REAL[bound.venue]
    return endpoint, load_credentials_file(place.key_id, place.private_key_path, endpoint.venue)


def _sandbox(home: Home, bound: Binding) -> tuple[Endpoint, Credentials]:
    """One elsewhere, as the home remembers it, else the home's own."""
    try:
        known = msgspec.json.decode(home.external.read_bytes(), type=External)
    except FileNotFoundError:
        return _embedded(home, bound)
    except (OSError, msgspec.MsgspecError) as error:
        raise HomeError(f"home {home.root}: {home.external.name} cannot be read: {error}") from None
    return endpoint_of(f"{known.root}{REST_ROOT}"), load_credentials_file(
        known.key_id, home.key, Venue.SANDBOX
    )


def _embedded(home: Home, bound: Binding) -> tuple[Endpoint, Credentials]:
    found = read_endpoint(home.exchange)
    if found is None:
        raise HomeError(f"home {home.root}: its exchange does not say where it listens")
    if found.world_id and found.world_id != bound.exchange:
        raise HomeError(f"home {home.root}: bound to {bound}; its exchange is {found.world_id}")
    key = load_credentials_file(found.key_id, Path(found.private_key_path), Venue.SANDBOX)
    return endpoint_of(found.rest, found.ws), key

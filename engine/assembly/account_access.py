"""Whose history an import reads, and with which key: a client that has no method to trade with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.assembly.account_import import PAGE, AccountImport, Imported, Progress
from engine.assembly.own_client import REAL, own_access
from engine.assembly.same_account import knows_orders
from engine.domain.account_history import AccountName
from engine.domain.units import SECOND_NS
from engine.domain.xray import XRAY
from engine.kalshi.client import KalshiReader
from engine.kalshi.credentials import load_credentials_file
from engine.kalshi.errors import ReadCause, ReadFailed
from engine.kalshi.settings import ClientSettings
from engine.ledger.account_store import AccountStore
from engine.ops.account import KeyPlace
from engine.ops.config import read_config
from engine.ops.errors import OpsError
from engine.ops.home import Home, HomeError
from engine.research.account.xray import xray_of

_PATIENT = ClientSettings(read_deadline_ns=120 * SECOND_NS, read_attempts=12)
"""Nobody waits for one page: a busy exchange is given time. A sandbox is there at once, or not at all."""


class OtherKey(OpsError):
    """A key of another account than the one that the home's engine trades."""

    def __init__(self, home: Home, key_id: str) -> None:
        super().__init__(
            f"--key-id: got {key_id}, whose account has none of the orders of {home.ledger}; wanted a key of "
            "the same account"
        )


class ExchangeAway(OpsError):
    """A sandbox that does not answer: it runs with its engine, or somebody else runs it."""

    def __init__(self, home: Home) -> None:
        is_elsewhere = home.external.exists()
        advice = (
            f"start it where {home.external} says"
            if is_elsewhere
            else f"it runs while an engine does: sparko-console --home {home.root}"
        )
        super().__init__(f"home {home.root}: its exchange does not answer; {advice}")


def reader_of(home: Home, venue: str | None, key: KeyPlace | None) -> tuple[KalshiReader, AccountName]:
    """For the account that the home is bound to; with a ``key`` of its own (a read-only one will do) for the
    home's venue, or a venue named where no engine has run. A key of its own names its own account, until
    :func:`account_of` knows better. Raises OpsError, CredentialError, HostRefused."""
    bound = home.binding()
    if key is None:
        endpoint, credentials, bound = own_access(home, read_config(home.config))
        name = AccountName(bound.venue, bound.exchange, bound.account)
        settings = _PATIENT if bound.venue in REAL else None
        return KalshiReader(endpoint, credentials, settings=settings), name
    wanted = venue if bound is None else bound.venue
    if wanted not in REAL:
        raise HomeError(f"--key-id: got one for venue {wanted or 'none'}, wanted --venue demo or live")
    endpoint = REAL[wanted]
    credentials = load_credentials_file(key.key_id, key.private_key_path, endpoint.venue)
    name = AccountName(wanted, endpoint.rest_url.split("/")[2], key.key_id)
    return KalshiReader(endpoint, credentials, settings=_PATIENT), name


def import_account(
    home: Home,
    venue: str | None,
    key: KeyPlace | None,
    *,
    page: int = PAGE,
    say: Callable[[Progress], None] = lambda progress: None,
) -> Imported:
    """Everything that the exchange has on record, into the home's ``account.sqlite``, and the XRAY of it.

    Raises OpsError, CredentialError, HostRefused, KalshiError, LedgerError, sqlite3.Error and OSError.
    """
    client, name = reader_of(home, venue, key)
    home.make()
    try:
        return asyncio.run(_import(client, name, home, page, say, is_own_key=key is None))
    except ReadFailed as error:
        if name.venue in REAL or error.cause is not ReadCause.TRANSPORT:
            raise
        raise ExchangeAway(home) from error


async def account_of(client: KalshiReader, name: AccountName, home: Home) -> AccountName:
    """The home's own account, if another key is one of it; the key's where nothing can tell. Raises OtherKey,
    KalshiError and LedgerError."""
    bound = home.binding()
    knows = None if bound is None else await knows_orders(client, home.ledger)
    if knows is False:
        raise OtherKey(home, name.account)
    return name if bound is None or knows is None else AccountName(bound.venue, bound.exchange, bound.account)


async def _import(
    client: KalshiReader,
    name: AccountName,
    home: Home,
    page: int,
    say: Callable[[Progress], None],
    *,
    is_own_key: bool,
) -> Imported:
    async with client:
        whose = name if is_own_key else await account_of(client, name, home)
        with AccountStore(home.account, whose) as store:
            imported = await AccountImport(client, store, page=page, say=say).run()
            store.keep_report(XRAY, xray_of(store.history()))
            return imported

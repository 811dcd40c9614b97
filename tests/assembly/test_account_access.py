"""Which key an import takes for which home, and whose history a home may hold."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from account_reads import Desk
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from money_history import terms
from traded_account import ANN, TradedAccount

from engine.assembly import paper_home
from engine.assembly.account_access import OtherKey, account_of, reader_of
from engine.core.facts.orders import OrderIntended, OrderMoved
from engine.core.money import MoneyState, apply
from engine.domain.account_history import AccountName
from engine.domain.order import OrderState
from engine.domain.units import DAY_NS
from engine.kalshi.credentials import CredentialError
from engine.kalshi.hosts import DEMO, LIVE
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ops.account import KeyPlace
from engine.ops.home import Binding, Home, HomeError, write_whole


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make()
    return made


@pytest.fixture
def key(tmp_path: Path) -> KeyPlace:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "read-only.pem"
    write_whole(path, pem)
    return KeyPlace("11111111-2222-3333-4444-555555555555", path)


async def test_a_key_of_its_own_reads_the_venue_named_where_no_engine_has_run(
    home: Home, key: KeyPlace
) -> None:
    for venue, endpoint in (("demo", DEMO), ("live", LIVE)):
        client, name = reader_of(home, venue, key)
        async with client:
            assert client.endpoint == endpoint
            assert not hasattr(client, "writes"), "it has no method to trade with"
            assert (name.venue, name.account) == (venue, key.key_id)
            assert name.exchange in endpoint.rest_url


async def test_a_bound_home_decides_the_venue(home: Home, key: KeyPlace) -> None:
    home.bind(Binding("demo", DEMO.rest_url.split("/")[2], "engine-key"))
    client, name = reader_of(home, None, key)
    async with client:
        assert client.endpoint == DEMO
        assert name.venue == "demo"


def test_fake_money_takes_no_foreign_key(home: Home, key: KeyPlace) -> None:
    for venue in (None, "sandbox", "paper"):
        with pytest.raises(HomeError, match="wanted --venue demo or live"):
            reader_of(home, venue, key)


def test_a_key_that_others_may_read_is_refused(home: Home, key: KeyPlace) -> None:
    key.private_key_path.chmod(0o644)
    with pytest.raises(CredentialError, match="600"):
        reader_of(home, "live", key)


class Life:
    """A home bound to an account, whose ledger knows orders."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.desk = Desk(TradedAccount(9, events=2, orders=6), folder)
        self.bound = Binding("sandbox", self.desk.life.exchange.world_id, "engine-key")
        home.bind(self.bound)
        self.name = AccountName("sandbox", self.bound.exchange, "other-key")

    async def write(self, order_ids: list[str], at_ns: int) -> None:
        ledger, state = SqliteLedger.open(self.home.ledger, loop=asyncio.get_running_loop()), MoneyState()
        for number, order_id in enumerate(order_ids):
            made = terms(number)
            for fact in (
                OrderIntended(made, at_ns),
                OrderMoved(made.client_order_id, OrderState.RESTING, at_ns, order_id),
            ):
                ledger.append([fact], apply(state, fact))
        await ledger.close()

    async def account(self) -> str:
        async with self.desk.client() as client:
            return (await account_of(client, self.name, self.home)).account


async def test_another_key_of_the_account_is_known_by_its_orders(home: Home, tmp_path: Path) -> None:
    life = Life(home, tmp_path)
    assert await life.account() == "other-key", "no engine has written a ledger: nothing can tell"
    order = next(o for o in life.desk.life.exchange.orders.values() if o.account_id == ANN)
    await life.write(["gone", order.order_id], life.desk.life.exchange.now_ns)
    assert await life.account() == "engine-key"


async def test_a_key_of_another_account_is_refused(home: Home, tmp_path: Path) -> None:
    life = Life(home, tmp_path)
    await life.write(["theirs-1", "theirs-2"], life.desk.life.exchange.now_ns)
    with pytest.raises(OtherKey, match="other-key, whose account has none of the orders"):
        await life.account()


async def test_orders_of_long_ago_tell_nothing(home: Home, tmp_path: Path) -> None:
    """They are in the historical tier, where one order cannot be asked for."""
    life = Life(home, tmp_path)
    await life.write(["theirs-1"], life.desk.life.exchange.now_ns - 100 * DAY_NS)
    assert await life.account() == "other-key"


def test_new_paper_money_begins_a_new_history(home: Home) -> None:
    """What was imported of the old account goes with it."""
    home.bind(Binding("paper", "world", "key"))
    home.account.write_bytes(b"old")
    aside = paper_home.reset(home.root, datetime.now(UTC))
    assert not home.account.exists()
    assert (aside / home.account.name).read_bytes() == b"old"

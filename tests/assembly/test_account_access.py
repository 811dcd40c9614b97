"""Which key an import takes for which home, and whose history a home may hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from engine.assembly import paper_home
from engine.assembly.account_access import reader_of
from engine.kalshi.credentials import CredentialError
from engine.kalshi.hosts import DEMO, LIVE
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


def test_new_paper_money_begins_a_new_history(home: Home) -> None:
    """What was imported of the old account goes with it."""
    home.bind(Binding("paper", "world", "key"))
    home.account.write_bytes(b"old")
    aside = paper_home.reset(home.root, datetime.now(UTC))
    assert not home.account.exists()
    assert (aside / home.account.name).read_bytes() == b"old"

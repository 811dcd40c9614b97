"""A spot collector that is started again: the trades that a connection begins with are there already, and
those that came while it was down are known to be missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from coinbase_words import match, trades
from outside import http_source, json_reply, socket_source
from websockets.asyncio.server import ServerConnection

from collectors.assembled import Order, collect
from collectors.spot.collector import SpotOptions, spot_collector
from engine.lake.check import check
from engine.lake.digest import digest
from engine.lake.tables import SPOT, TABLES


@pytest.mark.parametrize("name", ["coinbase", "coinbase_exchange"])
async def test_a_new_start_doubles_no_trade_and_knows_what_it_missed(name: str, tmp_path: Path) -> None:
    last = [40]

    async def source(connection: ServerConnection) -> None:
        await connection.recv()
        if name == "coinbase":
            await connection.send(trades(0, *range(last[0] - 9, last[0] + 1), kind="snapshot"))
        else:
            await connection.send(match(last[0], "last_match"))
        await connection.wait_closed()

    collector = spot_collector(SpotOptions(sources=(name,), products=("BTC-USD",)))
    lines: list[str] = []
    async with socket_source(source) as url, http_source(lambda _: json_reply([])) as listed:
        for until in (40, 40, 70):
            last[0] = until
            order = Order(home=tmp_path, for_s=0.5, urls=(f"{name}={url}", f"coinbase_rest={listed.url}"))
            await collect(order, collector, lines.append)
    kept, first_new = (20, 61) if name == "coinbase" else (2, 70)
    assert digest(tmp_path / "lake", SPOT)[0] == kept
    assert check(tmp_path / "lake", list(TABLES.values())) == []
    assert lines == [f"spot.{name}: gap: BTC-USD: {first_new - 41} trades missing before {first_new}"]

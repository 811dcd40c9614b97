"""Levels of stock indexes: each with its delay and the source's own time; errors in answers of success."""

from __future__ import annotations

import msgspec
import pytest
from collecting import NOW_NS, taken_of, told, values

from collectors.index.delayed import Cboe, Yahoo
from collectors.index.fred import Fred
from collectors.index.massive import Massive
from collectors.index.symbols import SYMBOLS
from collectors.taking import FaultKind, SourceFault
from engine.wire.iso_time import iso_ns

SPX = SYMBOLS["SPX"]


def test_massive_is_asked_for_values_once_the_key_is_taken() -> None:
    source = Massive([SPX, SYMBOLS["NDX"]], "K3Y", "wss://m.example")
    assert msgspec.json.decode(source.opening()[0]) == {"action": "auth", "params": "K3Y"}
    assert not source.take(b'[{"ev":"status","status":"connected"}]', NOW_NS).replies
    replies = source.take(b'[{"ev":"status","status":"auth_success"}]', NOW_NS).replies
    assert msgspec.json.decode(replies[0]) == {"action": "subscribe", "params": "V.I:SPX,V.I:NDX"}
    refused = source.take(b'[{"ev":"status","status":"auth_failed","message":"no"}]', NOW_NS)
    assert (refused.faults[0].kind, refused.reconnect) == (FaultKind.REFUSED, "refused: auth_failed no")


def test_a_level_of_massive_is_taken_once_and_a_bad_one_leaves_its_neighbours() -> None:
    source = Massive([SPX], "K3Y", "wss://m.example")
    text = (
        b'[{"ev":"V","val":6012.34,"T":"I:SPX","t":1794999999123},{"ev":"V","val":-1,"T":"I:SPX","t":1},'
        b'{"ev":"V","val":1,"T":"I:DJI","t":1},{"ev":"V","val":6012.34,"T":"I:SPX","t":1794999999123}]'
    )
    taken = source.take(text, NOW_NS)
    assert told(taken) == [("index_level", "SPX", "6012.34")]
    assert values(taken.rows, "value_text", "delay", "source_ns") == [
        ("6012.34", "realtime", 1_794_999_999_123_000_000)
    ]
    assert [fault.kind for fault in taken.faults] == [FaultKind.SHAPE, FaultKind.UNRECOGNISED]
    assert taken.repeats == 1
    assert taken.told[0].about == ("KXINX", "KXINXU")  # type: ignore[union-attr]


def chart(**meta: object) -> bytes:
    found = {"symbol": "^GSPC", "regularMarketPrice": 6012.5, "regularMarketTime": 1794999000} | meta
    return msgspec.json.encode({"chart": {"result": [{"meta": found}], "error": None}})


def test_yahoo_is_stamped_with_its_own_time_and_counts_as_delayed() -> None:
    source = Yahoo([SPX], "https://y.example")
    assert source.errands(NOW_NS)[0].request.url == "https://y.example/v8/finance/chart/%5EGSPC"
    taken = taken_of(source, "SPX", chart())
    assert told(taken) == [("index_level_delayed", "SPX", "6012.5")]
    assert values(taken.rows, "source_ns", "delay") == [(1_794_999_000_000_000_000, "delayed15")]
    assert taken_of(source, "SPX", chart()).repeats == 1


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"chart":{"result":null,"error":{"code":"Not Found"}}}', FaultKind.ERROR_TEXT),
        (b'{"chart":{"result":[],"error":null}}', FaultKind.SHAPE),
        (chart(symbol="^DJI"), FaultKind.UNRECOGNISED),
        (chart(regularMarketPrice=0), FaultKind.SHAPE),
        (chart(regularMarketTime="x"), FaultKind.SHAPE),
        (b"<html>consent</html>", FaultKind.NOT_JSON),
    ],
)
def test_what_yahoo_says_instead_of_a_level_is_a_fault(data: bytes, kind: FaultKind) -> None:
    with pytest.raises(SourceFault) as caught:
        taken_of(Yahoo([SPX], "https://y.example"), "SPX", data)
    assert caught.value.fault.kind is kind


def test_a_time_of_cboe_without_a_zone_is_new_yorks() -> None:
    data = b'{"data":{"current_price":6011.1,"last_trade_time":"2026-11-17T15:59:59"}}'
    taken = taken_of(Cboe([SPX], "https://c.example"), "SPX", data)
    assert values(taken.rows, "source_ns") == [(iso_ns("2026-11-17T20:59:59Z"),)]


def test_closes_of_fred_leave_days_without_trading_out() -> None:
    source = Fred([SPX], "K3Y", "https://f.example")
    assert source.errands(NOW_NS)[0].request.is_keyed
    days = [{"date": "2026-11-17", "value": "6010.5"}, {"date": "2026-11-16", "value": "."}]
    taken = taken_of(source, "SPX", msgspec.json.encode({"observations": days}))
    assert told(taken) == [("index_close", "SPX:2026-11-17", "6010.5")]
    assert values(taken.rows, "kind", "source_ns") == [("close", iso_ns("2026-11-17T21:00:00Z"))]

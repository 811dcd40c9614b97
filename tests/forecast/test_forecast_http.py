"""The forecast server over HTTP: answers, statuses, refusals, and what no body may do to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket

import msgspec
import numpy as np
import pytest
from forecast_bench import FaultyModel, GatedModel, running

from engine.forecast import http_bounds
from engine.forecast.app import Limits
from engine.forecast.baselines import EwmaWalk
from engine.forecast.errors import CannotServe
from engine.forecast.serving import Listening, check

GOOD = [40.0, 42.0, 41.0, 44.0, 47.0, 45.0]


def _prices(count: int, length: int = 60, seed: int = 5) -> list[list[float]]:
    draw = np.random.default_rng(seed)
    walks = 50 + draw.normal(size=(count, length)).cumsum(axis=1)
    return np.clip(np.round(walks), 1, 99).tolist()


def _market(ticker: str, prices: object, series: str = "KXHIGHNY", **more: object) -> dict[str, object]:
    return {"ticker": ticker, "series_ticker": series, "prices": prices, **more}


async def test_health_says_what_it_is_without_a_token() -> None:
    async with running(token="secret") as client:
        health = (await client.get("/health")).json()
    assert health["ok"] is True
    assert (health["model"], health["is_baseline"], health["weights_sha256"]) == ("ewma", True, None)
    assert health["model_loaded"] is False
    assert health["device"] == "cpu"


async def test_a_signal_has_the_predecessors_fields_and_ours() -> None:
    async with running() as client:
        body = {"markets": [_market("T", GOOD, current_price=30)], "horizon": 3, "signal_threshold": 2.0}
        answer = (await client.post("/signal", json=body)).json()
    (signal,) = answer["signals"]
    assert answer["ok"] is True and answer["skipped"] == 0 and answer["elapsed_ms"] >= 0
    assert answer["model"] == "ewma" and answer["is_baseline"] is True and answer["weights_sha256"] is None
    expected = {
        "ticker": "T",
        "series_ticker": "KXHIGHNY",
        "current_price": 30.0,
        "forecast_mean": 45.0,
        "forecast_next": 45.0,
        "forecast_end": 45.0,
        "direction": "UP",
        "side": "yes",
        "magnitude": 15.0,
        "point_forecast": [45.0, 45.0, 45.0],
        "tp_cents": 20,
        "sl_cents": 3,
        "confidence": "medium-high",
        "status": "ok",
    }
    assert {name: signal[name] for name in expected} == expected
    assert len(signal["quantiles"]) == 3
    for step in signal["quantiles"]:
        assert step == sorted(step) and len(step) == 9 and 0 < step[0] < step[-1] < 100
    assert answer["statuses"] == [{"ticker": "T", "status": "ok", "filled": 0}]


@pytest.mark.parametrize(
    ("prices", "more", "status"),
    [
        ([50, 51], {}, "too_short"),
        ([0, 0, 0, 0], {}, "all_zero"),
        ([None, None, None], {}, "all_missing"),
        ([50, 50, 50, 50], {}, "constant"),
        ([], {}, "empty"),
        ([50, 51, 150], {}, "out_of_range"),
        (["a", 51, 52], {}, "unreadable"),
        ("none", {}, "unreadable"),
        (GOOD, {}, "below_threshold"),
        (GOOD, {"current_price": 43.01}, "below_threshold"),
        (GOOD, {"current_price": 200}, "no_current_price"),
        (GOOD, {"current_price": "x"}, "unreadable"),
    ],
)
async def test_what_is_skipped_says_why(prices: object, more: dict[str, object], status: str) -> None:
    async with running() as client:
        answer = (await client.post("/signal", json={"markets": [_market("T", prices, **more)]})).json()
    assert answer["signals"] == [] and answer["skipped"] == 1
    assert answer["statuses"][0]["status"] == status


@pytest.mark.parametrize("current", [float("nan"), float("inf"), -0.5, 100.5])
async def test_a_current_price_that_is_none_is_no_call(current: float) -> None:
    body = json.dumps({"markets": [_market("T", GOOD, current_price=current)], "signal_threshold": 0})
    async with running() as client:
        answer = (await client.post("/signal", content=body)).json()
    assert (answer["signals"], answer["statuses"][0]["status"]) == ([], "no_current_price")


async def test_a_price_that_is_missing_at_the_end_leaves_the_last_one_there_is() -> None:
    """As the current price too: neither null nor NaN is ever compared with."""
    body = json.dumps({"markets": [_market("T", [*GOOD, None, float("nan")])], "signal_threshold": 0})
    async with running() as client:
        (signal,) = (await client.post("/signal", content=body)).json()["signals"]
    assert (signal["current_price"], signal["status"], signal["direction"]) == (45.0, "filled", "FLAT")


async def test_a_move_of_exactly_the_threshold_is_a_signal_and_a_tie_is_flat() -> None:
    async with running() as client:
        at = {"markets": [_market("T", GOOD, current_price=43.0)]}
        (signal,) = (await client.post("/signal", json=at)).json()["signals"]
        assert (signal["magnitude"], signal["confidence"], signal["direction"]) == (2.0, "low", "UP")
        tie = {"markets": [_market("T", GOOD)], "signal_threshold": 0}
        (flat,) = (await client.post("/signal", json=tie)).json()["signals"]
        assert (flat["direction"], flat["side"], flat["magnitude"]) == ("FLAT", None, 0.0)


async def test_no_markets_is_no_signals() -> None:
    async with running() as client:
        answer = (await client.post("/signal", json={"markets": []})).json()
    assert (answer["ok"], answer["signals"], answer["skipped"]) == (True, [], 0)


async def test_five_hundred_good_ones_and_twenty_broken() -> None:
    """Every broken one costs itself alone, in the form that Python's own json writes NaN in."""
    broken = [
        [],
        [1.0],
        [float("nan")] * 9,
        [5.0] * 9,
        [1.0, float("inf"), 2.0, 3.0],
        "text",
        None,
        {},
        [[1]],
        7,
    ]
    good = _prices(500)
    contexts: list[object] = [*good]
    for number, one in enumerate(broken * 2):
        contexts.insert(number * 26, one)
    async with running() as client:
        body = json.dumps({"contexts": contexts, "horizon": 6, "unit": "cents"})
        answer = (await client.post("/forecast", content=body)).json()
        alone = (
            await client.post("/forecast", json={"contexts": good, "horizon": 6, "unit": "cents"})
        ).json()
    statuses = answer["statuses"]
    assert len(statuses) == 520 and statuses.count("ok") == 500
    assert sorted(set(statuses)) == [
        "all_missing",
        "constant",
        "empty",
        "not_finite",
        "ok",
        "too_short",
        "unreadable",
    ]
    answered = [one for one in answer["quantiles"] if one is not None]
    assert answered == alone["quantiles"]
    assert [one is None for one in answer["pred_last"]] == [status != "ok" for status in statuses]


async def test_an_integer_of_thousands_of_digits_costs_its_own_series_alone() -> None:
    body = f'{{"contexts": [[1, 2, {"9" * 5_000}], [1, 2, -{"9" * 401}], [40, 42, 44]], "horizon": 1}}'
    async with running() as client:
        answer = (await client.post("/forecast", content=body)).json()
    assert answer["statuses"] == ["not_finite", "not_finite", "ok"]


async def test_gaps_are_filled_and_counted() -> None:
    async with running() as client:
        contexts = [[None, 40, None, 44, 46, None], [40, 42, 44, 46, 48, 50]]
        answer = (await client.post("/forecast", json={"contexts": contexts, "horizon": 1})).json()
    assert answer["statuses"] == ["filled", "ok"]
    assert answer["filled"] == [2, 0]
    assert answer["pred_last"] == [46.0, 50.0]


async def test_three_forms_one_answer() -> None:
    """JSON, MessagePack and float32 ask the same and are told the same."""
    rows = _prices(40)
    body = {"contexts": rows, "horizon": 4, "unit": "cents"}
    packed_rows = np.array(rows, dtype="<f4")
    packed_rows[7, :10] = np.nan
    rows[7][:10] = [None] * 10
    async with running() as client:
        text = (await client.post("/forecast", json=body)).json()
        packed = await client.post(
            "/forecast", content=msgspec.msgpack.encode(body), headers={"content-type": "application/msgpack"}
        )
        floats = await client.post(
            "/forecast?length=60&horizon=4&unit=cents",
            content=packed_rows.tobytes(),
            headers={"content-type": "application/octet-stream"},
        )
    assert msgspec.msgpack.decode(packed.content)["quantiles"] == text["quantiles"]
    raw = msgspec.msgpack.decode(floats.content)
    found = np.frombuffer(raw["quantiles"], dtype="<f4").reshape(40, 4, 9)
    assert raw["statuses"] == text["statuses"]
    np.testing.assert_allclose(found, np.array(text["quantiles"]), atol=6e-5, rtol=1e-6)


async def test_the_token_is_needed_and_must_be_right() -> None:
    async with running(token="sécret") as client:
        body = {"contexts": [GOOD]}
        right = {"X-TimesFM-Token": "sécret".encode()}
        assert (await client.post("/forecast", json=body)).status_code == 401
        wrong = await client.post("/forecast", json=body, headers={"X-TimesFM-Token": "secret"})
        assert (wrong.status_code, wrong.json()) == (401, {"ok": False, "error": "unauthorized"})
        assert (await client.post("/forecast", json=body, headers=right)).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org", ""])
def test_it_does_not_listen_beyond_this_machine_without_a_token(host: str) -> None:
    with pytest.raises(CannotServe, match="TIMESFM_REMOTE_TOKEN"):
        check(Listening(host=host))
    with pytest.raises(CannotServe, match="empty"):
        check(Listening(host=host, token=" "))
    check(Listening(host=host, token="t"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"contexts": 3}', 400),
        (b'{"contexts": [], "horizon": 0}', 400),
        (b'{"contexts": [], "horizon": 129}', 400),
        (b'{"contexts": [], "horizon": 1.5}', 400),
        (b'{"contexts": [], "unit": "euros"}', 400),
        (b'{"contexts": [' + b"[]," * 2000 + b"[]]}", 413),
        (b'{"contexts": [[' + b"1," * 16384 + b"1]]}", 413),
        (b"[" * 100_000, 400),
        (b"1" * 5000, 400),
        (b"\xff\xfe", 400),
    ],
)
async def test_a_request_that_is_wrong_as_a_whole(body: bytes, status: int) -> None:
    async with running() as client:
        answer = await client.post("/forecast", content=body)
    assert answer.status_code == status
    assert answer.json()["ok"] is False


async def test_unknown_paths_methods_and_forms() -> None:
    async with running() as client:
        assert (await client.get("/nothing")).json() == {"ok": False, "error": "not found"}
        assert (await client.get("/signal")).status_code == 405
        pdf = await client.post("/forecast", content=b"x", headers={"content-type": "application/pdf"})
        assert pdf.status_code == 415
        packed = await client.post("/forecast", content=b"x", headers={"content-encoding": "gzip"})
        assert (packed.status_code, packed.json()["error"]) == (415, "content-encoding: wanted none")
        odd = {"content-type": "application/octet-stream"}
        for query in ("", "?length=0", "?length=-4", "?length=3&horizon=x", "?length=99999"):
            assert (await client.post(f"/forecast{query}", content=b"1234", headers=odd)).status_code == 400


async def test_a_body_too_long_is_refused_before_it_is_read() -> None:
    """By what it declares, and by what comes when it declares nothing."""

    async def endless():
        while True:
            yield b" " * 1000

    async with running(limits=Limits(body=10_000)) as client:
        assert (await client.post("/forecast", content=b" " * 10_001)).status_code == 413
        assert (await client.post("/forecast", content=b'{"contexts":[]}')).status_code == 200
        host, port = client.base_url.host, client.base_url.port
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"POST /forecast HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(12):
            writer.write(b"3e8\r\n" + b" " * 1000 + b"\r\n")
        assert b" 413 " in await reader.readline()
        writer.close()


async def test_bodies_under_way_have_a_bound_together_and_leave_it_again() -> None:
    model = GatedModel()
    body = json.dumps({"contexts": [[40.0, 41.0] * 500]}).encode()
    async with running(model, limits=Limits(together=2 * len(body) + 10)) as client:
        await model.warm()
        model.gate.clear()
        held = [asyncio.create_task(client.post("/forecast", content=body)) for _ in range(2)]
        await model.entered_once()
        while True:
            # Until both have come, one more finds room, and waits in vain.
            refused = await client.post("/forecast", content=body, headers={"x-deadline-ms": "50"})
            if refused.status_code == 503:
                break
        assert refused.headers["retry-after"] == "1" and "bytes" in refused.json()["error"]
        small = asyncio.create_task(client.post("/forecast", content=b"[]"))
        assert (await small).status_code == 400
        model.gate.set()
        assert [(await one).status_code for one in held] == [200, 200]
        for _ in range(3):
            assert (await client.post("/forecast", content=body)).status_code == 200


async def test_headers_without_an_end_are_cut_off() -> None:
    """Before a request, and behind one that was answered: nobody has shown a token yet."""
    refused = b"POST /forecast HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"
    async with running(token="t") as client:
        for before in (b"GET /health HTTP/1.1\r\n", refused):
            reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
            writer.write(before + b"x: ")
            # What comes in one piece with the end of the headers is not counted: a piece has 256 kB at most.
            writer.write(b"a" * (http_bounds.MOST_BYTES + 512 * 1024))
            # Closed with bytes on their way: whether its word arrives before that is the system's affair.
            async with asyncio.timeout(20):
                with contextlib.suppress(ConnectionResetError):
                    await reader.read()
            writer.close()
        assert (await client.get("/health")).status_code == 200


async def test_a_connection_that_never_asks_is_closed_and_one_that_did_is_not(monkeypatch) -> None:
    monkeypatch.setattr(http_bounds, "WITHIN_S", 0.05)
    async with running() as client:
        host, port = client.base_url.host, client.base_url.port
        _, asking = await asyncio.open_connection(host, port)
        reader, silent = await asyncio.open_connection(host, port)
        slow_reader, slow = await asyncio.open_connection(host, port)
        slow.write(b"GET /health HTTP/1.1\r\nho")
        assert (await client.get("/health")).status_code == 200
        for closed in (reader, slow_reader):
            with contextlib.suppress(ConnectionResetError):
                async with asyncio.timeout(20):
                    assert await closed.read() == b""
        assert (await client.get("/health")).status_code == 200
        for writer in (asking, silent, slow):
            writer.close()


@pytest.mark.parametrize("prices", [[1, 2, 3], [1, float("nan"), 2, 3]])
async def test_a_name_that_is_no_text_costs_no_other_market_its_answer(prices: list[float]) -> None:
    """JSON's escapes can write half a character; both ways of reading a body meet it."""
    good = _market("GOOD", GOOD, current_price=30)
    markets = [_market("A\ud800", prices), _market("B", prices, series="\udfff"), good]
    async with running() as client:
        answer = await client.post("/signal", content=json.dumps({"markets": markets}))
    assert answer.status_code == 200
    assert [(one["ticker"], one["status"]) for one in answer.json()["statuses"]] == [
        ("A?", "unreadable"),
        ("B", "unreadable"),
        ("GOOD", "ok"),
    ]


async def test_a_full_server_says_when_to_come_again() -> None:
    model = GatedModel()
    async with running(model, limits=Limits(requests=1)) as client:
        await model.warm()
        model.gate.clear()
        held = asyncio.create_task(client.post("/forecast", json={"contexts": [GOOD]}))
        await model.entered_once()
        refused = await client.post("/forecast", json={"contexts": [GOOD]})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        model.gate.set()
        assert (await held).status_code == 200
        assert (await client.post("/forecast", json={"contexts": [GOOD]})).status_code == 200


async def test_what_is_late_is_told_and_the_next_request_is_answered() -> None:
    model = GatedModel()
    async with running(model) as client:
        await model.warm()
        model.gate.clear()
        late = await client.post("/forecast", json={"contexts": [GOOD]}, headers={"x-deadline-ms": "20"})
        assert (late.status_code, late.json()["ok"]) == (504, False)
        model.gate.set()
        assert (await client.post("/forecast", json={"contexts": [GOOD]})).status_code == 200
        bad = await client.post("/forecast", json={"contexts": [GOOD]}, headers={"x-deadline-ms": "soon"})
        assert bad.status_code == 400


async def test_what_a_model_cannot_do_is_not_told_as_a_forecast() -> None:
    """Not a number for one row is that row's status; a model that fails is an error without its innards."""
    rising = [1.0, 2.0, 4.0]
    async with running(FaultyModel()) as client:
        answer = (await client.post("/forecast", json={"contexts": [rising, [1, 2, 2000]]})).json()
        assert answer["statuses"] == ["ok", "failed"] and answer["pred_last"][1] is None
        failed = await client.post("/forecast", json={"contexts": [[1, 2, 3e6]]})
        assert (failed.status_code, failed.json()["error"]) == (500, "internal error")
        assert (await client.post("/forecast", json={"contexts": [rising]})).status_code == 200
        metrics = (await client.get("/metrics")).text
    assert "sparko_forecast_model_failures_total 1" in metrics
    assert 'sparko_forecast_series_total{status="failed"} 1' in metrics


async def test_a_straight_line_has_no_band_under_drift_and_so_no_forecast() -> None:
    from engine.forecast.baselines import Drift

    async with running(Drift()) as client:
        answer = (await client.post("/forecast", json={"contexts": [[1, 2, 3, 4, 5]]})).json()
    assert answer["statuses"] == ["constant"]


def _mangled(draw: random.Random) -> tuple[str, bytes, str]:
    """A body that began as a good one and was cut, flipped, doubled or filled with odd values."""
    odd = [
        None,
        True,
        "x",
        -1,
        1e308,
        10**400,
        [],
        {},
        [[]],
        {"a": 1},
        0.0,
        float("nan"),
        float("inf"),
        "9" * 99,
        "\ud800",
    ]
    names = ["T", "\udc80", "x" * 3000, "\0"]
    prices = [draw.choice(odd) for _ in range(draw.randrange(6))]
    markets = [_market(draw.choice(names), prices), draw.choice(odd)]
    body: dict[str, object] = {"markets": markets, "contexts": [GOOD, draw.choice(odd)]}
    body[draw.choice(["horizon", "signal_threshold", "unit", "markets", "contexts", "x"])] = draw.choice(odd)
    data = bytearray(_written(body) if draw.random() < 0.4 else json.dumps(body).encode())
    for _ in range(draw.randrange(4)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    if draw.random() < 0.3:
        data = data[: draw.randrange(len(data))]
    kinds = ["application/json", "application/msgpack", "application/octet-stream", "text/html"]
    kind = draw.choices(kinds, [4, 4, 1, 1])[0]
    return draw.choice(["/signal", "/forecast", "/forecast?length=3&unit=cents"]), bytes(data), kind


def _written(body: dict[str, object]) -> bytes:
    """As MessagePack, or as JSON where that has no such number or text."""
    try:
        return msgspec.msgpack.encode(body)
    except (OverflowError, UnicodeEncodeError):
        return json.dumps(body).encode()


async def test_two_hundred_mangled_bodies_neither_crash_it_nor_are_its_fault() -> None:
    draw = random.Random(11)
    seen: set[int] = set()
    async with running() as client:
        for _ in range(200):
            path, body, kind = _mangled(draw)
            answer = await client.post(path, content=body, headers={"content-type": kind})
            assert answer.status_code in (200, 400, 413, 415), (path, kind, body)
            seen.add(answer.status_code)
        assert (await client.post("/forecast", json={"contexts": [GOOD]})).status_code == 200
    assert {200, 400} <= seen


def test_a_port_that_is_taken_is_one_line() -> None:
    from engine.forecast.serving import run_server

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"127.0.0.1:{port}"):
            run_server(EwmaWalk(), Listening(port=port), lambda ready: None)

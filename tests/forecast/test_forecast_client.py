"""The client against real servers: what it asks, whom it asks, and what it does when they fall away."""

from __future__ import annotations

import asyncio

import httpx
import msgspec
import pytest
from forecast_bench import GatedModel, NamedModel, running

from engine.domain.forecast import Forecast, NoForecast, SeriesStatus
from engine.forecast.app import Limits
from engine.forecast.baselines import EwmaWalk
from engine.forecast.client import ForecastClient, NoServer
from engine.forecast.forecaster import PriceHistory
from engine.forecast.local import LocalBaseline
from engine.forecast.messages import Health, PackedAnswer

NOW_NS = 1_764_000_000_000_000_000
HISTORY = PriceHistory("A", [4000, 4200, None, 4400, 4700, 4500], 1_764_000_000, 3600)
CONSTANT = PriceHistory("B", [5000] * 9, 1_764_000_000, 3600)
EMPTY = PriceHistory("C", [], 1_764_000_000, 3600)


async def _client(*urls: str, **options) -> ForecastClient:
    client = ForecastClient(urls, **options)
    await client.check()
    return client


async def test_one_request_for_all_markets_and_an_answer_for_each() -> None:
    async with running(NamedModel(), token="t") as http:
        client = await _client(str(http.base_url), token="t")
        found = await client.forecast([HISTORY, CONSTANT, EMPTY], 6, 10.0, NOW_NS)
        assert 'requests_total{path="/forecast",status="200"} 1' in (await http.get("/metrics")).text
        await client.stop()
    first, second, third = found
    assert isinstance(first, Forecast)
    assert first.ticker == "A" and first.horizon == 6 and first.filled == 1
    assert first.median_bp(0) == 4500 and first.end_s(0) == 1_764_003_600
    assert first.source.label == "timesfm-2.5-200m abababab"
    assert second == NoForecast("B", SeriesStatus.CONSTANT)
    assert third == NoForecast("C", SeriesStatus.ALL_MISSING)


async def test_a_baseline_is_labelled_and_the_local_one_answers_the_same() -> None:
    async with running(EwmaWalk()) as http:
        client = await _client(str(http.base_url))
        (remote, _) = await client.forecast([HISTORY, CONSTANT], 6, 10.0, NOW_NS)
        await client.stop()
    (local, nothing) = await LocalBaseline(EwmaWalk()).forecast([HISTORY, CONSTANT], 6, 10.0, NOW_NS)
    assert isinstance(remote, Forecast) and remote.source.label == "BASELINE ewma"
    assert local == remote and nothing == NoForecast("B", SeriesStatus.CONSTANT)


async def test_more_markets_than_a_request_holds() -> None:
    many = [PriceHistory(f"T{i}", [4000, 4100 + i, 4050], 0, 60) for i in range(2001)]
    async with running() as http:
        client = await _client(str(http.base_url))
        found = await client.forecast(many, 1, 30.0, NOW_NS)
        await client.stop()
    assert [one.ticker for one in found] == [one.ticker for one in many]


async def test_the_one_with_less_under_way_is_asked() -> None:
    busy, idle = GatedModel(), GatedModel()
    async with running(busy) as one, running(idle) as two:
        await busy.warm()
        await idle.warm()
        client = await _client(str(one.base_url), str(two.base_url))
        busy.gate.clear()
        held = asyncio.create_task(client.forecast([HISTORY], 1, 20.0, NOW_NS))
        await busy.entered_once()
        assert [server.outstanding for server in client.servers] == [1, 0]
        await client.forecast([HISTORY], 1, 20.0, NOW_NS)
        await idle.entered_once()
        busy.gate.set()
        await held
        assert [server.outstanding for server in client.servers] == [0, 0]
        await client.stop()


async def test_a_server_that_ends_is_passed_over_until_it_is_well_again() -> None:
    async with running() as lasting:
        async with running() as ending:
            client = await _client(str(ending.base_url), str(lasting.base_url))
            assert all(server.health for server in client.servers)
        (found,) = await client.forecast([HISTORY], 1, 10.0, NOW_NS)
        assert isinstance(found, Forecast)
        assert [server.health is not None for server in client.servers] == [False, True]
        await client.check()
        assert "ConnectError" in client.servers[0].problem
        await client.stop()


async def _dies_when_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that is well until it is asked to forecast, and then gone in the middle of its answer."""
    asked = await reader.readuntil(b"\r\n\r\n")
    health = msgspec.json.encode(Health(True, True, "m", "ff", False, True, "cpu", True, 0, 512))
    whole = b"content-length: %d\r\n\r\n" % len(health) + health
    half = b"content-length: 999\r\n\r\nhalf of it"
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n" + (whole if asked.startswith(b"GET") else half))
    await writer.drain()
    writer.close()


async def test_a_server_that_is_killed_in_the_middle_of_its_answer_is_passed_over() -> None:
    dying = await asyncio.start_server(_dies_when_asked, "127.0.0.1", 0)
    host, port = dying.sockets[0].getsockname()
    async with dying, running() as http:
        client = await _client(f"http://{host}:{port}", str(http.base_url))
        (found,) = await client.forecast([HISTORY], 1, 10.0, NOW_NS)
        assert isinstance(found, Forecast) and found.source.label == "BASELINE ewma"
        assert client.servers[0].health is None and "Error" in client.servers[0].problem
        await client.stop()


async def test_a_full_server_is_passed_over_and_stays_in_the_list() -> None:
    async with running(limits=Limits(requests=0)) as full, running() as free:
        client = await _client(str(full.base_url), str(free.base_url))
        (found,) = await client.forecast([HISTORY], 1, 10.0, NOW_NS)
        assert isinstance(found, Forecast)
        assert all(server.health is not None and not server.outstanding for server in client.servers)
        await client.stop()


@pytest.mark.parametrize("url", ["http://x:port", "localhost:8787", "ftp://x", "http://\0", ""])
async def test_an_address_that_is_none_is_one_servers_problem(url: str) -> None:
    async with running() as http:
        client = await _client(url, str(http.base_url))
        (found,) = await client.forecast([HISTORY], 1, 10.0, NOW_NS)
        assert isinstance(found, Forecast)
        assert client.servers[0].problem
        await client.stop()


async def test_a_token_of_any_letters_is_sent_as_it_is() -> None:
    async with running(token="sécret") as http:
        client = await _client(str(http.base_url), token="sécret")
        (found,) = await client.forecast([HISTORY], 1, 10.0, NOW_NS)
        assert isinstance(found, Forecast)
        await client.stop()


async def test_no_server_left_is_an_error_with_each_reason_and_never_a_forecast() -> None:
    client = await _client("http://127.0.0.1:9", "http://127.0.0.1:11")
    with pytest.raises(NoServer, match="ConnectError") as told:
        await client.forecast([HISTORY], 1, 1.0, NOW_NS)
    assert len(told.value.reasons) == 2
    await client.stop()
    nobody = ForecastClient([])
    with pytest.raises(NoServer, match="configured"):
        await nobody.forecast([HISTORY], 1, 1.0, NOW_NS)
    await nobody.stop()


async def test_a_wrong_token_is_told() -> None:
    async with running(token="right") as http:
        client = await _client(str(http.base_url), token="wrong")
        with pytest.raises(NoServer, match="401: the server wants another token"):
            await client.forecast([HISTORY], 1, 5.0, NOW_NS)
        await client.stop()


async def test_the_deadline_holds_whatever_the_server_does() -> None:
    model = GatedModel()
    async with running(model) as http:
        await model.warm()
        model.gate.clear()
        client = await _client(str(http.base_url))
        with pytest.raises(NoServer):
            await client.forecast([HISTORY], 1, 0.05, NOW_NS)
        assert client.servers[0].outstanding == 0
        model.gate.set()
        await client.stop()


def _told(**changes: object) -> httpx.MockTransport:
    """A server that is well, with an answer to one market and one step, changed as given."""
    answer = msgspec.structs.replace(
        PackedAnswer(b"\0\0\0\x3f" * 9, 1, ["ok"], [0], "m", "ff", False, True, 1.0), **changes
    )

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health":
            health = Health(True, True, "m", "ff", False, True, "cpu", True, 0, 512)
            return httpx.Response(200, content=msgspec.json.encode(health))
        return httpx.Response(200, content=msgspec.msgpack.encode(answer))

    return httpx.MockTransport(handle)


@pytest.mark.parametrize("changes", [{"quantiles": b"\0" * 35}, {"statuses": []}, {"filled": [0, 0]}])
async def test_an_answer_of_another_size_is_no_answer(changes: dict[str, object]) -> None:
    client = await _client("http://x", transport=_told(**changes))
    with pytest.raises(NoServer, match="does not fit"):
        await client.forecast([HISTORY], 1, 5.0, NOW_NS)
    await client.stop()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"quantiles": b"\0\0\xc0\x7f" * 9}, SeriesStatus.FAILED),
        ({"quantiles": b"\0\0\x80\x7f" * 9}, SeriesStatus.FAILED),
        ({"quantiles": b"\0\0\0\x3f" * 8 + b"\0\0\x80\x3e"}, SeriesStatus.FAILED),
        ({"quantiles": b"\0\0\0\x3f" * 8 + b"\0\0\x81\x3f"}, SeriesStatus.FAILED),
        ({"quantiles": b"\0\0\0\xbd" + b"\0\0\0\x3f" * 8}, SeriesStatus.FAILED),
        ({"statuses": ["new_word"]}, SeriesStatus.FAILED),
        ({"statuses": ["too_short"]}, SeriesStatus.TOO_SHORT),
    ],
)
async def test_numbers_that_are_no_deciles_are_no_forecast(
    changes: dict[str, object], status: SeriesStatus
) -> None:
    client = await _client("http://x", transport=_told(**changes))
    assert await client.forecast([HISTORY], 1, 5.0, NOW_NS) == (NoForecast("A", status),)
    await client.stop()


async def test_no_price_leaves_the_open_interval() -> None:
    client = await _client("http://x", transport=_told(quantiles=b"\0\0\0\0" + b"\0\0\x80\x3f" * 8))
    (found,) = await client.forecast([HISTORY], 1, 5.0, NOW_NS)
    assert isinstance(found, Forecast)
    assert found.deciles_bp == ((1, *[9999] * 8),)
    await client.stop()

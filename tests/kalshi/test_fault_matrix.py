"""An order's outcome when the connection misbehaves, on real sockets: never a guess, never sent twice."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from kalshi_clients import QUICK, client_at, credentials, order
from raw_exchange import Effect, answer, close, raw, raw_exchange, reset, stall_after

from engine.domain.units import MILLISECOND_NS
from engine.kalshi.client import KalshiClient
from engine.kalshi.hosts import endpoint_of
from engine.kalshi.outcome import (
    AlreadyExists,
    Answered,
    Gone,
    NotSent,
    NotSentCause,
    Outcome,
    OutcomeUnknown,
    Refused,
    UnknownCause,
)

PLACED = (
    '{"order_id":"o-1","client_order_id":"c-1",'
    '"fill_count":"0.00","remaining_count":"3.00","ts_ms":1790000000000}'
)
HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
TIMEOUT, LOST, STATUS = UnknownCause.TIMEOUT, UnknownCause.CONNECTION_LOST, UnknownCause.STATUS
WITHOUT, UNREADABLE = UnknownCause.WITHOUT_ORDER, UnknownCause.UNREADABLE

UNKNOWN: list[tuple[str, Effect, UnknownCause]] = [
    ("reset after the request", reset, LOST),
    ("closed after the request", close, LOST),
    ("stall", stall_after(b""), TIMEOUT),
    ("stall in the head", stall_after(HEAD[:30]), TIMEOUT),
    ("stall in the body", stall_after(HEAD + b'{"order_id":"o-1"'), TIMEOUT),
    ("half a head", raw(HEAD[:30]), LOST),
    ("half a body", raw(HEAD + b'{"order_id":"o-1"'), LOST),
    ("no HTTP", raw(b"\x00\x01garbage\r\n\r\n"), LOST),
    ("garbage body", answer(201, b"<html>ok</html>"), UNREADABLE),
    ("empty body", answer(201, b""), UNREADABLE),
    ("2xx without order", answer(201, "{}"), WITHOUT),
    ("no order id", answer(201, PLACED.replace("o-1", "")), WITHOUT),
    ("another client id", answer(201, PLACED.replace("c-1", "c-2")), WITHOUT),
    ("no client id", answer(201, PLACED.replace('"client_order_id":"c-1",', "")), WITHOUT),
    ("odd count", answer(201, PLACED.replace("3.00", "3.001")), UNREADABLE),
    ("408", answer(408, '{"error":{"code":"timeout","message":"timeout"}}'), STATUS),
    ("500", answer(500, '{"error":{"code":"internal","message":"x"}}'), STATUS),
    ("502", answer(502, "<html>bad gateway</html>"), STATUS),
    ("503", answer(503, '{"error":{"code":"service_unavailable","message":"x"}}'), STATUS),
    ("504", answer(504, ""), STATUS),
    ("redirect", raw(b"HTTP/1.1 307 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"), STATUS),
    ("400 of a proxy", answer(400, "<html>bad request</html>"), STATUS),
]


async def place(rest: str) -> Outcome[object] | AlreadyExists:
    async with client_at(rest) as client:
        return await client.writes.orders.create(order())


@pytest.mark.parametrize(("effect", "cause"), [row[1:] for row in UNKNOWN], ids=[row[0] for row in UNKNOWN])
async def test_unknown_and_exactly_one_request(effect: Effect, cause: UnknownCause) -> None:
    async with raw_exchange(effect) as exchange:
        outcome = await place(exchange.rest)
        assert isinstance(outcome, OutcomeUnknown), outcome
        assert outcome.cause is cause, outcome
        assert len(exchange.requests) == 1
        assert exchange.connections == 1
        assert b'"client_order_id":"c-1"' in exchange.requests[0]


REFUSED: list[tuple[int, str, str]] = [
    (400, '{"error":{"code":"insufficient_balance","message":"no"}}', "insufficient_balance"),
    (400, '{"code":"bad_request","message":"bad request","details":"json: x"}', "bad_request"),
    (
        401,
        '{"error":{"code":"authentication_error","message":"authentication_error"}}',
        "authentication_error",
    ),
    (403, "<html>forbidden</html>", ""),
    (409, '{"error":{"code":"fill_or_kill_insufficient_resting_volume","message":"x"}}', "fill_or_kill"),
    (429, '{"error":"too many requests"}', ""),
]


@pytest.mark.parametrize(("status", "body", "code"), REFUSED)
async def test_refused_and_not_repeated(status: int, body: str, code: str) -> None:
    async with raw_exchange(answer(status, body)) as exchange:
        outcome = await place(exchange.rest)
        assert isinstance(outcome, Refused), outcome
        assert outcome.status == status
        assert outcome.error.code.startswith(code)
        assert len(exchange.requests) == 1


async def test_answered() -> None:
    async with raw_exchange(answer(201, PLACED)) as exchange:
        outcome = await place(exchange.rest)
        assert isinstance(outcome, Answered)
        assert (outcome.value.order_id, outcome.value.remaining_c) == ("o-1", 300)


async def test_a_known_client_id_is_an_outcome_of_its_own() -> None:
    body = '{"error":{"code":"order_already_exists","message":"order_already_exists"}}'
    async with raw_exchange(answer(409, body)) as exchange:
        outcome = await place(exchange.rest)
        assert isinstance(outcome, AlreadyExists)
        assert outcome.client_order_id == "c-1"


async def test_a_404_to_a_cancel_means_gone_and_an_unreadable_one_means_unknown() -> None:
    body = '{"error":{"code":"not_found","message":"not found"}}'
    async with (
        raw_exchange(answer(404, body), answer(404, "<html>")) as exchange,
        client_at(exchange.rest) as client,
    ):
        assert isinstance(await client.writes.orders.cancel("o-1", "T"), Gone)
        assert isinstance(await client.writes.orders.cancel("o-1", "T"), OutcomeUnknown)


async def test_no_listener_means_not_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        port = unused.getsockname()[1]
        outcome = await place(f"http://127.0.0.1:{port}/trade-api/v2")
    assert isinstance(outcome, NotSent)
    assert outcome.cause is NotSentCause.NO_CONNECTION


async def test_a_full_pool_means_not_sent() -> None:
    settings = client_settings(connections=1)
    async with (
        raw_exchange(stall_after(b"")) as exchange,
        client_at(exchange.rest, settings=settings) as client,
    ):
        first = asyncio.create_task(client.writes.orders.create(order("c-1")))
        await exchange.arrived.wait()
        second = await client.writes.orders.create(order("c-2"))
        assert isinstance(second, NotSent), second
        assert isinstance(await first, OutcomeUnknown)
        assert len(exchange.requests) == 1


async def test_a_reset_before_the_request_on_a_kept_connection_is_never_repeated() -> None:
    async with raw_exchange(answer(201, PLACED), answer(201, PLACED)) as exchange:
        async with client_at(exchange.rest) as client:
            await client.writes.orders.create(order())
            for writer in exchange.writers:
                writer.close()
            await asyncio.sleep(0.05)
            outcome = await client.writes.orders.create(order())
        # The closed connection is noticed before it is used: a new one carries the order.
        assert isinstance(outcome, Answered)
        assert (len(exchange.requests), exchange.connections) == (2, 2)


async def test_a_signature_that_fails_means_not_sent() -> None:
    async with raw_exchange(answer(201, PLACED)) as exchange:
        key = credentials()
        client = KalshiClient(endpoint_of(exchange.rest), key, settings=QUICK)

        class Broken:
            def sign(self, text: bytes) -> bytes:
                raise OSError("the token was pulled out")

        key._private_key = Broken()
        outcome = await client.writes.orders.create(order())
        await client.aclose()
        assert isinstance(outcome, NotSent)
        assert outcome.cause is NotSentCause.SIGNATURE
        assert exchange.connections == 0


async def test_a_budget_that_stays_empty_means_not_sent() -> None:
    settings = client_settings(write_wait_ns=30 * MILLISECOND_NS)
    async with raw_exchange(answer(429, '{"error":"too many requests"}')) as exchange:
        async with client_at(exchange.rest, settings=settings) as client:
            assert isinstance(await client.writes.orders.create(order("c-1")), Refused)
            outcome = await client.writes.orders.create(order("c-2"))
        assert isinstance(outcome, NotSent)
        assert outcome.cause is NotSentCause.RATE_BUDGET
        assert len(exchange.requests) == 1


async def test_a_batch_larger_than_the_bucket_is_not_sent() -> None:
    async with raw_exchange(answer(201, PLACED)) as exchange, client_at(exchange.rest) as client:
        outcomes = await client.writes.batches.create([order(f"c-{n}") for n in range(11)])
        assert len(outcomes) == 11
        assert all(isinstance(outcome, NotSent) for outcome in outcomes)
        assert not exchange.requests


async def test_a_cancelled_caller_hears_the_outcome_through_the_orphan_listener() -> None:
    orphans: list[Outcome[object]] = []
    async with raw_exchange(answer_later := stall_after(b""), answer_later) as exchange:
        client = client_at(exchange.rest, on_orphan=lambda change, outcome: orphans.append(outcome))
        task = asyncio.create_task(client.writes.orders.create(order()))
        await exchange.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.aclose()  # waits for what is in flight
        await asyncio.sleep(0)
        assert [type(orphan) for orphan in orphans] == [OutcomeUnknown]
        assert len(exchange.requests) == 1


async def test_a_closed_client_sends_nothing() -> None:
    async with raw_exchange(answer(201, PLACED)) as exchange:
        client = client_at(exchange.rest)
        await client.aclose()
        outcome = await client.writes.orders.create(order())
        assert isinstance(outcome, NotSent)
        assert outcome.cause is NotSentCause.CLOSED


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("x"), NotSent),
        (httpx.ConnectTimeout("x"), NotSent),
        (httpx.PoolTimeout("x"), NotSent),
        (httpx.ProxyError("x"), NotSent),
        (httpx.LocalProtocolError("x"), NotSent),
        (httpx.UnsupportedProtocol("x"), NotSent),
        (httpx.ReadTimeout("x"), OutcomeUnknown),
        (httpx.WriteTimeout("x"), OutcomeUnknown),
        (httpx.ReadError("x"), OutcomeUnknown),
        (httpx.WriteError("x"), OutcomeUnknown),
        (httpx.CloseError("x"), OutcomeUnknown),
        (httpx.RemoteProtocolError("x"), OutcomeUnknown),
        (httpx.DecodingError("x"), OutcomeUnknown),
        (OSError("x"), OutcomeUnknown),
    ],
)
async def test_what_each_exception_proves(error: Exception, kind: type) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise error

    client = client_at("http://127.0.0.1:1/trade-api/v2", http_transport=httpx.MockTransport(broken))
    assert isinstance(await client.writes.orders.create(order()), kind)
    await client.aclose()


def client_settings(**changes: int):
    import msgspec

    return msgspec.structs.replace(QUICK, **changes)

"""Every fault effect over real loopback sockets: what the client sees, and whether the order exists."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from small_world import ORDERS, Client, MovableWall, order_body, served, signer_for, small_world

from engine.sandbox.server.world import World
from engine.wire.signing import REST_ROOT


@pytest.fixture
async def world() -> World:
    return small_world(MovableWall())


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with served(world) as address, httpx.AsyncClient(base_url=address, timeout=10) as http:
        yield Client(http, signer_for(world))


async def set_fault(client: Client, effect: str, **rule: object) -> None:
    fields = {"method": "POST", "path": ORDERS, "effect": effect} | rule
    answer = await client("POST", "/sandbox/faults", json={"rules": [fields]})
    assert answer.status_code == 200


async def existing(client: Client) -> list[str]:
    """The client order ids of every order at the exchange."""
    answer = await client("GET", "/sandbox/orders")
    return [order["client_order_id"] for order in answer.json()["orders"]]


async def is_healthy(client: Client) -> bool:
    """Whether the next order, without a fault, works."""
    return (await client.place("next")).status_code == 201


@pytest.mark.parametrize(("effect", "exists"), [("reset_before_accept", False), ("accept_then_reset", True)])
async def test_reset(world: World, client: Client, effect: str, exists: bool) -> None:
    await set_fault(client, effect)
    with pytest.raises(httpx.ReadError):
        await client.place("x")
    assert ("x" in await existing(client)) is exists
    assert await is_healthy(client)


@pytest.mark.parametrize("effect", ["reset_before_accept", "accept_then_reset"])
async def test_a_reset_is_one_on_the_wire(world: World, client: Client, effect: str) -> None:
    await set_fault(client, effect)
    assert client.signer is not None
    body = msgspec.json.encode(order_body("x"))
    headers = client.signer.headers("POST", REST_ROOT + ORDERS) | {
        "Host": "h",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    url = client.http.base_url
    with socket.create_connection((url.host, url.port)) as raw:
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(raw, f"POST {REST_ROOT}{ORDERS} HTTP/1.1\r\n{head}\r\n".encode() + body)
        with pytest.raises(ConnectionResetError) as reset:
            await loop.sock_recv(raw, 1_000)
    assert reset.value.errno == errno.ECONNRESET


async def test_stall_processes_and_never_answers(world: World, client: Client) -> None:
    await set_fault(client, "accept_then_stall")
    with pytest.raises(httpx.ReadTimeout):
        await client.place_within(0.3, "x")
    assert await existing(client) == ["x"]
    assert await is_healthy(client)


async def test_stalled_requests_do_not_hold_up_the_end(world: World) -> None:
    async with served(world) as address, httpx.AsyncClient(base_url=address, timeout=10) as http:
        client = Client(http, signer_for(world))
        await set_fault(client, "accept_then_stall")
        stalled = asyncio.create_task(client.place("x"))
        while not world.exchange.orders:  # noqa: ASYNC110 the exchange tells nobody of a stalled order
            await asyncio.sleep(0)
    with pytest.raises(httpx.TransportError):
        await stalled


async def test_accepted_and_answered_with_503(world: World, client: Client) -> None:
    await set_fault(client, "accept_then_503")
    answer = await client.place("x")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "service_unavailable"
    assert await existing(client) == ["x"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_status_without_an_order(world: World, client: Client, status: int) -> None:
    await set_fault(client, str(status))
    answer = await client.place("x")
    assert answer.status_code == status
    if status == 429:
        assert answer.json() == {"error": "too many requests"}
    if status in (500, 503):
        assert set(answer.json()) == {"error"}
    if status in (408, 502, 504):
        assert answer.headers["content-type"].startswith("text/html")
        assert f"{status} " in answer.text
    assert await existing(client) == []
    assert await is_healthy(client)


async def test_a_success_without_an_order(world: World, client: Client) -> None:
    await set_fault(client, "2xx_without_order")
    answer = await client.place("x")
    assert (answer.status_code, answer.json()) == (201, {})
    assert await existing(client) == []


async def test_a_garbage_body_hides_an_order_that_exists(world: World, client: Client) -> None:
    await set_fault(client, "garbage_body")
    answer = await client.place("x")
    assert answer.status_code == 201
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(answer.content)
    assert await existing(client) == ["x"]


async def test_a_delay_passes_on_the_wall_then_all_is_as_usual(world: World, client: Client) -> None:
    await set_fault(client, "delay:1500")
    answer = await client.place("x")
    assert answer.status_code == 201
    assert isinstance(world.wall, MovableWall)
    assert 1.5 in world.wall.slept


async def test_times_are_used_up(world: World, client: Client) -> None:
    await set_fault(client, "503", times=2)
    statuses = [(await client.place(name)).status_code for name in ("a", "b", "c")]
    assert statuses == [503, 503, 201]
    rules = (await client("GET", "/sandbox/faults")).json()["rules"]
    assert [rule["times"] for rule in rules] == [0]


async def test_deleting_the_rules_ends_them(world: World, client: Client) -> None:
    await set_fault(client, "503", times=-1)
    assert (await client.place("a")).status_code == 503
    assert (await client.place("b")).status_code == 503
    assert (await client("DELETE", "/sandbox/faults")).status_code == 204
    assert (await client.place("c")).status_code == 201


@pytest.mark.parametrize("effect", ["reset_before_accept", "accept_then_reset"])
async def test_a_cancel_is_cut_the_same_way(world: World, client: Client, effect: str) -> None:
    order_id = (await client.place("x")).json()["order_id"]
    await set_fault(client, effect, method="DELETE", path=f"{ORDERS}/{{order_id}}")
    with pytest.raises(httpx.ReadError):
        await client("DELETE", f"{ORDERS}/{order_id}")
    status = world.exchange.orders[order_id].status
    assert status == ("resting" if effect == "reset_before_accept" else "canceled")


async def test_pause_exchange_meets_the_request_and_stays(world: World, client: Client) -> None:
    await client.place("before")
    await set_fault(client, "pause_exchange")
    answer = await client.place("x")
    assert answer.status_code == 503
    assert await existing(client) == ["before"]
    status = (await client("GET", "/exchange/status")).json()
    assert (status["exchange_active"], status["trading_active"]) == (False, False)
    assert (await client("DELETE", ORDERS)).status_code == 503
    await client("DELETE", "/sandbox/faults")
    assert (await client("GET", "/exchange/status")).json()["exchange_active"] is True
    assert await is_healthy(client)


async def test_pause_trading_refuses_orders_and_lets_cancels_through(world: World, client: Client) -> None:
    order_id = (await client.place("before")).json()["order_id"]
    rule = {"effect": "pause_trading"}
    answer = await client("POST", "/sandbox/faults", json={"rules": [rule]})
    assert answer.json()["pauses"] == ["pause_trading"]
    status = (await client("GET", "/exchange/status")).json()
    assert (status["exchange_active"], status["trading_active"]) == (True, False)
    assert (await client.place("x")).status_code >= 400
    assert (await client("DELETE", f"{ORDERS}/{order_id}")).status_code == 200
    await client("DELETE", "/sandbox/faults")
    assert await is_healthy(client)


async def test_in_process_a_cut_is_an_error_of_the_connection(world: World) -> None:
    from small_world import in_process

    client = in_process(world, signer_for(world))
    await set_fault(client, "accept_then_reset")
    with pytest.raises(ConnectionResetError):
        await client.place("x")
    assert await existing(client) == ["x"]

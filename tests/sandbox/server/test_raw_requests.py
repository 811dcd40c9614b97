"""What a socket may bring that no HTTP library sends: refused in the wire's shape, and nobody else hurt."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from small_world import ORDERS, MovableWall, order_body, served, signer_for, small_world
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from engine.sandbox.server.gate import BODY_MAX

PATH = f"/trade-api/v2{ORDERS}"


async def answer_to(address: str, sent: bytes) -> tuple[bytes, bytes]:
    """Head and body of an answer after which the server closes the connection."""
    reader, writer = await asyncio.open_connection(urlsplit(address).hostname, urlsplit(address).port)
    writer.write(sent)
    received = await reader.read()
    writer.close()
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\r\n\r\n", b"get / HTTP/1.1\r\n\r\n", b"GET /m\xc3\xa4rkte HTTP/1.1\r\n\r\n"],
    ids=["TLS", "method in small letters", "path that is not ASCII"],
)
async def test_what_is_no_request_is_told_so(sent: bytes) -> None:
    async with served(small_world()) as address:
        head, body = await answer_to(address, sent)
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    assert json.loads(body)["error"]["code"] == "bad_request"


async def test_a_connection_goes_on_after_a_body_that_was_too_large() -> None:
    wall = MovableWall()
    world = small_world(wall)
    signed = signer_for(world).headers("POST", PATH)
    names = "".join(f"{name}: {value}\r\n" for name, value in signed.items())

    def post(body: bytes, last: str = "") -> bytes:
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{names}{last}Content-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    order = json.dumps(order_body()).encode()
    async with served(world) as address:
        head, rest = await answer_to(
            address, post(b" " * (BODY_MAX + 1)) + post(order, "Connection: close\r\n")
        )
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"request_entity_too_large" in rest and b"HTTP/1.1 201 Created" in rest
    assert len(world.exchange.orders) == 1


@pytest.mark.parametrize("path", ["/trade-api/ws/v2/", "/trade-api/v2/ws", "/"])
async def test_an_upgrade_elsewhere_is_not_found(path: str) -> None:
    async with served(small_world()) as address:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(address.replace("http://", "ws://") + path, proxy=None):
                pass
    response = refused.value.response
    assert (response.status_code, json.loads(response.body)["error"]["code"]) == (404, "not_found")

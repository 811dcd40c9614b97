"""The three headers: every 401 body of the facts sheet, both key types, scopes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from small_world import MovableWall, Signer, in_process, signer_for, small_world

from engine.sandbox.server.auth import AuthRefusal, KeyRing
from engine.sandbox.server.keys import InvalidKey, KeyType
from engine.sandbox.server.world import World
from engine.wire.signing import KEY_HEADER, REST_ROOT, SIGNATURE_HEADER, TIMESTAMP_HEADER

PATH = f"{REST_ROOT}/portfolio/balance"
WRONG = {
    "error": {
        "code": "authentication_error",
        "message": "authentication_error",
        "details": "INCORRECT_API_KEY_SIGNATURE",
    }
}
UNKNOWN = {
    "error": {"code": "authentication_error", "message": "authentication_error", "details": "NOT_FOUND"}
}
EXPIRED = {"error": {"code": "header_timestamp_expired", "message": "header timestamp expired"}}
MISSING = {
    "error": {"code": "signature_is_missing_from_headers", "message": "signature is missing from headers"}
}


@pytest.fixture
def world() -> World:
    return small_world()


async def ask(world: World, headers: dict[str, str], path: str = PATH) -> tuple[int, object]:
    answer = await in_process(world).http.get(path, headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("key_type", list(KeyType))
async def test_signed_requests_pass_with_either_kind_of_key(world: World, key_type: KeyType) -> None:
    signer = signer_for(world, key_type=key_type)
    status, body = await ask(world, signer.headers("GET", PATH))
    assert status == 200
    assert isinstance(body, dict)
    assert body["balance"] == 2_000_000


async def test_the_longest_salt_is_taken_and_a_short_one_is_not(world: World) -> None:
    signer = signer_for(world, key_type=KeyType.RSA)
    longest = signer.headers("GET", PATH, salt=padding.PSS.MAX_LENGTH)
    assert (await ask(world, longest))[0] == 200
    assert await ask(world, signer.headers("GET", PATH, salt=20)) == (401, WRONG)


async def test_no_headers_at_all(world: World) -> None:
    assert await ask(world, {}) == (401, MISSING)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (SIGNATURE_HEADER, "signature_is_missing_from_headers"),
        (KEY_HEADER, "api_key_is_missing_from_headers"),
        (TIMESTAMP_HEADER, "timestamp_is_missing_from_headers"),
    ],
)
async def test_one_header_missing(world: World, header: str, code: str) -> None:
    headers = signer_for(world).headers("GET", PATH)
    del headers[header]
    status, body = await ask(world, headers)
    assert (status, body["error"]["code"]) == (401, code)  # type: ignore[index]


async def test_unknown_key(world: World) -> None:
    signer = signer_for(world)
    signer.key_id = "6a3e8e1c-0000-4000-8000-000000000000"
    assert await ask(world, signer.headers("GET", PATH)) == (401, UNKNOWN)


@pytest.mark.parametrize("late_ms", [-30_000, 30_000, 60_000, -300_000, 15_001, -15_001])
async def test_stale_clock(world: World, late_ms: int) -> None:
    assert await ask(world, signer_for(world).headers("GET", PATH, late_ms=late_ms)) == (401, EXPIRED)


@pytest.mark.parametrize("late_ms", [-15_000, -5_000, 0, 10_000, 15_000])
async def test_a_clock_that_is_off_a_little_is_fine(world: World, late_ms: int) -> None:
    assert (await ask(world, signer_for(world).headers("GET", PATH, late_ms=late_ms)))[0] == 200


@pytest.mark.parametrize("text", ["soon", "1790000000", "-1790000000000", "1790000000000.5", ""])
async def test_a_timestamp_that_is_no_milliseconds(world: World, text: str) -> None:
    headers = signer_for(world).headers("GET", PATH) | {TIMESTAMP_HEADER: text}
    status, body = await ask(world, headers)
    assert status == 401
    assert body == EXPIRED or text == ""


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", PATH),
        ("GET", f"{REST_ROOT}/portfolio/positions"),
        ("GET", "/portfolio/balance"),
        ("GET", f"{PATH}/"),
    ],
)
async def test_a_signature_of_something_else(world: World, method: str, path: str) -> None:
    assert await ask(world, signer_for(world).headers(method, path)) == (401, WRONG)


async def test_the_query_is_not_signed(world: World) -> None:
    signer = signer_for(world)
    assert (await ask(world, signer.headers("GET", PATH), f"{PATH}?subaccount=0"))[0] == 200


@pytest.mark.parametrize("signature", ["@@@", "AAAA", "====", "A" * 5_000])
async def test_a_signature_that_is_garbage(world: World, signature: str) -> None:
    headers = signer_for(world).headers("GET", PATH) | {SIGNATURE_HEADER: signature}
    assert await ask(world, headers) == (401, WRONG)


async def test_another_accounts_key_does_not_fit(world: World) -> None:
    ann, bob = signer_for(world), signer_for(world, "bob")
    headers = ann.headers("GET", PATH) | {KEY_HEADER: bob.key_id}
    assert await ask(world, headers) == (401, WRONG)


async def test_public_endpoints_do_not_care(world: World) -> None:
    assert (await ask(world, {KEY_HEADER: "nobody"}, f"{REST_ROOT}/exchange/status"))[0] == 200


async def test_a_key_that_may_only_read_is_refused_with_403(world: World) -> None:
    reader = signer_for(world, scopes=("read",))
    client = in_process(world, reader)
    assert (await client("GET", "/portfolio/balance")).status_code == 200
    answer = await client.place("x")
    assert answer.status_code == 403
    assert answer.json()["error"]["details"] == "api key scopes: got read, wanted write::trade"
    assert not world.exchange.orders


async def test_a_key_that_may_only_write_may_not_read(world: World) -> None:
    client = in_process(world, signer_for(world, scopes=("write",)))
    assert (await client("GET", "/portfolio/balance")).status_code == 403
    assert (await client.place("x")).status_code == 201


def test_the_ring_refuses_other_kinds_of_keys() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    ring = KeyRing()
    with pytest.raises(InvalidKey, match="wanted RSA or Ed25519"):
        ring.add(pem, "ann")
    with pytest.raises(InvalidKey, match="got no readable PEM"):
        ring.add("hello", "ann")
    assert ring.records == []


def test_a_restored_ring_knows_the_same_keys() -> None:
    wall = MovableWall()
    ring = KeyRing()
    made = ring.create("ann", ("read",))
    again = KeyRing(ring.take_changes())
    assert ring.take_changes() == []
    headers = Signer(wall, made.record.key_id, made.private_key).headers("GET", PATH)
    caller = again.verify(headers, "GET", PATH, wall.at_ns // 1_000_000)
    assert (caller.account_id, caller.scopes) == ("ann", ("read",))
    with pytest.raises(AuthRefusal) as refused:
        KeyRing().verify(headers, "GET", PATH, wall.at_ns // 1_000_000)
    assert refused.value.status == 401

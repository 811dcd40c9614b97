"""The side door: ground truth, keys, the clock, settling, and who may come in."""

from __future__ import annotations

import httpx
import pytest
from rest_world import BELOW, BETWEEN, open_desk
from small_world import START_NS, Client, MovableWall, Signer, in_process, signer_for, small_world

from engine.domain.units import SECOND_NS
from engine.sandbox.server.app import build_app
from engine.sandbox.server.side_door import is_loopback
from engine.sandbox.server.world import World

TENK = "10000000000"


@pytest.fixture
def world() -> World:
    return small_world(MovableWall())


@pytest.fixture
def client(world: World) -> Client:
    return in_process(world)


async def refusal(client: Client, method: str, path: str, body: object) -> str:
    answer = await client(method, f"/sandbox/{path}", json=body)
    assert answer.status_code == 400, answer.text
    message = str(answer.json()["error"]["message"])
    assert "\n" not in message
    return message


async def new_key(client: Client, **options: object) -> dict[str, str]:
    answer = await client("POST", "/sandbox/keys", json=options)
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


async def only_account(client: Client) -> dict[str, object]:
    accounts = (await client("GET", "/sandbox/accounts")).json()["accounts"]
    assert len(accounts) == 1
    found: dict[str, object] = accounts[0]
    return found


async def cash(client: Client) -> dict[int, str]:
    account = await only_account(client)
    return {shard["exchange_index"]: shard["cash_ud"] for shard in account["shards"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_come_in(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.5", "::ffff:10.0.0.1", "2001:db8::1", "", "localhost."]
)
async def test_nobody_else_may(world: World, host: str) -> None:
    assert not is_loopback(host)
    transport = httpx.ASGITransport(app=build_app(world), client=(host, 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as outside:
        for method, path in (("GET", "orders"), ("POST", "keys"), ("POST", "clock"), ("DELETE", "faults")):
            answer = await outside.request(
                method, f"/sandbox/{path}", headers={"X-Forwarded-For": "127.0.0.1"}
            )
            assert answer.status_code == 403


async def test_a_new_key_is_funded_and_works(world: World, client: Client) -> None:
    made = await new_key(client)
    assert {"key_id", "private_key"} <= set(made)
    assert await cash(client) == {0: TENK, 1: "0", 2: TENK, 3: "0"}
    signed = in_process(world, Signer(world.wall, made["key_id"], made["private_key"]))
    assert (await signed.place("x")).status_code == 201
    orders = (await client("GET", "/sandbox/orders")).json()["orders"]
    assert [(order["client_order_id"], order["user_id"]) for order in orders] == [("x", made["account_id"])]


async def test_the_options_of_a_key(world: World, client: Client) -> None:
    made = await new_key(
        client, cash_dollars="12.345678", tier="prestige", key_type="ed25519", scopes=["read"], account="ann"
    )
    assert await cash(client) == {0: "12345678", 1: "0", 2: "12345678", 3: "0"}
    assert (await only_account(client))["tier"] == "prestige"
    signed = in_process(world, Signer(world.wall, made["key_id"], made["private_key"]))
    assert (await signed("GET", "/portfolio/balance")).json()["balance_breakdown"]
    assert (await signed.place("x")).status_code == 403


async def test_a_second_key_of_an_account_adds_cash_only_when_told(client: Client) -> None:
    await new_key(client, account="ann")
    await new_key(client, account="ann")
    assert (await cash(client))[0] == TENK
    await new_key(client, account="ann", cash_dollars={"0": 5, "3": "0.5"})
    assert await cash(client) == {0: "10005000000", 1: "0", 2: TENK, 3: "500000"}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"cash_dollars": -1}, "cash_dollars: got -1, wanted 0 to"),
        ({"cash_dollars": "much"}, "cash_dollars: got 'much', wanted a number"),
        ({"cash_dollars": "0.0000001"}, "cash_dollars: got 1E-7, wanted a multiple of"),
        ({"cash_dollars": {"9": 1}}, "cash_dollars: got shard '9', wanted one of 0, 1, 2, 3"),
        ({"tier": "gold"}, "tier: got 'gold', wanted a known name"),
        ({"key_type": "ec"}, "key_type: got 'ec', wanted a known name"),
        ({"scopes": ["fly"]}, "scopes: got 'fly', wanted read, write or a part of one"),
        ({"scopes": "read"}, "scopes: got str, wanted array"),
        ({"colour": 1}, "colour: got an unknown field"),
        ([], "body: got array, wanted object"),
    ],
)
async def test_keys_that_make_no_sense(world: World, client: Client, body: object, line: str) -> None:
    assert (await refusal(client, "POST", "keys", body)).startswith(line)
    assert not world.exchange.accounts
    assert world.keys.records == []


async def test_accounts_show_exact_money(world: World, client: Client) -> None:
    signed = in_process(world, signer_for(world))
    maker = in_process(world, signer_for(world, "bob"))
    await maker.place("rest", side="ask", price="0.4000", count="10.00")
    await signed.place("take", price="0.4000", count="3.00")
    accounts = {a["account_id"]: a for a in (await client("GET", "/sandbox/accounts")).json()["accounts"]}
    ann, bob = accounts["ann"], accounts["bob"]
    fee = int(ann["fees_ud"])
    assert fee == 50_400
    assert int(ann["shards"][0]["cash_ud"]) == 10_000_000_000 - 3 * 400_000 - fee
    assert ann["holdings"] == [
        {"ticker": "M1", "count_c": 300, "cost_ud": "1200000", "realised_ud": "0", "fees_ud": str(fee)}
    ]
    assert bob["shards"][0]["reserved_ud"] == str(7 * 600_000)
    total = sum(int(s["cash_ud"]) for a in accounts.values() for s in a["shards"])
    collected = sum(
        int(v) for v in (await client("GET", "/sandbox/accounts")).json()["fees_collected_ud"].values()
    )
    assert total + collected == 4 * 10_000_000_000 - 3 * 1_000_000


async def test_the_clock_steps_pauses_and_speeds_up(world: World, client: Client) -> None:
    assert isinstance(world.wall, MovableWall)
    told = (await client("POST", "/sandbox/clock", json={"pause": True, "step_s": 2.5})).json()
    assert told == {
        "now": "2026-09-21T14:13:22.5Z",
        "now_ns": str(START_NS + 2_500_000_000),
        "speed": 1.0,
        "paused": True,
    }
    told = (await client("POST", "/sandbox/clock", json={"step": 0.5})).json()
    assert told["now_ns"] == str(START_NS + 3_000_000_000)
    world.wall.at_ns += 10 * SECOND_NS
    assert (await client("POST", "/sandbox/clock", json={})).json()["now_ns"] == told["now_ns"]
    await client("POST", "/sandbox/clock", json={"pause": False, "speed": 600})
    world.wall.at_ns += SECOND_NS
    world.tick()
    told = (await client("GET", "/sandbox/clock")).json()
    assert int(told["now_ns"]) == START_NS + 603_000_000_000


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"speed": 0}, "speed: got 0, wanted above 0 and at most 100000"),
        ({"speed": 1e9}, "speed: got 1e+09, wanted above 0"),
        ({"speed": "fast"}, "speed: got str, wanted"),
        ({"step_s": -5, "pause": True}, "step_s: got -5, wanted 0 or more"),
        ({"step": 1e12}, "step_s: got 1e+12, wanted at most 31622400"),
        ({"pause": 1}, "pause: got int, wanted bool"),
        ({"tempo": 1}, "tempo: got an unknown field"),
    ],
)
async def test_a_clock_that_makes_no_sense(world: World, client: Client, body: object, line: str) -> None:
    assert (await refusal(client, "POST", "clock", body)).startswith(line)
    assert (world.clock.is_paused, world.clock.speed) == (False, 1)


@pytest.mark.parametrize(
    ("value", "paid_ud"), [("yes", 2_000_000), ("no", 0), (1, 2_000_000), ("0.25", 500_000), (0.5, 1_000_000)]
)
async def test_settling_by_hand_pays(world: World, client: Client, value: object, paid_ud: int) -> None:
    ann, bob = in_process(world, signer_for(world)), in_process(world, signer_for(world, "bob"))
    await bob.place("rest", side="ask", count="2.00")
    await ann.place("take", count="2.00")
    await ann.place("left", price="0.1000")
    before = world.exchange.accounts["ann"].cash_ud[0]
    answer = await client("POST", "/sandbox/settle", json={"ticker": "M1", "value": value})
    assert (answer.status_code, answer.json()["status"]) == (200, "finalized")
    assert world.exchange.accounts["ann"].cash_ud[0] == before + paid_ud
    assert world.exchange.accounts["ann"].reserved_ud[0] == 0


async def test_a_settled_market_is_not_settled_again(world: World, client: Client) -> None:
    await client("POST", "/sandbox/settle", json={"ticker": "M1", "value": "yes"})
    line = await refusal(client, "POST", "settle", {"ticker": "M1", "value": "no"})
    assert "finalized" in line
    market = world.exchange.markets["M1"].market
    assert market.settlement_bp == 10_000


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"ticker": "M1"}, "value: got none, wanted yes, no, or 0 to 1 dollars (market M1 is active)"),
        ({"ticker": "M1", "value": 2}, "value: got 2, wanted yes, no, or 0 to 1 dollars"),
        ({"ticker": "M1", "value": "maybe"}, "value: got 'maybe', wanted a number"),
        ({"ticker": "M1", "value": "0.00001"}, "value: got 0.00001, wanted a multiple of 0.0001"),
        ({"value": 1}, "ticker: got none, wanted a value"),
        ({"ticker": "M1", "result": "scalar"}, "result: got 'scalar', wanted a known name"),
        ({"ticker": "M1", "result": "yes", "value": 1}, "result: got value too, wanted one of them"),
    ],
)
async def test_settling_that_makes_no_sense(world: World, client: Client, body: object, line: str) -> None:
    assert (await refusal(client, "POST", "settle", body)).startswith(line)
    assert world.exchange.markets["M1"].market.status == "active"


async def test_the_word_for_a_result_may_be_the_exchanges(world: World, client: Client) -> None:
    answer = await client("POST", "/sandbox/settle", json={"ticker": "M1", "result": "yes"})
    assert (answer.status_code, answer.json()["value_bp"]) == (200, 10_000)
    await client("POST", "/sandbox/settle", json={"ticker": "M2", "result": "no"})
    assert world.exchange.markets["M2"].market.settlement_bp == 0


async def test_a_leg_beyond_its_events_dollar_stays_open() -> None:
    desk = open_desk()
    settle = {"ticker": BELOW, "value": "0.7"}
    assert (await desk.anyone("POST", "/sandbox/settle", json=settle)).status_code == 200
    resting = await desk.ann.place("left", price="0.1000", ticker=BETWEEN)
    line = await refusal(desk.anyone, "POST", "settle", {"ticker": BETWEEN, "result": "yes"})
    assert "10000 bp" in line and "3000 bp left to pay" in line
    assert desk.exchange.markets[BETWEEN].market.status == "active"
    assert desk.exchange.orders[resting.json()["order_id"]].remaining_c == 100
    settle = {"ticker": BETWEEN, "value": "0.3"}
    assert (await desk.anyone("POST", "/sandbox/settle", json=settle)).status_code == 200


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"event_ticker": "EV", "fee_multiplier": -1}, "fee_multiplier: got -1, wanted 0 to 100"),
        ({"event_ticker": "EV", "fee_multiplier": "1e-7"}, "fee_multiplier: got 1E-7, wanted a multiple of"),
        ({"event_ticker": "EV", "fee_type": "cubic"}, "fee_type: got 'cubic', wanted a known name"),
        ({"fee_multiplier": 1}, "event_ticker: got none, wanted a value"),
    ],
)
async def test_fees_that_make_no_sense(world: World, client: Client, body: object, line: str) -> None:
    assert (await refusal(client, "POST", "fees", body)).startswith(line)
    assert world.exchange.fee_changes == []
    missing = await client("POST", "/sandbox/fees", json={"event_ticker": "NONE"})
    assert missing.status_code == 404


async def test_settling_what_is_not_there(client: Client) -> None:
    assert (await client("POST", "/sandbox/settle", json={"ticker": "NO", "value": 1})).status_code == 404


async def test_what_the_world_is(world: World, client: Client) -> None:
    told = (await client("GET", "/sandbox/world")).json()
    assert told["world_id"] == world.exchange.world_id
    assert (told["market_count"], told["source"]["kind"]) == (2, "quiet")
    assert (await client("GET", "/sandbox/source")).json() == {"kind": "quiet", "detail": {"markets": 2}}


async def test_a_body_that_is_no_json(client: Client) -> None:
    answer = await client("POST", "/sandbox/keys", content=b"{")
    assert answer.json() == {
        "error": {"code": "bad_request", "message": "body: got no JSON, wanted a JSON object"}
    }

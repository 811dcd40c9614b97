"""Rate limits in a wall time that the test moves: tiers, costs, batches billed whole, buckets by shard."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import ORDERS, START_NS, Client, MovableWall, in_process, signer_for, small_world

from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.sandbox.server.costs import bill_write, endpoint_costs, item_cost
from engine.sandbox.server.limits import TIERS, RateLimits, Tier, TokenBucket, TooManyRequests

TOO_MANY = {"error": "too many requests"}


def client_of(tier: Tier) -> tuple[Client, MovableWall]:
    wall = MovableWall()
    world = small_world(wall, default_tier=tier)
    return in_process(world, signer_for(world)), wall


async def count_allowed(client: Client, method: str, path: str, tries: int) -> int:
    """How many of the tries were not answered with 429."""
    answers = [await client(method, path) for _ in range(tries)]
    return sum(answer.status_code != 429 for answer in answers)


@pytest.mark.parametrize("tier", [Tier.BASIC, Tier.ADVANCED, Tier.EXPERT])
async def test_reads_of_a_tier(tier: Tier) -> None:
    client, wall = client_of(tier)
    limits = TIERS[tier]
    burst = limits.read * limits.read_seconds // 10
    assert await count_allowed(client, "GET", "/portfolio/fills", burst + 5) == burst
    wall.at_ns += SECOND_NS
    assert await count_allowed(client, "GET", "/portfolio/fills", burst + 5) == limits.read // 10


@pytest.mark.parametrize("tier", [Tier.BASIC, Tier.ADVANCED])
async def test_writes_of_a_tier(tier: Tier) -> None:
    client, wall = client_of(tier)
    limits = TIERS[tier]
    burst = limits.write * limits.write_seconds // 10
    placed = [(await client.place(f"a{number}")).status_code for number in range(burst + 3)]
    assert placed == [201] * burst + [429] * 3
    wall.at_ns += 100 * MILLISECOND_NS
    assert (await client.place("b")).status_code == 201


async def test_the_body_of_a_429_and_no_headers_that_help() -> None:
    client, _ = client_of(Tier.BASIC)
    answers = [await client("GET", "/portfolio/balance") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json() == TOO_MANY
    assert not {"retry-after", "x-ratelimit-remaining"} & set(answers[1].headers)


@pytest.mark.parametrize(("tier", "a_second"), [(Tier.BASIC, 1), (Tier.ADVANCED, 1), (Tier.PREMIER, 5)])
async def test_the_balance_has_a_bucket_of_its_own(tier: Tier, a_second: int) -> None:
    client, wall = client_of(tier)
    assert await count_allowed(client, "GET", "/portfolio/balance", a_second + 2) == a_second
    assert (await client("GET", "/portfolio/fills")).status_code == 200
    wall.at_ns += SECOND_NS
    assert await count_allowed(client, "GET", "/portfolio/balance", a_second + 2) == a_second


async def test_a_batch_is_billed_whole_or_not_at_all() -> None:
    client, _ = client_of(Tier.BASIC)
    body = {"orders": [{"order_id": "x"}] * 51}
    path = f"{ORDERS}/batched"
    assert (await client("DELETE", path, json=body)).status_code == 429
    body["orders"].pop()
    assert (await client("DELETE", path, json=body)).status_code == 200
    assert (await client.place("a")).status_code == 429


async def test_cancels_are_cheap() -> None:
    client, _ = client_of(Tier.BASIC)
    assert await count_allowed(client, "DELETE", f"{ORDERS}/none", 60) == 50


async def test_writes_bill_the_shard_they_name_and_all_when_they_name_none() -> None:
    client, _ = client_of(Tier.BASIC)
    named = [(await client.place(f"a{number}", exchange_index=0)).status_code for number in range(11)]
    assert named == [201] * 10 + [429]
    assert (await client.place("elsewhere", exchange_index=2)).status_code != 429
    assert (await client.place("anywhere")).status_code == 429


async def test_accounts_do_not_share_buckets_and_keys_of_one_account_do() -> None:
    wall = MovableWall()
    world = small_world(wall, default_tier=Tier.BASIC)
    ann, also_ann, bob = (in_process(world, signer_for(world, name)) for name in ("ann", "ann", "bob"))
    assert await count_allowed(ann, "GET", "/portfolio/balance", 2) == 1
    assert await count_allowed(also_ann, "GET", "/portfolio/balance", 1) == 0
    assert await count_allowed(bob, "GET", "/portfolio/balance", 1) == 1


async def test_unsigned_requests_bill_their_address_generously() -> None:
    wall = MovableWall()
    limits = RateLimits(wall, public_rate=30)
    for _ in range(3):
        limits.charge_address("10.0.0.1", "GET", "/markets")
    with pytest.raises(TooManyRequests):
        limits.charge_address("10.0.0.1", "GET", "/markets")
    limits.charge_address("10.0.0.2", "GET", "/markets")
    client = in_process(small_world(wall))
    assert await count_allowed(client, "GET", "/exchange/status", 500) == 500


async def test_limits_as_they_are_told() -> None:
    client, _ = client_of(Tier.EXPERT)
    told = (await client("GET", "/account/limits")).json()
    assert told["usage_tier"] == "expert"
    assert told["read"] == {"refill_rate": 600, "bucket_capacity": 600}
    assert told["write"] == {"refill_rate": 600, "bucket_capacity": 1200}


async def test_the_upgrade_by_oneself_leads_to_advanced_and_no_further() -> None:
    client, _ = client_of(Tier.BASIC)
    assert (await client("POST", "/account/api_usage_level/upgrade")).status_code < 300
    assert (await client("GET", "/account/limits")).json()["usage_tier"] == "advanced"
    limits = RateLimits(MovableWall(), default_tier=Tier.PRIME)
    assert limits.upgrade("ann") is Tier.PRIME


@pytest.mark.parametrize(
    ("method", "path", "cost"),
    [
        ("POST", ORDERS, 10),
        ("DELETE", f"{ORDERS}/abc", 2),
        ("POST", f"{ORDERS}/abc/amend", 10),
        ("POST", f"{ORDERS}/abc/decrease", 10),
        ("DELETE", ORDERS, 10),
        ("GET", "/portfolio/orders", 10),
        ("GET", "/portfolio/orders/abc", 2),
        ("GET", "/portfolio/orders/queue_positions", 10),
        ("POST", "/account/api_usage_level/upgrade", 30),
        ("GET", "/cfbenchmarks/values", 150),
    ],
)
def test_what_a_request_costs(method: str, path: str, cost: int) -> None:
    assert item_cost(method, path) == cost


def test_costs_as_they_are_told() -> None:
    told = endpoint_costs()
    assert told.default_cost == 10
    listed = {(item.method, item.path): item.cost for item in told.endpoint_costs}
    assert listed[("DELETE", "/trade-api/v2/portfolio/events/orders/:order_id")] == 2
    assert listed[("GET", "/trade-api/v2/cfbenchmarks/values")] == 150


async def test_index_values_empty_the_read_bucket_fast() -> None:
    """Basic holds 400 read tokens: two values pass, then ten reads at the default of 10."""
    client, _ = client_of(Tier.BASIC)
    answers = [await client("GET", "/cfbenchmarks/values?id=BRTI") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    reads = [await client("GET", "/portfolio/orders") for _ in range(11)]
    assert [answer.status_code for answer in reads] == [200] * 10 + [429]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"orders":7}', b'{"orders":[1]}', b"\xff"])
def test_a_body_that_cannot_be_read_is_billed_as_one_item(body: bytes) -> None:
    billing = bill_write("POST", f"{ORDERS}/batched", None, False, body)
    assert sum(billing.by_shard.values()) + billing.everywhere == 10


def test_an_unknown_shard_is_billed_all_the_same() -> None:
    limits = RateLimits(MovableWall(), shards=(0, 2))
    with pytest.raises(TooManyRequests):
        for _ in range(11):
            limits.charge_write(
                "ann", "POST", ORDERS, query_index=None, has_market=False, body=b'{"exchange_index":9}'
            )


@settings(derandomize=True, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 3 * SECOND_NS), st.integers(1, 40)), max_size=60))
def test_a_bucket_never_gives_more_than_rate_and_burst(asked: list[tuple[int, int]]) -> None:
    bucket = TokenBucket(7, 20, START_NS)
    now_ns, given_tokens = START_NS, 0
    for passed_ns, tokens in asked:
        now_ns += passed_ns
        if bucket.holds(tokens, now_ns):
            bucket.take(tokens)
            given_tokens += tokens
        assert given_tokens * SECOND_NS <= 20 * SECOND_NS + 7 * (now_ns - START_NS)


def test_a_wall_set_back_gives_and_takes_nothing() -> None:
    bucket = TokenBucket(10, 10, START_NS)
    bucket.take(10)
    assert not bucket.holds(1, START_NS - 100 * SECOND_NS)
    assert not bucket.holds(1, START_NS - 100 * SECOND_NS + 1)

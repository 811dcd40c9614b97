"""The brake at the exchange: an order group for each strategy, before its first entry and on each of them."""

from __future__ import annotations

from typing import Any

import msgspec
from core_bench import SERIES, START, TICKER, CoreBench, a_fill, listed_order, market, of, seen_order
from core_strategies import Scripted

from engine.core.effects import (
    Alert,
    CancelOrders,
    ChangeGroup,
    GroupVerb,
    ReadGroups,
    ReadOrders,
    SubmitOrder,
)
from engine.core.group_limit import group_limit_c
from engine.core.inputs import Acked, GroupAnswered, GroupOutcome, GroupsRead, ReadFailed, Recovered, Rejected
from engine.core.money import fold
from engine.core.settings import Limits
from engine.core.state_hash import state_hash
from engine.core.strategy import Enter, Needs
from engine.domain import command
from engine.domain.feed import BookFresh, BookUpdated, FillSeen, GroupKind, GroupSeen
from engine.domain.order import BookSide, Leg, TimeInForce, VenueOrderStatus
from engine.domain.units import DOLLAR_UD, MINUTE_NS, ONE_CONTRACT_C, SECOND_NS
from engine.domain.venue import OrderGroupState

KEY = "0/scripted"
LIMIT_C = group_limit_c(Limits())


class Trader(Scripted):
    """Wants one contract at each change of a book, resting under the ask; how many say ``left``."""

    def __init__(self) -> None:
        super().__init__(Needs((SERIES,), on_book=True), self._want)
        self.left = 0

    def _want(self, view: Any) -> tuple[Enter, ...]:
        if not self.left:
            return ()
        self.left -= 1
        tif = TimeInForce.GOOD_TILL_CANCELED
        return (Enter(TICKER, Leg.YES, 5_000 - 100 * self.left, 100, tif, wait_ns=10 * MINUTE_NS),)

    @property
    def denied(self) -> Any:
        return self.views[-1].denials


def bench_of(*, makes_groups: bool = False, **changes: Any) -> tuple[CoreBench, Trader]:
    trader = Trader()
    bench = CoreBench(strategies=[trader], makes_groups=makes_groups, **changes)
    bench.start()
    return bench, trader


def look(bench: CoreBench) -> None:
    """A book that changes: the strategy is asked."""
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    bench.feed(BookUpdated(TICKER, BookSide.BID, 4_900, 1, None, None))


def wants(bench: CoreBench, trader: Trader, count: int = 1) -> list[SubmitOrder]:
    """What is sent when the strategy wants ``count`` entries."""
    sent = len(of(bench.effects, SubmitOrder))
    trader.left = count
    for _ in range(count):
        look(bench)
    return of(bench.effects, SubmitOrder)[sent:]


def listed(group_id: str, limit_c: int = LIMIT_C, shard: int = 0) -> OrderGroupState:
    return OrderGroupState(group_id, limit_c, True, shard)


def made(bench: CoreBench, group_id: str = "g1") -> None:
    """The exchange makes the group that was asked for."""
    bench.feed(GroupsRead(()))
    bench.feed(GroupAnswered(KEY, GroupVerb.CREATE, GroupOutcome.DONE, group_id, LIMIT_C))


def state(bench: CoreBench) -> str:
    record = bench.engine.money.groups.get(KEY)
    return "none" if record is None else record.state.value


def verbs(bench: CoreBench) -> list[str]:
    return [asked.verb.value for asked in of(bench.effects, ChangeGroup)]


def triggered(group_id: str = "g1", at_ns: int = START) -> GroupSeen:
    return GroupSeen(group_id, GroupKind.TRIGGERED, LIMIT_C, at_ns)


def test_the_group_is_there_before_the_first_entry_and_is_on_each() -> None:
    trader = Trader()
    bench = CoreBench(strategies=[trader], makes_groups=True)
    bench.start()
    sent = wants(bench, trader, 2)
    assert [one.request.order_group_id for one in sent] == ["g1", "g1"]
    terms = [record.terms.group for record in bench.engine.money.orders.values()]
    assert terms == ["g1", "g1"]


def test_without_a_group_no_entry_goes_out_and_the_denial_has_numbers() -> None:
    bench, trader = bench_of()
    assert wants(bench, trader) == []
    look(bench)
    (denial,) = trader.denied
    assert denial.code == "NO_ORDER_GROUP"
    assert denial.numbers == {"state": "gone", "exchange_index": 0, "limit_c": LIMIT_C, "tries": 0}
    made(bench)
    assert [one.request.order_group_id for one in wants(bench, trader)] == ["g1"]


def test_what_people_send_and_exits_carry_none() -> None:
    bench, _ = bench_of(makes_groups=True)
    assert bench.placed().request.order_group_id is None
    bench.acked("c1", 500, 500)
    bench.feed(FillSeen(a_fill("t1", 500), 500, 0))
    step = bench.ask(command.ClosePosition("x1", TICKER))
    (sale,) = of(step.effects, SubmitOrder)
    assert (sale.request.reduce_only, sale.request.order_group_id) == (True, None)


def test_a_strategy_that_does_not_spend_gets_no_group_until_it_does() -> None:
    trader = Trader()
    settings = msgspec.structs.replace(CoreBench().settings, venue="live")
    bench = CoreBench(settings, strategies=[trader], makes_groups=False)
    bench.start()
    bench.run_for(2 * SECOND_NS)
    assert of(bench.effects, ReadGroups) == []
    bench.ask(command.SetStage("scripted", "money", "scripted"))
    assert len(of(bench.effects, ReadGroups)) == 1


def test_each_shard_has_its_own() -> None:
    other = market("KXT-26NOV20-T51", exchange_index=3)
    bench = CoreBench(strategies=[Trader()], makes_groups=True)
    bench.start(market(), other)
    groups = bench.engine.money.groups
    assert sorted(groups) == ["0/scripted", "3/scripted"]
    assert groups["3/scripted"].exchange_index == 3


def test_the_limit_is_what_the_entries_of_a_minute_may_be_and_follows_the_limits() -> None:
    assert LIMIT_C == 10 * ONE_CONTRACT_C * 6
    wide = Limits(order_count_c=10**9, bot_wager_ud=10**12, entries_per_minute=10**6)
    assert group_limit_c(wide) == 100_000 * ONE_CONTRACT_C
    narrow = Limits(bot_wager_ud=DOLLAR_UD // 100)
    assert group_limit_c(narrow) == ONE_CONTRACT_C * 6
    assert group_limit_c(Limits(entries_per_minute=0)) == ONE_CONTRACT_C
    bench, trader = bench_of(makes_groups=True)
    bench.ask(command.SetLimit("entries_per_minute", 4))
    assert len(wants(bench, trader)) == 1, "entries do not wait for it"
    assert bench.engine.money.groups[KEY].limit_c == 10 * ONE_CONTRACT_C * 4


def test_an_unknown_creation_is_looked_for_among_what_was_not_there() -> None:
    bench, trader = bench_of()
    foreign = listed("old")
    bench.feed(GroupsRead((foreign,)))
    assert verbs(bench) == ["create"]
    bench.feed(GroupAnswered(KEY, GroupVerb.CREATE, GroupOutcome.UNKNOWN, cause="timeout"))
    assert wants(bench, trader) == []
    others = (foreign, listed("wide", 100), listed("far", LIMIT_C, 1))
    bench.feed(GroupsRead((*others, listed("mine"))))
    assert (state(bench), bench.engine.money.groups[KEY].group_id) == ("ready", "mine")
    assert verbs(bench) == ["create"], "it was not made twice"


def test_one_that_no_list_has_is_made_again_and_not_at_once() -> None:
    bench, _ = bench_of()
    bench.feed(GroupsRead(()))
    bench.feed(GroupAnswered(KEY, GroupVerb.CREATE, GroupOutcome.UNKNOWN, cause="timeout"))
    bench.feed(GroupsRead(()))
    assert state(bench) == "creating", "a list that is so young proves nothing"
    for _ in range(8):
        bench.wait(SECOND_NS)
        bench.feed(GroupsRead(()))
    assert verbs(bench) == ["create", "create"]


def test_a_creation_that_fails_is_tried_again_with_longer_pauses_and_told() -> None:
    bench, _ = bench_of()
    for tries in range(1, 5):
        bench.feed(GroupsRead(()))
        assert len(verbs(bench)) == tries
        bench.feed(GroupAnswered(KEY, GroupVerb.CREATE, GroupOutcome.REFUSED, cause="503"))
        bench.wait((1 << (tries - 1)) * SECOND_NS - 1)
        assert len(of(bench.effects, ReadGroups)) == tries - 1
        bench.wait(1)
        assert len(of(bench.effects, ReadGroups)) == tries
    told = [alert.code for alert in of(bench.effects, Alert)]
    assert told.count("ORDER_GROUP_MISSING") == 1
    made(bench)
    assert state(bench) == "ready"


def test_a_list_that_fails_is_asked_for_again() -> None:
    bench, _ = bench_of()
    bench.feed(ReadFailed("ReadGroups", "", "503"))
    bench.wait(SECOND_NS)
    assert len(of(bench.effects, ReadGroups)) == 1, "beside the one of the start"


def test_a_trigger_holds_the_strategy_alone_and_its_orders_are_looked_for() -> None:
    bench, trader = bench_of(makes_groups=True)
    (first, second) = wants(bench, trader, 2)
    names = [first.request.client_order_id, second.request.client_order_id]
    for number, name in enumerate(names):
        bench.feed(Acked(name, f"v{number}", 0, 100))
    gone = listed_order(names[0], VenueOrderStatus.CANCELED, 100, order_id="v0")
    bench.feed(seen_order(gone))
    bench.feed(triggered())
    orders = bench.engine.money.orders
    assert orders[names[0]].cause == "order group triggered", "the news of its end came first"
    assert of(bench.effects, ReadOrders)
    rest = listed_order(names[1], VenueOrderStatus.CANCELED, 100, order_id="v1")
    bench.listing(gone, rest)
    assert (orders[names[1]].state.value, orders[names[1]].cause) == ("canceled", "order group triggered")
    bench.wait(11 * SECOND_NS)
    assert wants(bench, trader) == []
    look(bench)
    assert [(d.code, d.numbers["cause"]) for d in trader.denied] == [("BREAKER_OPEN", "order_group")]
    assert [alert.code for alert in of(bench.effects, Alert) if alert.level == "urgent"] == ["ORDER_GROUP"]
    assert bench.placed("person").request.order_group_id is None, "people are not held"


def test_a_resume_resets_the_group_first_and_then_entries_go_on() -> None:
    bench, trader = bench_of()
    made(bench)
    bench.feed(triggered())
    assert list(bench.engine.money.breakers) == ["order_group"]
    bench.ask(command.Resume("looked at it"))
    assert verbs(bench)[-1] == "reset"
    assert wants(bench, trader) == [], "the exchange has not said that it is reset"
    look(bench)
    assert trader.denied[0].numbers["state"] == "resetting"
    bench.feed(GroupAnswered(KEY, GroupVerb.RESET, GroupOutcome.UNKNOWN, "g1", cause="timeout"))
    bench.wait(SECOND_NS)
    assert verbs(bench) == ["create", "reset", "reset"]
    bench.feed(GroupAnswered(KEY, GroupVerb.RESET, GroupOutcome.DONE, "g1"))
    assert len(wants(bench, trader)) == 1
    assert bench.engine.money.breakers == {}
    bench.feed(triggered())
    assert state(bench) == "ready", "old news of the same trigger"
    bench.feed(triggered(at_ns=START + 1))
    assert state(bench) == "triggered"


def test_a_refusal_that_speaks_of_the_group_is_a_trigger_that_the_stream_missed() -> None:
    bench, trader = bench_of(makes_groups=True)
    (sent,) = wants(bench, trader)
    name = sent.request.client_order_id
    bench.feed(Rejected(name, 400, "invalid_order", "order_group_id: g1 was triggered, wanted a reset"))
    assert state(bench) == "triggered"
    assert bench.state(name) == "rejected"


def test_a_group_that_is_gone_is_made_anew_but_a_held_strategy_stays_held() -> None:
    bench, trader = bench_of(makes_groups=True)
    (sent,) = wants(bench, trader)
    refused = Rejected(sent.request.client_order_id, 404, "not_found", "order_group_id: got g1")
    bench.feed(refused)
    bench.run_for(3 * SECOND_NS)
    look(bench)
    assert bench.engine.money.groups[KEY].group_id == "g2"
    bench.feed(triggered("g2"), GroupSeen("g2", GroupKind.DELETED, None, START))
    bench.run_for(5 * SECOND_NS)
    assert (state(bench), list(bench.engine.money.breakers)) == ("triggered", ["order_group"])
    bench.ask(command.Resume("looked at it"))
    bench.run_for(5 * SECOND_NS)
    assert (state(bench), bench.engine.money.groups[KEY].group_id) == ("ready", "g3")


def test_other_refusals_and_foreign_groups_are_no_triggers() -> None:
    bench, trader = bench_of(makes_groups=True)
    (sent,) = wants(bench, trader)
    bench.feed(Rejected(sent.request.client_order_id, 400, "invalid_order", "post only cross"))
    bench.feed(triggered("somebody"))
    assert state(bench) == "ready"


def again(bench: Kept) -> tuple[CoreBench, Trader]:
    """The next run on what the journal holds."""
    trader = Trader()
    money = fold(bench.kept)
    assert state_hash(money) == state_hash(bench.engine.money)
    following = CoreBench(strategies=[trader], money=money, makes_groups=False)
    following.at, following.mono = bench.at + SECOND_NS, SECOND_NS
    following.start(run_id="r2")
    return following, trader


class Kept(CoreBench):
    """Keeps the whole journal, from the first fact on."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(**changes)
        self.kept: list[Any] = []
        step = self.engine.step

        def keeping(given: Any) -> Any:
            done = step(given)
            self.kept += done.changes
            return done

        self.engine.step = keeping  # type: ignore[method-assign]


def kept_bench() -> tuple[Kept, Trader]:
    trader = Trader()
    bench = Kept(strategies=[trader], makes_groups=False)
    bench.start()
    return bench, trader


def test_a_restart_keeps_the_group_and_what_it_holds() -> None:
    bench, _ = kept_bench()
    made(bench)
    ready, trader = again(bench)
    assert [one.request.order_group_id for one in wants(ready, trader)] == ["g1"]
    bench.feed(triggered())
    held, trader = again(bench)
    assert wants(held, trader) == []
    assert list(held.engine.money.breakers) == ["order_group"]


def test_a_restart_looks_for_a_creation_that_nobody_answered() -> None:
    bench, _ = kept_bench()
    bench.feed(GroupsRead((listed("old"),)))
    assert state(bench) == "creating"
    following, trader = again(bench)
    following.feed(GroupsRead((listed("old"), listed("mine"))))
    assert verbs(following) == []
    assert [one.request.order_group_id for one in wants(following, trader)] == ["mine"]


def test_a_restart_asks_again_for_a_reset() -> None:
    bench, _ = kept_bench()
    made(bench)
    bench.feed(triggered())
    bench.ask(command.Resume("looked at it"))
    trader = Trader()
    following = CoreBench(strategies=[trader], money=fold(bench.kept), makes_groups=False)
    following.at = bench.at
    step = following.feed(Recovered("r2"))
    assert [asked.verb for asked in of(step.effects, ChangeGroup)] == [GroupVerb.RESET]


def test_a_kill_cancels_by_id_and_leaves_the_group() -> None:
    bench, trader = bench_of(makes_groups=True)
    sent = wants(bench, trader, 2)
    for number, one in enumerate(sent):
        bench.feed(Acked(one.request.client_order_id, f"v{number}", 0, 100))
    bench.ask(command.Kill())
    canceled = of(bench.effects, CancelOrders)[0].orders
    assert [one.order_id for one in canceled] == ["v0", "v1"]
    assert state(bench) == "ready"

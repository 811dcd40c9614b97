"""What entries may do together: each limit from both sides, with the numbers of its refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from core_bench import OTHER, SERIES, START, TICKER, CoreBench, a_fill, balance, market, of, place
from core_strategies import Scripted
from wide_limits import WIDE_LIMITS

from engine.core.denial import DenyCode
from engine.core.effects import SubmitOrder
from engine.core.inputs import Acked, BalanceRead, MarketsRead, Rejected, Unknown
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.core.strategy import Enter, Needs, View
from engine.domain.command import SetLimit
from engine.domain.feed import BookFresh, BookStale, FeedAlive, FillSeen, StaleReason, TickerQuote
from engine.domain.market import Event
from engine.domain.order import BookSide, Leg, TimeInForce
from engine.domain.units import DOLLAR_UD, HOUR_NS, MINUTE_NS, SECOND_NS

THIRD = "KXT-26NOV20-T52"
AWAY = "KXT-26NOV21-T50"
ALL = (TICKER, OTHER, THIRD, AWAY)
FIVE_UD = 2_587_500
"""What 5 at 50 c lose with their fee."""
SENT = "sent"


def bench_of(
    is_exclusive: bool = True, cash_ud: int = 1_000 * DOLLAR_UD, strategy: Any = None, **limits: Any
) -> CoreBench:
    settings = EngineSettings(series=(SERIES,), limits=msgspec.structs.replace(WIDE_LIMITS, **limits))
    bench = CoreBench(settings, strategies=[] if strategy is None else [strategy])
    listed = [market(ticker) for ticker in ALL]
    bench.start(*listed, cash=balance(cash_ud))
    if not is_exclusive:
        names = dict.fromkeys(one.event_ticker for one in listed)
        events = tuple(Event(name, SERIES, name, "", mutually_exclusive=False) for name in names)
        bench.feed(MarketsRead(SERIES, events, tuple(listed), True))
    return bench


def tried(bench: CoreBench, **changes: Any) -> tuple[str, dict[str, int | str]]:
    """``sent``, or the code of the refusal, with its numbers."""
    bench.commands += 1
    changes.setdefault("client_order_id", f"n{bench.commands}")
    step = bench.ask(place(**{"again": True, **changes}))
    if of(step.effects, SubmitOrder):
        return SENT, {}
    (answer,) = [effect for effect in step.effects if hasattr(effect, "deny_code")]
    assert answer.text
    return answer.deny_code, answer.numbers


def fill(bench: CoreBench, trade_id: str, count_c: int = 500, **changes: Any) -> None:
    """Somebody else's, so that no order of ours explains it."""
    made = a_fill(trade_id, count_c, f"x-{trade_id}", at_ns=bench.at, fee_ud=0, **changes)
    bench.feed(FillSeen(made, 0, 0))
    bench.engine.money.mode = ""


# Markets, events, everything


@pytest.mark.parametrize(("limit_ud", "expected"), [(2 * FIVE_UD, SENT), (2 * FIVE_UD - 1, "MARKET_LOSS")])
def test_a_markets_worst_case_counts_what_works(limit_ud: int, expected: str) -> None:
    bench = bench_of(market_loss_ud=limit_ud)
    bench.placed("c1")
    code, numbers = tried(bench)
    assert code == expected
    assert numbers in ({}, {"loss_ud": 2 * FIVE_UD, "limit_ud": limit_ud})


@pytest.mark.parametrize("fate", ["acked", "unknown", "filled"])
def test_in_any_state_it_counts_at_full_size(fate: str) -> None:
    bench = bench_of(market_loss_ud=2 * FIVE_UD - 1)
    bench.placed("c1")
    if fate == "unknown":
        bench.feed(Unknown("c1", "timeout"))
    else:
        bench.acked("c1", filled_c=500 if fate == "filled" else 0)
    if fate == "filled":
        bench.feed(FillSeen(a_fill("t1", 500, "v-c1", price_bp=5_200), 0, 0))
    assert tried(bench)[0] == "MARKET_LOSS"


def test_what_ended_without_a_fill_counts_no_more() -> None:
    bench = bench_of(market_loss_ud=FIVE_UD)
    bench.placed("c1")
    bench.feed(Rejected("c1", 400, "no", ""))
    assert tried(bench)[0] == SENT


def test_both_legs_do_not_add_up_for_one_of_them_wins() -> None:
    bench = bench_of(market_loss_ud=FIVE_UD)
    bench.placed("c1")
    assert tried(bench, leg=Leg.NO)[0] == SENT
    assert tried(bench, leg=Leg.NO)[0] == "MARKET_LOSS"


def test_an_order_that_adds_nothing_passes_over_the_limit() -> None:
    """Lowering a limit under what is used stops what adds, not what hedges."""
    bench = bench_of()
    bench.placed("c1", count_c=1_000)
    bench.ask(SetLimit("market_loss", DOLLAR_UD))
    assert tried(bench)[0] == "MARKET_LOSS"
    assert tried(bench, leg=Leg.NO)[0] == SENT


def test_of_an_exclusive_event_the_worst_outcome_counts() -> None:
    """YES of two markets loses both if a third wins; NO of two loses one of them at most."""
    limit = {"event_loss_ud": 2 * FIVE_UD - 1}
    bench = bench_of(**limit)
    bench.placed("c1")
    code, numbers = tried(bench, ticker=OTHER)
    assert (code, numbers) == ("EVENT_LOSS", {"loss_ud": 2 * FIVE_UD, "limit_ud": 2 * FIVE_UD - 1})
    bench = bench_of(event_loss_ud=FIVE_UD)
    fill(bench, "t1", side=BookSide.ASK)  # 5 NO at 50 c, paid unless this market wins
    assert tried(bench, ticker=OTHER, leg=Leg.NO)[0] == SENT
    assert tried(bench, ticker=THIRD)[0] == "EVENT_LOSS"


def test_markets_that_may_all_win_add_up() -> None:
    bench = bench_of(is_exclusive=False, event_loss_ud=2 * FIVE_UD - 1)
    fill(bench, "t1", side=BookSide.ASK)
    assert tried(bench, ticker=OTHER)[0] == SENT  # $2.50 held and $2.5875
    assert tried(bench, ticker=THIRD)[0] == "EVENT_LOSS"
    assert tried(bench, ticker=AWAY)[0] == SENT


@pytest.mark.parametrize(
    ("limits", "cash_ud", "expected"),
    [
        ({"total_loss_ud": 2 * FIVE_UD}, 1_000 * DOLLAR_UD, SENT),
        ({"total_loss_ud": 2 * FIVE_UD - 1}, 1_000 * DOLLAR_UD, "TOTAL_LOSS"),
        ({"total_share": 2_000}, 10 * FIVE_UD, SENT),
        ({"total_share": 2_000}, 10 * FIVE_UD - 5, "TOTAL_LOSS"),
    ],
)
def test_everything_together_in_dollars_and_as_a_share(
    limits: dict[str, int], cash_ud: int, expected: str
) -> None:
    bench = bench_of(cash_ud=cash_ud, **limits)
    bench.placed("c1")
    assert tried(bench, ticker=AWAY)[0] == expected


def test_what_works_stays_part_of_the_equity_when_the_exchange_sets_it_aside() -> None:
    bench = bench_of(cash_ud=10 * FIVE_UD, total_share=2_000)
    bench.placed("c1")
    bench.acked("c1")
    bench.run_for(2 * SECOND_NS)
    bench.feed(BalanceRead(balance(9 * FIVE_UD)), FeedAlive())
    assert tried(bench, ticker=AWAY)[0] == SENT


# Strategies


def entering(*decisions: Enter) -> Scripted:
    def decide(view: View) -> Sequence[Enter]:
        return decisions if view.cause == "schedule" else ()

    return Scripted(Needs((SERIES,)), decide)


def enter(ticker: str, price_bp: int = 4_800, count_c: int = 100) -> Enter:
    return Enter(ticker, Leg.YES, price_bp, count_c, TimeInForce.GOOD_TILL_CANCELED)


def next_scan(bench: CoreBench) -> int:
    """How many orders a schedule's time brings."""
    before = len(of(bench.effects, SubmitOrder))
    bench.at += MINUTE_NS
    bench.mono += MINUTE_NS
    for ticker in sorted(bench.engine.books):
        bench.feed(BookFresh(ticker, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return len(of(bench.effects, SubmitOrder)) - before


def why(bench: CoreBench, strategy: Scripted) -> list[str]:
    """What the gate refused of its last decisions."""
    next_scan(bench)
    return [denial.code.value for denial in strategy.views[-1].denials]


def test_a_wager_is_smaller_than_a_persons_order() -> None:
    strategy = entering(enter(TICKER, 4_800, 600))  # $2.88 and 10.5 c of fee
    bench = bench_of(strategy=strategy, bot_wager_ud=2_900_000)
    assert next_scan(bench) == 0
    assert why(bench, strategy) == ["BOT_WAGER"]
    assert tried(bench, count_c=600)[0] == SENT


def test_entries_per_series_and_scan() -> None:
    strategy = entering(*(enter(ticker) for ticker in ALL))
    bench = bench_of(strategy=strategy, bot_entries_per_scan=3)
    assert [next_scan(bench), next_scan(bench)] == [3, 3], "each scan begins anew"
    assert [denial.code for denial in strategy.views[-1].denials] == [DenyCode.BOT_SCAN]


@pytest.mark.parametrize(("name", "code"), [("hour", "BOT_HOUR"), ("day", "BOT_DAY")])
def test_entries_of_strategies_in_an_hour_and_a_day(name: str, code: str) -> None:
    strategy = entering(enter(TICKER, 4_800))
    bench = bench_of(strategy=strategy, **{f"bot_entries_per_{name}": 3})
    assert sum(next_scan(bench) for _ in range(9)) == 3
    assert why(bench, strategy) == [code]
    assert tried(bench, ticker=AWAY)[0] == SENT, "people are not strategies"
    bench.at += HOUR_NS
    assert next_scan(bench) == (name == "hour")


def test_they_are_counted_over_a_restart() -> None:
    strategy = entering(enter(TICKER, 4_800))
    bench = bench_of(strategy=strategy, bot_entries_per_hour=3, bot_entries_per_day=5)
    assert sum(next_scan(bench) for _ in range(4)) == 3
    after = CoreBench(bench.settings, fold(bench.changes), [entering(enter(OTHER))])
    after.at = bench.at
    after.start(*[market(ticker) for ticker in ALL])
    assert sum(next_scan(after) for _ in range(4)) == 0
    after.at += HOUR_NS
    assert sum(next_scan(after) for _ in range(4)) == 2, "the day's five are used up"


def test_strategies_stay_away_from_the_end() -> None:
    strategy = entering(enter(TICKER))
    bench = bench_of(strategy=strategy, bot_close_ns=15 * MINUTE_NS)
    bench.at = START + 5 * HOUR_NS - 15 * MINUTE_NS - MINUTE_NS
    assert next_scan(bench) == 0
    assert why(bench, strategy) == ["MARKET_CLOSING"]
    assert tried(bench)[0] == SENT


def test_a_market_in_which_a_person_works_is_not_a_strategys() -> None:
    """It holds contracts there, and a person has begun to take over."""
    strategy = entering(enter(TICKER, 5_100))
    bench = bench_of(strategy=strategy)
    assert next_scan(bench) == 1
    (name,) = bench.engine.money.working
    bench.feed(Acked(name, "v1", 100, 0), FillSeen(a_fill("t1", 100, "v1"), 0, 0))
    assert tried(bench, price_bp=4_000)[0] == SENT
    assert next_scan(bench) == 0
    assert why(bench, strategy) == ["MARKET_OWNED"]


# Time


def test_entries_in_a_minute() -> None:
    bench = bench_of(entries_per_minute=2)
    assert [tried(bench)[0], tried(bench)[0]] == [SENT, SENT]
    assert tried(bench) == ("ENTRY_RATE", {"sent": 2, "limit": 2})
    bench.wait(MINUTE_NS - 1)
    bench.feed(FeedAlive())
    assert tried(bench)[0] == "ENTRY_RATE"
    bench.wait(1)
    bench.feed(FeedAlive())
    assert tried(bench)[0] == SENT


def test_closes_are_no_entries() -> None:
    bench = bench_of(entries_per_minute=1)
    fill(bench, "t1")
    assert tried(bench, ticker=OTHER)[0] == SENT
    for _ in range(3):
        code, _ = tried(bench, buys=False, opens=False, price_bp=6_000, count_c=100)
        assert code == SENT


# Turning over


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"leg": Leg.NO, "count_c": 500}, SENT),  # it closes what is held
        ({"leg": Leg.NO, "count_c": 501}, "FLIP"),
        ({"leg": Leg.NO, "count_c": 501, "flip": True}, SENT),
        ({"leg": Leg.YES, "count_c": 501}, SENT),
        ({"leg": Leg.YES, "buys": False, "count_c": 501}, "FLIP"),
        ({"leg": Leg.NO, "count_c": 900, "ticker": OTHER}, SENT),
    ],
)
def test_turning_a_position_over_is_said(changes: dict[str, Any], expected: str) -> None:
    bench = bench_of()
    fill(bench, "t1")
    code, numbers = tried(bench, **changes)
    assert code == expected
    assert numbers in ({}, {"held_c": 500, "working_c": 0, "count_c": 501})


def test_what_works_against_the_position_counts_with_it() -> None:
    bench = bench_of()
    fill(bench, "t1", side=BookSide.ASK)
    assert tried(bench, price_bp=4_000, count_c=300)[0] == SENT
    assert tried(bench, price_bp=4_000, count_c=201)[0] == "FLIP"
    assert tried(bench, price_bp=4_000, count_c=200)[0] == SENT


# The day


def lose(bench: CoreBench, trade_id: str, cents: int, count_c: int = 1_000) -> None:
    """Buys at 50 and sells at that much less."""
    fill(bench, f"{trade_id}a", count_c, ticker=AWAY, price_bp=5_000)
    bench.at += 1
    sold_bp = 5_000 - 100 * cents
    fill(bench, f"{trade_id}b", count_c, ticker=AWAY, price_bp=sold_bp, side=BookSide.ASK)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"day_loss_ud": DOLLAR_UD + 1}, SENT),
        ({"day_loss_ud": DOLLAR_UD}, "DAILY_LOSS"),
        ({"day_loss_share": 11}, SENT),
        ({"day_loss_share": 9}, "DAILY_LOSS"),
    ],
)
def test_what_the_day_has_realised(limits: dict[str, int], expected: str) -> None:
    """$1 of the $1,001 with which it began, as far as the balance says."""
    bench = bench_of(**limits)
    lose(bench, "t1", 10)
    assert tried(bench)[0] == expected
    assert tried(bench, buys=False, opens=False, ticker=AWAY)[0] == "NOT_REDUCING"


def test_what_is_open_counts_at_the_bid_and_as_nothing_without_one() -> None:
    bench = bench_of(day_loss_ud=2 * DOLLAR_UD)
    fill(bench, "t1", 1_000, ticker=AWAY)  # 10 YES for $5, worth $4.90 at the bid
    assert tried(bench)[0] == SENT
    bench.feed(BookFresh(AWAY, ((3_000, 10_000),), ((5_100, 10_000),), None))
    bench.run_for(SECOND_NS)
    code, numbers = tried(bench)
    assert (code, numbers) == ("DAILY_LOSS", {"result_ud": -2 * DOLLAR_UD, "limit_ud": 2 * DOLLAR_UD})
    bench.feed(BookFresh(AWAY, ((4_900, 10_000),), ((5_100, 10_000),), None))
    bench.run_for(SECOND_NS)
    assert tried(bench)[0] == SENT
    bench.feed(BookStale(AWAY, StaleReason.GAP))
    bench.run_for(SECOND_NS)
    assert tried(bench)[1] == {"result_ud": -5 * DOLLAR_UD, "limit_ud": 2 * DOLLAR_UD}


def test_a_book_that_holds_a_part_prices_a_part() -> None:
    bench = bench_of(day_loss_ud=2 * DOLLAR_UD)
    fill(bench, "t1", 1_000, ticker=AWAY)
    bench.feed(BookFresh(AWAY, ((4_900, 400),), (), None))
    bench.run_for(SECOND_NS)
    assert tried(bench)[1]["result_ud"] == 400 * 4_900 - 5 * DOLLAR_UD


def test_a_stale_book_alone_does_not_stop_the_day() -> None:
    """The last price known says that nothing was lost: the entry is refused, and the day goes on."""
    bench = bench_of(day_loss_ud=2 * DOLLAR_UD)
    fill(bench, "t1", 1_000, ticker=AWAY)
    bench.feed(BookStale(AWAY, StaleReason.GAP))
    for _ in range(10):
        bench.run_for(SECOND_NS)
        bench.feed(FeedAlive())
    assert tried(bench)[0] == "DAILY_LOSS"
    assert bench.engine.money.breakers == {}


def test_a_paid_market_counts_at_its_value_before_the_money_comes() -> None:
    bench = bench_of(day_loss_ud=2 * DOLLAR_UD)
    fill(bench, "t1", 1_000, ticker=AWAY)
    determined = market(AWAY, settlement_bp=10_000)
    events = (Event(determined.event_ticker, SERIES, "", "", mutually_exclusive=True),)
    bench.feed(MarketsRead(SERIES, events, (determined,), True), BookStale(AWAY, StaleReason.GAP))
    bench.run_for(SECOND_NS)
    bench.feed(TickerQuote(TICKER, None, None, None, 0, 0, None, 0, 0, bench.at))
    assert tried(bench)[0] == SENT


def test_the_day_ends_at_midnight_in_new_york() -> None:
    bench = bench_of(day_loss_ud=DOLLAR_UD)
    lose(bench, "t1", 10)
    assert tried(bench)[0] == "DAILY_LOSS"
    bench.at += 10 * HOUR_NS  # START is ten in the morning there; its markets close, another day's go on
    bench.feed(FeedAlive())
    tomorrow = market("KXT-26NOV22-T50", close_ns=START + 40 * HOUR_NS)
    events = (Event(tomorrow.event_ticker, SERIES, "", "", mutually_exclusive=True),)
    bench.feed(MarketsRead(SERIES, events, (tomorrow,), True))
    bench.feed(BookFresh(tomorrow.ticker, ((4_900, 10_000),), ((5_100, 10_000),), None))
    assert tried(bench, ticker=tomorrow.ticker)[0] == "DAILY_LOSS"
    bench.at += 5 * HOUR_NS
    bench.feed(FeedAlive())
    assert tried(bench, ticker=tomorrow.ticker)[0] == SENT


# Losses


def test_after_a_loss_there_is_a_pause() -> None:
    bench = bench_of(loss_pause_ns=5 * MINUTE_NS)
    lose(bench, "t1", 1)
    code, numbers = tried(bench)
    assert (code, numbers) == ("LOSS_PAUSE", {"left_ns": 5 * MINUTE_NS, "limit_ns": 5 * MINUTE_NS})
    bench.wait(5 * MINUTE_NS - 1)
    bench.feed(FeedAlive())
    assert tried(bench)[0] == "LOSS_PAUSE"
    bench.wait(1)
    bench.feed(FeedAlive())
    assert tried(bench)[0] == SENT


def test_a_gain_makes_no_pause() -> None:
    bench = bench_of(loss_pause_ns=5 * MINUTE_NS)
    lose(bench, "t1", -1)
    assert tried(bench)[0] == SENT


def test_the_pause_goes_on_over_a_restart() -> None:
    bench = bench_of(loss_pause_ns=5 * MINUTE_NS)
    lose(bench, "t1", 1)
    after = CoreBench(bench.settings, fold(bench.changes))
    after.engine.money.mode = ""
    after.at = bench.at + 4 * MINUTE_NS
    after.start(*[market(ticker) for ticker in ALL])
    assert tried(after)[1]["left_ns"] == MINUTE_NS
    after.wait(MINUTE_NS)
    after.feed(FeedAlive())
    assert tried(after)[0] == SENT

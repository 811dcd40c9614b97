"""The outside world on the desk: FEED, NEWS, and the values beside the markets that they are about."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from panel_desk import PanelDesk, blank_desk, full_desk
from panel_events import BTC_AT, WEATHER, WEATHER_AT
from panel_money import conditions, status
from panel_outside import headlines, observation, sources, values

from console.tui import roles
from console.tui.beat import Beats
from console.tui.cells import Row, plain
from console.tui.frame.headlines import market_of_headline
from console.tui.panels.base import Panel, PanelState, Place, View
from console.tui.panels.chart_panel import ChartPanel
from console.tui.panels.conditions import ConditionsPanel
from console.tui.panels.event import EventPanel
from console.tui.panels.feed import FeedPanel
from console.tui.panels.news import NewsPanel
from engine.control.protocol import DESK, INDEX, OUTSIDE, WATCH, DeskRows, IndexRows, Snapshot, WatchRows
from engine.control.rows.forecasts import ScanRow
from engine.control.rows.markets import IndexRow
from engine.control.rows.orders import ConditionRow
from engine.control.rows.outside import HeadlineRow, OutsideRows, SourceRow
from engine.control.rows.status import ExchangeRow
from engine.domain.trigger import ConditionState, Crossing, Source, Trigger
from engine.domain.units import MINUTE_NS, SECOND_NS

WIDE, NARROW = Place(118, 20), Place(48, 20)


def desk_with(
    rows: OutsideRows | None = None, told: tuple[SourceRow, ...] | None = None, venue: str = "paper"
) -> PanelDesk:
    hands = full_desk()
    sources_now = sources() if told is None else told
    hands.say(DESK, DeskRows(status=status(sources=sources_now, venue=venue)))
    if rows is not None:
        hands.tie.replica.apply(Snapshot(OUTSIDE, 1, rows))
    return hands


def seen(panel: Panel, hands: PanelDesk, place: Place = WIDE, **at: Any) -> View:
    return panel.view(hands.desk, Place(place.width, place.height, **at))


def text(view: View) -> list[str]:
    return [plain(row).rstrip() for row in view.rows]


def row_with(view: View, words: str) -> Row:
    return next(row for row in view.rows if words in plain(row))


def role_of(row: Row, words: str) -> str:
    return next(role for text, role in row if words in text)


def test_feed_tells_of_each_source_and_why_one_is_not_live() -> None:
    view = seen(FeedPanel(), desk_with(venue="sandbox"))
    assert view.title == "FEED 1 not live"
    lines = text(view)
    assert [line.split()[:3] for line in lines[:3]] == [
        ["source", "state", "age"],
        ["exchange", "LIVE", "0.2s"],
        ["news/rss", "STALE", "17m"],
    ]
    assert lines[3].strip() == "not_json: https://news.example/feed: got '<html>', wanted a feed"
    assert "11.25" in lines[4]
    assert "1,250" in lines[4]
    assert role_of(row_with(view, "news/rss"), "STALE") == roles.WARNING
    assert any("enter nothing" in line for line in lines)
    assert any("simulated" in line for line in lines)


def test_feed_without_a_collector_says_how_to_have_one() -> None:
    view = seen(FeedPanel(), desk_with(told=()))
    assert view.title == "FEED"
    assert "[collectors.spot]" in " ".join(text(view))


@pytest.mark.parametrize("panel", [FeedPanel(), NewsPanel()])
def test_without_an_engine_the_panel_says_so_and_keeps_what_it_had(panel: Panel) -> None:
    hands = desk_with()
    hands.lose()
    hands.clock.pass_s(12)
    view = seen(panel, hands)
    assert view.state is PanelState.OFFLINE
    assert len(view.rows) > 3
    assert seen(panel, blank_desk()).state is PanelState.LOADING


def test_news_are_newest_first_with_their_time_source_and_markets() -> None:
    view = seen(NewsPanel(), desk_with())
    assert view.keys[view.header_rows :] == ("h2", "h1")
    newest = next(line for line in text(view) if "Bitcoin" in line)
    assert newest.startswith("13:45:11   1m newsapi")
    assert "newsapi" in newest
    assert "KXBTCD-26NOV2015" in newest
    assert role_of(row_with(view, "Treasury"), "Treasury") == roles.LABEL, "it moves nothing that is here"


def test_the_headline_under_the_cursor_is_whole_and_leads_to_a_market() -> None:
    hands = desk_with()
    lines = " ".join(line.strip() for line in text(seen(NewsPanel(), hands, NARROW, cursor="h2")))
    assert headlines()[1].title in lines
    assert "published 13:44:11 ET, came 13:45:11 ET, by newsapi; crypto" in lines
    assert "https://news.example/bitcoin" in lines
    assert hands.desk.market(market_of_headline(hands.desk, "h2")) is not None
    assert market_of_headline(hands.desk, "h1") == ""
    assert market_of_headline(hands.desk, "nothing") == ""


def test_where_a_line_is_short_a_headline_has_one_of_its_own() -> None:
    lines = text(seen(NewsPanel(), desk_with(), NARROW))
    at = next(at for at, line in enumerate(lines) if line.startswith("13:45:11"))
    assert lines[at].split()[:3] == ["13:45:11", "1m", "newsapi"]
    assert "KXBTCD-" in lines[at]
    assert lines[at + 1].startswith("    Bitcoin slips under $95,000 as funds sell")
    assert all(len(line) <= NARROW.width for line in lines)


def test_what_came_together_is_in_the_order_of_its_publication_and_another_day_has_its_date() -> None:
    now = headlines()[1].received_ns

    def published(name: str, ago_ns: int | None) -> HeadlineRow:
        at = None if ago_ns is None else now - ago_ns
        return HeadlineRow(
            headline_id=name, title=name, source="rss", received_ns=now, published_ns=at, series=("KXTSAW",)
        )

    day_ns = 24 * 60 * MINUTE_NS
    told = (
        published("b", 5 * MINUTE_NS),
        published("a", MINUTE_NS),
        published("c", day_ns),
        published("d", None),
    )
    hands = desk_with(OutsideRows((), told))
    view = seen(NewsPanel(), hands, cursor="c")
    assert [key for key in view.keys if key] == ["a", "b", "c", "d"]
    lines = " ".join(text(view))
    assert "published 19 Nov 13:45:11 ET, came 13:45:11 ET" in lines
    assert "may move KXTSAW; no market of these is here" in lines
    old = msgspec.structs.replace(told[0], headline_id="old", received_ns=now - day_ns)
    hands.say(OUTSIDE, OutsideRows((), (old,)))
    assert text(seen(NewsPanel(), hands))[-1].startswith("19 Nov")


def test_news_beside_simulated_markets_says_that_it_moves_none_of_them() -> None:
    assert "it moves no simulated market" in text(seen(NewsPanel(), desk_with(venue="sandbox")))[-1]
    assert not any("simulated" in line for line in text(seen(NewsPanel(), desk_with())))


def test_a_source_that_is_asked_seldom_has_a_rate_of_nothing_and_not_a_rounded_one() -> None:
    told = tuple(SourceRow(name=f"s{n}", state="live", rate=rate) for n, rate in enumerate((0.0, 0.002, 1.5)))
    rows = [line.split() for line in text(seen(FeedPanel(), desk_with(told=told))) if line.startswith("s")]
    assert [row[3] for row in rows[1:]] == ["0", "<0.01", "1.50"]


@pytest.mark.parametrize(
    ("told", "state", "said"),
    [
        ((), PanelState.EMPTY, "no news collector runs"),
        ((SourceRow(name="news", state="off"),), PanelState.EMPTY, "no news collector runs"),
        ((SourceRow(name="news/rss", state="live"),), PanelState.EMPTY, "no headline has come"),
        (
            (SourceRow(name="news/rss", state="down", note="403"),),
            PanelState.ERROR,
            "no source of news is live: news/rss down: 403",
        ),
    ],
)
def test_without_a_headline_it_says_why_and_what_to_do(
    told: tuple[SourceRow, ...], state: PanelState, said: str
) -> None:
    view = seen(NewsPanel(), desk_with(OutsideRows(), told))
    assert view.state is state
    assert said in text(view)[0]
    assert len(text(view)) > 1


def test_old_headlines_stay_when_their_sources_are_lost_which_is_said_above_them() -> None:
    lost = (SourceRow(name="news/rss", state="down", note="403"),)
    view = seen(NewsPanel(), desk_with(told=lost))
    assert "no source of news is live" in text(view)[0]
    assert "h2" in view.keys


def strip(hands: PanelDesk, place: Place = WIDE) -> str:
    return text(seen(EventPanel(), hands, place))[1]


def test_the_price_that_leads_the_index_stands_beside_it_with_its_age() -> None:
    line = strip(desk_with())
    assert line.startswith("BRTI ")
    assert "BTC-USD 95,021.40 0.1s" in line
    assert line.count("95,021") == 1, "the middle of its quote is not shown too"


def test_where_the_exchange_carries_no_index_what_a_collector_tells_takes_its_place() -> None:
    hands = desk_with()
    hands.desk.load(WEATHER_AT)
    assert strip(hands).startswith("high so far 54° 10m  now 51.1° 1m")
    table = text(seen(EventPanel(), hands))
    assert any("inside" in line for line in table), "the distance of each strike from the day's high so far"
    told = OutsideRows(
        (observation("climate_high", "NYC:2026-11-20", "55", MINUTE_NS, WEATHER, source="nws"),)
    )
    hands.say(OUTSIDE, told)
    assert strip(hands).startswith("official high 55° 1m")


def test_of_values_by_the_day_the_last_day_is_shown_with_its_date() -> None:
    days = tuple(
        observation("tsa", f"2026-11-{day}", f"2{day}0123", MINUTE_NS, "KXHIGHNY", source="nws")
        for day in (18, 19)
    )
    hands = desk_with(OutsideRows(days))
    hands.desk.load(WEATHER_AT)
    assert strip(hands).startswith("TSA 2026-11-19 2,190,123 1m  settles by")


def test_the_value_of_a_source_that_is_not_live_is_marked_as_old_with_its_age_and_says_why() -> None:
    def in_state(state: str) -> tuple[SourceRow, ...]:
        return tuple(msgspec.structs.replace(row, state=state) for row in sources())

    assert "BTC-USD ~95,021.40 0.1s LOST" in strip(desk_with(told=in_state("down")))
    assert "BTC-USD ~95,021.40 0.1s LOST" in strip(desk_with(told=()))
    assert "BTC-USD ~95,021.40 0.1s STALE" in strip(desk_with(told=in_state("stale")))
    assert "STALE" not in strip(desk_with())
    lost = chart_head(desk_with(told=in_state("down")))
    assert "BTC-USD ~95,021.40 0.1s LOST" in lost[1]
    short = strip(desk_with(told=in_state("down")), Place(48, 20))
    assert short.endswith("BTC-USD LOST 0.1s"), "where there is little room the age goes before the old value"


def test_beside_simulated_markets_a_value_of_the_world_outside_says_that_it_is_real() -> None:
    hands = desk_with(venue="sandbox")
    assert "BRTI" in strip(hands).split("REAL")[0]
    assert "  REAL BTC-USD 95,021.40 0.1s" in strip(hands)
    assert "  REAL BTC-USD 95,021.40 0.1s" in chart_head(hands)[1]
    hands.desk.load(WEATHER_AT)
    assert strip(hands).startswith("REAL high so far 54° 10m  now 51.1° 1m"), "said once a line"
    table = text(seen(EventPanel(), hands))
    assert not any("inside" in line for line in table), "a real temperature decides no simulated market"


def test_beside_a_recording_a_value_of_the_world_outside_says_that_it_is_of_today() -> None:
    hands = desk_with()
    exchange = ExchangeRow(True, "ok", True, 12_000_000, prices="recorded")
    hands.say(DESK, DeskRows(status=status(sources=sources(), exchange=exchange)))
    assert "REAL, OF TODAY BTC-USD" in strip(hands)


def waiting_rows(hands: PanelDesk, place: Place = WIDE) -> tuple[str, str]:
    """The title, and what is said of what waits."""
    view = seen(ConditionsPanel(), hands, place)
    return view.title, " ".join(line.strip(" ┆") for line in text(view) if "waits" in line or "spot/" in line)


def on_spot(key: str, state: ConditionState = ConditionState.ARMED) -> ConditionRow:
    made = next(row for row in conditions() if row.condition_id == "rise")
    trigger = msgspec.structs.replace(made.terms.trigger, key=key)
    terms = msgspec.structs.replace(made.terms, trigger=trigger)
    return msgspec.structs.replace(made, condition_id=f"on-{key}", terms=terms, state=state)


def test_a_condition_whose_source_is_lost_says_so_with_the_age_of_what_it_saw_last() -> None:
    old = observation("spot", "BTC-USD", "95021.40", 40 * SECOND_NS, "BRTI", source="coinbase")
    lost = (SourceRow(name="spot/coinbase", state="down", note="not connected"),)
    hands = desk_with(OutsideRows((old,)), lost)
    hands.say(DESK, DeskRows(conditions=(on_spot("BTC-USD"),)))
    said = "waits: BTC-USD is 40s old; source spot/coinbase is down: not connected"
    assert waiting_rows(hands) == ("COND 2 armed, 1 blind", said)
    assert said.split(";")[0] in waiting_rows(hands, NARROW)[1]
    fresh = observation("spot", "BTC-USD", "95021.40", SECOND_NS, "BRTI", source="coinbase")
    hands.say(OUTSIDE, OutsideRows((fresh,)))
    assert waiting_rows(hands) == ("COND 2 armed", "")


def test_a_condition_on_what_nobody_tells_waits_and_one_on_the_exchanges_word_does_not() -> None:
    hands = desk_with()
    rows = (on_spot("BRTI"), on_spot("SOL-USD"), on_spot("DOGE-USD", ConditionState.DISABLED))
    hands.say(DESK, DeskRows(conditions=rows))
    assert waiting_rows(hands) == ("COND 3 armed, 1 blind", "waits: no value of SOL-USD has come yet")
    told_ns = hands.desk.now_ns - 12 * SECOND_NS
    hands.say(INDEX, IndexRows((IndexRow("BRTI", "95010.50", told_ns, told_ns),)))
    assert "waits: BRTI is 10s old" in waiting_rows(hands)[1]


def looking_at(source: Source, ticker: str = "") -> ConditionRow:
    row = on_spot(str(source))
    trigger = Trigger(source, Crossing.AT_OR_ABOVE, 100, ticker=ticker, key="100")
    terms = msgspec.structs.replace(row.terms, trigger=trigger)
    return msgspec.structs.replace(row, terms=terms)


@pytest.mark.parametrize("source", [Source.BID, Source.ASK, Source.MID])
def test_a_condition_on_a_book_says_why_it_cannot_see_it(source: Source) -> None:
    hands = desk_with()
    row = looking_at(source, WEATHER_AT)
    hands.say(DESK, DeskRows(conditions=(row,)))
    assert waiting_rows(hands)[1] == ""
    quote = hands.desk.replica.watch.quotes[WEATHER_AT]
    for changes, wanted in (
        ({"is_fresh": False}, f"the book of {WEATHER_AT} is stale"),
        ({"bid_bp": None}, f"nobody bids in the book of {WEATHER_AT}"),
        ({"ask_bp": None}, f"nobody offers in the book of {WEATHER_AT}"),
    ):
        hands.say(WATCH, WatchRows(quotes=(msgspec.structs.replace(quote, **changes),)))
        assert waiting_rows(hands) == ("COND 2 armed, 1 blind", f"waits: {wanted}")
    unknown = looking_at(source, "KXNONE-1")
    hands.say(DESK, DeskRows(conditions=(unknown,)))
    assert waiting_rows(hands)[1] == "waits: no book of KXNONE-1 is followed"


def test_a_condition_on_the_last_price_or_a_forecast_says_what_is_missing() -> None:
    hands = desk_with()
    hands.say(DESK, DeskRows(conditions=(looking_at(Source.LAST, "KXNONE-1"), looking_at(Source.TIME))))
    assert waiting_rows(hands) == ("COND 3 armed, 1 blind", "waits: no trade of KXNONE-1 is known")
    scan = ScanRow(state="down", problem="no server")
    hands.say(DESK, DeskRows(conditions=(looking_at(Source.FORECAST, BTC_AT),), scan=scan))
    assert "waits: forecasts are down: no server" in waiting_rows(hands)[1]
    hands.say(DESK, DeskRows(scan=ScanRow(state="ok")))
    assert "forecast" not in waiting_rows(hands)[1]


def chart_head(hands: PanelDesk, place: Place = WIDE) -> list[str]:
    view = seen(ChartPanel(), hands, place)
    return text(view)[: view.header_rows]


def test_the_chart_tells_the_number_that_decides_and_how_far_the_strike_is() -> None:
    hands = desk_with()
    hands.say(INDEX, IndexRows((IndexRow("BRTI", "95010.50", hands.desk.now_ns, hands.desk.now_ns),)))
    assert chart_head(hands)[1].startswith("BRTI 95,010.50 0.0s  -10.51 to the strike  BTC-USD 95,021.40")
    assert not any("BRTI" in line for line in chart_head(hands, Place(60, 11))), "prices before all else"


def test_the_chart_of_a_market_about_which_nothing_is_known_has_no_such_line() -> None:
    hands = desk_with(OutsideRows())
    hands.desk.load(WEATHER_AT)
    hands.desk.candles[WEATHER_AT, 1] = hands.desk.candles[BTC_AT, 1]
    assert not any("strike" in line for line in chart_head(hands))


def test_ages_that_grow_are_no_news_and_a_state_that_changes_is() -> None:
    hands, beats = desk_with(), Beats()
    picture = hands.desk.replica.desk
    beats.is_news(picture)
    older = tuple(
        msgspec.structs.replace(row, age_ns=(row.age_ns or 0) + SECOND_NS, rate=1.0) for row in sources()
    )
    picture.put(DeskRows(status=status(sources=older, venue="paper")))
    assert not beats.is_news(picture)
    picture.put(
        DeskRows(status=status(sources=(msgspec.structs.replace(older[0], state="down"), *older[1:])))
    )
    assert beats.is_news(picture)


@pytest.mark.parametrize("value", ["", "nan", "1e400", "x", "-0"])
def test_what_is_no_number_breaks_no_panel(value: str) -> None:
    rows = tuple(msgspec.structs.replace(row, value=value) for row in values())
    hands = desk_with(OutsideRows(rows))
    for loaded in (BTC_AT, WEATHER_AT):
        hands.desk.load(loaded)
        for width in (1, 10, 30, 118):
            for panel in (EventPanel(), ChartPanel()):
                shown = "\n".join(text(seen(panel, hands, Place(width, 20))))
                assert not re.search(r"\b(nan|inf|1e400)\b", shown), shown

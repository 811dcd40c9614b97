"""News: each telling kept, each piece told once, two times kept apart, text of strangers cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from collecting import NOW_NS, body, taken_of, values

from collectors.news.desk import NewsDesk
from collectors.news.feeds import Feeds, items_of
from collectors.news.items import Item, plain_text
from collectors.news.remembering import remember
from collectors.news.sameness import Sameness, plain_url
from collectors.news.services import Service, alphavantage, gdelt, newsapi, weather_alerts, x_search
from collectors.news.topics import topic_of
from collectors.observations import Headline, encode
from collectors.taking import FaultKind, SourceFault, Taken
from engine.domain.units import DAY_NS, HOUR_NS
from engine.lake.tables import NEWS as NEWS_TABLE
from engine.lake.writer import LakeWriter
from engine.wire.iso_time import iso_ns

TITLE = "Federal Reserve raises interest rates by 25 basis points"
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>
<item><title>{title}</title><link>https://fed.example/a?utm_source=rss</link><guid>g-1</guid>
<pubDate>Wed, 18 Nov 2026 11:00:00 GMT</pubDate>
<description>&lt;p&gt;It &amp;amp; more&lt;/p&gt;</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:1</id><title>{title}</title>
<link rel="self" href="https://no.example"/><link href="https://fed.example/a"/>
<updated>2026-11-18T11:00:00Z</updated></entry></feed>"""


def item(source: str, title: str, url: str = "", own_id: str = "") -> Item:
    return Item(source=source, title=title, url=url, own_id=own_id)


def headlines(taken: Taken) -> list[str]:
    return [one.title for one in taken.told if isinstance(one, Headline)]


def test_one_piece_of_news_is_told_once_whoever_tells_it() -> None:
    desk = NewsDesk()
    taken = desk.take(
        [
            item("a", TITLE, "https://www.fed.example/a?utm_source=x"),
            item("b", "Rates up", "https://fed.example/a/"),
            item("c", f"{TITLE} - Example News", "https://other.example/1"),
            item(
                "d", "The Federal Reserve raises interest rates by 25 basis points today", "https://d.example"
            ),
            item("e", TITLE.replace("25", "50"), "https://e.example"),
            item("a", TITLE, "https://www.fed.example/a?utm_source=x"),
        ],
        NOW_NS,
    )
    assert headlines(taken) == [TITLE, TITLE.replace("25", "50")]
    assert [row[0] is None for row in values(taken.rows, "duplicate_of")] == [True, False, False, False, True]
    assert len({row[0] for row in values(taken.rows, "duplicate_of")[1:4]}) == 1
    assert taken.repeats == 1


def test_what_was_taken_before_a_restart_is_told_to_nobody_again() -> None:
    desk = NewsDesk()
    known = item("a", TITLE, "https://fed.example/a")
    desk.remember(known.id, "a", TITLE, "https://fed.example/a", NOW_NS)
    taken = desk.take([known, item("b", TITLE)], NOW_NS + 1)
    assert (taken.told, taken.repeats, len(taken.rows)) == ([], 1, 1)


def test_the_same_words_two_days_later_are_news_again() -> None:
    sameness = Sameness()
    assert sameness.first_of("1", TITLE, "", NOW_NS) == "1"
    assert sameness.first_of("2", TITLE, "", NOW_NS + HOUR_NS) == "1"
    assert sameness.first_of("3", TITLE, "", NOW_NS + 2 * DAY_NS) == "3"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://www.a.example/x/?b=2&utm_medium=m&a=1#top", "a.example/x?a=1&b=2"),
        ("http://m.a.example/x", "a.example/x"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_addresses_are_compared_without_what_tells_of_the_reader(url: str, wanted: str) -> None:
    assert plain_url(url) == wanted


def test_publication_and_arrival_are_kept_apart_and_a_time_to_come_is_none() -> None:
    feed = Feeds(NewsDesk(), ["https://fed.example/rss"])
    taken = taken_of(feed, "fed.example/rss", RSS.format(title=TITLE).encode())
    assert values(taken.rows, "published_ns", "received_ns", "outlet", "summary") == [
        (iso_ns("2026-11-18T11:00:00Z"), NOW_NS, "fed.example", "It & more")
    ]
    late = Item(source="a", title="Other news", published_ns=NOW_NS + DAY_NS, published_text="x")
    assert values(NewsDesk().take([late], NOW_NS).rows, "published_ns", "published_text") == [(None, "x")]


def test_atom_has_the_address_of_the_page_and_not_of_itself() -> None:
    found = items_of(body(ATOM.format(title=TITLE).encode(), "https://fed.example/atom"))
    assert [(one.own_id, one.url, one.published_ns) for one in found] == [
        ("tag:1", "https://fed.example/a", iso_ns("2026-11-18T11:00:00Z"))
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><html></html>",
        b'<!DOCTYPE r [<!ENTITY a "b">]><rss><channel/></rss>',
        b"not xml",
        b"<html><body>consent</body></html>",
        b"",
    ],
)
def test_what_is_no_feed_is_refused(data: bytes) -> None:
    with pytest.raises(SourceFault) as caught:
        items_of(body(data, "https://fed.example/rss?key=s3cr3t"))
    assert caught.value.fault.kind is FaultKind.SHAPE
    assert "s3cr3t" not in caught.value.fault.detail


def services() -> dict[str, Service]:
    desk = NewsDesk()
    return {
        "newsapi": newsapi(desk, "https://n.example", "K3Y", "x"),
        "alphavantage": alphavantage(desk, "https://n.example", "K3Y", "x"),
        "gdelt": gdelt(desk, "https://n.example", "x"),
        "x": x_search(desk, "https://n.example", "K3Y", "x", 60.0),
        "noaa_alerts": weather_alerts(desk, "https://n.example", "NY"),
    }


ANSWERS: dict[str, Any] = {
    "newsapi": {
        "status": "ok",
        "articles": [
            {
                "title": TITLE,
                "url": "https://a.example",
                "publishedAt": "2026-11-18T10:00:00Z",
                "source": {"name": "A"},
            }
        ],
    },
    "alphavantage": {
        "feed": [{"title": TITLE, "url": "https://b.example", "time_published": "20261118T100000"}]
    },
    "gdelt": {"articles": [{"title": TITLE, "url": "https://c.example", "seendate": "20261118T100000Z"}]},
    "x": {"data": [{"id": "1", "text": TITLE, "created_at": "2026-11-18T10:00:00.000Z"}]},
    "noaa_alerts": {
        "features": [{"properties": {"id": "urn:1", "headline": TITLE, "sent": "2026-11-18T05:00:00-05:00"}}]
    },
}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_each_service_is_read_with_its_own_time(name: str) -> None:
    taken = taken_of(services()[name], name, msgspec.json.encode(ANSWERS[name]))
    assert values(taken.rows, "title", "published_ns") == [(TITLE, iso_ns("2026-11-18T10:00:00Z"))]
    assert headlines(taken) == [TITLE]


@pytest.mark.parametrize(
    ("name", "document", "kind"),
    [
        ("newsapi", {"status": "error", "code": "rateLimited", "message": "x"}, FaultKind.ERROR_TEXT),
        ("newsapi", {"status": "ok"}, FaultKind.SHAPE),
        ("alphavantage", {"Information": "25 requests per day"}, FaultKind.ERROR_TEXT),
        ("alphavantage", {"Note": "x"}, FaultKind.ERROR_TEXT),
        ("alphavantage", {"Error Message": "x"}, FaultKind.ERROR_TEXT),
        ("alphavantage", {"feed": ["x"]}, FaultKind.SHAPE),
        ("gdelt", [], FaultKind.SHAPE),
        ("x", {"title": "UsageCapExceeded", "detail": "x"}, FaultKind.ERROR_TEXT),
        ("noaa_alerts", {"type": "x"}, FaultKind.SHAPE),
    ],
)
def test_an_error_in_an_answer_of_success_is_a_fault(name: str, document: Any, kind: FaultKind) -> None:
    with pytest.raises(SourceFault) as caught:
        taken_of(services()[name], name, msgspec.json.encode(document))
    assert caught.value.fault.kind is kind


def test_nothing_new_is_no_fault() -> None:
    assert not taken_of(services()["gdelt"], "gdelt", b"{}").rows
    assert not taken_of(services()["x"], "x", b'{"meta":{"result_count":0}}').rows


def test_text_of_strangers_is_one_line_without_tags_and_fits_a_frame() -> None:
    assert plain_text("<b>A</b>\x1b[31m\n&lt;script&gt; &amp;", 40) == "A [31m <script> &"
    hostile = item("s" * 200, "\u202e" + "t" * 5_000, "javascript:alert(1)")
    taken = NewsDesk().take([hostile], NOW_NS)
    told = taken.told[0]
    assert isinstance(told, Headline)
    assert (len(told.title), told.url) == (400, "")


def test_every_headline_of_a_service_fits_a_frame() -> None:
    long = item("rss", "t" * 900, "https://a.example/" + "p" * 970)
    for message in NewsDesk().take([long], NOW_NS).told:
        assert encode(message)


@pytest.mark.parametrize(
    ("title", "summary", "categories", "series"),
    [
        ("Bitcoin falls below $70,000", "", ("crypto",), "KXBTC"),
        ("Fed holds rates as inflation cools", "", ("economy",), "KXINX"),
        ("TSA sets record on Sunday", "", ("travel",), "KXTSAW"),
        ("Heat Advisory issued", "New York; Nassau. Hot.", ("weather",), "KXHIGHNY"),
        ("A cat was found", "", ("other",), None),
    ],
)
def test_news_are_classified_by_their_words(
    title: str, summary: str, categories: tuple[str, ...], series: str | None
) -> None:
    topic = topic_of(title, summary)
    assert topic.categories == categories
    assert (series in topic.series) if series else topic.series == ()


def kept_in(root: Path, *items: Item) -> None:
    """Writes what a collector takes of the items into a lake."""
    writer = LakeWriter(root, NEWS_TABLE, 0, now_ns=lambda: NOW_NS)
    desk = NewsDesk()
    for number, found in enumerate(items):
        writer.append([msgspec.structs.asdict(row) for row in desk.take([found], NOW_NS + number).rows])
    writer.close()


def test_an_engine_that_starts_anew_is_told_the_newest_once_more(tmp_path: Path) -> None:
    other = "Bitcoin ends the day above ninety thousand dollars"
    kept_in(tmp_path, item("a", TITLE), item("b", TITLE), item("a", other))
    desk = NewsDesk()
    told = remember(desk, tmp_path, NOW_NS + HOUR_NS)
    assert [(headline.title, headline.received_ts_ns - NOW_NS) for headline in told] == [
        (TITLE, 0),
        (other, 2),
    ]
    assert desk.take([item("b", TITLE), item("a", other)], NOW_NS + HOUR_NS).told == []
    assert remember(NewsDesk(), tmp_path, NOW_NS + 4 * DAY_NS) == []


def test_no_more_are_told_again_than_anybody_reads(tmp_path: Path) -> None:
    kept_in(tmp_path, *(item("a", f"Release number {number} of {number * 7919}") for number in range(130)))
    told = remember(NewsDesk(), tmp_path, NOW_NS + HOUR_NS)
    assert [told[0].received_ts_ns, told[-1].received_ts_ns] == [NOW_NS + 30, NOW_NS + 129]

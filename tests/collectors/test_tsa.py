"""The table of travellers: in any order, refused in any other shape, from a mirror while the page refuses."""

from __future__ import annotations

import asyncio
from datetime import date
from functools import partial

import httpx
import pytest
from collecting import Bench, taken_of, told, values

from collectors.fetching import Fetcher
from collectors.polling import Poller
from collectors.taking import SourceFault
from collectors.tsa.page import days_of_page
from collectors.tsa.throughput import Throughput, week_event
from engine.domain.units import SECOND_NS

PAGE = """<html><table class="x"><thead><tr><th>Date</th><th>Numbers</th></tr></thead><tbody>{rows}</tbody>
</table></html>"""


def page(*rows: tuple[str, str]) -> bytes:
    cells = "".join(f"<tr>\n<td> {day} </td><td>{number}</td></tr>" for day, number in rows)
    return PAGE.format(rows=cells).encode()


def source() -> Throughput:
    return Throughput("https://t.example/p", "https://m.example/d.csv", "https://a.example/p")


def test_days_are_taken_in_any_order_and_told_about_the_event_of_their_week() -> None:
    taken = taken_of(source(), "page", page(("11/17/2026", "2,401,112"), ("11/16/2026", "2,512,003")))
    assert values(taken.rows, "day", "passengers", "passengers_text") == [
        ("2026-11-16", 2_512_003, "2,512,003"),
        ("2026-11-17", 2_401_112, "2,401,112"),
    ]
    assert told(taken) == [("tsa", "2026-11-16", "2512003"), ("tsa", "2026-11-17", "2401112")]
    assert {one.about for one in taken.told} == {("KXTSAW-26NOV22",)}  # type: ignore[union-attr]


def test_a_restated_day_is_a_row_more_and_an_older_table_is_kept_and_not_told() -> None:
    throughput = source()
    taken_of(throughput, "page", page(("11/16/2026", "2,512,003"), ("11/17/2026", "2,401,112")))
    again = taken_of(throughput, "page", page(("11/16/2026", "2,512,900"), ("11/17/2026", "2,401,112")))
    assert values(again.rows, "day", "passengers") == [("2026-11-16", 2_512_900)]
    assert told(again) == [("tsa", "2026-11-16", "2512900")]
    older = taken_of(throughput, "archive", page(("11/15/2026", "2,000,000")))
    assert (len(older.rows), older.told) == (1, [])


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>Request unsuccessful</body></html>",
        page(),
        page(("11/16/2026", "n/a")),
        page(("11/16/2026", "12")),
        page(("16.11.2026", "2,512,003")),
        page(("13/41/2026", "2,512,003")),
        page(("11/16/2026", "2,512,003"), ("11/16/2026", "2,512,004")),
        page(("11/29/2026", "2,512,003")),
        page(("11/16/2026", "2,512,003")).replace(b"<th>Numbers</th>", b"<th>2026</th><th>2025</th>"),
    ],
)
def test_another_table_is_refused(data: bytes) -> None:
    with pytest.raises(SourceFault, match="shape"):
        taken_of(source(), "page", data)


def test_a_sunday_ends_its_week() -> None:
    assert week_event(date(2026, 2, 8)) == week_event(date(2026, 2, 2)) == "KXTSAW-26FEB08"
    assert week_event(date(2026, 2, 9)) == "KXTSAW-26FEB15"


def test_the_page_is_read_as_it_is_recorded_in_past_years() -> None:
    rows = [(f"1/{day}/2025", f"2,00{day},000") for day in range(1, 10)]
    assert [one.day.day for one in days_of_page(page(*rows))] == list(range(1, 10))


async def test_while_the_page_refuses_the_mirror_is_asked_and_then_the_archive() -> None:
    asked: list[str] = []
    down = {"t.example", "m.example"}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host in down:
            return httpx.Response(403, text="<title>Access Denied</title>")
        if request.url.host == "m.example":
            return httpx.Response(200, text="date,passengers\n2026-11-17,2401112\n")
        return httpx.Response(200, content=page(("11/16/2026", "2,512,003")))

    bench = Bench("tsa")
    fetcher = Fetcher(bench.clock, transport=httpx.MockTransport(answer))
    put = partial(bench.recorder.put, "tsa.tsa")
    poller = Poller(source(), fetcher, bench.health("tsa.tsa"), put, bench.clock, lambda: 0.5)
    task = asyncio.ensure_future(poller.run())

    async def pass_s(seconds: int) -> list[str]:
        asked.clear()
        for _ in range(seconds // 5):
            await bench.clock.advance(5 * SECOND_NS)
            await asyncio.sleep(0)
        return list(dict.fromkeys(asked))

    assert await pass_s(30) == ["t.example", "m.example", "a.example"]
    down.discard("m.example")
    assert await pass_s(1_000) == ["t.example", "m.example"]
    down.clear()
    await pass_s(1_000)
    assert await pass_s(8_000) == ["t.example"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [(row["source"], row["day"]) for row in bench.rows("tsa")] == [
        ("archive", "2026-11-16"),
        ("mirror", "2026-11-17"),
        ("page", "2026-11-16"),
    ]
    assert [one.key for one in bench.sink.observations] == ["2026-11-16", "2026-11-17"]

"""Charts as text: what is seen, what is not, and that every size holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.tui import roles
from console.tui.cells import Row, plain, plain_rows, row_width
from console.tui.chart.draw import NO_PRICES, draw
from console.tui.chart.glyphs import ASCII, BLOCK, BRAILLE, GLYPHS, GlyphSet
from console.tui.chart.model import Bar, ChartModel, ForecastPoint, Level, LevelKind
from engine.domain.units import PriceBp

TEN_ET = 1_795_273_200
"""21 Nov 2026 10:00 in US Eastern."""
MINUTE = 60


def minutes(*closes: PriceBp | None, start_s: int = TEN_ET) -> tuple[Bar, ...]:
    """One bar a minute; None: no bar."""
    return tuple(
        Bar(start_s + at * MINUTE, start_s + (at + 1) * MINUTE, close, close, close)
        for at, close in enumerate(closes)
        if close is not None
    )


def drawn_roles(rows: tuple[Row, ...]) -> set[str]:
    return {role for row in rows for text, role in row if text.strip()}


def plot(model: ChartModel, width: int, height: int) -> list[str]:
    """In ASCII, without the axes."""
    rows = draw(model, width, height, ASCII)
    return [plain(row).split("|")[0].split("+")[0] for row in rows[:-1]]


LINE = ChartModel(
    bars=minutes(5_000, 5_000, 5_100, 5_300, 5_300, 5_200, None, 5_200, 5_400, 5_400),
    levels=(
        Level(LevelKind.LAST, 5_400),
        Level(LevelKind.TAKE_PROFIT, 5_600, "TP"),
        Level(LevelKind.STOP_LOSS, 4_800, "SL"),
    ),
)
IN_ASCII = """
              |
--------------+ TP 56.0
              + 55.0
            **+<54.0
       ***  * |
      ** * ** |
    ***       + 50.0
              |
==============+ SL 48.0
              |
  10:00        ET
"""
IN_BRAILLE = """
╌╌╌╌╌╌╌╌╌╌╌╌╌╌┤ TP 56.0
              ┤ 55.0
       ⣀⣀⡀  ⡏⠉┤◂54.0
       ⡇ ⠧ ⠤⠇ │
    ⣀⣀⡏⠁      ┤ 50.0
              │
┄┄┄┄┄┄┄┄┄┄┄┄┄┄┤ SL 48.0
  10:00        ET
"""
IN_BLOCKS = """
╌╌╌╌╌╌╌╌╌╌╌╌╌╌┤ TP 56.0
              ┤ 55.0
       ▄▄▄  █▀┤◂54.0
       █ █ ▄█ │
    ▄▄█▀      ┤ 50.0
              │
┄┄┄┄┄┄┄┄┄┄┄┄┄┄┤ SL 48.0
  10:00        ET
"""


@pytest.mark.parametrize(
    ("glyphs", "height", "picture"),
    [(ASCII, 11, IN_ASCII), (BRAILLE, 8, IN_BRAILLE), (BLOCK, 8, IN_BLOCKS)],
    ids=["ascii", "braille", "block"],
)
def test_a_line_with_a_gap_and_its_levels(glyphs: GlyphSet, height: int, picture: str) -> None:
    assert plain_rows(draw(LINE, 24, height, glyphs)) == picture.strip("\n")


def test_zero_to_a_dollar_takes_every_dot_of_its_columns() -> None:
    model = ChartModel(minutes(0, 10_000, 0, 10_000), start_s=TEN_ET, end_s=TEN_ET + 239)
    assert [plain(row) for row in draw(model, 4, 3)] == ["  ⢸⣿", "  ⢸⣿", "  ⣸⣿"]


def test_a_missing_candle_is_a_gap_and_no_line_leads_over_it() -> None:
    whole = plot(ChartModel(minutes(4_000, 4_000, 4_500, 6_000, 6_000, 6_000)), 30, 12)
    holed = plot(ChartModel(minutes(4_000, 4_000, None, 6_000, 6_000, 6_000)), 30, 12)
    filled = [column for column in zip(*whole, strict=True) if "*" in column]
    with_hole = ["*" in column for column in zip(*holed, strict=True)]
    first, last = with_hole.index(True), len(with_hole) - 1 - with_hole[::-1].index(True)
    assert False in with_hole[first:last]
    assert sum(with_hole) < len(filled)
    marked = [sum(row.count("*") for row in rows) for rows in (whole, holed)]
    assert marked[1] < marked[0]


def test_a_tick_alters_only_the_last_columns() -> None:
    closes = [5_000 + 100 * (at % 7) for at in range(60)]
    before = draw(ChartModel(minutes(*closes, 5_000)), 80, 20)
    after = draw(ChartModel(minutes(*closes, 5_200)), 80, 20)
    assert before != after
    plot_width = plain(before[0]).index("│")
    last = max(len(plain(row)[:plot_width].rstrip("⠀ ")) for row in (*before[:-1], *after[:-1]))
    for old, new in zip(before, after, strict=True):
        assert plain(old)[: last - 1] == plain(new)[: last - 1]


def test_a_second_within_a_bucket_leaves_the_picture_as_it_is() -> None:
    bars = minutes(*(5_000 + 10 * at for at in range(90)))
    end_s = TEN_ET + 90 * MINUTE
    pictures = {draw(ChartModel(bars, now_s=end_s + second), 60, 12) for second in range(60)}
    assert len(pictures) == 1
    assert draw(ChartModel(bars, now_s=end_s + 4 * MINUTE), 60, 12) not in pictures


def test_a_spike_between_a_thousand_points_is_seen() -> None:
    closes: list[PriceBp | None] = [5_000] * 1_000
    closes[617] = 9_000
    rows = plot(ChartModel(minutes(*closes)), 40, 20)
    top = next(row for row in rows if "*" in row)
    assert top.count("*") == 1
    assert all(row.count("*") == 1 for row in rows[rows.index(top) : rows.index(top) + 5])


def test_the_forecast_has_a_band_edges_a_median_and_a_rule_where_it_starts() -> None:
    points = tuple(
        ForecastPoint(TEN_ET + at * 600, 5_000 - 300 * at, 5_000 + 50 * at, 5_000 + 300 * at)
        for at in range(1, 6)
    )
    bars = minutes(*[5_000] * 10)
    model = ChartModel(bars, points=points, close_s=TEN_ET + 2_400)
    rows = draw(model, 70, 20)
    assert {roles.BAND, roles.FORECAST, roles.TEXT, roles.WARNING} <= drawn_roles(rows)
    text = plain_rows(rows)
    assert BRAILLE.rule in text
    assert BRAILLE.close_rule in text
    assert "close" in plain(rows[-1])
    filled = [span for row in rows for span in row if span[1] == roles.BAND and not span[0].strip(" ")]
    assert filled


@pytest.mark.parametrize("glyphs", GLYPHS.values(), ids=GLYPHS)
def test_every_line_has_a_tag_that_names_it(glyphs: GlyphSet) -> None:
    levels = (
        Level(LevelKind.TAKE_PROFIT, 5_350, "TP", "N46.5"),
        Level(LevelKind.STOP_LOSS, 5_300, "SL"),
        Level(LevelKind.ENTRY, 5_310, "entry"),
        Level(LevelKind.CONDITION, 5_305, "C1"),
        Level(LevelKind.ORDER, 5_320, "own"),
        Level(LevelKind.LAST, 5_315),
    )
    rows = draw(ChartModel(minutes(5_000, 5_400), levels), 60, 14, glyphs)
    text = plain_rows(rows)
    for told in ("TP 53.5 N46.5", "SL 53.0", "entry 53.1", "C1 53.05", "own 53.2", "53.15"):
        assert text.count(told) == 1


def test_a_level_far_from_the_data_is_told_at_the_edge() -> None:
    model = ChartModel(
        minutes(5_000, 5_200),
        (Level(LevelKind.TAKE_PROFIT, 9_500, "TP"), Level(LevelKind.STOP_LOSS, 500, "SL")),
    )
    rows = draw(model, 40, 12)
    assert "▲TP 95.0" in plain(rows[0])
    assert "▼SL 5.0" in plain(rows[-2])
    assert "╌" not in plain_rows(rows)


def test_no_data_says_so_and_shows_no_line() -> None:
    rows = draw(ChartModel(), 40, 10)
    assert NO_PRICES in plain_rows(rows)
    levels = draw(ChartModel(levels=(Level(LevelKind.STOP_LOSS, 4_400, "SL"),)), 40, 10)
    assert "SL 44.0" in plain_rows(levels)


def test_one_point_and_a_constant_are_in_the_picture() -> None:
    for bars in (minutes(5_000), minutes(*[5_000] * 30), minutes(0), minutes(10_000)):
        rows = draw(ChartModel(bars), 40, 10)
        marks = [c for row in rows for c in plain(row) if "⠀" < c <= "⣿"]
        assert marks


def test_bars_outside_of_the_window_move_no_axis() -> None:
    recent = minutes(*[5_000] * 5)
    old = minutes(100, start_s=TEN_ET - 86_400)
    window = {"start_s": TEN_ET, "end_s": TEN_ET + 299}
    assert draw(ChartModel(old + recent, **window), 40, 10) == draw(ChartModel(recent, **window), 40, 10)


def test_times_are_eastern_in_summer_and_in_winter() -> None:
    winter = plain(draw(ChartModel(minutes(*[5_000] * 120)), 60, 10)[-1])
    assert "10:00" in winter
    assert winter.rstrip().endswith("ET")
    summer_s = 1_784_728_800  # 22 July 2026 14:00 UTC
    summer = plain(draw(ChartModel(minutes(*[5_000] * 120, start_s=summer_s)), 60, 10)[-1])
    assert "10:00" in summer


def test_wide_time_shows_days() -> None:
    days = tuple(Bar(TEN_ET + d * 86_400, TEN_ET + (d + 1) * 86_400, 4_000, 6_000, 5_000) for d in range(30))
    assert "Dec" in plain(draw(ChartModel(days), 60, 10)[-1])


prices = st.integers(-100, 10_100)
times = st.integers(-(10**6), 2 * 10**9)


@st.composite
def models(make: st.DrawFn) -> ChartModel:
    at_s, bars = make(times), []
    for _ in range(make(st.integers(0, 12))):
        at_s += make(st.integers(0, 100_000))
        end_s = at_s + make(st.integers(0, 100_000))
        low, close, high = sorted((make(prices), make(prices), make(prices)))
        bars.append(Bar(at_s, end_s, low, high, close))
        at_s = end_s
    points = []
    for _ in range(make(st.integers(0, 4))):
        at_s += make(st.integers(0, 10_000))
        points.append(ForecastPoint(at_s, *sorted((make(prices), make(prices), make(prices)))))
    tags = st.sampled_from(("", "TP", "市場", "a very long tag that fits nowhere"))
    levels = st.builds(Level, st.sampled_from(LevelKind), prices, tags)
    maybe = st.none() | times
    return ChartModel(
        tuple(bars),
        make(st.lists(levels, max_size=6).map(tuple)),
        tuple(points),
        *(make(maybe) for _ in range(4)),
    )


@given(models(), st.integers(0, 60), st.integers(0, 20), st.sampled_from((BRAILLE, BLOCK, ASCII)))
def test_any_model_fills_any_size_exactly(
    model: ChartModel, width: int, height: int, glyphs: GlyphSet
) -> None:
    rows = draw(model, width, height, glyphs)
    assert len(rows) == height
    assert {row_width(row) for row in rows} == ({width} if height else set())
    assert drawn_roles(rows) <= set(roles.ALL)

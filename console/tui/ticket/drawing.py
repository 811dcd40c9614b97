"""The ticket's surface as rows of text: draft, REVIEW, order under way, outcome, and questions."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from console.tui import numbers, roles
from console.tui.cells import Row, clip_row
from console.tui.numbers import cents, contracts
from console.tui.ticket.checks import Notice
from console.tui.ticket.draft_rows import draft_rows, headline, key_line, mode_row
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.exit_plan import plan_words
from console.tui.ticket.figures import Effect
from console.tui.ticket.messages import denial, mean_cents, outcome
from console.tui.ticket.questions import Question
from console.tui.ticket.review import Review
from console.tui.ticket.scene import Scene
from engine.domain.units import SECOND_NS, Nanoseconds, dollars

MIN_WIDTH, MIN_HEIGHT = 34, 16
"""The least room in which a REVIEW with its first refusal stands whole."""
NAME_WIDTH = 11
_LIMITS_TOLD = 3
_LEAST_TOLD = 2
"""Rows of what forbids sending, however small the room is."""
Rows = list[Row]


def surface(
    entry: Entry, scene: Scene | None, question: Question | None, width: int, height: int
) -> tuple[Row, ...]:
    """At most ``height`` rows, the keys last. Refusals and warnings give way to figures; where those do not
    fit either, what forbids sending is told all the same."""
    if question is not None:
        notices: Rows = []
        rows, keys = _question_rows(question, width), _question_keys(question)
    else:
        rows, notices = _body(entry, scene, width)
        blocks = [block.code for block in entry.blocks]
        keys = key_line(entry.stage, rests=entry.rests, blocks=blocks)
    if entry.blocks and height < MIN_HEIGHT:
        rows = rows[: max(1, height - 1 - min(len(notices), _LEAST_TOLD))]
    room = max(0, height - len(rows) - 1)
    if len(notices) > room > 1:
        notices = [*notices[: room - 1], _more()]
    above = [*rows, *notices[:room]][: max(0, height - 1)]
    return tuple(clip_row(row, width) for row in [*above, keys])


def _more() -> Row:
    return (("more than fits: enlarge the terminal", roles.WARNING),)


def _body(entry: Entry, scene: Scene | None, width: int) -> tuple[Rows, Rows]:
    match entry.stage:
        case Stage.TICKET if entry.draft is not None and scene is not None:
            note = entry.draft.note or entry.note
            return draft_rows(entry.draft, scene), [*_said(note, width, roles.WARNING)]
        case Stage.REVIEW if entry.review is not None:
            return review_rows(entry.review, scene), _review_notices(entry, width)
        case Stage.SENT | Stage.UNKNOWN:
            return _flight_rows(entry, scene, width), [*_said(entry.note, width, roles.TEXT)]
        case Stage.ACK | Stage.REJECT:
            return _outcome_rows(entry, width), [*_said(entry.note, width, roles.LABEL)]
        case _:
            return [], [*_said(entry.note, width, roles.WARNING)]


def _said(text: str, width: int, role: str) -> Iterator[Row]:
    for line in textwrap.wrap(text, max(width, 1)):
        yield ((line, role),)


def _named(name: str, *spans: tuple[str, str]) -> Row:
    return ((f"{name:<{NAME_WIDTH}}", roles.LABEL), *spans)


def review_rows(review: Review, scene: Scene | None) -> Rows:
    """In the order in which a person checks it; always the same lines in the same places."""
    ticket, split, figures = review.ticket, review.split, review.figures
    there = review.scene if scene is None else scene
    return [
        mode_row("REVIEW", there),
        *headline(ticket, there),
        _named("fills now", (_fills(review), roles.TEXT)),
        _named("rests", (_rests(review), roles.TEXT if split.rests_c else roles.LABEL)),
        _named(*_money(review)),
        _named("fee", (_fee(review), roles.TEXT)),
        _named("worst/best", *_worst_and_best(review)),
        _named("break-even", (_break_even(figures.break_even_bp), roles.TEXT)),
        _named("position", *_position(review)),
        _named("cash", (_cash(there), roles.TEXT)),
        _named("plan", (_plan(review), roles.LABEL)),
        _named("limits", (_limits(review), roles.TEXT)),
        _named("book", *_book(review, there)),
    ]


def _fills(review: Review) -> str:
    split = review.split
    if not split.filled_c:
        return "nothing"
    return f"{contracts(split.filled_c)} at {mean_cents(split.value_ud, split.filled_c)}"


def _rests(review: Review) -> str:
    split, price = review.split, cents(review.ticket.price_bp)
    if split.canceled_c:
        return f"nothing; {contracts(split.canceled_c)} canceled"
    return f"{contracts(split.rests_c)} at {price}" if split.rests_c else "nothing"


def _money(review: Review) -> tuple[str, tuple[str, str]]:
    figures, effect = review.figures, review.effect
    if effect.closes_c and effect.opens_c:
        return "brings/cost", (f"${dollars(figures.brings_ud)} / ${dollars(figures.cost_ud)}", roles.TEXT)
    if effect.closes_c:
        said = f"${dollars(figures.brings_ud)}"
        return "brings", (said, roles.TEXT)
    return "cost", (f"${dollars(figures.cost_ud)}", roles.TEXT)


def _fee(review: Review) -> str:
    """As the book stands, and where part of it rests the most that it can be: what the worst counts with."""
    figures = review.figures
    if figures.fee_ud is None:
        return "- (fees not known yet)"
    said = f"${dollars(figures.fee_ud)}"
    if figures.most_fee_ud in (None, figures.fee_ud):
        return said
    return f"{said}, all taken ${dollars(figures.most_fee_ud or 0)}"


def _worst_and_best(review: Review) -> Iterator[tuple[str, str]]:
    figures = review.figures
    if review.effect.opens_c:
        yield (f"-{_or_dash(figures.max_loss_ud)}", roles.DOWN)
        yield (" / ", roles.LABEL)
        yield (f"+{_or_dash(figures.max_gain_ud)}", roles.UP)
    elif figures.realised_ud is None:
        yield ("-", roles.LABEL)
    else:
        sign = "+" if figures.realised_ud > 0 else "-" if figures.realised_ud < 0 else ""
        role = roles.UP if figures.realised_ud > 0 else roles.DOWN if figures.realised_ud < 0 else roles.TEXT
        yield (f"{sign}${dollars(abs(figures.realised_ud))} realised before fee", role)


def _or_dash(amount_ud: int | None) -> str:
    return "" if amount_ud is None else f"${dollars(amount_ud)}"


def _break_even(even_bp: int | None) -> str:
    return "-" if even_bp is None else f"{cents(even_bp)} % must win"


def _position(review: Review) -> Iterator[tuple[str, str]]:
    effect, scene = review.effect, review.scene
    after = _held(effect)
    if effect.closes_c:
        yield (f"this CLOSES {contracts(effect.closes_c)} {(scene.held_leg or '').upper()}", roles.WARNING)
        yield (f" -> {after}", roles.TEXT)
        return
    before = f"{contracts(scene.held_c)} {scene.held_leg.upper()}" if scene.held_leg else "flat"
    yield (f"{before} -> {after}", roles.TEXT)


def _held(effect: Effect) -> str:
    return "flat" if effect.after_leg is None else f"{contracts(effect.after_c)} {effect.after_leg.upper()}"


def _cash(scene: Scene) -> str:
    if scene.cash is None or scene.shard is None:
        return "-"
    return f"${numbers.dollars(scene.cash.by_shard_ud.get(scene.shard, 0))} on shard {scene.shard}"


def _plan(review: Review) -> str:
    if not review.opens:
        return "as it is: this only reduces"
    return plan_words(review.ticket, review.split)


def _limits(review: Review) -> str:
    if not review.opens:
        return "none: it only reduces"
    bounds = review.scene.bounds
    if bounds.order_count_c is None or bounds.order_loss_ud is None:
        return "- (the engine checks them)"
    return f"{contracts(bounds.order_count_c)}, ${dollars(bounds.order_loss_ud)} an order"


def _limits_left(review: Review, width: int) -> Rows:
    """What is left of the scarcest limits that are used up by other orders too; RISK shows them all. Those of
    bots do not bound what a person sends."""
    others = [other for other in review.scene.bounds.others if not other.name.startswith("bot_")]
    if not review.opens or not others:
        return []
    scarcest = sorted(others, key=lambda other: other.left_permille)[:_LIMITS_TOLD]
    said = ", ".join(f"{other.name.replace('_', ' ')} {_left(other.unit, other.left)}" for other in scarcest)
    return [*_said(f"left: {said}", width, roles.LABEL)]


def _left(unit: str, left: int) -> str:
    match unit:
        case "ud":
            return f"${dollars(left)}"
        case "count":
            return contracts(left)
        case "bp":
            return f"{cents(left)} c"
        case "share":
            return f"{cents(left)} %"
        case _:
            return str(left)


def _book(review: Review, scene: Scene) -> Iterator[tuple[str, str]]:
    if scene.is_book_fresh:
        yield (_age(scene.feed_age_ns), roles.TEXT)
    else:
        yield (f"~ stale {scene.stale_reason}".rstrip(), roles.STALE)
    same = f"  like it: {review.identical}" if review.identical else "  like it: none"
    yield (same, roles.WARNING if review.identical else roles.LABEL)


def _age(age_ns: Nanoseconds | None) -> str:
    if age_ns is None:
        return "age -"
    tenths = age_ns * 10 // SECOND_NS
    return f"age {tenths // 10}.{tenths % 10}s"


def _review_notices(entry: Entry, width: int) -> Rows:
    assert entry.review is not None
    found: Rows = [*_said(entry.note, width, roles.ACCENT)]
    for notice in entry.blocks:
        if notice.text != entry.note:
            found += _said(f"! {notice.text}", width, roles.URGENT)
    return found + _notices(entry.review.warnings, width) + _limits_left(entry.review, width)


def _notices(notices: Iterable[Notice], width: int) -> Rows:
    return [row for notice in notices for row in _said(f"* {notice.text}", width, roles.WARNING)]


def _flight_rows(entry: Entry, scene: Scene | None, width: int) -> Rows:
    flight = entry.flight
    assert flight is not None
    there = flight.review.scene if scene is None else scene
    word = "UNKNOWN" if entry.stage is Stage.UNKNOWN else "SENT"
    said = (
        "The engine is finding out. It will not" if word == "UNKNOWN" else "Sent once. Waiting for the engine"
    )
    more = "be sent twice." if word == "UNKNOWN" else "to answer; it will not be sent again."
    return [
        mode_row(word, there),
        *headline(flight.review.ticket, there),
        (("", roles.TEXT),),
        ((said, roles.URGENT if word == "UNKNOWN" else roles.TEXT),),
        ((more, roles.URGENT if word == "UNKNOWN" else roles.TEXT),),
        *_said(f"order id {flight.client_order_id}", width, roles.LABEL),
    ]


def _outcome_rows(entry: Entry, width: int) -> Rows:
    review = entry.review
    assert review is not None
    is_good = entry.stage is Stage.ACK
    rows = [mode_row("DONE" if is_good else "REFUSED", review.scene), *headline(review.ticket, review.scene)]
    text = ""
    if entry.answer is not None and entry.answer.deny_code:
        text = denial(entry.answer)
    elif entry.order is not None:
        text = outcome(entry.order)
    rows += _said(text, width, roles.TEXT if is_good else roles.URGENT)
    return [*rows, *_said(f"order id {entry.client_order_id}", width, roles.LABEL)]


def _question_rows(question: Question, width: int) -> Rows:
    rows: Rows = [((question.title, roles.TITLE),)]
    for line in question.lines:
        rows += _said(line, width, roles.TEXT)
    if question.wanted:
        rows.append(((f"type {question.wanted}: ", roles.LABEL), (f"{question.typed}_", roles.SELECTED)))
    rows += _said(question.note, width, roles.WARNING)
    return rows


def _question_keys(question: Question) -> Row:
    does = "does it" if not question.wanted else "does it once the number is typed"
    return (("Enter ", roles.TITLE), (does, roles.LABEL), ("  Esc ", roles.TITLE), ("leaves", roles.LABEL))

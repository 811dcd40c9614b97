"""``sparko markets`` and ``sparko event``: what can be traded, and at which prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption
from console.tools.tickers import upper

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.rows.markets import EventRow, LegRow, QuoteRow


def markets(
    text: Annotated[str, typer.Argument(help="Only tickers and titles with this text.")] = "",
    series: Annotated[str, typer.Option(help="Only of this series.")] = "",
    event: Annotated[str, typer.Option(help="Only of this event.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those without a live book, too.")] = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The markets that the engine follows, with bid, ask and last in cents of the YES leg.

    \b
    Examples:
      sparko markets
      sparko markets bitcoin
      sparko markets --series KXHIGHNY --json
    """

    async def found(client: ControlClient) -> list[LegRow]:
        from console.tools.pages import rows_of
        from engine.control.queries import MarketsArgs

        args = MarketsArgs(series=upper(series), event=upper(event), text=text, streamed=not everything)
        return await rows_of(client, "markets", args)

    legs = with_engine(Where(home, venue, exchange), found)
    if as_json:
        from console.tools.documents import market_document
        from console.tools.output import print_json

        print_json([market_document(leg) for leg in legs])
    else:
        _print_markets(legs, is_filtered=bool(text or series or event))


def _print_markets(legs: list[LegRow], *, is_filtered: bool) -> None:
    from console.tools.output import Column, number, print_empty, print_table
    from console.tools.words import cents_text, count_text, eastern

    if not legs:
        if is_filtered:
            print_empty("No market is like that.", "All that are listed: sparko markets --all")
        else:
            print_empty("No market is followed yet.", "See whether the engine is ready: sparko status")
        return
    columns = [Column("TICKER"), Column("STATUS"), number("BID"), number("ASK"), number("LAST")]
    columns += [number("VOLUME"), Column("CLOSES ET")]
    rows = [
        [
            leg.market.ticker,
            leg.market.status.value,
            _marked(leg.quote, leg.quote.bid_bp),
            _marked(leg.quote, leg.quote.ask_bp),
            cents_text(leg.quote.last_bp),
            count_text(leg.quote.volume_c),
            eastern(leg.market.close_ns),
        ]
        for leg in legs
    ]
    print_table(columns, rows)
    _explain_marks([leg.quote for leg in legs])


def event(
    event_ticker: Annotated[str, typer.Argument(metavar="EVENT", help="An event ticker, or KXBTCD@now.")],
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One event: a row for each of its markets, both legs, and what is held.

    \b
    Examples:
      sparko event KXHIGHNY-26NOV20
      sparko event KXHIGHNY-26NOV20 --json
    """

    async def found(client: ControlClient) -> EventRow:
        from console.tools.tickers import fixed_event
        from engine.control.queries import EventArgs

        fixed = await fixed_event(client, event_ticker)
        row: EventRow = (await client.query("event", EventArgs(fixed))).items[0]
        return row

    row = with_engine(Where(home, venue, exchange), found)
    if as_json:
        from console.tools.documents import event_document
        from console.tools.output import print_json

        print_json(event_document(row))
    else:
        _print_event(row)


def _print_event(row: EventRow) -> None:
    from console.tools.documents import leg_word, no_ask_bp, no_bid_bp, sum_of
    from console.tools.output import Column, number, print_table
    from console.tools.words import cents_text, count_text, eastern

    typer.echo(f"{row.ticker}  {row.title}")
    if row.legs:
        typer.echo(f"closes {eastern(row.legs[0].market.close_ns)} ET")
    columns = [Column("MARKET"), Column("OUTCOME", is_flexible=True), number("YES BID"), number("YES ASK")]
    columns += [number("NO BID"), number("NO ASK"), number("LAST"), Column("HELD")]
    rows = []
    for leg in row.legs:
        quote, held = leg.quote, leg.position
        prices = (quote.bid_bp, quote.ask_bp, no_bid_bp(quote), no_ask_bp(quote))
        rows.append(
            [
                leg.market.ticker.removeprefix(row.ticker),
                leg.market.yes_sub_title or leg.market.title,
                *(_marked(quote, price_bp) for price_bp in prices),
                cents_text(quote.last_bp),
                "" if held is None else f"{count_text(held.count_c)} {leg_word(held.leg)}".strip(),
            ]
        )
    print_table(columns, rows)
    yes_sum = cents_text(sum_of([leg.quote.ask_bp for leg in row.legs]))
    no_sum = cents_text(sum_of([no_ask_bp(leg.quote) for leg in row.legs]))
    typer.echo(f"sum of YES asks {yes_sum}, of NO asks {no_sum}")
    _explain_marks([leg.quote for leg in row.legs])


def _marked(quote: QuoteRow, price_bp: int | None) -> str:
    """A price that does not come from a book in good order says so."""
    from console.tools.words import cents_text

    return cents_text(price_bp) if quote.is_fresh or price_bp is None else f"{cents_text(price_bp)}?"


def _explain_marks(quotes: list[QuoteRow]) -> None:
    if any(not q.is_fresh and (q.bid_bp is not None or q.ask_bp is not None) for q in quotes):
        typer.echo("? is the last word on a market whose book is not followed or not fresh.")

"""What ``sparko cond`` and ``sparko load`` share: texts into tickets, plans and times, and commands told."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeAlias, TypeVar

import typer

from console.tools.attach import CONFIRMED_VENUES
from console.tools.failure import Failure, WrongUsage

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.client import ControlClient
    from engine.control.protocol import CommandAnswer
    from engine.control.replica import Replica
    from engine.domain.command import CommandBody
    from engine.domain.plan import PlanTerms
    from engine.domain.trigger import Ticket
    from engine.domain.units import Nanoseconds

Value = TypeVar("Value")
_TOLD_WITHIN_S = 2.0

DoOption: TypeAlias = Annotated[
    str,
    typer.Option("--do", metavar="ORDER", help='The order: "buy no 10 @ 60", with ioc or fok, and far.'),
]
TakeProfitOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--tp", metavar="C", help="Take profit: +20 from the entry, or a level in cents."),
]
StopLossOption: TypeAlias = Annotated[
    str | None, typer.Option("--sl", metavar="C", help="Stop loss: -10 from the entry, or a level in cents.")
]
ExpiresOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--expires", metavar="TIME", help="2h, 30m, 15:30 (US Eastern), or a date and time."),
]
ConfirmOption: TypeAlias = Annotated[
    str | None, typer.Option("--confirm", metavar="VENUE", help="Needed on demo and live: the venue's name.")
]


def read_text(parse: Callable[..., Value], *args: object) -> Value:
    """What a parser of the domain makes of a text. Raises WrongUsage with its line."""
    from engine.domain.bad_text import BadText

    try:
        return parse(*args)
    except BadText as error:
        raise WrongUsage(f"--{error}" if not str(error).startswith("--") else str(error)) from None


def ticket_of(ticker: str, do: str, tp: str | None, sl: str | None) -> Ticket:
    """Raises WrongUsage."""
    import msgspec

    from engine.domain.trigger_text import parse_ticket

    ticket = read_text(parse_ticket, do, ticker)
    plan = plan_of(tp, sl)
    if plan is not None and not ticket.buys:
        raise WrongUsage("--tp, --sl: got a plan for a sale, wanted one for what is bought")
    return msgspec.structs.replace(ticket, plan=plan)


def plan_of(tp: str | None, sl: str | None) -> PlanTerms | None:
    """Raises WrongUsage."""
    from engine.domain.plan import PlanTerms
    from engine.domain.plan_text import parse_target

    if tp is None and sl is None:
        return None
    return PlanTerms(
        take_profit=None if tp is None else read_text(parse_target, tp, "--tp"),
        stop_loss=None if sl is None else read_text(parse_target, sl, "--sl"),
    )


def expiry_of(expires: str | None, now_ns: Nanoseconds) -> Nanoseconds | None:
    """Raises WrongUsage."""
    from engine.domain.eastern_text import parse_expiry

    return None if expires is None else read_text(parse_expiry, "--expires", expires, now_ns)


def check_confirmed(client: ControlClient, confirm: str | None) -> None:
    """An entry on demo or live names its venue; a name that is given is always checked. Raises Failure."""
    found = client.hello.venue
    if confirm == found or (confirm is None and found not in CONFIRMED_VENUES):
        return
    got = "none" if confirm is None else confirm
    line = f"--confirm: got {got}, wanted {found}, the venue of this engine (NOT_CONFIRMED)"
    raise Failure(line, "NOT_CONFIRMED")


async def asked(client: ControlClient, body: CommandBody) -> CommandAnswer:
    """The engine's answer. Raises Failure where it refuses, OutcomeUnknown where it says nothing."""
    from console.tools.sending import denial_line
    from console.tools.waiting import Deadline, ask
    from engine.control.protocol import AnswerState

    answer = await ask(client, body, Deadline())
    if answer.state is AnswerState.DENIED:
        raise Failure(denial_line(answer), answer.deny_code)
    return answer


async def or_refusal(work: Awaitable[Value]) -> Value | Failure:
    """A refusal with a code is told with a document of its own; any other ends the program."""
    try:
        return await work
    except Failure as failure:
        if not failure.deny_code:
            raise
        return failure


def tell_refusal(failure: Failure, name: str, of: str, *, as_json: bool) -> NoReturn:
    """The document of what was refused, its line and its exit code. Raises typer.Exit."""
    from console.tools.output import print_json

    if wants_json(as_json):
        print_json({name: of, "state": "denied", "deny_code": failure.deny_code})
    typer.echo(f"error: {' '.join(str(failure).split())}", err=True)
    raise typer.Exit(failure.code)


async def told_soon(client: ControlClient, holds: Callable[[Replica], bool]) -> bool:
    """Whether the engine's picture comes to hold something within two seconds, or until an interruption."""
    try:
        async with asyncio.timeout(_TOLD_WITHIN_S):
            await client.until(holds)
    except (TimeoutError, asyncio.CancelledError):
        return False
    return True


def plan_text(plan: PlanTerms | None) -> str:
    """``tp +20 sl -10``; empty without a plan."""
    from engine.domain.plan_text import text_of_target

    if plan is None:
        return ""
    named = (("tp", plan.take_profit), ("sl", plan.stop_loss))
    return " ".join(f"{name} {text_of_target(target)}" for name, target in named if target is not None)


def plan_document(plan: PlanTerms | None) -> dict[str, Json]:
    """As a person would write them again."""
    from engine.domain.plan_text import text_of_target

    tp, sl = (None, None) if plan is None else (plan.take_profit, plan.stop_loss)
    return {
        "take_profit": None if tp is None else text_of_target(tp),
        "stop_loss": None if sl is None else text_of_target(sl),
    }


def wants_json(as_json: bool) -> bool:
    """JSON if asked for, and whenever the output is not a terminal."""
    return as_json or not sys.stdout.isatty()

"""The fields of order bodies, from text to values. What the core decides is left to the core."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeVar

from msgspec import UNSET, UnsetType

from engine.domain.order import BookSide, OrderRequest, SelfTradePrevention, TimeInForce
from engine.domain.units import SECOND_NS, CountC, Nanoseconds, PriceBp
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.server.rest.body import failed_rule, invalid_parameters
from engine.sandbox.server.rest.query import refuse_subaccount
from engine.wire.fixed_point import count_c, price_bp
from engine.wire.orders import CreateOrder

CREATE_SCHEMA = "CreateOrderV2Request"
ROUTE_BY_TICKER = -1
CLIENT_ID_MAX = 64

_PRICE = re.compile(r"\d{1,4}\.\d{2,4}", re.ASCII)
_COUNT = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
_CLIENT_ID = re.compile(r"[-\w:+=/]*", re.ASCII)

Word = TypeVar("Word", bound=StrEnum)


def read_price(text: str) -> PriceBp:
    """A YES price of two to four places; anything else is no price. Raises Refusal (invalid price)."""
    if not _PRICE.fullmatch(text):
        raise Refusal(Reason.INVALID_PRICE, f"price: got {text!r}, wanted dollars with 2 to 4 places")
    return price_bp(text)


def read_count(text: str, field: str = "count") -> CountC:
    """Contracts of at most two places. Raises BodyRefusal (invalid parameters)."""
    if not _COUNT.fullmatch(text):
        raise invalid_parameters(f"{field}: got {text!r}, wanted contracts with at most 2 places")
    return count_c(text)


def read_word(kind: type[Word], text: str, schema: str, field: str) -> Word:
    """One of the enum's words. Raises BodyRefusal (invalid parameters)."""
    try:
        return kind(text)
    except ValueError:
        raise failed_rule(schema, field, "oneof") from None


def read_client_id(text: str | UnsetType, field: str = "client_order_id") -> str:
    """At most 64 of ``[-\\w:+=/]``; empty where there is none. Raises BodyRefusal (invalid parameters)."""
    if text is UNSET:
        return ""
    if len(text) > CLIENT_ID_MAX:
        raise invalid_parameters(f"{field}: got {len(text)} characters, wanted at most {CLIENT_ID_MAX}")
    if not _CLIENT_ID.fullmatch(text):
        raise invalid_parameters(f"{field}: got {text!r}, wanted only letters, digits and -_:+=/")
    return text


def read_expiry(seconds: int | UnsetType | None) -> Nanoseconds | None:
    """Unix seconds; absent and null are no expiry. Whether it lies ahead is for the core to say."""
    return None if seconds is UNSET or seconds is None else seconds * SECOND_NS


def read_shard(index: int | UnsetType) -> int | None:
    """None routes by ticker, as does -1."""
    return None if index is UNSET or index == ROUTE_BY_TICKER else index


def read_create(body: CreateOrder) -> OrderRequest:
    """Raises Refusal or BodyRefusal for a field that breaks its rule."""
    refuse_subaccount(body.subaccount or 0)
    return OrderRequest(
        ticker=body.ticker,
        side=read_word(BookSide, body.side, CREATE_SCHEMA, "side"),
        price_bp=read_price(body.price),
        count_c=read_count(body.count),
        client_order_id=read_client_id(body.client_order_id),
        time_in_force=read_word(TimeInForce, body.time_in_force, CREATE_SCHEMA, "time_in_force"),
        self_trade_prevention=read_word(
            SelfTradePrevention, body.self_trade_prevention_type, CREATE_SCHEMA, "self_trade_prevention_type"
        ),
        post_only=body.post_only is True,
        reduce_only=body.reduce_only is True,
        cancel_on_pause=body.cancel_order_on_pause is True,
        expires_ns=read_expiry(body.expiration_time),
        order_group_id=body.order_group_id or None,
        exchange_index=read_shard(body.exchange_index),
    )

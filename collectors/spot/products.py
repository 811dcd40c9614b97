"""Which settlement index a traded product leads."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.taking import FaultKind, SourceFault
from collectors.words import one_line

_OWN_NAMES = {"BTC": "BRTI"}


def index_of(product: str) -> str:
    """``BTC-USD`` is BRTI, every other coin ``{COIN}USD_RTI``, as the rules of its markets name them."""
    coin = product.partition("-")[0]
    return _OWN_NAMES.get(coin, f"{coin}USD_RTI")


def answered_as(products: Iterable[str]) -> frozenset[str]:
    """What messages about these products may call them: a ``-USDC`` product has the book of ``-USD``."""
    return frozenset(name for one in products for name in (one, one.replace("-USDC", "-USD")))


def check_product(product: str, known: frozenset[str]) -> None:
    """Raises SourceFault for a product that nobody asked for."""
    if product not in known:
        raise SourceFault(FaultKind.UNRECOGNISED, f"product {one_line(product, 40)!r}")

"""Which settlement index a traded product leads."""

from __future__ import annotations

_OWN_NAMES = {"BTC": "BRTI"}


def index_of(product: str) -> str:
    """``BTC-USD`` is BRTI, every other coin ``{COIN}USD_RTI``, as the rules of its markets name them."""
    coin = product.partition("-")[0]
    return _OWN_NAMES.get(coin, f"{coin}USD_RTI")

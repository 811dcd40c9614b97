"""The side door of a sandbox, from outside: what it is, a key for it, its clock, its end."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from engine.domain.units import Nanoseconds
from engine.wire.signing import REST_ROOT

TIMEOUT_S = 5.0
_MILLIONTHS = 1_000_000
_PASSWORD = re.compile(r"//[^/]*@")
"""What stands before a host; it is not for anybody's screen or log."""


class SideDoorError(Exception):
    """No sandbox answers there as one does. One line."""


class WorldFacts(msgspec.Struct, frozen=True):
    """A sandbox's world at one moment of its own time."""

    world_id: str
    now_ns: Nanoseconds
    speed_millionths: int
    """0 while its time stands still."""
    series: tuple[str, ...]
    kind: str = ""
    """Where its prices come from: ``generator``, ``replay`` or ``mirror``."""
    prices: str = ""
    """Of a mirror: how they come."""
    age_ns: Nanoseconds | None = None
    """Of a mirror: how long ago they were heard."""


class NewKey(msgspec.Struct, frozen=True):
    """A key made for us. ``private_key`` is PEM; it goes into a file of the home and nowhere else."""

    key_id: str
    private_key: str
    account_id: str

    def __repr__(self) -> str:
        return f"NewKey({self.key_id[:4]}…, private key hidden)"


def root_of(url: str) -> str:
    """The address of a sandbox without its paths: ``http://127.0.0.1:8800``. Raises SideDoorError."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_more = "@" in parts.netloc or parts.query or parts.fragment
    if parts.scheme != "http" or not parts.hostname or port is None or is_more:
        shown = _PASSWORD.sub("//...@", url)
        raise SideDoorError(f"exchange: got {shown!r}, wanted an address such as http://127.0.0.1:8800")
    if parts.path.rstrip("/") not in ("", REST_ROOT):
        raise SideDoorError(f"exchange: got path {parts.path}, wanted none or {REST_ROOT}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"http://{host}:{port}"


class SideDoorClient:
    """Speaks plain HTTP to ``<root>/sandbox``; looks at no proxy, and at no certificates, whose loading takes
    longer than a question. Close it with :meth:`aclose`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._http = httpx.AsyncClient(
            base_url=f"{root}/sandbox", timeout=TIMEOUT_S, trust_env=False, verify=False
        )

    async def world(self) -> WorldFacts:
        """Raises SideDoorError."""
        found = await self._ask("GET", "/world")
        try:
            speed = 0 if found["paused"] else round(float(found["speed"]) * _MILLIONTHS)
            return WorldFacts(
                str(found["world_id"]),
                int(found["now_ns"]),
                speed,
                tuple(found["series"]),
                str(found["source"]["kind"]),
                str(found.get("prices") or ""),
                None if found.get("age_ns") is None else int(found["age_ns"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SideDoorError(f"exchange {self.root}: no sandbox answers there: {error!r}") from None

    async def new_key(self) -> NewKey:
        """A key for a new, funded account. Raises SideDoorError."""
        found = await self._ask("POST", "/keys", {})
        try:
            return msgspec.convert(found, NewKey)
        except msgspec.ValidationError as error:
            raise SideDoorError(f"exchange {self.root}: key: {error}") from None

    async def fills(self) -> list[dict[str, Any]]:
        """What a mirror saw around each fill. Raises SideDoorError."""
        found = await self._ask("GET", "/fills")
        fills = found.get("fills")
        if not isinstance(fills, list):
            raise SideDoorError(f"exchange {self.root}: tells of no fills")
        return fills

    async def orders(self) -> list[dict[str, Any]]:
        """Every order that it ever took. Raises SideDoorError."""
        orders = (await self._ask("GET", "/orders")).get("orders")
        if not isinstance(orders, list):
            raise SideDoorError(f"exchange {self.root}: tells of no orders")
        return orders

    async def set_faults(self, rules: list[dict[str, object]]) -> None:
        """Has requests and messages go wrong, in place of the rules before. Raises SideDoorError."""
        await self._ask("POST", "/faults", {"rules": rules})

    async def clear_faults(self) -> None:
        """All goes well again. Raises SideDoorError."""
        await self._ask("DELETE", "/faults")

    async def stop(self) -> None:
        """Asks it to end. Raises SideDoorError."""
        await self._ask("POST", "/stop")

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = await self._http.request(method, path, json=body)
            answer.raise_for_status()
            found = answer.json() if answer.content else {}
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise SideDoorError(f"exchange {self.root}: no sandbox answers there (status {status})") from None
        except httpx.TimeoutException:
            raise SideDoorError(f"exchange {self.root}: does not answer within {TIMEOUT_S:g} s") from None
        except httpx.HTTPError as error:
            raise SideDoorError(
                f"exchange {self.root}: cannot be reached: {str(error) or type(error).__name__}"
            ) from None
        except ValueError:
            raise SideDoorError(f"exchange {self.root}: no sandbox answers there") from None
        if not isinstance(found, dict):
            raise SideDoorError(f"exchange {self.root}: no sandbox answers there")
        return found

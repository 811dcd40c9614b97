"""Where alerts go: ``[alerts]`` of config.toml, a file of addresses, and the environment.

An address holds its secrets, so it is read from places that only its user can read, and never shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from engine.core.effects import AlertLevel
from engine.ops.alerts.entries import SinkSpec
from engine.ops.errors import OpsError

URLS = "SPARKO_ALERT_URLS"
HEARTBEAT = "SPARKO_HEARTBEAT_URL"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SUBMISSION_PORT, _TLS_PORT = "587", "465"


class AlertsInvalid(OpsError):
    """A setting of ``[alerts]`` that cannot be used. One line, without the address."""


class SinkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One address with a name for it and the level from which it is used."""

    url: str
    name: str = ""
    min_level: str = ""

    def __repr__(self) -> str:
        return f"SinkConfig(name={self.name!r}, min_level={self.min_level!r})"


class AlertsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``urls_file`` has one address a line. ``min_level`` holds where a sink has none of its own."""

    urls: tuple[str | SinkConfig, ...] = ()
    urls_file: str = ""
    min_level: str = AlertLevel.NOTE.value
    heartbeat_url: str = ""

    def __repr__(self) -> str:
        return f"AlertsConfig({len(self.urls)} urls, min_level={self.min_level!r})"


class Place(NamedTuple):
    """One address and who it is. ``where`` says where it was found, for people."""

    spec: SinkSpec
    url: str
    where: str

    def __repr__(self) -> str:
        return f"Place({self.spec.name!r}, {self.where!r})"


class Places(NamedTuple):
    """``incomplete`` are settings of the environment that lack something, each one line."""

    sinks: tuple[Place, ...]
    incomplete: tuple[str, ...]
    heartbeat_url: str

    def __repr__(self) -> str:
        return f"Places({self.sinks!r}, {self.incomplete!r})"


def places_of(config: AlertsConfig, environment: Mapping[str, str]) -> Places:
    """All sinks, each under its own name. Raises AlertsInvalid."""
    default = _level("alerts.min_level", config.min_level)
    found: list[Place] = []
    incomplete: list[str] = []
    for where, given in _given(config, environment):
        url, wanted, least = (
            (given, "", "") if isinstance(given, str) else (given.url, given.name, given.min_level)
        )
        level = _level(f"{where}: min_level", least) if least else default
        found.append(Place(SinkSpec(_name(wanted or _scheme(where, url), found), level), url, where))
    for where, address in _of_the_predecessors(environment):
        if address is None:
            incomplete.append(where)
        else:
            found.append(Place(SinkSpec(_name(_scheme(where, address), found), default), address, where))
    return Places(tuple(found), tuple(incomplete), _heartbeat(config, environment))


def _given(config: AlertsConfig, environment: Mapping[str, str]) -> Iterator[tuple[str, str | SinkConfig]]:
    for number, given in enumerate(config.urls, 1):
        yield f"alerts.urls, entry {number}", given
    if config.urls_file:
        yield from _lines(Path(config.urls_file).expanduser())
    for number, url in enumerate(environment.get(URLS, "").split(), 1):
        yield f"{URLS}, address {number}", url


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise AlertsInvalid(f"alerts.urls_file: {path}: cannot be read: {why}") from None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield f"alerts.urls_file, line {number}", text


def _of_the_predecessors(environment: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Pairs of where and address, or of what is missing and None."""
    makers = (
        (("PUSHOVER_USER", "PUSHOVER_TOKEN"), _pushover),
        (("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID"), _telegram),
        (("EMAIL_SENDER", "EMAIL_RECIPIENT", "SMTP_HOST"), _mail),
    )
    for names, make in makers:
        missing = [name for name in names if not environment.get(name)]
        if len(missing) == len(names):
            continue
        present = ", ".join(name for name in names if name not in missing)
        if missing:
            yield f"{present} is set but {', '.join(missing)} is not: no alerts go there", None
        elif make is _mail and bool(environment.get("SMTP_USER")) != bool(environment.get("SMTP_PASSWORD")):
            yield "of SMTP_USER and SMTP_PASSWORD only one is set: no alerts go by mail", None
        else:
            yield present, make(environment)


def _pushover(environment: Mapping[str, str]) -> str:
    return f"pover://{_safe(environment['PUSHOVER_USER'])}@{_safe(environment['PUSHOVER_TOKEN'])}"


def _telegram(environment: Mapping[str, str]) -> str:
    token = quote(environment["TELEGRAM_BOT_TOKEN"].strip(), safe=":")
    return f"tgram://{token}/{_safe(environment['TELEGRAM_CHAT_ID'])}"


def _mail(environment: Mapping[str, str]) -> str:
    """Port 465 speaks TLS from the start, others after STARTTLS; a server on this machine needs neither."""
    host = environment["SMTP_HOST"].strip()
    user, password = environment.get("SMTP_USER", ""), environment.get("SMTP_PASSWORD", "")
    port = environment.get("SMTP_PORT", "").strip() or _SUBMISSION_PORT
    mode = "ssl" if port == _TLS_PORT else "insecure" if host in _LOOPBACK else "starttls"
    account = f"{_safe(user)}:{_safe(password)}@" if user else ""
    sender, recipient = _safe(environment["EMAIL_SENDER"]), _safe(environment["EMAIL_RECIPIENT"])
    scheme = "mailto" if mode == "insecure" else "mailtos"
    return f"{scheme}://{account}{host}:{port}?mode={mode}&smtp={host}&from={sender}&to={recipient}"


def _safe(text: str) -> str:
    return quote(text.strip(), safe="")


def _scheme(where: str, url: str) -> str:
    scheme = url.partition("://")[0]
    if "://" not in url or not scheme.isalnum():
        raise AlertsInvalid(f"{where}: got no address such as pover://user@token")
    return scheme.lower()


def _name(wanted: str, found: list[Place]) -> str:
    """Told apart by a number where several would have the same."""
    taken = [place.spec.name for place in found]
    name, number = wanted[:40], 1
    while name in taken:
        number += 1
        name = f"{wanted[:40]}-{number}"
    return name


def _level(name: str, given: str) -> AlertLevel:
    try:
        return AlertLevel(given)
    except ValueError:
        wanted = ", ".join(AlertLevel)
        raise AlertsInvalid(f"{name}: got {given!r}, wanted one of {wanted}") from None


def _heartbeat(config: AlertsConfig, environment: Mapping[str, str]) -> str:
    url = environment.get(HEARTBEAT) or config.heartbeat_url
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise AlertsInvalid("alerts.heartbeat_url: got no address that begins with https:// or http://")
    return url

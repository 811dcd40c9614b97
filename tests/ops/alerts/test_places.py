"""Where alerts go: from config.toml, a file and the environment; never with a secret in what is shown."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from engine.core.effects import AlertLevel
from engine.ops.alerts.places import AlertsConfig, AlertsInvalid, Places, SinkConfig, places_of
from engine.ops.alerts.sinks import AppriseSink
from engine.ops.config import ConfigError, read_config

NOTE, WARNING, URGENT = AlertLevel.NOTE, AlertLevel.WARNING, AlertLevel.URGENT
CANARY = "cAnArY7f3b"


def shown(places: Places) -> list[tuple[str, AlertLevel, str]]:
    return [(place.spec.name, place.spec.min_level, place.where) for place in places.sinks]


def test_nothing_is_configured() -> None:
    assert places_of(AlertsConfig(), {}) == Places((), (), "")


def test_config_file_and_environment_are_put_together(tmp_path: Path) -> None:
    file = tmp_path / "urls"
    file.write_text(f"# the desk\n\njson://localhost/{CANARY}\n")
    config = AlertsConfig(
        urls=("json://localhost/1", SinkConfig("ntfy://topic", name="phone", min_level="urgent")),
        urls_file=str(file),
        min_level="warning",
    )
    places = places_of(config, {"SPARKO_ALERT_URLS": "json://localhost/2 \n xml://localhost/3"})
    assert shown(places) == [
        ("json", WARNING, "alerts.urls, entry 1"),
        ("phone", URGENT, "alerts.urls, entry 2"),
        ("json-2", WARNING, "alerts.urls_file, line 3"),
        ("json-3", WARNING, "SPARKO_ALERT_URLS, address 1"),
        ("xml", WARNING, "SPARKO_ALERT_URLS, address 2"),
    ]


def test_the_predecessors_names_keep_working() -> None:
    environment = {
        "PUSHOVER_USER": "u" * 30,
        "PUSHOVER_TOKEN": "t" * 30,
        "TELEGRAM_BOT_TOKEN": "123456789:abcdefg_hijklmnop",
        "TELEGRAM_CHAT_ID": "-12315544",
        "EMAIL_SENDER": "desk@example.com",
        "EMAIL_RECIPIENT": "me@example.com",
        "SMTP_HOST": "smtp.example.com",
        "SMTP_USER": "desk@example.com",
        "SMTP_PASSWORD": "p@ss/word",
    }
    places = places_of(AlertsConfig(), environment)
    assert [place.spec.name for place in places.sinks] == ["pover", "tgram", "mailtos"]
    assert places.incomplete == ()
    pushover, telegram, mail = (AppriseSink(place)._service for place in places.sinks)
    assert (pushover.user_key, pushover.token) == ("u" * 30, "t" * 30)  # type: ignore[attr-defined]
    assert telegram.bot_token == "123456789:abcdefg_hijklmnop"  # type: ignore[attr-defined]
    assert "-12315544" in str(telegram.targets)  # type: ignore[attr-defined]
    assert (mail.user, mail.password, mail.port) == ("desk@example.com", "p@ss/word", 587)
    assert mail.smtp_host == "smtp.example.com"  # type: ignore[attr-defined]
    assert mail.from_addr[1] == "desk@example.com"  # type: ignore[attr-defined]
    assert "me@example.com" in str(mail.targets)  # type: ignore[attr-defined]
    assert mail.secure_mode == "starttls"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("port", "host", "mode"), [("465", "smtp.example.com", "ssl"), ("2525", "127.0.0.1", "insecure")]
)
def test_mail_is_encrypted_unless_the_server_is_here(port: str, host: str, mode: str) -> None:
    environment = {
        "EMAIL_SENDER": "a@b.com",
        "EMAIL_RECIPIENT": "c@d.com",
        "SMTP_HOST": host,
        "SMTP_PORT": port,
    }
    (place,) = places_of(AlertsConfig(), environment).sinks
    service = AppriseSink(place)._service
    assert (service.secure_mode, service.port) == (mode, int(port))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"PUSHOVER_USER": CANARY}, "PUSHOVER_USER is set but PUSHOVER_TOKEN is not: no alerts go there"),
        (
            {"TELEGRAM_CHAT_ID": CANARY},
            "TELEGRAM_CHAT_ID is set but TELEGRAM_BOT_TOKEN is not: no alerts go there",
        ),
        (
            {"EMAIL_SENDER": CANARY, "EMAIL_RECIPIENT": CANARY},
            "EMAIL_SENDER, EMAIL_RECIPIENT is set but SMTP_HOST is not: no alerts go there",
        ),
        (
            {"EMAIL_SENDER": "a", "EMAIL_RECIPIENT": "b", "SMTP_HOST": "c", "SMTP_USER": CANARY},
            "of SMTP_USER and SMTP_PASSWORD only one is set: no alerts go by mail",
        ),
    ],
)
def test_what_is_incomplete_is_said(environment: dict[str, str], line: str) -> None:
    assert places_of(AlertsConfig(), environment) == Places((), (line,), "")


@pytest.mark.parametrize(
    "config",
    [
        AlertsConfig(urls=(CANARY,)),
        AlertsConfig(urls=(f"nobody-knows://{CANARY}",)),
        AlertsConfig(urls=(f"nobodyknows://{CANARY}",)),
        AlertsConfig(urls=(f"pover://{CANARY}",)),
        AlertsConfig(urls=(SinkConfig(f"json://{CANARY}", min_level="loud"),)),
        AlertsConfig(min_level="loud"),
        AlertsConfig(heartbeat_url=f"ftp://{CANARY}"),
        AlertsConfig(heartbeat_url=f"https://[{CANARY}"),
        AlertsConfig(heartbeat_url=CANARY),
        AlertsConfig(urls_file="/nowhere/at/all"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line_without_the_address(config: AlertsConfig) -> None:
    with pytest.raises(AlertsInvalid) as caught:
        for place in places_of(config, {}).sinks:
            AppriseSink(place)
    text = str(caught.value)
    assert CANARY.lower() not in text.lower()
    assert "\n" not in text
    assert CANARY.lower() not in "".join(traceback.format_exception(caught.value)).lower()
    assert CANARY.lower() not in f"{config!r}".lower()


def test_nothing_that_holds_an_address_shows_it() -> None:
    config = AlertsConfig(
        urls=(f"json://{CANARY}", SinkConfig(f"json://{CANARY}")), heartbeat_url="http://a/b"
    )
    places = places_of(config, {"SPARKO_HEARTBEAT_URL": f"https://h.example/{CANARY}"})
    assert places.heartbeat_url.endswith(CANARY)
    for thing in (config, config.urls[1], places, places.sinks, AppriseSink(places.sinks[0])):
        assert CANARY not in f"{thing!r} {thing}"


def test_a_home_says_where_alerts_go(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[alerts]\nurls = ["json://a", {url = "json://b", min_level = "urgent"}]\n'
        'min_level = "warning"\nheartbeat_url = "https://c"\n'
    )
    assert read_config(path).alerts == AlertsConfig(
        ("json://a", SinkConfig("json://b", min_level="urgent")), "", "warning", "https://c"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'url = "{CANARY}"', "alerts.url: got a field unknown here, wanted urls, urls_file"),
        (f'urls = "{CANARY}"', "alerts.urls: got str, wanted array"),
        (f'urls = [{{url = "{CANARY}", level = "note"}}]', "wanted url, name, min_level"),
    ],
)
def test_a_mistake_in_the_table_is_named_without_the_address(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[alerts]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert says in str(caught.value)
    assert CANARY not in str(caught.value)

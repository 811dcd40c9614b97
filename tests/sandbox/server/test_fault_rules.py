"""Fault rules: which request they fit, how they are used up, and rules that say nothing."""

from __future__ import annotations

import msgspec
import pytest
from small_world import in_process, small_world

from engine.sandbox.server.faults import Effect, FaultRule, FaultRules, InvalidFault
from engine.sandbox.server.settings import InvalidSetting, fault_rules


def rules_of(*rules: FaultRule) -> FaultRules:
    made = FaultRules()
    made.set_rules(rules)
    return made


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/portfolio/balance", "/portfolio/balance", True),
        ("/portfolio/balance", "/portfolio/balance/x", False),
        ("/portfolio/events/orders/{order_id}", "/portfolio/events/orders/abc-1", True),
        ("/portfolio/events/orders/:order_id", "/portfolio/events/orders/abc-1", True),
        ("/portfolio/events/orders/{order_id}", "/portfolio/events/orders/a/amend", False),
        ("/portfolio/events/orders/{order_id}/amend", "/portfolio/events/orders/a/amend", True),
        ("/portfolio/events/orders/*", "/portfolio/events/orders/a", True),
        ("/portfolio/events/orders/*", "/portfolio/events/orders/a/amend", False),
        ("/portfolio/**", "/portfolio/events/orders/a/amend", True),
        ("**", "/markets", True),
        ("/markets/KXBTC-*", "/markets/KXBTC-26AUG2016-B73250", True),
        ("/markets/A.B", "/markets/AxB", False),
    ],
)
def test_which_paths_a_rule_fits(pattern: str, path: str, fits: bool) -> None:
    found = rules_of(FaultRule("500", path=pattern)).take_request("GET", path)
    assert (found is not None) is fits


def test_method_and_order_of_rules() -> None:
    rules = rules_of(FaultRule("502", method="post"), FaultRule("503", times=-1))
    assert rules.take_request("GET", "/x").effect is Effect.STATUS_503  # type: ignore[union-attr]
    assert rules.take_request("POST", "/x").effect is Effect.STATUS_502  # type: ignore[union-attr]
    assert rules.take_request("POST", "/x").effect is Effect.STATUS_503  # type: ignore[union-attr]
    assert [rule.times for rule in rules.rules_left()] == [0, -1]


def test_stream_rules_are_taken_by_channel_and_never_by_requests() -> None:
    rules = rules_of(FaultRule("ws_gap", channel="trade"), FaultRule("ws_drop", times=2))
    assert rules.take_request("GET", "/x") is None
    taken = [rules.take_stream(channel) for channel in ("ticker", "trade", "trade", "trade")]
    assert taken == ["ws_drop", "ws_gap", "ws_drop", None]


def test_a_rule_that_fails_leaves_the_old_ones() -> None:
    rules = rules_of(FaultRule("500"))
    with pytest.raises(InvalidFault):
        rules.set_rules([FaultRule("503"), FaultRule("explode")])
    assert [rule.effect for rule in rules.rules_left()] == ["500"]


def test_pauses_are_told_when_they_begin_and_end() -> None:
    told: list[tuple[bool | None, bool | None]] = []
    rules = FaultRules()
    rules.on_pause = lambda exchange, trading: told.append((exchange, trading))
    rules.set_rules([FaultRule("pause_trading"), FaultRule("pause_exchange", path="/x")])
    assert told == [(None, True)]
    rules.take_request("GET", "/y")
    rules.take_request("GET", "/x")
    assert told == [(None, True), (True, None)]
    rules.clear()
    assert told[2:] == [(False, False)]
    rules.clear()
    assert len(told) == 3


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ({"effect": "explode"}, "rules[0].effect: got 'explode', wanted one of reset_before_accept"),
        ({"effect": "delay"}, "rules[0].effect: got 'delay', wanted one of"),
        ({"effect": "delay:soon"}, "rules[0].effect: got 'delay:soon', wanted one of"),
        ({"effect": "500", "times": 0}, "rules[0].times: got 0, wanted 1 or more, or -1"),
        ({"effect": "500", "times": "two"}, "rules[0].times: got str, wanted int"),
        ({"effect": "500", "path": "markets"}, "rules[0].path: got 'markets', wanted a path such as"),
        (
            {"effect": "500", "channel": "trade"},
            "rules[0].channel: got 'trade' with 500, wanted a ws_ effect",
        ),
        ({"effect": "500", "status": 1}, "rules[0].status: got an unknown field"),
        ({"method": "GET"}, "rules[0].effect: got none, wanted a value"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused_in_one_line(rule: dict[str, object], line: str) -> None:
    client = in_process(small_world())
    answer = await client("POST", "/sandbox/faults", json={"rules": [rule]})
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert message.startswith(line)
    assert "\n" not in message
    assert (await client("GET", "/sandbox/faults")).json()["rules"] == []


def test_a_file_of_rules(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "faults.json"
    path.write_bytes(msgspec.json.encode({"rules": [{"effect": "503", "times": 3}]}))
    assert fault_rules(path) == [FaultRule("503", times=3)]
    for text in ("{", "[]", '{"rules":[{"effect":"boom"}]}', '{"rules":[{}]}'):
        path.write_text(text)
        with pytest.raises(InvalidSetting, match=r"^--faults .*faults\.json: "):
            fault_rules(path)
    with pytest.raises(InvalidSetting, match="No such file"):
        fault_rules(Path("/nonexistent/faults.json"))

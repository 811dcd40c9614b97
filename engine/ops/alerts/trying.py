"""A test message to every sink, without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from engine.core.effects import AlertLevel
from engine.ops.alerts.places import AlertsConfig, places_of
from engine.ops.alerts.sinks import AppriseSink

TEXT = "A test. If you read this, alerts reach you here."


def try_title(venue: str) -> str:
    return f"Sparko {venue.upper()}: test" if venue else "Sparko: test"


def try_places(venue: str, config: AlertsConfig, environment: Mapping[str, str]) -> dict[str, str]:
    """The failure of each sink by its name, empty where it was taken; an incomplete setting of the
    environment is a failure too. Raises AlertsInvalid."""
    places = places_of(config, environment)
    sinks = [AppriseSink(place) for place in places.sinks]
    tried = {f"incomplete-{number}": why for number, why in enumerate(places.incomplete, 1)}
    if not sinks:
        return tried
    with ThreadPoolExecutor(len(sinks)) as pool:
        outcomes = pool.map(lambda sink: sink.send(try_title(venue), TEXT, AlertLevel.NOTE), sinks)
        found = {sink.spec.name: outcome.failure for sink, outcome in zip(sinks, outcomes, strict=True)}
    return {**found, **tried}

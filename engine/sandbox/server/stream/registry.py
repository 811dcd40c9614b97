"""Who listens to what: from a channel and a market to the subscriptions, over all connections."""

from __future__ import annotations

from collections.abc import Iterable

from engine.sandbox.server.stream.channels import Channel
from engine.sandbox.server.stream.subscription import Subscription

Ordered = dict[Subscription, None]
"""A set that keeps the order in which its members came."""


class Registry:
    """Kept by the sessions as their subscriptions change. An empty one costs a publisher one look."""

    __slots__ = ("_all", "_named")

    def __init__(self) -> None:
        self._all: dict[Channel, Ordered] = {}
        self._named: dict[Channel, dict[str, Ordered]] = {}

    def __bool__(self) -> bool:
        return bool(self._all or self._named)

    def listens(self, channel: Channel) -> bool:
        return channel in self._all or channel in self._named

    def of(self, channel: Channel, name: str) -> list[Subscription]:
        """The subscriptions of a channel that cover a market (or an index), in a list of its own."""
        named = self._named.get(channel)
        chosen = named.get(name, ()) if named is not None else ()
        return [*self._all.get(channel, ()), *chosen]

    def names(self, channel: Channel) -> list[str]:
        """The markets that somebody named for a channel."""
        return list(self._named.get(channel, ()))

    def add_all(self, subscription: Subscription) -> None:
        """Registers one that covers everything of its channel."""
        self._all.setdefault(subscription.channel, {})[subscription] = None

    def add(self, subscription: Subscription, names: Iterable[str]) -> None:
        by_name = self._named.setdefault(subscription.channel, {})
        for name in names:
            by_name.setdefault(name, {})[subscription] = None
        if not by_name:
            del self._named[subscription.channel]

    def remove(self, subscription: Subscription, names: Iterable[str]) -> None:
        by_name = self._named.get(subscription.channel, {})
        for name in names:
            members = by_name.get(name, {})
            members.pop(subscription, None)
            if not members:
                by_name.pop(name, None)
        if not by_name:
            self._named.pop(subscription.channel, None)

    def forget(self, subscription: Subscription) -> None:
        """Removes a subscription from everywhere."""
        everything = self._all.get(subscription.channel)
        if everything is not None:
            everything.pop(subscription, None)
            if not everything:
                del self._all[subscription.channel]
        self.remove(subscription, [*subscription.markets, *subscription.names])

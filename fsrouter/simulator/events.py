"""The event bus: what the switch tells those who observe it.

What lives here: building events, the subscription and the filters of one observer (mod_event_socket.c:287-412,
docs/wire.md 5). What it must not know: sockets. Nothing is built while nobody observes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fsrouter.simulator import headers
from fsrouter.simulator.channel import Channel

Event = Mapping[str, str | list[str]]


@dataclass(eq=False, slots=True)
class Subscription:
    """What one observer wants: event names, subclasses of CUSTOM, filters; and where to put an event's JSON."""

    deliver: Callable[[bytes], None]
    names: set[str] = field(default_factory=set)
    subclasses: set[str] = field(default_factory=set)
    filters: list[tuple[str, str]] = field(default_factory=list)

    def subscribe(self, words: Sequence[str]) -> int:
        """`event json A B CUSTOM c::d`: every word after CUSTOM is a subclass; returns how many names were taken."""
        at = words.index("CUSTOM") + 1 if "CUSTOM" in words else len(words)
        self.names.update(word.upper() for word in words[:at])
        self.subclasses.update(words[at:])
        return at

    def wants(self, name: str, event: Event) -> bool:
        """Any positive filter that matches lets an event in, a negative one that matches keeps it out."""
        if "ALL" not in self.names:
            if name not in self.names:
                return False
            if name == "CUSTOM" and str(event.get("Event-Subclass")) not in self.subclasses:
                return False
        if not self.filters:
            return True
        negative = [
            text.startswith("-")
            for header, text in self.filters
            if header in event and _matches(str(event[header]), text.lstrip("+- "))
        ]
        return bool(negative) and not any(negative)


def _matches(value: str, wanted: str) -> bool:
    if wanted.startswith("/"):
        return re.search(wanted.strip("/"), value) is not None
    return value.lower() == wanted.lower()


class EventBus:
    """Everyone who observes one switch."""

    def __init__(self) -> None:
        self.observers: list[Subscription] = []

    def channel_event(
        self, name: str, channel: Channel, first: Mapping[str, str] | None = None, state: int | None = None
    ) -> None:
        """An event of a channel: `first` stands before the channel's own headers, variables come last. `state`: the
        running state where it is not the channel's pending one.
        """
        if self.observers:
            shown = headers.channel_headers(channel, channel.state if state is None else state)
            self.publish(
                name,
                {
                    **headers.first_headers(name, channel.stamp()),
                    **(first or {}),
                    **shown,
                    **headers.variable_headers(channel),
                },
            )

    def queue_event(
        self, action: str, queue: str, stamp: int, about: Mapping[str, str], channel: Channel | None = None
    ) -> None:
        """A `callcenter::info` event; with `channel` it carries that channel's headers and variables."""
        if self.observers:
            of = (
                {**headers.channel_headers(channel, channel.state), **headers.variable_headers(channel)}
                if channel is not None
                else {}
            )
            first = {"Event-Subclass": "callcenter::info", **headers.first_headers(action, stamp)}
            self.publish("CUSTOM", {**first, **of, "CC-Queue": queue, "CC-Action": action, **about})

    def heartbeat(self, stamp: int, sessions: int) -> None:
        """HEARTBEAT, each 20 s."""
        if self.observers:
            first = headers.first_headers("HEARTBEAT", stamp)
            self.publish("HEARTBEAT", {**first, **headers.heartbeat(), "Session-Count": str(sessions)})

    def publish(self, name: str, event: Event) -> None:
        """Give an event to everyone who wants it."""
        body = b""
        for observer in self.observers:
            if observer.wants(name, event):
                body = body or headers.as_json(event)
                observer.deliver(body)

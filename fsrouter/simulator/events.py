"""The event bus: what the switch tells those who observe it.

What lives here: building events, the subscription and the filters of one observer (mod_event_socket.c:287-412,
docs/wire.md 5). What it must not know: sockets. Nothing is built while nobody observes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fsrouter.simulator import headers as shows

if TYPE_CHECKING:
    from fsrouter.simulator.channel import Channel
    from fsrouter.simulator.line import Line

Headers = dict[str, str | list[str]]
Source = tuple[str, str, int]


@dataclass(eq=False, slots=True)
class Subscription:
    """What one observer wants: event names, subclasses of CUSTOM, filters; and where to put an event's JSON."""

    deliver: Callable[[bytes], None]
    names: set[str] = field(default_factory=set)
    subclasses: set[str] = field(default_factory=set)
    filters: list[tuple[str, str]] = field(default_factory=list)

    def subscribe(self, words: Sequence[str]) -> int:
        """`event json A B CUSTOM c::d`: every word after CUSTOM is a subclass; returns how many names were taken."""
        taken = 0
        for at, word in enumerate(words):
            if word == "CUSTOM":
                self.names.add(word)
                self.subclasses.update(words[at + 1 :])
                return taken + 1
            self.names.add(word.upper())
            taken += 1
        return taken

    def wants(self, name: str, headers: Headers) -> bool:
        """Any positive filter that matches lets an event in, a negative one that matches keeps it out."""
        if "ALL" not in self.names:
            if name not in self.names:
                return False
            if name == "CUSTOM" and str(headers.get("Event-Subclass")) not in self.subclasses:
                return False
        if not self.filters:
            return True
        send = False
        for header, text in self.filters:
            value = headers.get(header)
            if value is None:
                continue
            negative, wanted = text.startswith("-"), text.lstrip("+- ")
            if send and not negative:
                continue
            if _matches(str(value), wanted):
                if negative:
                    return False
                send = True
        return send


def _matches(value: str, wanted: str) -> bool:
    if wanted.startswith("/"):
        return re.search(wanted.strip("/"), value) is not None
    return value.lower() == wanted.lower()


class Bus:
    """Everyone who observes one switch."""

    def __init__(self) -> None:
        self.observers: list[Subscription] = []

    def about(
        self,
        name: str,
        channel: Channel,
        source: Source,
        first: Sequence[tuple[str, str]] = (),
        state: int | None = None,
    ) -> None:
        """An event of a channel: `first` stands before the channel's own headers, variables come last."""
        if not self.observers:
            return
        pairs = shows.head(name, channel.stamp(), source)
        self.publish(
            name,
            shows.headers(
                [*pairs, *first, *shows.about(channel, state if state is not None else channel.state)], channel
            ),
        )

    def queue(
        self,
        line: Line,
        queue: str,
        action: str,
        source: Source,
        tail: Sequence[tuple[str, str]],
        channel: Channel | None = None,
    ) -> None:
        """A `callcenter::info` event; with `channel` it carries that channel's headers and variables."""
        if not self.observers:
            return
        pairs = [("Event-Subclass", "callcenter::info"), *shows.head("CUSTOM", line.stamp(), source)]
        if channel is not None:
            pairs += shows.about(channel, channel.state)
        self.publish("CUSTOM", shows.headers(pairs, channel, [("CC-Queue", queue), ("CC-Action", action), *tail]))

    def heartbeat(self, stamp: int, sessions: int) -> None:
        """HEARTBEAT, each 20 s."""
        if not self.observers:
            return
        pairs = shows.head("HEARTBEAT", stamp, ("switch_core.c", "send_heartbeat", 95))
        pairs += [("Event-Info", "System Ready"), ("Up-Time", "0 years, 0 days, 0 hours, 30 minutes, 39 seconds"),
                  ("FreeSWITCH-Version", shows.VERSION), ("Uptime-msec", "1839581"), ("Session-Count", str(sessions)),
                  ("Max-Sessions", "5000"), ("Session-Per-Sec", "998"), ("Idle-CPU", "46.133333")]  # fmt: skip
        self.publish("HEARTBEAT", dict(pairs))

    def publish(self, name: str, headers: Headers) -> None:
        """Give an event to everyone who wants it."""
        body = b""
        for observer in self.observers:
            if observer.wants(name, headers):
                body = body or shows.as_json(headers)
                observer.deliver(body)

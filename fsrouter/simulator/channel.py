"""One channel of the switch, the caller's or a dialled leg's: who it is, its variables, its state, its times.

What lives here: what FreeSWITCH keeps about a channel, and the rules for its variables. What it must not know:
applications, sockets, how its facts are printed (`headers.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fsrouter.simulator import causes, sip
from fsrouter.simulator.clock import Clock


@dataclass(slots=True)
class Profile:
    """The caller profile: the headers `Caller-…` of a channel. An empty field is not shown."""

    username: str
    caller_id_name: str
    caller_id_number: str
    destination_number: str
    dialplan: str = "XML"
    context: str = "public"
    source: str = "mod_sofia"
    callee_id_name: str = ""
    callee_id_number: str = ""
    transfer_source: str = ""
    index: int = 1
    created: int = 0

    def show_callee(self, name: str, number: str) -> None:
        """Whom the channel talks with, or would have."""
        self.callee_id_name, self.callee_id_number = name, number


@dataclass(slots=True)
class Times:
    """Microseconds since 1970 at which things happened to a channel; 0 for what has not."""

    created: int
    answered: int = 0
    progress: int = 0
    progress_media: int = 0
    hangup: int = 0
    bridged: int = 0


@dataclass(eq=False)
class Channel(ABC):
    """A channel. `state` is the pending state, the one that `Channel-State-Number` tells."""

    uuid: str
    name: str
    inbound: bool
    clock: Clock
    epoch: int
    """Microseconds since 1970 at which its call's clock began."""
    profile: Profile
    variables: sip.Variables
    state: int = causes.EXECUTE
    cause: str = ""
    answered: bool = False
    other: Channel | None = None
    """Whom it talks with, or talked with last."""
    times: Times = field(init=False)

    def __post_init__(self) -> None:
        self.times = Times(created=self.stamp())
        self.profile.created = self.times.created

    @abstractmethod
    def hang_up(self, cause: str, *, by_phone: bool = False) -> None:
        """End it with a cause; `by_phone`: its own phone hangs up or refuses."""

    @abstractmethod
    def press(self, keys: str) -> None:
        """The user of its phone presses keys."""

    def stamp(self) -> int:
        """Now, as FreeSWITCH writes times into headers: microseconds since 1970."""
        return self.epoch + int(self.clock.now * 1_000_000)

    def set(self, name: str, value: str | None, *, any_value: bool = False) -> None:
        """Set a variable, unset it with an empty value; a value with `${` in it is refused (switch_channel.c:1503), but
        for `any_value`, as the application `set` has it (mod_dptools.c: base_set).
        """
        variables = self.variables
        variables.pop(name, None)
        if value and (any_value or not ("$" in value and sip.has_variable(value))):
            variables[name] = value

    def set_all(self, values: sip.Variables) -> None:
        """Set several in their order."""
        variables = self.variables
        for name, value in values.items():
            variables.pop(name, None)
            variables[name] = value

    def push(self, name: str, value: str) -> None:
        """Add an element to an array variable, which stays where it stood; one element alone is plain text."""
        before = self.variables.get(name)
        if before is None:
            self.variables[name] = value
        else:
            self.variables[name] = f"{before if before.startswith('ARRAY::') else 'ARRAY::' + before}|:{value}"

    def get(self, name: str) -> str | None:
        """A variable, else the field of the caller profile of that name, else nothing (switch_channel.c:
        get_variable_dup).
        """
        value = self.variables.get(name)
        if value is not None:
            return value
        if name in _PROFILE_FIELDS:
            return getattr(self.profile, name) or None
        return {"uuid": self.uuid, "ani": self.profile.caller_id_number or None, "network_addr": "127.0.0.1"}.get(name)

    def is_true(self, name: str) -> bool:
        """Whether a variable is set to what FreeSWITCH takes for yes (switch_true)."""
        return is_true(self.variables.get(name, ""))

    @property
    def down(self) -> bool:
        """Whether it has been hung up."""
        return self.state >= causes.HANGUP

    def on_answer(self, api: Callable[[str], str]) -> Iterator[tuple[str, str]]:
        """The applications of `execute_on_answer…` with their arguments; `api_on_answer…` runs between them, in their
        order (switch_channel.c:3795).
        """
        for name, value in list(self.variables.items()):
            if name.startswith("execute_on_answer"):
                application, _, argument = value.replace("::", " ", 1).partition(" ")
                yield application, argument
            elif name.startswith("api_on_answer"):
                api(value)

    def mark_answered(self) -> bool:
        """Note the answer; False when it was answered before."""
        if self.answered or self.down:
            return False
        self.answered = True
        now = self.stamp()
        self.times.answered = now
        self.times.progress_media = self.times.progress_media or now
        return True


_PROFILE_FIELDS = {
    "caller_id_name", "caller_id_number", "username", "destination_number", "context", "dialplan", "source",
    "callee_id_name", "callee_id_number",
}  # fmt: skip


def is_true(text: str) -> bool:
    """`switch_true`: yes, on, true, t, enabled, active, allow, or a number that is not 0."""
    word = text.strip().lower()
    return word in {"yes", "on", "true", "t", "enabled", "active", "allow"} or (
        word.lstrip("-").isdigit() and int(word) != 0
    )

"""What a call can be told to do, and what can be asked for it.

The walk returns these frozen values and learns how they ended (`outcomes`); who carries them out (a socket, a switch's
own interpreter, `explain`) is all the same to it. Call actions are done to the call. Questions are answered without
touching it: by the store, by the CRM, by chance.
"""

from __future__ import annotations

from msgspec import Struct


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What all actions and outcomes are: frozen, comparable, by keyword, and nothing for the garbage collector."""


# Call actions


class Leg(Value, frozen=True, kw_only=True):
    """One far end of an attempt: `destination` as the rule book names it, and how it is reached.

    `endpoint` (user/1001) comes before `number` (E.164) when both are there and it is registered. `whisper` is a
    sound or `say:TEXT`, "" for none; `accept` the key that takes the call, "" for none; `extension` the digits
    dialled `extension_delay` seconds after the answer.
    """

    destination: str
    endpoint: str = ""
    number: str = ""
    whisper: str = ""
    accept: str = ""
    extension: str = ""
    extension_delay: int = 0


class Play(Value, frozen=True, kw_only=True, tag=True):
    """Answer and play a sound, or speak when it begins with `say:`. Ends as `Played`.

    `whole` is heard to its end: no key cuts it short.
    """

    sound: str
    whole: bool = False


class Gather(Value, frozen=True, kw_only=True, tag=True):
    """Answer, play a sound and collect keys, also while it plays. Ends as `Gathered`.

    `choices` are the keys that mean something; `timeout` is in seconds after the sound. `prelude` is played first,
    after a wrong key.
    """

    menu: str
    sound: str
    choices: tuple[str, ...]
    timeout: int
    prelude: str = ""


class Dial(Value, frozen=True, kw_only=True, tag=True):
    """Ring one leg or several at once for `ring` seconds each, and connect the caller with the first that takes the
    call. Ends as `Dialled`.

    `destination` names the attempt. `trunk` is by which numbers leave; `show` is `caller` or an E.164 number that
    the answerer sees; `name` is the contact's and `source` the tracking number's name that may stand beside it.
    `ringback` is played to a caller who has been answered before; `record` is whether the talk is recorded.
    """

    destination: str
    legs: tuple[Leg, ...]
    ring: int
    trunk: str = ""
    show: str = "caller"
    name: str = ""
    source: str = ""
    ringback: str = ""
    record: bool = False


class Enqueue(Value, frozen=True, kw_only=True, tag=True):
    """Answer and wait in a queue of mod_callcenter.

    Ends as `Queued`. `head_start` is in seconds of waiting that are counted in advance; `show`, `name` and `source`
    are what the agent sees, as of a `Dial`.
    """

    queue: str
    max_wait: int = 0
    exit_key: str = ""
    music: str = ""
    announce: str = ""
    skip_without_agents: bool = False
    head_start: int = 0
    record: bool = False
    show: str = "caller"
    name: str = ""
    source: str = ""


class LeaveMessage(Value, frozen=True, kw_only=True, tag=True):
    """Answer and take a message in a mailbox of mod_voicemail, after `greeting` when there is one.

    The walk ends with it.
    """

    voicemail: str
    mailbox: str
    greeting: str = ""


class Transfer(Value, frozen=True, kw_only=True, tag=True):
    """Hand the call to an extension of FreeSWITCH's dialplan. The walk ends with it."""

    extension: str


class Hangup(Value, frozen=True, kw_only=True, tag=True):
    """End the call with a cause of FreeSWITCH's (`USER_BUSY`); "" is a normal end.

    The walk ends with it. `unanswered` tells that nothing took it.
    """

    cause: str = ""
    unanswered: bool = False


class FailSafe(Value, frozen=True, kw_only=True, tag=True):
    """Give the call to the tracking number's fail-safe, which the dialplan knows.

    The walk ends with it; `why` is for the journal.
    """

    why: str


# Questions


class TakeTurn(Value, frozen=True, kw_only=True, tag=True):
    """Whose turn is it in a group of `members`? Ends as `Turn`, `number` counting up from 0; asking moves the
    turn on.
    """

    group: str
    members: int


class Draw(Value, frozen=True, kw_only=True, tag=True):
    """Draw a number. Ends as `Drawn`, at least 0 and below 1."""

    purpose: str


class Presence(Value, frozen=True, kw_only=True, tag=True):
    """Who of these destinations can take a call? Ends as `Seen`."""

    destinations: tuple[str, ...]


class LookUp(Value, frozen=True, kw_only=True, tag=True):
    """Fetch the caller's record from a CRM now, within `deadline` seconds, else from the cache.

    Ends as `LookedUp`. `greeting` plays meanwhile.
    """

    crm: str
    module: str
    field: str
    number: str
    deadline: float = 2.0
    greeting: str = ""


CallAction = Play | Gather | Dial | Enqueue | LeaveMessage | Transfer | Hangup | FailSafe
Question = TakeTurn | Draw | Presence | LookUp
Action = CallAction | Question

#: Actions behind which the walk has nothing more to say.
LAST = (LeaveMessage, Transfer, Hangup, FailSafe)

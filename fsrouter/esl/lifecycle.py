"""How a conversation about a call can end, whose the call is, and how it is let go: the same law over a socket and
inside of FreeSWITCH. Knows neither.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from greenswitch.esl import NotConnectedError, OutboundSessionHasGoneAway

from fsrouter.esl.events import HANGING_UP, OURS, Channel


class Ended(Exception):
    """The conversation is over; see the module's tree."""


class CallerGone(Ended, OutboundSessionHasGoneAway):  # type: ignore[misc]
    """The caller has left. Also greenswitch's OutboundSessionHasGoneAway."""


class CallTaken(Ended):
    """Somebody else has the call now: say nothing more to it."""

    def __init__(self, state_number: int, channel: Channel | None = None) -> None:
        super().__init__(f"the call was taken: Channel-State-Number is {state_number}, not {OURS}")
        self.state_number = state_number
        self.channel = channel


class SwitchGone(Ended, NotConnectedError):  # type: ignore[misc]
    """The connection ended without a notice. Also greenswitch's NotConnectedError."""


class Overdue(Ended):
    """A reply did not come in time."""


class Declined(Ended):
    """FreeSWITCH answered with an error that no call can go on with."""


class Malformed(Ended):
    """What FreeSWITCH sent cannot be read."""


def whose(channel: Channel) -> Ended | None:
    """Why a call is no longer ours, by the state that is pending (docs/wire.md 1); None while it is."""
    number = channel.state_number
    if number == OURS:
        return None
    if number >= HANGING_UP:
        return CallerGone(f"the caller has left: Channel-State-Number is {number}")
    if number < 0:
        return Malformed("a channel without Channel-State-Number")
    return CallTaken(number, channel)


class Conversation(ABC):
    """How a call is let go, whatever it is talked about over. `ended` is how the conversation ended, None while it
    goes on.
    """

    ended: Ended | None = None

    @property
    @abstractmethod
    def closed(self) -> bool:
        """True when nothing more can be said."""

    @abstractmethod
    def set(self, variables: Mapping[str, str], deadline: float) -> None:
        """Set channel variables; an empty value unsets. Raises Ended, Refused."""

    @abstractmethod
    def close(self) -> None:
        """Say nothing more; the dialplan goes on. May be called any number of times."""

    def let_go(self, variables: Mapping[str, str], deadline: float) -> bool:
        """Leave the call to the dialplan: set `variables` if the caller is still there, then close.

        Never raises Ended: True when FreeSWITCH has the variables, False when the call had ended in some way (`ended`).
        Raises Refused, with the call left all the same.
        """
        try:
            if variables and not self.closed:
                self.set(variables, deadline)
            return self.ended is None
        except Ended:
            return False
        finally:
            self.close()

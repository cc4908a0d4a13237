"""`voicemail PROFILE DOMAIN MAILBOX`: greeting, beep, the caller's message, and what is kept of it.

What lives here: the application as the caller's channel sees it (docs/wire.md 4). What it must not know: files, the
wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fsrouter.esl.simulator.line import Line

GREETING = 2.0
INSTRUCTIONS = 4.0
BEEP = 1.0
LEAST_MESSAGE = 3.0


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was left: whose mailbox, by whom, how long, in which file."""

    mailbox: str
    domain: str
    caller: str
    seconds: float
    path: str


def voicemail(line: Line, argument: str) -> None:
    """Take a message; `skip_greeting` and `skip_instructions` shorten it; a message is kept also when the caller hangs
    up.
    """
    words = argument.split(" ")
    if len(words) < 3:
        line.tell(f"voicemail: wrong arguments: {argument}")
        return
    domain, mailbox = words[1], words[2]
    line.answer()
    line.acknowledge()
    line.placed.prompt_begins()
    line.tell(f"voicemail of {mailbox}@{domain}")
    lead = (
        BEEP + (0 if line.true("skip_greeting") else GREETING) + (0 if line.true("skip_instructions") else INSTRUCTIONS)
    )
    if not line.sleep(lead):
        return
    line.typed.clear()
    began = line.clock.now
    path = f"/var/lib/freeswitch/storage/voicemail/default/{domain}/{mailbox}/msg_{line.uuid}.wav"
    leaves = line.clock.after(line.placed.caller.message, lambda: line.hang_up("NORMAL_CLEARING", by_caller=True))
    while line.ours and "#" not in line.typed:
        line.pause()
    leaves.cancel()
    seconds = line.clock.now - began
    if seconds >= LEAST_MESSAGE:
        line.switch.messages.append(Message(mailbox, domain, line.profile.caller_number, seconds, path))
        line.tell(f"left a message of {seconds:.0f} s")
    line.typed.clear()
    line.set_all({"voicemail_file_path": path, "voicemail_message_len": _clock(seconds)})


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"

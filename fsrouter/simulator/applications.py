"""The applications that a dialplan or a router can run on a call.

What lives here: the table of them, and the small ones. What it must not know: who asked for it. An application comes
back when it has ended, as in FreeSWITCH; one that does not exist hangs the call up with DESTINATION_OUT_OF_ORDER
(switch_core_session.c:2770).

`voicemail PROFILE DOMAIN MAILBOX`: greeting, beep, the caller's message, and what is kept of it.

What lives here: the application as the caller's channel sees it (docs/wire.md 4). What it must not know: files, the
wire.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fsrouter.simulator import causes, sounds
from fsrouter.simulator.bridge import bridge
from fsrouter.simulator.callcenter import callcenter
from fsrouter.simulator.expand import expand
from fsrouter.simulator.prompts import lasting, play_and_get_digits, playback, read, say, speak

if TYPE_CHECKING:
    from fsrouter.simulator.line import Line

Application = Callable[["Line", str], None]


def run(line: Line, name: str, argument: str) -> None:
    """Run one application to its end."""
    if line.down:
        return
    application = APPLICATIONS.get(name)
    if application is None:
        line.tell(f"no such application: {name}")
        line.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    filled = expand(line, argument)
    variables = line.variables
    for stale in ("current_application_response", "current_application_data", "current_application"):
        variables.pop(stale, None)
    if filled:
        variables["current_application_data"] = filled
    variables["current_application"] = name
    line.placed.step(name)
    application(line, filled)


def answer(line: Line, argument: str) -> None:
    line.answer()
    line.acknowledge()


def pre_answer(line: Line, argument: str) -> None:
    line.early()


def ring_ready(line: Line, argument: str) -> None:
    line.times.progress = line.times.progress or line.stamp()


def set_(line: Line, argument: str) -> None:
    name, equals, value = argument.partition("=")
    if equals:
        line.set(name.strip(), None if value == "_undef_" else expand(line, value))


def multiset(line: Line, argument: str) -> None:
    """`a=1 b=2`, or `^^;a=1;b=2` with a separator of one's own."""
    separator = " "
    if argument.startswith("^^") and len(argument) > 2:
        separator, argument = argument[2], argument[3:]
    for item in argument.split(separator):
        set_(line, item)


def unset(line: Line, argument: str) -> None:
    line.set(argument.strip(), None)


def export(line: Line, argument: str) -> None:
    """Set it here and on every leg that is dialled from now on; `nolocal:` only there."""
    name, _, value = argument.partition("=")
    line.set(name, value)
    names = line.variables.get("export_vars", "")
    if name not in names.split(","):
        line.set("export_vars", f"{names},{name}" if names else name)


def sleep(line: Line, argument: str) -> None:
    line.sleep(float(argument or 0) / 1000)


def hangup(line: Line, argument: str) -> None:
    line.hang_up(causes.named(argument) if argument else "NORMAL_CLEARING")


def transfer(line: Line, argument: str) -> None:
    words = [*argument.split(" "), "", ""]
    line.transfer(words[0], words[1], words[2])


def execute_extension(line: Line, argument: str) -> None:
    words = [*argument.split(" "), "", ""]
    line.switch.dialplan.execute(line, words[0], words[2] or line.hunting or line.profile.context)


def park(line: Line, argument: str) -> None:
    """Until somebody takes or ends the call."""
    while line.ours:
        line.pause()


def endless_playback(line: Line, argument: str) -> None:
    line.early()
    line.placed.heard.append(argument)
    park(line, argument)


def record_session(line: Line, argument: str) -> None:
    line.early()
    line.record(argument)


def stop_record_session(line: Line, argument: str) -> None:
    line.placed.stop_recordings(line.uuid, None if argument == "all" else argument)


def redirect(line: Line, argument: str) -> None:
    """302 before the answer; the call is over."""
    line.tell(f"redirected to {argument}")
    line.hang_up("NORMAL_UNSPECIFIED" if line.answered else "REDIRECTION_TO_NEW_DESTINATION")


def log(line: Line, argument: str) -> None:
    line.tell(f"log: {argument}")


def nothing(line: Line, argument: str) -> None:
    """Runs and leaves no trace that a router could see."""


def sched_hangup(line: Line, argument: str) -> None:
    """`+SECONDS [CAUSE]`."""
    seconds, _, cause = argument.partition(" ")
    cause = causes.named(cause.split(" ")[0]) if cause else "ALLOTTED_TIMEOUT"
    line.placed.scheduled.append(line.clock.after(float(seconds.lstrip("+") or 0), lambda: line.hang_up(cause)))


def sched_cancel(line: Line, argument: str) -> None:
    while line.placed.scheduled:
        line.placed.scheduled.pop().cancel()


def send_dtmf(line: Line, argument: str) -> None:
    line.tell(f"hears digits {argument}")


def queue_dtmf(line: Line, argument: str) -> None:
    line.typed.extend(argument.partition("@")[0])


def phrase(line: Line, argument: str) -> None:
    line.early()
    line.placed.heard.append(f"phrase:{argument}")
    line.sleep(lasting(line, sounds.spoken(argument)))


def socket(line: Line, argument: str) -> None:
    """`host:port|host:port full`: the call goes to a router."""
    line.switch.hand_over(line, argument)


if TYPE_CHECKING:
    from fsrouter.simulator.line import Line

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


APPLICATIONS: dict[str, Application] = {
    "answer": answer,
    "bind_digit_action": nothing,
    "bind_meta_app": nothing,
    "bridge": bridge,
    "callcenter": callcenter,
    "digit_action_set_realm": nothing,
    "endless_playback": endless_playback,
    "execute_extension": execute_extension,
    "export": export,
    "hangup": hangup,
    "info": nothing,
    "log": log,
    "multiset": multiset,
    "park": park,
    "phrase": phrase,
    "play_and_get_digits": play_and_get_digits,
    "playback": playback,
    "pre_answer": pre_answer,
    "queue_dtmf": queue_dtmf,
    "read": read,
    "record_session": record_session,
    "redirect": redirect,
    "ring_ready": ring_ready,
    "say": say,
    "sched_cancel": sched_cancel,
    "sched_hangup": sched_hangup,
    "send_dtmf": send_dtmf,
    "set": set_,
    "sleep": sleep,
    "socket": socket,
    "speak": speak,
    "stop_record_session": stop_record_session,
    "transfer": transfer,
    "unset": unset,
    "voicemail": voicemail,
}

"""The applications that a dialplan or a router can run on a call.

What lives here: running one, the small ones, and the table of those that need nothing but the call. What it must not
know: who asked for it. An application comes back when it has ended, as in FreeSWITCH; one that does not exist hangs the
call up with DESTINATION_OUT_OF_ORDER (switch_core_session.c:2770).
"""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.simulator import causes
from fsrouter.simulator.calls.bridge import bridge
from fsrouter.simulator.calls.expand import expand
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.calls.prompts import phrase, play_and_get_digits, playback, read, say, speak
from fsrouter.simulator.record import Message

GREETING = 2.0
INSTRUCTIONS = 4.0
BEEP = 1.0
LEAST_MESSAGE = 3.0
LOGIN = 30.0
"""Seconds: what voicemail says, the shortest message that it keeps, and how long it waits for a password."""


def run(line: Line, name: str, argument: str) -> None:
    """Run one application to its end."""
    if line.down:
        return
    application = line.switch.applications.get(name)
    if application is None:
        line.note(f"no such application: {name}")
        line.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    filled = expand(line, argument)
    variables = line.variables
    for stale in ("current_application_response", "current_application_data", "current_application"):
        variables.pop(stale, None)
    if filled:
        variables["current_application_data"] = filled
    variables["current_application"] = name
    line.record.step(name)
    application(line, filled)


def answer(line: Line, argument: str) -> None:
    line.answer()
    line.acknowledge()


def pre_answer(line: Line, argument: str) -> None:
    line.send_early_media()


def ring_ready(line: Line, argument: str) -> None:
    line.times.progress = line.times.progress or line.stamp()


def set_(line: Line, argument: str) -> None:
    name, equals, value = argument.partition("=")
    if equals:
        line.set(name.strip(), None if value == "_undef_" else expand(line, value), any_value=True)


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
    line.hang_up(causes.parse(argument) if argument else "NORMAL_CLEARING")


def transfer(line: Line, argument: str) -> None:
    line.transfer(*[*argument.split(" "), "", ""][:3])


def park(line: Line, argument: str) -> None:
    """Until somebody takes or ends the call."""
    while line.ready:
        line.pause()


def endless_playback(line: Line, argument: str) -> None:
    line.hears(argument)
    park(line, argument)


def record_session(line: Line, argument: str) -> None:
    line.send_early_media()
    line.start_recording(argument)


def stop_record_session(line: Line, argument: str) -> None:
    line.record.stop_recordings(line, None if argument == "all" else argument)


def redirect(line: Line, argument: str) -> None:
    """302 before the answer; the call is over."""
    line.note(f"redirected to {argument}")
    line.hang_up("NORMAL_UNSPECIFIED" if line.answered else "REDIRECTION_TO_NEW_DESTINATION")


def log(line: Line, argument: str) -> None:
    line.note(f"log: {argument}")


def nothing(line: Line, argument: str) -> None:
    """Runs and leaves no trace that a router could see."""


def sched_hangup(line: Line, argument: str) -> None:
    """`+SECONDS [CAUSE]`."""
    seconds, _, cause = argument.partition(" ")
    cause = causes.parse(cause.split(" ")[0]) if cause else "ALLOTTED_TIMEOUT"
    line.scheduled.append(line.clock.after(float(seconds.lstrip("+") or 0), lambda: line.hang_up(cause)))


def sched_cancel(line: Line, argument: str) -> None:
    while line.scheduled:
        line.scheduled.pop().cancel()


def send_dtmf(line: Line, argument: str) -> None:
    line.note(f"hears digits {argument}")


def queue_dtmf(line: Line, argument: str) -> None:
    line.typed.extend(argument.partition("@")[0])


def voicemail(line: Line, argument: str) -> None:
    """`PROFILE DOMAIN MAILBOX`: greeting, beep, the caller's message, and what is kept of it (docs/wire.md 4).

    `skip_greeting` and `skip_instructions` shorten it; a message is kept also when the caller hangs up. A 0 during the
    greeting logs in.
    """
    words = argument.split(" ")
    if len(words) < 3:
        line.note(f"voicemail: wrong arguments: {argument}")
        return
    domain, mailbox = words[1], words[2]
    line.answer()
    line.acknowledge()
    line.record.prompt_begins()
    line.note(f"voicemail of {mailbox}@{domain}")
    lead = (
        BEEP
        + (0 if line.is_true("skip_greeting") else GREETING)
        + (0 if line.is_true("skip_instructions") else INSTRUCTIONS)
    )
    if not line.sleep(lead):
        return
    if "0" in line.typed:
        _call_back(line, domain, mailbox)
        return
    line.typed.clear()
    began = line.clock.now
    path = f"/var/lib/freeswitch/storage/voicemail/default/{domain}/{mailbox}/msg_{line.uuid}.wav"
    leaves = line.clock.after(line.record.caller.message, lambda: line.hang_up("NORMAL_CLEARING", by_phone=True))
    while line.ready and "#" not in line.typed:
        line.pause()
    leaves.cancel()
    seconds = line.clock.now - began
    if seconds >= LEAST_MESSAGE:
        line.switch.messages.append(Message(mailbox, domain, line.profile.caller_id_number, seconds, path))
        line.note(f"left a message of {seconds:.0f} s")
    line.typed.clear()
    line.set_all({"voicemail_file_path": path, "voicemail_message_len": _clock(seconds)})


def _call_back(line: Line, domain: str, mailbox: str) -> None:
    """Who has logged in during the greeting (0, the password, which is the mailbox's number here, #), listens to the
    newest message (1) and calls back who left it (5): `execute_exten` of that number (mod_voicemail.c:1667).
    """
    until = line.clock.now + LOGIN
    while line.ready and "".join(line.typed) != f"0{mailbox}#15":
        if not line.pause(until):
            return
    line.typed.clear()
    left = [each for each in line.switch.messages if (each.mailbox, each.domain) == (mailbox, domain)]
    if line.ready and left:
        context = line.variables.get("voicemail_callback_context", "default")
        line.note(f"calls back {left[-1].caller} in {context}")
        line.switch.applications["execute_extension"](line, f"{left[-1].caller} XML {context}")


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


_BY_NAME: tuple[Callable[[Line, str], None], ...] = (
    answer, bridge, endless_playback, export, hangup, log, multiset, park, phrase, play_and_get_digits, playback,
    pre_answer, queue_dtmf, read, record_session, redirect, ring_ready, say, sched_cancel, sched_hangup, send_dtmf,
    sleep, speak, stop_record_session, transfer, unset, voicemail,
)  # fmt: skip
APPLICATIONS = {application.__name__: application for application in _BY_NAME} | {
    "bind_digit_action": nothing,
    "bind_meta_app": nothing,
    "digit_action_set_realm": nothing,
    "info": nothing,
    "set": set_,
}
"""Those that need nothing but the call, by FreeSWITCH's names."""

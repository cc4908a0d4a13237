"""The dialplan that hands calls to us and keeps them when nobody takes them, as text. Fills the templates of
`freeswitch_conf/`.

An entry in the context where numbers arrive, and a context `fsr` whose one extension re-enters itself a bounded number
of times (docs/wire.md 6). What a router may not forget is done here: clearing, counting, the fail-safe. Knows no file
but the templates, which are found beside this package, in a repository as in an installed wheel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from fsrouter.errors import Error
from fsrouter.esl import commands, dialstring, validation
from fsrouter.esl import variables as names
from fsrouter.esl.call import trunks
from fsrouter.freeswitch.install.did_patterns import PARAMETERS, Patterns
from fsrouter.freeswitch.install.values import Dial, Entry, Extension, FailSafe, Mailbox, Routers, Step

TEMPLATES: Final = Path(__file__).resolve().parents[3] / "freeswitch_conf"
"""Beside the package `fsrouter`, wherever that is."""

TURNS: Final = 4
"""Entries to a router in a row that end without a queue being asked for; then the fail-safe."""
QUEUES: Final = 8
"""Queues in one call.

Each nests two extensions, FreeSWITCH stacks 32 (SWITCH_MAX_STACKS, switch_types.h:587): 2 * 8 + 5 fit.
"""
Q: Final = "fsr_q"  # dialplan: the queue that runs now

FRESH: Final = (
    names.TURN, names.TOOK, names.SERVED, names.AGAIN, names.CAUSE, names.QUEUE, names.CURSOR, names.TAGS,
    names.FAILSAFE, names.FACTS, names.GATEWAYS, names.QUEUED, Q, names.MOVER, names.MOVED_BY, names.COMPANY,
    names.DIGITS, names.DIGITS_INVALID, names.READ_RESULT, names.PLAYBACK_TERMINATOR_USED,
    names.ORIGINATE_DISPOSITION, names.ORIGINATE_CAUSES, names.ORIGINATED_LEGS, names.BRIDGE_HANGUP_CAUSE,
    names.LAST_BRIDGE_TO, names.CC_CAUSE, names.CC_CANCEL_REASON, names.CC_AGENT, names.CC_EXIT_KEY,
)  # fmt: skip
"""What no call may bring along: where an earlier walk stood and how it ended. Unset at each entry."""

LEFTOVERS: Final = (
    names.CALL, names.EXPORT_VARS, names.EXECUTE_ON_ANSWER, names.API_ON_ANSWER,
    names.RECORD_STEREO, names.RECORDING_FOLLOW_TRANSFER, names.RINGBACK, names.TRANSFER_RINGBACK,
    names.EFFECTIVE_CALLER_ID_NAME, names.EFFECTIVE_CALLER_ID_NUMBER, names.PRESERVE_ORIGINATED_VARS,
    names.VOICEMAIL_CALLBACK_CONTEXT, names.SKIP_GREETING, names.SKIP_INSTRUCTIONS,
    names.TTS_ENGINE, names.TTS_VOICE, names.PLAYBACK_TERMINATORS,
    names.CC_EXIT_KEYS, names.CC_BASE_SCORE, names.CC_MOH, "cc_outbound_announce", "cc_outbound_cid_name_prefix",
    names.CC_EXPORT_VARS, "cc_last_agent_tier_level", "cc_last_agent_tier_position",
    names.IGNORE_REMOTE_CAUSE, "call_timeout", "originate_timeout", "instant_ringback",
    "group_confirm_key", "group_confirm_file", "group_confirm_error_file", "group_confirm_read_timeout",
    "group_confirm_timeout", "group_confirm_cancel_timeout",
)  # fmt: skip
"""What an earlier routing of ours may have set and an operator may set on purpose: unset only on a call with our mark.
"""

#: What is noted of whoever moves a call, at the moment when they do (switch_ivr.c:2205): the call's own uuid, and of
#: the channel that it talks with: its partner, which way its call goes, the phone of the directory that was dialled,
#: the gateway, and whose password was right.
_NOTED: Final = (
    "signal_bond",
    "direction",
    "dialed_user",
    "sip_gateway_name",
    names.SIP_AUTH_USERNAME,
    names.VERTO_USER,
)
_NOTE: Final = f"set {names.MOVER}=${{uuid}}{''.join(f'|${{uuid_getvar(${{signal_bond}} {each})}}' for each in _NOTED)}"
#: It is expanded twice on its way onto the channel, so each `$` is escaped twice.
_MOVER: Final = f"{names.ON_BLIND_TRANSFER}={_NOTE}".replace("$", r"\\\$")
#: A phone of the directory that we dialled and no gateway leads to, or that has shown its password.
BY_PHONE: Final = (
    r"^([^|]+)\|\1\|(?:outbound\|(?!_undef_)[^|]+\|_undef_\||inbound\|[^|]*\|[^|]*\|(?!_undef_\|_undef_$)[^|]+\|[^|]+$)"
)
#: Anybody else who has called us. A leg that nothing was noted of (`outbound`) was dialled for such a one.
BY_CALLER: Final = r"^(?:inbound\|([^|]+)\|\1\|inbound\||outbound\|(?:$|([^|]+)\|\2\|inbound\|))"


def template(name: str) -> str:
    """The template `name`, a path below `freeswitch_conf/`.

    Raises Error when the installation of fsrouter is not whole.
    """
    try:
        return (TEMPLATES / name).read_text(encoding="utf-8")
    except OSError as error:
        raise Error(
            f"fsrouter's own file {TEMPLATES / name} cannot be read ({error.strerror}); install fsrouter again"
        ) from error


def fill(text: str, **values: str) -> str:
    """`text` with each `@NAME@` replaced. Values are XML already. Raises KeyError for a name without a value."""
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], text)


def did_entries(entries: Sequence[Entry]) -> str:
    """The file of the context where calls to our numbers arrive.

    Takes each entry's number in every way that a carrier writes it, and no other.
    """
    parts = [_entry(f"numbers_{i}", expression) for i, expression in enumerate(_patterns(entries).expressions(), 1)]
    return fill(template("dialplan/public/00_fsrouter.xml"), ENTRIES="\n".join(parts))


def rest_entry() -> str:
    """The last file of the DID context: takes every number that nothing before it took."""
    return fill(
        template("dialplan/public/zz_fsrouter_rest.xml"), ENTRIES=_entry("rest", rf"^\+?[0-9]{{2,20}}{PARAMETERS}$")
    )


def fsr_context(
    entries: Iterable[Entry],
    default: FailSafe,
    routers: Routers,
    context: str = "public",
    extensions: str = "default",
) -> str:
    """The file of the context `fsr`: transfers, served, queue, router, and the fail-safe of each number; `default` is
    that of all others. Transfers go to `context`, where calls to our numbers arrive, or to the context `extensions`.
    """
    application, data = routers.action
    entries = list(entries)
    return fill(
        template("dialplan/fsrouter.xml"),
        BY_PHONE=attribute(BY_PHONE),
        BY_CALLER=attribute(BY_CALLER),
        MOVER=_MOVER,
        TURNS=str(TURNS),
        MORE_TURNS=str(TURNS - 1),
        MORE_QUEUES=str(QUEUES - 1),
        ROUTER_APPLICATION=attribute(application),
        ROUTER_DATA=attribute(data),
        EXTENSIONS=validation.user(extensions),
        REFERRED=attribute(trunks.REFERRED),
        OURS="\n".join(moved_to_ours(_patterns(entries), validation.user(context))),
        FAILSAFES="\n".join(_failsafes(entries, default)),
    )


def dial_string(step: Dial) -> str:
    """What `bridge` rings for one step.

    Early media counts as ringing only, else an announcement would count as an answer; a far end's redirect refuses.
    """
    told = f"{names.CALL}=1" + (f",origination_caller_id_number={step.caller_id}" if step.caller_id else "")
    told += f",{names.TRUNK}={step.trunk}" if step.trunk else ""
    if step.instead:
        legs, seconds = dialstring.one_after_another((*step.targets, *step.instead), told, step.wait), step.ring
    else:
        legs = ",".join(f"[leg_timeout={step.ring},{told}]{target}" for target in step.targets)
        seconds = step.ring + 5
    return f"{{ignore_early_media=ring_ready,originate_timeout={seconds},{names.REDIRECT_FATAL}=true}}{legs}"


def attribute(value: str) -> str:
    """`value` as the inside of a double-quoted XML attribute."""
    return escape(value, {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _entry(name: str, numbers: str) -> str:
    return fill(
        template("dialplan/entry.xml.part").rstrip("\n"),
        NAME=name,
        NUMBERS=attribute(numbers),
        FRESH=";".join(f"{each}=" for each in FRESH),
        LEFTOVERS=";".join(f"{each}=" for each in LEFTOVERS),
        MOVER=_MOVER,
    )


def _patterns(entries: Sequence[Entry]) -> Patterns:
    return Patterns({entry.number: entry.country for entry in entries})


def moved_to_ours(patterns: Patterns, context: str) -> Iterable[str]:
    """Extensions for transfers to our own numbers, which begin anew in the context where these arrive."""
    for i, expression in enumerate(patterns.expressions(), 1):
        yield (
            f'    <extension name="fsrouter_moved_to_ours_{i}">\n'
            f'      <condition field="destination_number" expression="{attribute(expression)}">\n'
            + action("transfer", f"$1 XML {context}")
            + "\n      </condition>\n    </extension>"
        )


def _failsafes(entries: Sequence[Entry], default: FailSafe) -> Iterable[str]:
    """One extension for each fail-safe with all of its numbers, and the default, which takes what is left."""
    numbers: dict[FailSafe, list[str]] = {}
    for entry in sorted(entries, key=lambda each: each.number):
        numbers.setdefault(entry.failsafe, []).append(entry.number)
    patterns = _patterns(entries)
    taken = (
        (failsafe, expression) for failsafe, group in numbers.items() for expression in patterns.expressions(group)
    )
    for i, (failsafe, expression) in enumerate(taken, 1):
        yield _failsafe(str(i), f' field="${{{names.NUMBER}}}" expression="{attribute(expression)}"', failsafe)
    yield _failsafe("default", "", default)


def _failsafe(name: str, where: str, failsafe: FailSafe) -> str:
    lines: list[str] = []
    for i, step in enumerate(failsafe.steps):
        lines += _step(step, last=i == len(failsafe.steps) - 1)
    if not failsafe.steps:
        lines.append(action("hangup", "NORMAL_TEMPORARY_FAILURE"))
    text = template("dialplan/failsafe.xml.part").rstrip("\n")
    return fill(text, NAME=name, WHERE=where, RINGBACK=commands.RINGBACK, STEPS="\n".join(lines))


def _step(step: Step, last: bool) -> list[str]:
    """The actions of one step.

    A last one always ends the call, else the entry's second line would begin it once more.
    """
    match step:
        case Dial():
            ring = action("bridge", dial_string(step))
            return [ring, action("hangup", f"${{{names.ORIGINATE_DISPOSITION}}}")] if last else [ring]
        case Mailbox():
            where = f"{step.profile} {step.domain or '$${domain}'} {step.mailbox}"
            limit = action("sched_hangup", f"+{commands.MAILBOX_SECONDS} NORMAL_CLEARING")
            served = action("multiset", f"^^;{names.SERVED}=yes;{names.VOICEMAIL_CALLBACK_CONTEXT}={commands.CLOSED}")
            return [limit, served, action("voicemail", where), action("hangup", "NORMAL_CLEARING")]
        case Extension():
            # A transfer that names its context is not forced anywhere (switch_ivr.c:2214); the operator's later ones
            # must not be either.
            free = action("set", f"{names.FORCE_TRANSFER_CONTEXT}=")
            return [free, action("transfer", f"{step.number} XML {step.context}")]


def action(application: str, data: str) -> str:
    """An `<action>` of a condition."""
    return f'        <action application="{attribute(application)}" data="{attribute(data)}"/>'

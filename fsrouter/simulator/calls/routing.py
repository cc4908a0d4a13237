"""A call's way through the dialplan, from its first hunt to its end, in a greenlet of its own.

What lives here: hunting, and the states of a call between its actions. What it must not know: the wire, what an
application does.

Three rules of FreeSWITCH that decide what becomes of a call (docs/wire.md 3):
1. A transferred call hunts anew, and nothing of the old extension runs again.
2. A call that was taken by uuid_bridge, an attended transfer or a queue comes back, when that talk is over, to the
   action after the one that was running in its MAIN extension; what execute_extension had nested is lost.
3. Behind the last action the call is hung up with NORMAL_CLEARING.
"""

from __future__ import annotations

import re
from functools import cache

import gevent

from fsrouter.simulator import causes, headers, sip
from fsrouter.simulator.calls import applications
from fsrouter.simulator.calls.expand import expand
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.clock import spawn
from fsrouter.simulator.dialplan import Action, Extension

_IS_FAIL_SAFE = re.compile("fail.?safe")
_compiled = cache(re.compile)


def start(line: Line) -> None:
    """Let a call run; it goes on by itself from here."""
    line.switch.greenlets.add(spawn(_run, line))


def _run(line: Line) -> None:
    error: BaseException | None = None
    try:
        _walk(line)
    except Exception as raised:
        error = raised
        line.hang_up("DESTINATION_OUT_OF_ORDER")
    line.report_end()
    line.switch.channels.pop(line.uuid, None)
    line.switch.greenlets.discard(gevent.getcurrent())
    line.record.finish(error)


def _walk(line: Line) -> None:
    actions: list[Action] = []
    while not line.down:
        if line.state == causes.ROUTING:
            actions = _route(line)
        elif line.state == causes.EXECUTE:
            if not actions:
                line.hang_up("NORMAL_CLEARING")
                break
            applications.run(line, *actions.pop(0))
        elif line.state == causes.PARK:
            line.pause()
        else:
            _taken(line)


def _route(line: Line) -> list[Action]:
    destination, dialplan, context = line.extension
    profile = line.profile
    if profile.destination_number != destination or profile.context != context:
        profile.index += 1
        profile.created = line.stamp()
    profile.destination_number, profile.context = destination, context
    sip.routed(line.variables, line.uuid, headers.rfc2822(profile.created), (destination,))
    line.state = causes.EXECUTE
    line.interrupted = False
    actions = _inline(destination) if dialplan == "inline" else _hunt(line, destination, context)
    if actions is None:
        line.hang_up("NO_ROUTE_DESTINATION")
        return []
    return actions


def _taken(line: Line) -> None:
    """Somebody has the call: what they do with it runs when the application has let go."""
    runs, line.on_release = line.on_release, None
    if runs is None:
        line.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    runs()
    if line.state in (causes.SOFT_EXECUTE, causes.HIBERNATE, causes.RESET):
        line.state = causes.EXECUTE


def execute_extension(line: Line, argument: str) -> None:
    """The application: run another extension's actions here, as long as the call is ours."""
    destination, _, context, *_ = [*argument.split(" "), "", ""]
    outside, line.nested_context = line.nested_context, context or line.nested_context or line.profile.context
    for application, data in _hunt(line, destination, line.nested_context) or ():
        if not line.ready:
            break
        applications.run(line, application, data)
    line.nested_context = outside


def _hunt(line: Line, destination: str, context: str) -> list[Action] | None:
    """The actions of the first extension whose conditions hold, `$1` filled in; None when there is none."""
    before: list[Action] = []
    for extension in line.switch.dialplan.contexts.get(context, ()):
        actions = _match(line, extension, destination)
        if actions is not None and extension.goes_on:
            before += actions
        elif actions is not None:
            if _IS_FAIL_SAFE.search(extension.name):
                line.record.fail_safe = True
                line.note("fail-safe")
            return before + actions
    return before or None


def _match(line: Line, extension: Extension, destination: str) -> list[Action] | None:
    actions: list[Action] = []
    for condition in extension.conditions:
        name = condition.field
        if name == "destination_number":
            value = destination
        else:
            value = expand(line, name) if "$" in name else line.get(name) or ""
        match = _compiled(condition.expression).search(value)
        if match is None:
            actions += condition.otherwise
            if condition.ends in ("on-false", "always"):
                return actions if condition.otherwise else None
            continue
        if name == "destination_number" and match.groups():
            line.variables["DP_MATCH"] = "ARRAY::" + "|:".join((match[0], *match.groups("")))
        for application, data in condition.inline:
            applications.run(line, application, _groups(data, match))
        actions += [(application, _groups(data, match)) for application, data in condition.actions]
        if condition.ends in ("on-true", "always"):
            break
    return actions


def _groups(data: str, match: re.Match[str]) -> str:
    """What `$1` … in an argument stand for."""
    if "$" not in data:
        return data
    return re.sub(r"\$(\d)", lambda at: (match[int(at[1])] or "") if int(at[1]) <= len(match.groups()) else "", data)


def _inline(text: str) -> list[Action]:
    """`app:argument,app:argument` of the dialplan `inline`."""
    parts = (part.partition(":") for part in text.strip("'").split(","))
    return [(application, argument) for application, _, argument in parts]

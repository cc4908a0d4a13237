"""The dialplan: contexts, extensions, conditions, actions, and how FreeSWITCH walks through them.

What lives here: reading a dialplan from XML, the one that ships with fsrouter as docs/wire.md 6 has it, hunting in it,
and the states of a call between its actions. What it must not know: the wire, what an application does.

Three rules of FreeSWITCH that decide what becomes of a call (docs/wire.md 3):
1. A transferred call hunts anew, and nothing of the old extension runs again.
2. A call that was taken by uuid_bridge, an attended transfer or a queue comes back, when that talk is over, to the
   action after the one that was running in its MAIN extension; what execute_extension had nested is lost.
3. Behind the last action the call is hung up with NORMAL_CLEARING.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from fsrouter.simulator import applications, causes, headers, sip
from fsrouter.simulator.expand import expand

if TYPE_CHECKING:
    from fsrouter.simulator.line import Line

Action = tuple[str, str]
FAIL_SAFE = "sofia/external/failsafe@127.0.0.1:5091"
_IS_FAIL_SAFE = re.compile("fail.?safe")
_compiled = cache(re.compile)


@dataclass(frozen=True, slots=True)
class Condition:
    """A field (`destination_number`, a variable, text with `${…}`), an expression, and actions.

    `otherwise`: the anti-actions. `ends`: FreeSWITCH's attribute `break`, what ends the extension: `on-false`,
    `on-true`, `always`, `never`. Without a field and an expression it always matches.
    """

    field: str
    expression: str
    actions: tuple[Action, ...] = ()
    otherwise: tuple[Action, ...] = ()
    ends: str = "on-false"


@dataclass(frozen=True, slots=True)
class Extension:
    """Conditions that must all hold."""

    name: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Dialplan:
    """Extensions by context, first match wins."""

    contexts: Mapping[str, Sequence[Extension]] = field(default_factory=dict)

    def hunt(self, line: Line, destination: str, context: str) -> list[Action] | None:
        """The actions of the first extension whose conditions hold, `$1` filled in; None when there is none."""
        for extension in self.contexts.get(context, ()):
            actions = self._match(line, extension, destination)
            if actions is not None:
                if _IS_FAIL_SAFE.search(extension.name):
                    line.placed.fail_safe = True
                    line.tell("fail-safe")
                return actions
        return None

    @staticmethod
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
            for application, data in condition.actions:
                actions.append((application, _groups(data, match)))
            if condition.ends in ("on-true", "always"):
                break
        return actions

    def execute(self, line: Line, destination: str, context: str) -> None:
        """`execute_extension`: run another extension's actions here, as long as the call is ours."""
        outside, line.hunting = line.hunting, context
        for application, data in self.hunt(line, destination, context) or ():
            if not line.ours:
                break
            applications.run(line, application, data)
        line.hunting = outside

    def run(self, line: Line) -> None:
        """A call from its first hunt to its end."""
        actions: list[Action] = []
        while not line.down:
            if line.state == causes.ROUTING:
                actions = self._route(line)
            elif line.state == causes.EXECUTE:
                if not actions:
                    line.hang_up("NORMAL_CLEARING")
                    break
                applications.run(line, *actions.pop(0))
            elif line.state == causes.PARK:
                line.pause()
            else:
                _taken(line)

    def _route(self, line: Line) -> list[Action]:
        destination, dialplan, context = line.extension
        profile = line.profile
        if profile.destination != destination or profile.context != context:
            profile.index += 1
            profile.created = line.stamp()
        profile.destination, profile.context = destination, context
        sip.routed(line.variables, line.uuid, headers.rfc2822(profile.created), (destination,))
        line.state = causes.EXECUTE
        line.broken = False
        actions = _inline(destination) if dialplan == "inline" else self.hunt(line, destination, context)
        if actions is None:
            line.hang_up("NO_ROUTE_DESTINATION")
            return []
        return actions

    @classmethod
    def from_xml(cls, *texts: str) -> Dialplan:
        """Read contexts from dialplan files; a file of bare `<extension>`s belongs to context public. Raises
        ElementTree.ParseError.
        """
        contexts: dict[str, list[Extension]] = {}
        for text in texts:
            root = ElementTree.fromstring(f"<document>{re.sub(r'<[?]xml.*?[?]>', '', text)}</document>")
            for context in root.iter("context"):
                contexts.setdefault(context.get("name", "public"), []).extend(
                    map(_extension, context.findall("extension"))
                )
            for parent in (*root.iter("include"), root):
                contexts.setdefault("public", []).extend(map(_extension, parent.findall("extension")))
        return cls(contexts)


def _taken(line: Line) -> None:
    """Somebody has the call: what he does with it runs now that the application has let go."""
    runs, line.taken_to = line.taken_to, None
    if runs is None:
        line.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    runs()
    if line.state in (causes.SOFT_EXECUTE, causes.HIBERNATE, causes.RESET):
        line.state = causes.EXECUTE


def _groups(data: str, match: re.Match[str]) -> str:
    return (
        re.sub(r"\$(\d)", lambda at: (match[int(at[1])] or "") if int(at[1]) <= len(match.groups()) else "", data)
        if "$" in data
        else data
    )


def _inline(text: str) -> list[Action]:
    """`app:argument,app:argument` of the dialplan `inline`."""
    parts = (part.partition(":") for part in text.strip("'").split(","))
    return [(application, argument) for application, _, argument in parts]


def _extension(element: ElementTree.Element) -> Extension:
    conditions = [
        Condition(
            condition.get("field", ""),
            condition.get("expression", ""),
            _actions(condition, "action"),
            _actions(condition, "anti-action"),
            condition.get("break", "on-false"),
        )
        for condition in element.findall("condition")
    ]
    return Extension(element.get("name", ""), tuple(conditions))


def _actions(condition: ElementTree.Element, tag: str) -> tuple[Action, ...]:
    return tuple((action.get("application", ""), action.get("data", "")) for action in condition.findall(tag))


CLEARED = (
    "^^;fsr_turn=;fsr_took=;fsr_served=;fsr_again=;fsr_cause=;fsr_queue=;fsr_cursor=;originate_disposition=;bridge_hangup_cause=;"
    "cc_cause=;hangup_after_bridge=false;continue_on_fail=true;force_transfer_context=public"
)
_SERVED = "${fsr_again}|${fsr_served}|${originate_disposition}|${cc_cause}"
_AGAIN = ("execute_extension", "fsr XML fsr")


def standard(
    routers: Iterable[tuple[str, int]],
    fail_safes: Mapping[str, str] | None = None,
    extensions: Mapping[str, Sequence[Action]] | None = None,
) -> Dialplan:
    """The dialplan of docs/wire.md 6: an entry for every dialled number, bounded re-entry to the routers, a fail-safe.

    `fail_safes`: dial string by dialled number, FAIL_SAFE for the others. `extensions`: actions of extensions that
    calls are transferred to, in contexts public and default; any other number in `default` rings `user/NUMBER`.
    """
    hosts = "|".join(f"{host}:{port}" for host, port in routers)
    own = [_when(number, f"^{re.escape(number)}$", *actions) for number, actions in (extensions or {}).items()]
    # vanilla's own: what comes in by the external profile for a registered user goes on to `default`
    vanilla = _when("public_extensions", r"^(10[01][0-9])$", ("transfer", "$1 XML default"))
    entry = _when("fsr_entry", "^(.+)$", ("multiset", CLEARED), _AGAIN, _AGAIN)
    fsr = [
        _fsr("fsr_served", _SERVED, r"^\|(yes\||.*\|SUCCESS\||.*\|answered$)", ("hangup", "${fsr_cause}")),
        _fsr("fsr_queue", "${fsr_queue}", r"^[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+$",
             ("set", "fsr_q=${fsr_queue}"), ("set", "fsr_queue="), ("callcenter", "${fsr_q}"), _AGAIN),
        _fsr("fsr_enter", "${fsr_took}${fsr_turn}", r"^(|yes1{1,3})$",
             ("set", "fsr_turn=${fsr_turn}1"), ("set", "fsr_took=no"), ("socket", f"{hosts} full"), _AGAIN),
    ]  # fmt: skip
    for number, dial in (fail_safes or {}).items():
        fsr.append(_fsr(f"fsr_failsafe_{number}", "${destination_number}", f"^{re.escape(number)}$", *_last(dial)))
    fsr.append(_when("fsr_failsafe", "^fsr$", *_last(FAIL_SAFE)))
    local = _when("local", r"^(\d+)$", ("bridge", "user/$1"))
    return Dialplan({"public": [*own, vanilla, entry], "fsr": fsr, "default": [*own, local]})


def _when(name: str, expression: str, *actions: Action) -> Extension:
    return Extension(name, (Condition("destination_number", expression, actions),))


def _fsr(name: str, field_name: str, expression: str, *actions: Action) -> Extension:
    return Extension(name, (Condition("destination_number", "^fsr$"), Condition(field_name, expression, actions)))


def _last(dial: str) -> tuple[Action, ...]:
    return (("set", "hangup_after_bridge=true"), ("set", "continue_on_fail=false"), ("bridge", dial))

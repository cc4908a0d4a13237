"""The dialplan: contexts, extensions, conditions, actions.

What lives here: plain values, reading them from XML, and the dialplan of docs/wire.md 6. What it must not know: calls.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Action = tuple[str, str]
FAIL_SAFE = "sofia/external/failsafe@127.0.0.1:5091"


@dataclass(frozen=True, slots=True)
class Condition:
    """A field (`destination_number`, a variable, text with `${…}`), an expression, and actions.

    `otherwise`: the anti-actions. `inline`: actions that the look-up itself runs. `ends`: FreeSWITCH's attribute
    `break`, what ends the extension: `on-false`,
    `on-true`, `always`, `never`. Without a field and an expression it always matches.
    """

    field: str
    expression: str
    actions: tuple[Action, ...] = ()
    otherwise: tuple[Action, ...] = ()
    ends: str = "on-false"
    inline: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Extension:
    """Conditions that must all hold. `goes_on`: the look-up does not end with it (FreeSWITCH's `continue`)."""

    name: str
    conditions: tuple[Condition, ...]
    goes_on: bool = False


@dataclass(frozen=True)
class Dialplan:
    """Extensions by context, first match wins; `globals` are variables that its files set (`X-PRE-PROCESS`)."""

    contexts: Mapping[str, Sequence[Extension]] = field(default_factory=dict)
    globals: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_xml(cls, *texts: str) -> Dialplan:
        """Read contexts from dialplan files; a file of bare `<extension>`s belongs to context public. Raises
        ElementTree.ParseError.
        """
        contexts: dict[str, list[Extension]] = {}
        variables: dict[str, str] = {}
        for text in texts:
            root = ElementTree.fromstring(f"<document>{re.sub(r'<[?]xml.*?[?]>', '', text)}</document>")
            for line in root.iter("X-PRE-PROCESS"):
                if line.get("cmd") == "set":  # spaces as in switch_xml.c:1572
                    name, _, value = line.get("data", "").partition("=")
                    variables[name.rstrip(" ")] = value.lstrip(" ")
            for context in root.iter("context"):
                contexts.setdefault(context.get("name", "public"), []).extend(
                    map(_extension, context.findall("extension"))
                )
            for parent in (*root.iter("include"), root):
                contexts.setdefault("public", []).extend(map(_extension, parent.findall("extension")))
        return cls(contexts, variables)


def _extension(element: ElementTree.Element) -> Extension:
    conditions = [
        Condition(
            condition.get("field", ""),
            condition.get("expression", ""),
            _actions(condition, "action"),
            _actions(condition, "anti-action"),
            condition.get("break", "on-false"),
            _actions(condition, "action", inline=True),
        )
        for condition in element.findall("condition")
    ]
    return Extension(element.get("name", ""), tuple(conditions), element.get("continue") == "true")


def _actions(condition: ElementTree.Element, tag: str, *, inline: bool = False) -> tuple[Action, ...]:
    return tuple(
        (action.get("application", ""), action.get("data", ""))
        for action in condition.findall(tag)
        if (action.get("inline") == "true") is inline
    )


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

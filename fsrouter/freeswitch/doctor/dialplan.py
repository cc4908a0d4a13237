"""What is to be thought of the dialplan that a FreeSWITCH has in force: our contexts, each `socket` in them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

from fsrouter.esl.commands import CLOSED
from fsrouter.freeswitch.doctor.expected import Expected
from fsrouter.freeswitch.doctor.finding import INSTALL, Finding, error, ok, warning
from fsrouter.freeswitch.doctor.probe import Actual

#: The beginning of our extensions' names in the context where numbers arrive, as its XML has it.
_OUR_NUMBERS: Final = '"fsrouter_numbers_'


def dialplan(actual: Actual, expected: Expected) -> Iterator[Finding]:
    if not actual.dialplan:
        yield error("the context fsr is not in the dialplan, so no call reaches a router", INSTALL)
        return
    contexts = {"fsr": (actual.dialplan, expected.dialplan), CLOSED: (actual.closed, expected.closed)}
    for name, (loaded, wanted) in contexts.items():
        # FreeSWITCH shows a context with its own domain filled in.
        if shapes(loaded, "context") == shapes(wanted.replace("$${domain}", actual.domain), "context"):
            yield ok(f"the context {name} is that of the rule books in force")
        elif loaded:
            yield error(f"the context {name} is not that of the rule books in force", INSTALL)
        else:
            yield warning(
                f"the context {name} is not in the dialplan: mailboxes cannot call back, and callers whom a far end "
                "transfers are hung up",
                INSTALL,
            )
    if not actual.did:
        yield error(f"the dialplan has no context {expected.did_context}", "say with --context where your calls arrive")
    elif not set(shapes(expected.entries, "extension")) <= set(shapes(actual.did, "extension")):
        how = "does not hand our tracking numbers to us"
        if _OUR_NUMBERS in actual.did:
            how = "hands us tracking numbers otherwise than the rule books in force say"
        yield error(f"the context {expected.did_context} {how}", INSTALL)
    else:
        yield ok(f"the context {expected.did_context} hands our tracking numbers to us")


def sockets(actual: Actual, expected: Expected) -> Iterator[Finding]:
    """Every `socket` of the two contexts: ours, and others that take calls to a router of ours."""
    for data in sockets_of(actual.dialplan) + sockets_of(actual.did):
        where, *words = data.split()
        if "async" in words or "full" not in words:
            yield error(
                f"the dialplan says `socket {data}`; a router declines such a call",
                f"write `socket {where} full`: without async, calls are handed over synchronously",
            )


def shapes(text: str, tag: str) -> list[Any]:
    """Every element `tag` of an XML text as tags, attributes and children: what a dialplan means, however it was
    written. Empty for what is no XML.
    """
    return [_shape(element) for element in _elements(text, tag)]


def _shape(element: ElementTree.Element) -> Any:
    return element.tag, tuple(sorted(element.attrib.items())), tuple(_shape(child) for child in element)


def sockets_of(text: str) -> list[str]:
    """The arguments of every `socket` in a context."""
    actions = _elements(text, "action")
    found = [action.get("data", "") for action in actions if action.get("application") == "socket"]
    return [data for data in found if data.strip()]


def _elements(text: str, tag: str) -> list[ElementTree.Element]:
    try:
        return list(ElementTree.fromstring(text).iter(tag))
    except ElementTree.ParseError:
        return []

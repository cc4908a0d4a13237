"""An interpreter of FreeSWITCH's XML dialplan, as far as ours uses it, after mod_dialplan_xml.c (parse_exten,
dialplan_hunt).

Conditions are evaluated when an extension is looked up, actions run after that, one by one. A call that somebody
takes out of a running application and gives back goes on with the action after it in the OUTERMOST extension
(docs/wire.md 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

STACK = 32  # SWITCH_MAX_STACKS

Application = Callable[["Call", str], None]


class GivenBack(Exception):
    """Somebody had the call and is done with it."""


@dataclass
class Call:
    """A caller in the dialplan: its variables, what was done to it, and who carries out the applications that we do
    not.
    """

    contexts: dict[str, list[ElementTree.Element]]
    applications: dict[str, Application]
    variables: dict[str, str] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)
    cause: str | None = None
    left: bool = False
    depth: int = 0
    deepest: int = 0
    number: str = ""

    def dial(self, number: str, context: str = "public") -> None:
        """A call arrives, or is transferred here: hunts and runs the extension, then hangs up as FreeSWITCH does."""
        self.number, self.left = number, False
        for application, data in self._hunt(number, context):
            if self.cause is not None or self.left:
                return
            try:
                self._execute(application, data)
            except GivenBack:
                self.depth = 0
        if self.cause is None and not self.left:
            self.cause = "NORMAL_CLEARING"

    def ran(self, application: str) -> list[str]:
        """The arguments that an application was run with."""
        return [data for name, data in self.done if name == application]

    def expand(self, text: str, destination: str | None = None) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1]:
                return found[1]  # escaped
            if found[2] == "destination_number":
                return self.number if destination is None else destination
            return self.variables.get(found[2], "")

        return re.sub(r"\\([\\$])|\$\{([a-z_A-Z0-9]+)\}", value, text)

    def set(self, assignment: str) -> None:
        name, _, value = assignment.partition("=")
        if value:
            self.variables[name] = self.expand(value)  # once more (mod_dptools.c, base_set)
        else:
            self.variables.pop(name, None)

    def _hunt(self, destination: str, context: str) -> list[tuple[str, str]]:
        before: list[tuple[str, str]] = []
        for extension in self.contexts.get(context, []):
            actions: list[tuple[str, str]] = []
            if self._matches(extension, destination, actions):
                if extension.get("continue") != "true":
                    return before + actions
                before += actions
        return before

    def _matches(self, extension: ElementTree.Element, destination: str, actions: list[tuple[str, str]]) -> bool:
        proceed = False
        for condition in extension.findall("condition"):
            subject, found = condition.get("field"), None
            if subject is None:
                proceed = True
            else:
                value = self.expand(subject, destination) if "$" in subject else destination
                assert subject == "destination_number" or "$" in subject
                found = re.search(condition.get("expression", ""), value)
                proceed = found is not None
            if proceed:
                for each in condition.findall("action"):
                    data = each.get("data", "")
                    if each.get("inline") == "true":
                        self._execute(each.get("application", ""), data)
                        continue
                    # perform_substitution, when the extension is looked up: before anything is expanded
                    actions.append(
                        (
                            each.get("application", ""),
                            data.replace("$1", found[1]) if found and found.lastindex else data,
                        )
                    )
            elif condition.get("break", "on-false") == "on-false":
                return False
        return proceed

    def _execute(self, application: str, data: str) -> None:
        argument = self.expand(data)
        self.done.append((application, argument))
        if application == "multiset":
            assert argument.startswith("^^;")
            for assignment in argument[3:].split(";"):
                self.set(assignment)
        elif application == "set":
            self.set(argument)
        elif application == "hangup":
            self.cause = argument or "NORMAL_CLEARING"
        elif application == "transfer":
            self.left = True
        elif application == "execute_extension":
            self._nest(*argument.split())
        elif application in self.applications:
            self.applications[application](self, argument)
        else:
            assert application in ("log", "sched_hangup"), f"no such application: {application}"

    def _nest(self, destination: str, dialplan: str, context: str) -> None:
        assert dialplan == "XML"
        assert self.depth <= STACK, "too many stacked extensions"
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        for application, data in self._hunt(destination, context):
            if self.cause is not None or self.left:
                break
            self._execute(application, data)
        self.depth -= 1


def contexts(public: Iterator[str], *others: str) -> dict[str, list[ElementTree.Element]]:
    """The contexts `public`, of included files in their order, and those of `others`, a file each."""
    files = [ElementTree.fromstring(text) for text in public]
    found = {"public": [each for file in files for each in file.findall("extension")]}
    for text in others:
        inner = ElementTree.fromstring(text).find("context")
        assert inner is not None
        found[str(inner.get("name"))] = inner.findall("extension")
    return found

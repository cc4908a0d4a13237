"""FusionPBX's CSV of destinations as tracking numbers: which columns of it mean what, which actions lead where here.

The file is what its export of destinations writes, with any choice of its columns
(app/destinations/destination_download.php). An action is an application of FreeSWITCH and its data, in
`destination_actions` as JSON, in versions of before in `destination_app` and `destination_data`
(destination_edit.php); which actions there are, the app_config.php of each of its applications says (`select_value`).
docs/coming-from/fusionpbx.md has the table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct

from fsrouter.engine.model.destinations import destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.numbers.cells import plain
from fsrouter.errors import Refused
from fsrouter.rules import csv_cells
from fsrouter.rules.csv_reader import CsvReader, Row
from fsrouter.rules.file_errors import Faulty, FileError, InvalidFile

#: The columns that are looked at, of those that destination_download.php offers.
COLUMNS = (
    "domain_uuid", "destination_type", "destination_number", "destination_prefix", "destination_area_code",
    "destination_condition_field", "destination_record", "destination_type_voice", "destination_type_fax",
    "destination_conditions", "destination_actions", "destination_app", "destination_data",
    "destination_alternate_app", "destination_alternate_data", "destination_enabled", "destination_description",
)  # fmt: skip
ACTIONS = ("destination_actions", "destination_app")

#: `transfer` to what the dialplan has: an extension, ring group, menu, queue … by its number; `*99` and a mailbox.
_TRANSFER = re.compile(r"(\S+)(?:\s+XML(?:\s+(\S+))?)?")
_MAILBOX = re.compile(r"\*99(\d+)")
#: `bridge` to a number by a gateway, perhaps with variables before it.
_BRIDGE = re.compile(r"(?:\{[^{}]*\}|\[[^\[\]]*\])*sofia/gateway/[^/,|:]+/([+\d]+)")
#: A number that stands for several: a regular expression, a pattern of N, X and Z (string_to_regex), a range.
_SEVERAL = re.compile(r"[\^$|\[\]\\]|^\+?\d*[NXZ][\dNXZ]*$|^\+?\d{7,}-\+?\d{7,}$", re.IGNORECASE)
#: Digits from which on an extension is a number outside: what a domain's outbound routes have dialled.
OUTSIDE = 9
_FALSE = frozenset({"false", "f", "0", "no"})


class Action(Struct, frozen=True):
    """An element of `destination_actions`."""

    destination_app: str = ""
    destination_data: str = ""


_ACTIONS = msgspec.json.Decoder(list[Action] | None)


@dataclass
class Destinations:
    """What a file has: `rows` with tracking numbers, by our own names of columns; how many were `left_out`, by why; and
    the rows that cannot be carried over, which are `unreadable`.
    """

    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: list[FileError] = field(default_factory=list)

    def notes(self) -> Iterator[str]:
        """What was left out, in words."""
        for why, number in self.left_out.items():
            yield f"{number} left out: {why}"


def read(path: Path, book: RuleBook) -> Destinations:
    """The destinations of a file for a company's rule book. Raises InvalidFile when the file as a whole is none."""
    reader = CsvReader(path, COLUMNS, ("destination_number",), further=True)
    found, faulty = Destinations(), Faulty(path)
    numbered: list[tuple[str, Row]] = []
    domains: set[str] = set()
    for row in reader:
        if not any(column in row.cells for column in ACTIONS):
            reader.add_error(1, "lacks the columns destination_actions and destination_app; export it with one of them")
            reader.raise_errors()
        if why := _left_out(row.cells):
            found.left_out[why] += 1
            continue
        domains.add(row.cells.get("domain_uuid", ""))
        if len(domains) > 1:
            raise InvalidFile([FileError(str(path), row.line, 0, "is of another domain; export each by itself")])
        try:
            numbered.append((_number(row.cells, book.context), row))
        except Refused as error:
            faulty.add_error(row.line, error)
    actions = _Actions(book, frozenset(number for number, _ in numbered))
    for number, row in numbered:
        try:
            found.rows.append(Row(row.line, _cells(number, row.cells, actions)))
        except Refused as error:
            faulty.add_error(row.line, error)
    found.unreadable = sorted([*reader.errors, *faulty.errors])
    return found


def _left_out(row: Mapping[str, str]) -> str:
    """Why a row is no tracking number although nothing is wrong with it; "" when it is one."""
    kind = row.get("destination_type", "").casefold()
    if kind not in ("", "inbound"):
        return f"destination_type is {kind[:20]}"
    return "destination_enabled is false" if row.get("destination_enabled", "").casefold() in _FALSE else ""


def _number(row: Mapping[str, str], context: Context) -> str:
    """The number (E.164) of a row: with a country code in destination_prefix and an area code, or as it is dialled."""
    text = plain(row["destination_number"])
    if _SEVERAL.search(text):
        raise Refused(f"{text[:60]!r} stands for several numbers; write a row for each")
    area, prefix = row.get("destination_area_code", ""), row.get("destination_prefix", "").lstrip("+")
    whole = area + text
    forms = [f"+{prefix}{whole}", f"+{whole}"] if prefix.isdigit() and not whole.startswith("+") else [whole]
    for form in forms:
        try:
            return csv_cells.number(form, context)
        except Refused as error:
            why = error
    raise Refused(f"{text[:60]!r} {why}")


def _cells(number: str, row: Mapping[str, str], actions: _Actions) -> dict[str, str]:
    """A row by our own names of columns. Raises Refused when it cannot be carried over."""
    if (found_by := row.get("destination_condition_field", "")) not in ("", "destination_number"):
        raise Refused(f"is found by {found_by[:60]!r}, not by the number that was dialled")
    if row.get("destination_conditions", "") not in ("", "[]", "null"):
        raise Refused("has conditions; make a router of them, and name it in `to`")
    voice, fax = (row.get(f"destination_type_{kind}", "") not in ("", *_FALSE) for kind in ("voice", "fax"))
    if fax and not voice:
        raise Refused("is a fax number; faxes stay with FusionPBX, so leave it out")
    found = {"number": number, "to": " | ".join(actions.route(row))}
    if "destination_description" in row:
        found["name"] = row["destination_description"]
    if "destination_record" in row:
        found["record"] = "no" if row["destination_record"].casefold() in ("", *_FALSE) else "yes"
    return found


class _Actions:
    """What actions lead to here; `numbers` are the file's own."""

    def __init__(self, book: RuleBook, numbers: frozenset[str]) -> None:
        self._book = book
        self._numbers = numbers | book.tracking_numbers.keys()
        self._mailboxes = {voicemail.mailbox: name for name, voicemail in book.voicemails.items()}
        self._context = ""

    def route(self, row: Mapping[str, str]) -> list[str]:
        """Where the calls of a row go. Raises Refused when it cannot be told for certain."""
        found = []
        for action in _actions(row):
            found.append(self._destination(action))
            if action.destination_app in ("transfer", "hangup"):
                break  # FreeSWITCH does not come to what stands behind
        if not found:
            raise Refused("has no action, so its calls lead nowhere")
        return found

    def _destination(self, action: Action) -> str:
        app, data = action.destination_app, action.destination_data.strip()
        if app == "hangup" or (app == "transfer" and data == "hangup"):
            return "hangup"
        if app == "transfer" and (transfer := _TRANSFER.fullmatch(data)):
            return self._extension(transfer[1], transfer[2] or "")
        if app == "bridge" and (bridge := _BRIDGE.fullmatch(data)):
            return self._phone(bridge[1])
        raise Refused(f"`{app} {data}`"[:100] + " has no counterpart that is certain; name one in `to`")

    def _extension(self, name: str, context: str) -> str:
        if re.fullmatch(rf"\+?\d{{{OUTSIDE},}}", name):
            return self._phone(name)
        if (mailbox := _MAILBOX.fullmatch(name)) and mailbox[1] in self._mailboxes:
            return f"voicemail:{self._mailboxes[mailbox[1]]}"
        self._context = self._context or context
        if context not in ("", self._context):
            raise Refused(f"leads into the context {context}, rows before it into {self._context}; import one by one")
        return self._written(f"extension:{name}")

    def _phone(self, digits: str) -> str:
        found = self._written(f"phone:{digits}")
        if found.removeprefix("phone:") in self._numbers:
            raise Refused(f"leads to {digits}, a tracking number itself; say where the calls of that one go")
        return found

    def _written(self, text: str) -> str:
        try:
            return str(destination(text, self._book.context))
        except ValueError as error:
            raise Refused(f"leads to {text[:60]!r}, which {error}") from None


def _actions(row: Mapping[str, str]) -> list[Action]:
    """The actions of a row, in their order: of `destination_actions`, else of the columns of before. Raises Refused."""
    try:
        if found := _ACTIONS.decode(row.get("destination_actions") or "null"):
            return list(found)
    except msgspec.DecodeError as error:
        raise Refused(f"destination_actions is no list of actions: {error}") from None
    columns = (("destination_app", "destination_data"), ("destination_alternate_app", "destination_alternate_data"))
    return [Action(row[app], row.get(data, "")) for app, data in columns if row.get(app)]

"""The record of a call has values: facts, trace and attempts as the engine has them, and the walks, of which older
records know nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

#: Rows that are brought up to date at a time.
ROWS = 1000
#: Facts that have a place of their own, by where that is.
PLAIN = ("caller", "previous_score", "last_agent")
VISITOR = ("keyword", "active_page", "landing", "campaign", "referrer")
CONTACT = {"contact": "id", "contact_name": "name", "title": "title", "owner": "owner"}
ACCOUNT = ("account", "account_id", "territory")


def up(migrator: Any, db: Any) -> None:
    """Add the column, with a default for routers of the version before that still write, and rewrite each row."""
    db.execute_sql('ALTER TABLE "call" ADD COLUMN "walks" TEXT NOT NULL DEFAULT \'[]\'')
    parameter = migrator.database.param
    columns = ("uuid", "number", "caller", "source", "tags", "began", "facts", "trace", "attempts")
    page = f"SELECT {', '.join(columns)} FROM call WHERE uuid > {parameter} ORDER BY uuid LIMIT {ROWS}"
    write = "UPDATE call SET " + ", ".join(f"{name} = {parameter}" for name in ("facts", "trace", "attempts"))
    last = ""
    while rows := db.execute_sql(page, (last,)).fetchall():
        last = rows[-1][0]
        db.cursor().executemany(f"{write} WHERE uuid = {parameter}", [_row(*row) for row in rows])


def _row(uuid: str, number: str, caller: str, source: str, tags: str, began: float, *trees: str) -> tuple[str, ...]:
    known, trace, attempts = map(msgspec.json.decode, trees)
    facts = {"to": number, "began": began, **({"from_": caller} if caller else {})}
    facts |= _facts(known, {"to": number, "from": caller, "source": source, "tags": msgspec.json.decode(tags)})
    entries = [[entry.get(name, "") for name in ("at", "outcome", "why")] for entry in trace]
    return (*map(_text, (facts, entries, list(map(_attempt, attempts)))), uuid)


def _facts(known: dict[str, Any], elsewhere: dict[str, Any]) -> dict[str, Any]:
    """Facts by name as the engine has them; those that the row has `elsewhere` are not written twice."""
    facts: dict[str, Any] = {}
    contact: dict[str, Any] = {}
    fields: dict[str, str] = {}
    rest: dict[str, str] = {}
    for name, value in known.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if value == elsewhere.get(name) or (name == "tags" and set(value) <= set(elsewhere["tags"])):
            continue
        if name in PLAIN:
            facts[name] = text
        elif name in VISITOR or name == "source":
            facts.setdefault("visitor", {})[name] = text
        elif name in ACCOUNT:
            contact[name] = text
        elif name in CONTACT and known.get("contact"):
            contact[CONTACT[name]] = text
        elif name.startswith("crm.") and known.get("contact"):
            fields[name[4:]] = text
        else:
            rest[name] = text
    contact |= {"fields": fields} if fields else {}
    return {**facts, **({"contacts": [contact]} if contact else {}), **({"given": rest} if rest else {})}


def _attempt(made: dict[str, Any]) -> list[Any]:
    legs = [[leg.get(name, "") for name in ("destination", "outcome", "cause")] for leg in made.get("legs", [])]
    own = [made.get("destination", ""), made.get("targets", []), made.get("ring", 0), made.get("outcome", "")]
    return [*own, made.get("by", ""), legs]


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()

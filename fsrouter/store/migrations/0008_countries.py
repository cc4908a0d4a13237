"""A company's country and time zone have no default: those that went by it have it written down."""

from __future__ import annotations

from typing import Any

import msgspec

#: What a company had that gave none, in the order in which a header is written.
FORMER = {"country": "US", "timezone": "UTC"}


def up(migrator: Any, db: Any) -> None:
    """Rewrite the header of each company, in every revision."""
    parameter = migrator.database.param
    rows = db.execute_sql("SELECT id, body FROM definition WHERE section = 'company'").fetchall()
    db.cursor().executemany(
        f"UPDATE definition SET body = {parameter} WHERE id = {parameter}", [(_body(body), id) for id, body in rows]
    )


def _body(body: str) -> str:
    header: dict[str, Any] = msgspec.json.decode(body)
    first = {name: header.pop(name) for name in ("company", "title") if name in header}
    given = {name: header.pop(name, default) for name, default in FORMER.items()}
    return msgspec.json.encode(first | given | header).decode()

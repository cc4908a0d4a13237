"""Contacts have ids as the vendors' APIs give them, and a name that is compared; numbers, of callers too, are folded
where a country has renumbered; every cache is read again in full.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

#: Rows that are brought up to date at a time.
ROWS = 1000
#: Mexico's 1 before mobile numbers is gone, Brazil's have a 9 more.
RENUMBERED = ((re.compile(r"\+521(\d{10})"), r"+52\1"), (re.compile(r"\+55([1-9][1-9])([6-9]\d{7})"), r"+55\g<1>9\2"))
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
FIFTEEN = re.compile(r"[A-Za-z0-9]{15}")


def up(migrator: Any, db: Any) -> None:
    """Add the column, with a default for routers of the version before that still write, and bring rows up to date."""
    p = migrator.database.param
    # What a sync has staged is not of the form that is wanted now.
    db.execute_sql('DELETE FROM "contact_number" WHERE "contact_id" IN (SELECT c."id" ' + _STAGED + ")")
    db.execute_sql('DELETE FROM "contact" WHERE "id" IN (SELECT c."id" ' + _STAGED + ")")
    db.execute_sql('UPDATE "contact_source" SET "cursor" = \'\', "staging" = 0')
    db.execute_sql('UPDATE "contact_source" SET "mark" = \'{}\' WHERE "mark" != \'\'')
    db.execute_sql('ALTER TABLE "contact" ADD COLUMN "called" TEXT NOT NULL DEFAULT \'\'')
    _names(db, p)
    db.execute_sql(
        'CREATE INDEX "contactrow_company_crm_generation_called" ON "contact" '
        '("company", "crm", "generation", "called")'
    )
    for company, crm, kind in list(_vendors(db)):
        _ids(db, p, company, crm, kind)
    _numbers(db, p)
    _callers(db, p)


_STAGED = (
    'FROM "contact" c JOIN "contact_source" s ON s."company" = c."company" AND s."crm" = c."crm" '
    'WHERE c."generation" != s."generation"'
)


def folded(number: str) -> str:
    """A number as its country's plan has it now."""
    for pattern, by in RENUMBERED:
        if pattern.fullmatch(number):
            return pattern.sub(by, number)
    return number


def _names(db: Any, p: str) -> None:
    page = f'SELECT "id", "kind", "name", "account" FROM "contact" WHERE "id" > {p} ORDER BY "id" LIMIT {ROWS}'
    last = -1
    while rows := db.execute_sql(page, (last,)).fetchall():
        last = rows[-1][0]
        called = [
            (" ".join((name if kind == "person" else account).casefold().split()), id)
            for id, kind, name, account in rows
        ]
        db.cursor().executemany(f'UPDATE "contact" SET "called" = {p} WHERE "id" = {p}', called)


def _vendors(db: Any) -> Iterator[tuple[str, str, str]]:
    """The connections in force whose exports write ids otherwise than the API: company, name, type."""
    found = 'SELECT "company", "name", "body" FROM "definition" WHERE "section" = \'crms\' AND "until" IS NULL'
    for company, name, body in db.execute_sql(found).fetchall():
        kind = json.loads(body).get("type")
        if kind in ("zoho", "salesforce"):
            yield company, name, kind


def _id(kind: str, id: str) -> str:
    if kind == "zoho":
        return id.removeprefix("zcrm_")
    if not FIFTEEN.fullmatch(id):
        return id
    parts = (id[:5], id[5:10], id[10:])
    return id + "".join(CAPITALS[sum(1 << bit for bit, c in enumerate(p) if "A" <= c <= "Z")] for p in parts)


def _ids(db: Any, p: str, company: str, crm: str, kind: str) -> None:
    """Ids of contacts and accounts as the API gives them; of two contacts that are one, the numbers are united."""
    rows = db.execute_sql(
        f'SELECT "id", "generation", "kind", "key", "account_id" FROM "contact" WHERE "company" = {p} AND "crm" = {p}',
        (company, crm),
    ).fetchall()
    at = {(generation, what, key): id for id, generation, what, key, _ in rows}
    for id, generation, what, key, account in rows:
        right = _id(kind, key)
        if right != key and (generation, what, right) in at:
            other = at[generation, what, right]
            db.execute_sql(
                f'INSERT INTO "contact_number" ("company", "number", "contact_id") SELECT "company", "number", {p} '
                f'FROM "contact_number" n WHERE n."contact_id" = {p} AND NOT EXISTS (SELECT 1 FROM "contact_number" m '
                f'WHERE m."company" = n."company" AND m."number" = n."number" AND m."contact_id" = {p})',
                (other, id, other),
            )
            db.execute_sql(f'DELETE FROM "contact_number" WHERE "contact_id" = {p}', (id,))
            db.execute_sql(f'DELETE FROM "contact" WHERE "id" = {p}', (id,))
        elif (right, _id(kind, account)) != (key, account):
            at[generation, what, right] = id
            values = (right, _id(kind, account), id)
            db.execute_sql(f'UPDATE "contact" SET "key" = {p}, "account_id" = {p} WHERE "id" = {p}', values)


def _old(column: str) -> str:
    """The condition that a number is of before the renumbering; few are."""
    mexico = f"substr({column}, 1, 4) = '+521' AND length({column}) = 14"
    brazil = f"substr({column}, 1, 3) = '+55' AND length({column}) = 13 AND substr({column}, 6, 1) BETWEEN '6' AND '9'"
    return f"({mexico} OR {brazil})"


def _numbers(db: Any, p: str) -> None:
    rows = db.execute_sql(f'SELECT "company", "number", "contact_id" FROM "contact_number" WHERE {_old("number")}')
    for company, number, contact in rows.fetchall():
        right = folded(number)
        key = f'"company" = {p} AND "number" = {p} AND "contact_id" = {p}'
        there = db.execute_sql(f'SELECT 1 FROM "contact_number" WHERE {key}', (company, right, contact)).fetchall()
        if right == number:
            continue
        if there:
            db.execute_sql(f'DELETE FROM "contact_number" WHERE {key}', (company, number, contact))
        else:
            moved = f'UPDATE "contact_number" SET "number" = {p} WHERE {key}'
            db.execute_sql(moved, (right, company, number, contact))


def _callers(db: Any, p: str) -> None:
    """Callers of the journal, so that who has called stays known; and in the facts, by which calls are replayed."""
    old = _old("caller")
    page = f'SELECT "uuid", "caller", "facts" FROM "call" WHERE {old} AND "uuid" > {p} ORDER BY "uuid" LIMIT {ROWS}'
    last = ""
    while rows := db.execute_sql(page, (last,)).fetchall():
        last = rows[-1][0]
        written = [(folded(caller), _facts(facts, caller), uuid) for uuid, caller, facts in rows]
        db.cursor().executemany(f'UPDATE "call" SET "caller" = {p}, "facts" = {p} WHERE "uuid" = {p}', written)


def _facts(text: str, caller: str) -> str:
    try:
        facts = json.loads(text)
    except ValueError:
        return text
    if not isinstance(facts, dict) or facts.get("from_") != caller or folded(caller) == caller:
        return text
    return json.dumps(facts | {"from_": folded(caller)}, ensure_ascii=False, separators=(",", ":"))

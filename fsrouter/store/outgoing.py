"""What is to be sent to others, and may be sent later: by whichever router takes it, again and again over hours, until
it is sent or given up.

Whoever has something to send puts it in; a router takes what is due, sends it and says what came of it. What one router
has taken is no other's while that one lives (`nodes`). What belongs to one subject (a contact) goes in the order in
which it was put in, and once in the normal case: twice only when a router dies between sending and saying so. When a
target cannot be reached, all that is for it waits. How often one request is repeated at once is no affair of this.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from peewee import fn

from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.former_names import called
from fsrouter.store.nodes import Nodes
from fsrouter.store.tables.routers import OutgoingRow

#: Seconds before what could not be sent is tried again: at first, twice as long each time, and at most.
AGAIN, LONGEST_AGAIN = 30.0, 900.0
#: Seconds after which what could not be sent is given up, and for which what is over is remembered: so long the same
#: is not taken in again.
GIVE_UP, REMEMBERED = 86_400.0, 2 * 86_400.0
#: What may wait for one target; of more, the oldest is given up.
MOST = 1000
#: What came of something that was sent.
SENT = "sent"


class Outgoing(Struct, frozen=True, kw_only=True):
    """Something to be sent: of which kind (`note`), for which company, to which target (a CRM of its rule book), about
    which subject there (a contact's id); `key` tells it from all others of its target (a call's uuid), `body` is what
    is sent. `at` is when it was put in (epoch), `tries` how often it could not be sent so far, and `error` why.
    """

    id: int
    kind: str
    company: str
    target: str
    subject: str
    key: str
    body: str
    at: float
    tries: int = 0
    error: str = ""


Target = tuple[str, str]


class OutgoingQueue:
    """All that waits to be sent, of all kinds. Times are by its clock; of a target `most` may wait, see MOST."""

    most = MOST

    def __init__(self, database: Database) -> None:
        self._database = database
        self._nodes = Nodes(database)

    def put(self, kind: str, target: Target, subject: str, key: str, body: str) -> int:
        """Have something sent to a `target` (company, name); what was put in before is not taken in again.

        Returns how many others of this target had to be given up for it, since too many wait.
        """
        row, now = OutgoingRow, self._database.clock()
        company, name = called(target[0]), target[1]
        names = {"kind": kind, "target": name, "subject": subject, "key": key}
        values: dict[str, Any] = {column: limits.truncate(text) for column, text in names.items()}
        values |= {
            "company": company,
            "body": body,
            "at": now,
            "next": now,
            "tries": 0,
            "error": "",
            "node": "",
            "done": None,
        }
        waiting = _waiting(kind, (company, name))
        with self._database.writing() as db:
            row.insert(**values).on_conflict_ignore().execute(db)
            many: int = row.select().where(waiting).count(db)
            if many <= self.most:
                return 0
            oldest = row.select(row.id).where(waiting & (row.node == "")).order_by(row.id).limit(many - self.most)
            ended = _ended(now, f"given up: more than {self.most} wait")
            return int(row.update(**ended).where(row.id << oldest).execute(db))

    def due(self, kind: str) -> list[Target]:
        """The targets for which something may be sent now."""
        row = OutgoingRow
        query = row.select(row.company, row.target).where(self._free(kind)).distinct()
        return [(company, target) for company, target in self._database.tuples(query)]

    def take(self, kind: str, target: Target, node: str) -> Outgoing | None:
        """Take what is to be sent next to a target; it is then `node`'s until it says what came of it. None for
        nothing.
        """
        row, free = OutgoingRow, self._free(kind)
        columns = [getattr(row, name) for name in Outgoing.__struct_fields__]
        first = row.select(*columns).where(free & _waiting(kind, target)).order_by(row.id).limit(1)
        with self._database.writing() as db:
            found = next(iter(first.dicts().execute(db)), None)
            if found is None:
                return None
            mine = row.update(node=limits.truncate(node, limits.NAME)).where((row.id == found["id"]) & free)
            return Outgoing(**found) if mine.execute(db) else None

    def sent(self, item: Outgoing) -> None:
        """Say that something was sent."""
        self._end(item, SENT)

    def give_up(self, item: Outgoing, why: str) -> None:
        """Say that something will never be sent."""
        self._end(item, why)

    def again(self, item: Outgoing, why: str, at_least: float = 0.0) -> None:
        """Say that something could not be sent, and why: it is tried again later, `at_least` so many seconds, and all
        that is for the same target not before. Something that was put in a day ago is given up by `expire`.
        """
        row = OutgoingRow
        later = self._database.clock() + max(min(LONGEST_AGAIN, AGAIN * 2.0**item.tries), at_least)
        waits = _waiting(item.kind, (item.company, item.target))
        tried = row.update(tries=item.tries + 1, error=limits.truncate(why, limits.LONG), node="", next=later)
        with self._database.writing() as db:
            tried.where((row.id == item.id) & row.done.is_null()).execute(db)
            row.update(next=later).where(waits & (row.node == "") & (row.next < later)).execute(db)

    def release(self, node: str) -> None:
        """Let any router take what `node` has taken: it sends no more, or was started again."""
        mine = (OutgoingRow.node == limits.truncate(node, limits.NAME)) & OutgoingRow.done.is_null()
        self._database.write(OutgoingRow.update(node="").where(mine))

    def expire(self, kind: str) -> list[Outgoing]:
        """Give up what could not be sent for too long, and forget what has been over for long. Returns what was given
        up.
        """
        row, now = OutgoingRow, self._database.clock()
        columns = [getattr(row, name) for name in Outgoing.__struct_fields__]
        old = (row.kind == kind) & row.done.is_null() & (row.node == "") & (row.at <= now - GIVE_UP)
        with self._database.writing() as db:
            found = [Outgoing(**each) for each in row.select(*columns).where(old).dicts().execute(db)]
            if found:
                row.update(**_ended(now, "given up after a day")).where(old).execute(db)
            row.delete().where((row.kind == kind) & (row.done <= now - REMEMBERED)).execute(db)
        return found

    def waiting(self, kind: str) -> int:
        """How many wait to be sent or are being sent."""
        row = OutgoingRow
        ((many,),) = self._database.tuples(row.select(fn.COUNT(row.id)).where((row.kind == kind) & row.done.is_null()))
        return int(many)

    def _end(self, item: Outgoing, result: str) -> None:
        query = OutgoingRow.update(**_ended(self._database.clock(), result))
        self._database.write(query.where((OutgoingRow.id == item.id) & OutgoingRow.done.is_null()))

    def _free(self, kind: str) -> Any:
        """What may be taken now: due, in no living router's hands, and the first of its subject."""
        row, before, now = OutgoingRow, OutgoingRow.alias(), self._database.clock()
        alive = [node.name for node in self._nodes.alive(now)]
        same = [getattr(before, name) == getattr(row, name) for name in ("kind", "company", "target", "subject")]
        earlier = before.select(before.id).where(*same, before.done.is_null(), before.id < row.id)
        free = (row.node == "") | row.node.not_in(alive) if alive else row.id.is_null(False)
        return (row.kind == kind) & row.done.is_null() & (row.next <= now) & free & ~fn.EXISTS(earlier)


def _waiting(kind: str, target: tuple[Any, str]) -> Any:
    row, (company, name) = OutgoingRow, target
    return (row.kind == kind) & (row.company == company) & (row.target == name) & row.done.is_null()


def _ended(now: float, result: str) -> dict[str, Any]:
    """The columns of what is over; what was to be sent is nobody's business any more."""
    error = "" if result == SENT else limits.truncate(result, limits.LONG)
    return {"done": now, "error": error, "body": "", "node": ""}

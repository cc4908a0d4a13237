"""Where contacts come from: each CRM of each company, how fresh what is known of it is, and whether a sync goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from fsrouter.engine.model.crms import TYPES
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.trace import age
from fsrouter.errors import RulesError, Unreachable
from fsrouter.store import Node, Source, Store, SyncRequest
from fsrouter.store.sources import FRESH
from fsrouter.tui.context import Context

#: What a company's contacts come from that belong to no CRM.
IMPORTED = "imported"
#: How a source may stand.
RESTS, WAITS, READS, FAILS = "rests", "waits", "reads", "fails"


class ContactSource(Struct, frozen=True):
    """A CRM of a company, "" for what was imported from files. `synced` is when it was last read (epoch, 0 for never),
    `state` one of RESTS, WAITS, READS and FAILS, `status` that in words; `asked` is the sync that was asked for last.
    """

    company: str
    crm: str
    kind: str
    contacts: int
    synced: float
    state: str = RESTS
    status: str = ""
    asked: SyncRequest | None = None

    @property
    def key(self) -> str:
        """What tells one from all others."""
        return f"{self.company}/{self.crm}"

    @property
    def name(self) -> str:
        """What people call it."""
        return self.crm or IMPORTED


def contact_sources(context: Context, books: Sequence[RuleBook]) -> tuple[ContactSource, ...]:
    """All sources of the contacts of some companies."""
    now = context.clock()
    nodes = context.store.nodes.alive(now)
    return tuple(source for book in books for source in _of(context.store, book, nodes, now))


def _of(store: Store, book: RuleBook, nodes: Sequence[Node], now: float) -> Iterator[ContactSource]:
    company = book.company
    known = {source.crm: source for source in store.contacts.sources.list(company)}
    asked = {request.crm: request for request in store.syncs.list(company)}
    for crm in dict.fromkeys((*book.crms, *known)):
        source = known.get(crm, Source(company=company, crm=crm))
        count = store.contacts.count(company, crm)
        if crm not in book.crms:
            kind, status = (IMPORTED, "") if not crm else ("gone", "the rule book has no such CRM any more")
            if count:
                yield ContactSource(company, crm, kind, count, source.synced, status=status)
            continue
        kind = str(type(book.crms[crm]).__struct_config__.tag)
        if not book.crms[crm].CAN.syncs:
            status = "only looked up during calls, never synced"
            yield ContactSource(company, crm, kind, count, source.synced, status=status)
            continue
        state, status = _state(source, asked.get(crm), nodes, now)
        yield ContactSource(company, crm, kind, count, source.synced, state, status, asked.get(crm))


def _state(source: Source, asked: SyncRequest | None, nodes: Sequence[Node], now: float) -> tuple[str, str]:
    all_syncs = [node.detail.get("crms") for node in nodes]
    mine = [syncs.get(f"{source.company}/{source.crm}") for syncs in all_syncs if isinstance(syncs, dict)]
    syncs = [sync for sync in mine if isinstance(sync, dict)]
    if asked and asked.done is None and asked.node:
        return READS, f"{_far(asked.contacts, asked.total)}, for {asked.who}, by {asked.node}"
    if source.lease_until > now and source.lease_by:
        far = next((_far(sync["read"], sync.get("of")) for sync in syncs if sync.get("read")), "reading")
        return READS, f"{far}, by {source.lease_by}"
    if asked and asked.done is None:
        waits, since = now - asked.at < FRESH, age(max(0.0, now - asked.at))
        why = "waits for a router" if able(nodes) else "no router lives that could do it"
        return (WAITS if waits else FAILS), f"{asked.who} asked {since} ago: {why if waits else 'no router took it'}"
    trouble = next((str(sync["trouble"]) for sync in syncs if sync.get("trouble")), "")
    if trouble:
        return FAILS, trouble
    if asked and asked.done is not None and asked.done >= source.synced - 1:
        came = f"{asked.who} asked, {age(max(0.0, now - asked.done))} ago: {asked.result}"
        return (FAILS if asked.failed else RESTS), came
    return RESTS, next(filter(None, map(_unread, syncs)), "")


def _unread(sync: Mapping[str, object]) -> str:
    """What the last sync of a router could not read."""
    parts = ((sync.get("unread"), "numbers cannot be read"), (sync.get("left_out"), "rows left out"))
    return ", ".join(f"{many:,} {what}" for many, what in parts if isinstance(many, int) and many)


def _far(read: object, of: object) -> str:
    """How far a sync has come."""
    if not read:
        return "reading"
    return f"{read:,} of {of:,} read" if isinstance(of, int) else f"{read:,} read"


def able(nodes: Sequence[Node]) -> bool:
    """Whether any of some routers syncs contacts; one may be told not to (`keep_contacts`)."""
    return any(node.detail.get("crms", {}) is not None for node in nodes)


def request_sync(context: Context, source: ContactSource) -> str:
    """Ask the routers to sync now. Returns what can be said of it.

    Raises RulesError when there is nothing to sync, Unreachable when no router lives that could do it: then nothing
    was asked for.
    """
    if source.kind in (IMPORTED, "gone") or not TYPES[source.kind].CAN.syncs:
        what = "these were imported, `fsrouter contacts import FILE` changes them" if not source.crm else source.status
        raise RulesError(f"{source.name} is not synced: {what}")
    if not able(context.store.nodes.alive(context.clock())):
        raise Unreachable(
            f"no router lives that could sync {source.name}; start `fsrouter serve`, or run `fsrouter contacts sync`"
        )
    if not context.store.syncs.ask(source.company, source.crm, context.who):
        return f"{source.name}: a sync is asked for already"
    return f"{source.name}: a sync is asked for"

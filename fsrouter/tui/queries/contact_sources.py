"""Where contacts come from: each CRM of each company, how fresh what is known of it is, and whether a sync goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from fsrouter.engine.model.crms import Custom
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.trace import age
from fsrouter.errors import RulesError, Unreachable
from fsrouter.store import Node, Source, Store, SyncRequest
from fsrouter.store.sources import FRESH

#: What a company's contacts come from that belong to no CRM.
IMPORTED = "imported"
#: How an origin may stand.
RESTS, WAITS, READS, FAILS = "rests", "waits", "reads", "fails"


class Origin(Struct, frozen=True):
    """A CRM of a company, "" for what was imported from files. `synced` is when it was last read (epoch, 0 for never),
    `standing` one of RESTS, WAITS, READS and FAILS, `told` that in words; `asked` is the sync that was asked for last.
    """

    company: str
    crm: str
    kind: str
    contacts: int
    synced: float
    standing: str = RESTS
    told: str = ""
    asked: SyncRequest | None = None

    @property
    def key(self) -> str:
        """What tells one from all others."""
        return f"{self.company}/{self.crm}"

    @property
    def name(self) -> str:
        """What people call it."""
        return self.crm or IMPORTED


def origins(store: Store, books: Sequence[RuleBook], now: float) -> tuple[Origin, ...]:
    """All origins of the contacts of some companies, at a moment (epoch)."""
    nodes = [node for node in store.nodes.list() if not node.is_silent(now)]
    return tuple(origin for book in books for origin in _of(store, book, nodes, now))


def _of(store: Store, book: RuleBook, nodes: Sequence[Node], now: float) -> Iterator[Origin]:
    company = book.company
    known = {source.crm: source for source in store.contacts.sources.list(company)}
    asked = {request.crm: request for request in store.syncs.list(company)}
    for crm in dict.fromkeys((*book.crms, *known)):
        source = known.get(crm, Source(company=company, crm=crm))
        count = store.contacts.count(company, crm)
        if crm not in book.crms:
            kind, told = (IMPORTED, "") if not crm else ("gone", "the rule book has no such CRM any more")
            if count:
                yield Origin(company, crm, kind, count, source.synced, told=told)
            continue
        kind = str(type(book.crms[crm]).__struct_config__.tag)
        if isinstance(book.crms[crm], Custom):
            yield Origin(company, crm, kind, count, source.synced, told="only looked up during calls, never synced")
            continue
        standing, told = _standing(source, asked.get(crm), nodes, now)
        yield Origin(company, crm, kind, count, source.synced, standing, told, asked.get(crm))


def _standing(source: Source, asked: SyncRequest | None, nodes: Sequence[Node], now: float) -> tuple[str, str]:
    said = [node.detail.get("crms") for node in nodes]
    mine = [told.get(f"{source.company}/{source.crm}") for told in said if isinstance(told, dict)]
    telling = [told for told in mine if isinstance(told, dict)]
    if asked and asked.done is None and asked.node:
        return READS, f"{_far(asked.contacts, asked.total)}, for {asked.who}, by {asked.node}"
    if source.lease_until > now and source.lease_by:
        far = next((_far(told["read"], told.get("of")) for told in telling if told.get("read")), "reading")
        return READS, f"{far}, by {source.lease_by}"
    if asked and asked.done is None:
        waits, since = now - asked.at < FRESH, age(max(0.0, now - asked.at))
        told = "waits for a router" if able(nodes) else "no router lives that could do it"
        return (WAITS if waits else FAILS), f"{asked.who} asked {since} ago: {told if waits else 'no router took it'}"
    trouble = next((str(told["trouble"]) for told in telling if told.get("trouble")), "")
    if trouble:
        return FAILS, trouble
    if asked and asked.done is not None and asked.done >= source.synced - 1:
        came = f"{asked.who} asked, {age(max(0.0, now - asked.done))} ago: {asked.result}"
        return (FAILS if asked.failed else RESTS), came
    return RESTS, ""


def _far(read: object, of: object) -> str:
    """How far a sync has come."""
    if not read:
        return "reading"
    return f"{read:,} of {of:,} read" if isinstance(of, int) else f"{read:,} read"


def able(nodes: Sequence[Node]) -> bool:
    """Whether any of some routers syncs contacts; one may be told not to (`keep_contacts`)."""
    return any(node.detail.get("crms", {}) is not None for node in nodes)


def ask(store: Store, origin: Origin, who: str, now: float) -> str:
    """Ask the routers to sync now. Returns what can be said of it.

    Raises RulesError when there is nothing to sync, Unreachable when no router lives that could do it: then nothing
    was asked for.
    """
    if origin.kind in (IMPORTED, "gone") or origin.kind == Custom.__struct_config__.tag:
        what = "these were imported, `fsrouter contacts import FILE` changes them" if not origin.crm else origin.told
        raise RulesError(f"{origin.name} is not synced: {what}")
    if not able([node for node in store.nodes.list() if not node.is_silent(now)]):
        raise Unreachable(
            f"no router lives that could sync {origin.name}; start `fsrouter serve`, or run `fsrouter contacts sync`"
        )
    if not store.syncs.ask(origin.company, origin.crm, who):
        return f"{origin.name}: a sync is asked for already"
    return f"{origin.name}: a sync is asked for"

"""The facts of a call: what is known of it when a rule looks at it.

Who finds facts out, and where, is no affair of this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, structs

from fsrouter.engine.contacts import Contact, people, person
from fsrouter.engine.model.fact_names import (
    DRAW,
    FACTS,
    LISTS,
    OF_THE_NUMBER,
    POOL_ONLY,
    Fact,
    crm_field,
    folded,
    listed,
)
from fsrouter.engine.numbers.geo import place_of
from fsrouter.engine.numbers.read import Caller
from fsrouter.engine.text import shown

#: Contacts that travel with a call; more than these do not share a telephone.
MAX_CONTACTS = 20
#: Characters of a text about the visitor that travels where not all of them can.
MAX_VISITOR = 60


#: Of a caller of whom the network tells nothing.
WITHHELD = "the caller's number is withheld"


class Came(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came for the caller's number, and by which gateway, sofia profile and FreeSWITCH; "" is not known."""

    text: str = ""
    gateway: str = ""
    profile: str = ""
    switch: str = ""


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a call when it begins. `given` are facts that the caller of the engine insists on; they win.

    `began` is in seconds since the epoch. `contacts` own the caller's number, in the order in which they are tried.
    `overrides` are the schedules that somebody holds open or closed. `from_` and `to` are E.164. `from_` is "" when
    withheld; for a phone of our own, whose digits are `internal`; and for what is no number, which `unread` quotes.
    `came` is what all of that was read from. `lists` are the rule book's on which the caller stands.
    """

    to: str
    began: float
    from_: str = ""
    internal: str = ""
    unread: str = ""
    came: Came | None = None
    caller: str = ""
    previous_score: str = ""
    last_agent: str = ""
    contacts: tuple[Contact, ...] = ()
    lists: tuple[str, ...] = ()
    visitor: dict[str, str] = {}
    overrides: dict[str, str] = {}
    given: dict[str, str] = {}

    def known(self, name: str, source: str = "", tags: tuple[str, ...] = ()) -> Fact:
        """A fact by name, `crm.FIELD` included.

        `source` is the tracking number's and `tags` the call's so far: the walk knows them.
        """
        if name in self.given:
            return listed(self.given[name]) if name in LISTS else self.given[name] or None
        if field := crm_field(name):
            given = self.given_field(field)
            return given or None if given is not None else _named(self.contact.fields, field) if self.contact else None
        if name in OF_THE_NUMBER:
            return place_of(self.from_).get(name) if self.from_ else None
        if name == "source":
            return self.visitor.get("source") or source or None
        if name == "list":
            return self.lists
        if name == "tags":
            return tags
        if name in POOL_ONLY:
            return self.visitor.get(name) or None
        if name in ("from", "to", "internal", "caller", "previous_score", "last_agent"):
            return getattr(self, "from_" if name == "from" else name) or None
        if name == "contacts":
            return str(len(people(self.contacts)) or "") or None
        return self._of_contact(name)

    def given_field(self, field: str) -> str | None:
        """What somebody insists on for a further field of the contact: "" is that it is not known, None nothing."""
        if not field or not self.given:
            return None
        wanted = folded(field)
        return next((value for name, value in self.given.items() if folded(crm_field(name)) == wanted), None)

    def smaller(self) -> Iterator[Facts]:
        """These facts as they travel with a call, and then with less and less: of the contacts only who they are, so
        many as there is room for; of the visitor short texts, then nothing.
        """
        bare = [Contact(id=c.id, crm=c.crm, account_id="" if c.id else c.account_id) for c in self.contacts]
        yield (facts := structs.replace(self, contacts=tuple(bare[:MAX_CONTACTS]), came=None, lists=(), overrides={}))
        visitor = {name: text for name, text in self.visitor.items() if len(text) <= MAX_VISITOR}
        yield (facts := structs.replace(facts, visitor=visitor))
        for contacts in (MAX_CONTACTS, 10, 5, 2, 1, 0):
            yield (facts := structs.replace(facts, visitor={}, contacts=facts.contacts[:contacts]))
        yield structs.replace(facts, given={}, unread=self.unread[:MAX_VISITOR])

    def merged(self, later: Facts) -> Facts:
        """These facts, and of what they do not know what `later` knows."""
        known: dict[str, Any] = {name: getattr(self, name) or getattr(later, name) for name in self.__struct_fields__}
        for name in ("visitor", "overrides", "given"):
            known[name] = {**getattr(later, name), **getattr(self, name)}
        return Facts(**known)

    @property
    def numberless(self) -> str:
        """Why the caller has no number, as a sentence of a trace goes on from it."""
        if self.internal:
            return f"the caller is the extension {self.internal}"
        return f"the caller's number could not be read: {shown(self.unread)}" if self.unread else WITHHELD

    @property
    def contact(self) -> Contact | None:
        """The contact that counts, if any."""
        return person(self.contacts)

    def _of_contact(self, name: str) -> Fact:
        if self.contact is None:
            # A company's own number: two companies that share one are not mixed.
            own = name in ("account", "account_id", "territory") and self.contacts
            return getattr(self.contacts[0], name) or None if own else None
        return getattr(self.contact, {"contact": "id", "contact_name": "name"}.get(name, name)) or None

    def as_dict(self, source: str = "", tags: tuple[str, ...] = (), places: bool = True) -> dict[str, str | list[str]]:
        """Every fact that is known, by name, lists where a fact is one and has an element; without `places` those
        that follow from the number are left out.
        """
        left_out = (DRAW,) if places else (DRAW, *OF_THE_NUMBER)
        fields = (f"crm.{field}" for field in (self.contact.fields if self.contact else {}))
        names = {folded(name): name for name in (*self.given, *fields, *FACTS)}
        ordered = [*FACTS, *(name for name in names.values() if name not in FACTS)]
        found = {name: self.known(name, source, tags) for name in ordered if name not in left_out}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in found.items() if v}


def of_caller(found: Caller, ours: bool, came: Came | None, *, to: str, began: float) -> Facts:
    """The facts of a call by its caller. The digits of one without a number are an extension when the call is `ours`:
    FreeSWITCH has authenticated it, or the settings say that only our own phones come that way. Else they are no more
    than what a stranger wrote.
    """
    internal = found.digits if ours else ""
    unread = found.unread or ("" if ours or not found.digits else came.text if came else found.digits)
    return Facts(to=to, began=began, from_=found.number, internal=internal, unread=unread, came=came)


def _named(values: Mapping[str, str], name: str) -> str | None:
    """A CRM field by its name; case does not matter, and an empty value is none."""
    wanted = folded(name)
    return next((value for key, value in values.items() if value and folded(key) == wanted), None)

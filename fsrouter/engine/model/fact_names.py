"""Facts by name: which there are, what each means, and which texts can be its value.

A fact is text, a tuple of texts when it is a list (`LISTS`), or None when it is not known. What a call's facts are is
the walk's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from msgspec import Struct

from fsrouter.engine.model.scalars import NAME, TAG_FORM, Context, Scalar
from fsrouter.engine.text import find
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import Refused

#: A fact's value: None is not known.
Fact = str | tuple[str, ...] | None


class Kind(Struct, frozen=True):
    """A fact: what it means, whose it is (the caller's `number`, their `contact`, the visitor session of a `pool`
    number, or ""), the form of its values as a regular expression ("" for any text) with what is wrong with one that
    has another, and all values that there are, with their meaning, where they are few. `many`: it is a list, and known
    also when it is empty.
    """

    about: str
    of: str = ""
    form: str = ""
    complaint: str = ""
    values: Mapping[str, str] = {}
    many: bool = False


#: Facts that are numbers: whoever gives one or tests it writes it as people of the company's country do.
NUMBERS = ("from", "to")
_DIGITS = r".*\d.*"

#: Every fact that a rule can look at, besides `crm.FIELD`.
FACTS: Mapping[str, Kind] = {
    "from": Kind(
        "the caller's number, E.164",
        form=_DIGITS,
        complaint="is no caller's number; write it as +13125550150, or nothing for a withheld one",
    ),
    "to": Kind(
        "the number that was dialled, E.164",
        form=_DIGITS,
        complaint="is no dialled number; write it as +13125550150",
    ),
    "caller": Kind(
        "first-time or repeat: had an earlier call to any number of this company",
        form="first-time|repeat",
        complaint="is neither first-time nor repeat",
        values={"first-time": "has never called", "repeat": "has called before"},
    ),
    "internal": Kind(
        "the extension of a caller who is one of our own phones; such a call has no number",
        form="[0-9]{1,6}",
        complaint="is no extension; write up to six digits, as 1001",
    ),
    "source": Kind("where the caller came from: the tracking number's source, or the visitor session's"),
    "keyword": Kind("what the visitor searched for (pool numbers)", "pool"),
    "active_page": Kind("the page that the visitor is looking at (pool numbers)", "pool"),
    "landing": Kind("the first page of the visit (pool numbers)", "pool"),
    "campaign": Kind("the campaign of the visit (pool numbers)", "pool"),
    "referrer": Kind("where the visit came from (pool numbers)", "pool"),
    "previous_score": Kind(
        "the score of this caller's latest scored call",
        form=r"-?[0-9]{1,9}(\.[0-9]{1,9})?",
        complaint="is no score; write a number, as 4",
    ),
    "last_agent": Kind(
        "the agent who last talked with this caller",
        form=NAME.pattern,
        complaint="is no agent; write the name that stands under `agents`",
    ),
    "contact": Kind("the contact's id in the CRM", "contact"),
    "contact_name": Kind("the contact's name", "contact"),
    "title": Kind("the contact's title", "contact"),
    "account": Kind("the account's name", "contact"),
    "account_id": Kind("the account's id in the CRM", "contact"),
    "territory": Kind("the account's or contact's territory", "contact"),
    "owner": Kind("the CRM user who owns the contact", "contact"),
    "contacts": Kind(
        "how many contacts have the caller's number; not known when none has",
        "contact",
        "[1-9][0-9]{0,5}",
        "is no count of contacts; write 1 or more, and unknown when nobody has the number",
    ),
    "country": Kind(
        "the country of the caller's number, two letters (ISO 3166)",
        "number",
        "[A-Za-z]{2}",
        "is no country; write its two letters (ISO 3166), as US",
    ),
    "region": Kind(
        "the region (state) of the caller's number, as its code (ISO 3166-2, without the country)",
        "number",
        "[A-Za-z0-9]{1,3}",
        "is no region; write its code (ISO 3166-2), as IL",
    ),
    "area_code": Kind(
        "the area code of the caller's number",
        "number",
        "[0-9]{1,8}",
        "is no area code; write its digits, as 312",
    ),
    "city": Kind("the city of the caller's number", "number"),
    "list": Kind("the lists of the rule book that the caller is on; a list, known also when there are none", many=True),
    "tags": Kind(
        "the call's tags so far; a list, known also when there are none",
        form=TAG_FORM,
        complaint="is no tag; tags are letters, digits and . _ : -",
        many=True,
    ),
}
#: How any further field of the contact is called, and what it means.
CRM_FIELD, ABOUT_CRM_FIELD = "crm.FIELD", "any further field of the contact"
#: The longest FIELD.
MAX_FIELD = 100
#: No fact, and given like one: the number that a split or a random group draws.
DRAW = "draw"
ABOUT_DRAW = Kind(
    "the number from 0 to 1 that a split or a random group draws",
    form=r"0?\.\d{1,30}|0|1(\.0+)?",
    complaint="is no draw; write a number from 0 to 1",
)


def _of(whose: str) -> tuple[str, ...]:
    return tuple(name for name, kind in FACTS.items() if kind.of == whose)


#: Facts that only the visitor session of a pool number can give; that follow from the caller's number, and are not
#: known when it is withheld; that come from whichever CRM knows the caller.
POOL_ONLY, OF_THE_NUMBER, OF_A_CONTACT = _of("pool"), _of("number"), _of("contact")
#: Facts that are lists: always known, for that there are none is known too.
LISTS = tuple(name for name, kind in FACTS.items() if kind.many)


def folded(name: str) -> str:
    """The one form of the name of a fact or of a CRM's field, in which names are compared: case does not matter."""
    return name.strip().casefold()


def crm_field(name: str) -> str:
    """The FIELD of `crm.FIELD`, "" for any other name."""
    return name[4:] if name[:4] == "crm." and len(name) <= 4 + MAX_FIELD else ""


def names(about: str, *more: str) -> Scalar:
    """The kind of text that names a fact, or one of `more`: in the letters of the table, and of a field of a CRM as
    people write it, for so the CRM may want it.
    """

    def read(text: str, context: Context) -> str:
        start = text[: len("crm.")]
        name = start.lower() + text[len(start) :] if start.isascii() else text
        if crm_field(name) and not find(name):
            return name
        name = text.lower() if text.isascii() else text
        if name not in FACTS and name not in more:
            raise Refused(f"is no fact{did_you_mean(text, [*FACTS, CRM_FIELD, *more])}")
        return name

    words = "|".join(map(_in_any_case, (*FACTS, *more)))
    pattern = rf"^(?:{words}|{_in_any_case('crm')}\..{{1,{MAX_FIELD}}})$"
    return Scalar(about, read, schema={"type": "string", "pattern": pattern})


def _in_any_case(word: str) -> str:
    """A word as a regular expression of ECMA 262, which has no flag for it in a JSON Schema."""
    return "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)


_NAMED = names("fact", DRAW)
#: What a call may be given, whatever else is known of it; in the form in which names are compared.
GIVEN = replace(_NAMED, read=lambda text, context: folded(_NAMED.read(text, context)))


def listed(text: str) -> tuple[str, ...]:
    """The elements of a fact that is a list, as somebody gives it: `vip, fax`; "" for none."""
    return tuple(part for part in map(str.strip, text.split(",")) if part)

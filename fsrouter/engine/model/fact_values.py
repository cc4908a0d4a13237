"""Which value of a fact a text means: what people write in a rule book or give a call, as a call has it.

Which facts there are and the forms of their values stands in `fact_names`. Knows no operators; `criterion` does.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable

from fsrouter.engine.model.fact_names import ABOUT_DRAW, DRAW, FACTS, LISTS, NUMBERS, Kind, listed
from fsrouter.engine.model.scalars import MAX_TEXT, NUMBER, Context, Scalar
from fsrouter.engine.numbers import areas
from fsrouter.engine.numbers.notation import noted
from fsrouter.engine.numbers.numbering import parted
from fsrouter.engine.numbers.plan import COUNTRIES
from fsrouter.engine.numbers.prefixes import country_named, region_named
from fsrouter.engine.numbers.read import WITHHELD
from fsrouter.engine.text import find
from fsrouter.engine.words import nearest
from fsrouter.errors import Refused


@functools.cache
def options(name: str) -> frozenset[str]:
    """All values that a fact can have, where these can be listed; empty for every other."""
    return COUNTRIES if name == "country" else frozenset(FACTS[name].values if name in FACTS else ())


def read(name: str, text: str, context: Context) -> str:
    """The value that a text is of a fact (`folded` name), or one element of a fact that is a list. Raises Refused with
    a phrase that goes on from the text, and the nearest right value where there is one.
    """
    kind = FACTS.get(name)
    if name in NUMBERS:
        return _number(text, context)
    if kind is None or not kind.form:
        return text
    known = options(name)
    for spelling in (text, text.lower(), text.upper()):
        if spelling in known if known else re.fullmatch(kind.form, spelling):
            return spelling
    raise Refused(_complaint(name, kind, text, context))


def area_codes(codes: Iterable[str], countries: Iterable[str]) -> tuple[str, ...]:
    """Area codes without the prefix that people dial before them within one of some countries."""
    among = tuple(countries)
    return tuple(areas.without_prefix(code, among) for code in codes)


def scalar(name: str) -> Scalar:
    """The kind of text that is a value of a fact."""
    form = FACTS[name].form
    schema = {"type": "string", "pattern": f"^(?:{form})$"}
    return Scalar(name, lambda text, context: read(name, text.strip(), context), schema=schema)


def _number(text: str, context: Context) -> str:
    try:
        return str(NUMBER.read(text, context))
    except ValueError as error:
        if (noted(text).word or "?") in WITHHELD:
            raise Refused("is no number; write unknown for a caller whose number is withheld") from None
        raise Refused(str(error)) from None


def _complaint(name: str, kind: Kind, text: str, context: Context) -> str:
    meant = _MEANT[name](text, context) if name in _MEANT else ""
    what, _, _ = kind.complaint.partition(";")
    return f"{what}; write {meant}" if meant else kind.complaint


def _digits(name: str) -> Callable[[str, Context], str]:
    def meant(text: str, context: Context) -> str:
        digits = re.sub(r"[^0-9]", "", text, flags=re.ASCII)
        return digits if re.fullmatch(FACTS[name].form, digits) and not re.search(r"[^\W\d_]", text) else ""

    return meant


def _area_code(text: str, context: Context) -> str:
    """An area code, without the calling code of its country."""
    digits = _digits("area_code")(text, context)
    return (parted(digits)[1] or digits) if digits and noted(text).plus else digits


def _word(name: str, between: str) -> Callable[[str, Context], str]:
    def meant(text: str, context: Context) -> str:
        word = between.join(text.removeprefix("agent:").split())
        return next((each for each in (word, word.lower()) if re.fullmatch(FACTS[name].form, each)), "")

    return meant


def _score(text: str, context: Context) -> str:
    found = re.search(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", text.replace(",", "."), re.ASCII)
    return found[0] if found else ""


#: The value that somebody means who writes another one, "" for none; by fact.
_MEANT: dict[str, Callable[[str, Context], str]] = {
    "caller": lambda text, _: nearest(text.lower(), FACTS["caller"].values),
    "country": lambda text, _: country_named(text),
    "region": lambda text, context: region_named(text, context.country)[1],
    "previous_score": _score,
    "last_agent": _word("last_agent", "-"),
    "tags": _word("tags", "-"),
    "area_code": _area_code,
    **{name: _digits(name) for name in ("internal", "contacts")},
}


def problem(name: str, value: str) -> str:
    """What is wrong with a value that somebody gives a fact or the draw, as a phrase that goes on from it; "" when it
    can be one. An empty value makes a fact unknown. A number may be one only in the company's country, which is not
    known here.
    """
    if len(value) > MAX_TEXT:
        return f"is longer than {MAX_TEXT} characters"
    if name in (DRAW, *NUMBERS):
        kind = ABOUT_DRAW if name == DRAW else FACTS[name]
        if (value or name == DRAW) and not re.fullmatch(kind.form, value):
            return kind.complaint
        return str(find(value) or "")
    try:
        given(name, value, Context())
    except Refused as refused:
        return str(refused)
    return str(find(value) or "")


def given(name: str, value: str, context: Context, country: str = "") -> str:
    """A value that somebody gives a fact, as a call has it: a number as people of the company's country write it, an
    area code as those of the caller's country do, of a list each element. "" for one that is not known. Raises Refused.
    """
    if not value:
        return ""
    if name in LISTS:
        return ", ".join(read(name, each, context) for each in listed(value))
    found = read(name, value, context)
    if name == "area_code":
        return areas.without_prefix(found, (country or context.country,))
    return found

"""Which layout a file of contacts has, by its headings; and what to do where it has none that is known."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from fsrouter.engine.layouts.address_books import ADDRESS_BOOKS
from fsrouter.engine.layouts.crms import CRMS
from fsrouter.engine.layouts.layout import FIELDS, FIRST, LAST, MIDDLE, NUMBERS, Layout, fold
from fsrouter.engine.words import nearest
from fsrouter.errors import Refused

LAYOUTS: tuple[Layout, ...] = (*CRMS, *ADDRESS_BOOKS)
#: What can stand in `--format`, and in `format:` of a csv connection.
FORMATS: tuple[str, ...] = tuple(dict.fromkeys(layout.name for layout in LAYOUTS))

#: The name of a layout that somebody gives by naming the columns.
MAP = "map"

#: Headings that are shown where a file is refused, and characters of one.
SHOWN, LONGEST = 40, 40

#: Words in headings by what the column is likely to be, for the line that is offered; the first that fits counts.
_LIKELY: Mapping[str, tuple[str, ...]] = {
    "phones": ("phone", "fon", "mobil", "móvil", "handy", "cell", "celular", "tel", "gsm", "komór", "número"),
    "owner": ("owner", "betreuer", "besitzer", "propriétaire", "propietario", "responsab", "opiekun"),
    "account": ("company", "account", "firma", "unternehmen", "société", "empresa", "azienda", "bedrijf", "organi"),
    "title": ("title", "position", "funktion", "fonction", "cargo", "puesto", "functie", "stanowisko"),
    "name": ("name", "nom", "imię", "nazwisko", "naam", "cognome"),
    "id": ("id", "nummer", "number", "nr", "no", "kunde", "customer", "code", "key"),
}


def recognised(headings: Sequence[str], format: str = "", sure: bool = False) -> Layout:
    """The layout of a file with these headings; with a `format`, the one of that name that fits best, `sure` only when
    it would be recognised without.

    Raises Refused, as a phrase that goes on from the heading, when two are as likely as each other, or none fits.
    """
    named = [layout for layout in LAYOUTS if not format or layout.name == format]
    fitting = [layout for layout in named if layout.fits(headings)]
    names = dict.fromkeys(layout.name for layout in fitting)
    if len(names) > 1:
        remedies = " or ".join(f"--format {name}" for name in names)
        titles = " and ".join(dict.fromkeys(layout.title for layout in fitting))
        raise Refused(f"fits the layouts of {titles}; say which with {remedies} (format: in a csv connection)")
    best = max(fitting or named, key=lambda layout: layout.known(headings))
    if fitting or (format and not sure and _has_enough(best, headings)):
        return best
    seen = ", ".join(repr(heading[:LONGEST]) for heading in headings[:SHOWN]) + (", …" if len(headings) > SHOWN else "")
    near = (
        f"; the nearest is {best.title} (--format {best.name}){_wanting(best, headings)}"
        if _near(best, headings)
        else ""
    )
    what = f"is no {best.title}" if format else "is no layout that is known"
    if len(headings) == 1:
        near += "; the first line that is not empty has to name the columns, so take away what stands above it"
    raise Refused(
        f"{what}: the headings are {seen}{near}. Say what the columns are: {_offered(headings)}"
        " (map: in a csv connection)"
    )


def mapped(headings: Sequence[str], map: Mapping[str, Sequence[str]], base: Layout | None = None) -> Layout:
    """The layout that somebody gives by naming headings of a file, on top of `base`: of the columns that they name, the
    layout's own are further fields.

    Raises Refused when a heading is none of the file's, stands for two things, or when without a `base` there are no
    numbers or nobody whose they are.
    """
    there = {fold(heading): heading for heading in headings}
    chosen: dict[str, tuple[str, ...]] = {}
    for field, columns in map.items():
        found: list[str] = []
        for column in columns:
            # A heading may have a comma of its own.
            parts = [column] if fold(column) in there else [part for part in column.split(",") if part.strip()]
            for part in parts:
                if (heading := there.get(fold(part))) in [column for other in chosen.values() for column in other]:
                    raise Refused(f"has the column {heading[:LONGEST]!r} once, and --map names it for two things")
                if heading is None:
                    raise Refused(f"has no column {part.strip()[:LONGEST]!r}{_meant(part, headings)}")
                found.append(heading)
        chosen[field] = tuple(found)
    if base is None and not chosen.keys() & {*NUMBERS, "delete"}:
        raise Refused("has numbers in columns that --map does not name; add --map phones=COLUMN")
    if base is None and not chosen.keys() & {"id", "name", "email", "account", "account_id"}:
        raise Refused("has nobody whose the numbers are; add --map id=COLUMN, name=COLUMN or account=COLUMN")
    taken = {fold(heading) for columns in chosen.values() for heading in columns}
    theirs = _without(base, chosen, taken) if base else {}
    return Layout(
        name=base.name if base else MAP,
        title=base.title if base else "the columns of --map",
        headings={**theirs, **chosen},
        signs=(),
        crm=base.crm if base else "",
        lists=base.lists if base else (),
    )


def _without(base: Layout, chosen: Iterable[str], taken: set[str]) -> dict[str, tuple[str, ...]]:
    """The headings of a layout for what has not been chosen."""
    gone = {*chosen, *((FIRST, MIDDLE, LAST) if "name" in chosen else ())}
    return {
        what: tuple(heading for heading in headings if fold(heading) not in taken)
        for what, headings in base.headings.items()
        if what not in gone
    }


def _meant(column: str, headings: Sequence[str]) -> str:
    close = nearest(fold(column), [fold(heading) for heading in headings])
    if close:
        return f"; did you mean {next(h for h in headings if fold(h) == close)[:LONGEST]!r}?"
    return f"; it has {', '.join(repr(heading[:LONGEST]) for heading in headings[:SHOWN])}"


def _has_enough(layout: Layout, headings: Sequence[str]) -> bool:
    """Whether the headings say whose numbers they are, though they are not what the product writes by itself."""
    known = set(map(layout.what, headings))
    return bool(known & {"phones", "account_phones"}) and bool(known & {"id", "name", LAST, "account", "account_id"})


def _near(layout: Layout, headings: Sequence[str]) -> bool:
    return layout.known(headings) > 0


def _wanting(layout: Layout, headings: Sequence[str]) -> str:
    """What a file lacks to be of a layout."""
    there = set(map(fold, headings))
    wanting = min(([h for h in sign if fold(h) not in there] for sign in layout.signs), key=len, default=[])
    return f", which has {' and '.join(map(repr, wanting))} too" if wanting else ""


def _offered(headings: Sequence[str]) -> str:
    """A line with `--map` for some headings, as far as they can be guessed."""
    likely: dict[str, list[str]] = {}
    for heading in headings:
        folded = fold(heading)
        field = next((field for field, words in _LIKELY.items() if any(word in folded for word in words)), "")
        if field and "fax" not in folded and "mail" not in folded and "," not in heading:
            likely.setdefault(field, []).append(heading[:LONGEST])
    found = {field: likely.get(field, []) for field in FIELDS if field in ("id", "name", "account", "title", "phones")}
    for field in ("id", "account", "title"):
        found[field] = found[field][:1]
    found["phones"] = found["phones"] or ["COLUMN"]
    if not found["id"] and not found["name"]:
        found["id"] = ["COLUMN"]
    texts = (f"{field}={','.join(names)}" for field, names in found.items() if names)
    return " ".join(f"--map {shlex.quote(text)}" for text in texts)

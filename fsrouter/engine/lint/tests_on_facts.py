"""What in criteria cannot be meant: a test among others that never holds, words that are no operators, places that the
data of numbers cannot say of a caller.

Each check takes the references of a book and gives findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.possible import can_hold
from fsrouter.engine.lint.references import References
from fsrouter.engine.model import criteria
from fsrouter.engine.model.criteria import ORDER, Test, Tests
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.fact_names import LISTS, folded
from fsrouter.engine.model.fact_values import options
from fsrouter.engine.model.foreign_tests import WORDS, remedy
from fsrouter.engine.model.schema import Path
from fsrouter.engine.numbers import areas
from fsrouter.engine.words import nearest

Findings = Iterator[Finding]

#: Regions of a country that a message names at most.
SHOWN = 20
#: Facts that follow from where a number belongs to, besides its country.
PLACES = ("region", "area_code", "city")


def why_never(fact: str, tests: Tests) -> str:
    """Why none of some tests of a fact can hold, in words; "" when one may."""
    if any(can_hold(fact, test) for test in tests):
        return ""
    if values := options(fact) if fact != "country" else ():
        return f"{fact} is {' or '.join(sorted(values))}, never {criteria.format_tests(tests)}"
    if all(test.op == "unknown" for test in tests):
        none = '; for none at all write "!= *"' if fact in LISTS else ""
        return f"{fact} is always known{none}"
    if all(test.op == "!=" for test in tests):
        return f"whatever {fact} is, it equals *; write unknown where it is not known"
    return f"no {fact} can ever be {criteria.format_tests(tests)}"


def never(refs: References) -> Findings:
    """Tests that never hold beside others that may."""
    for path, _, fact, tests in _criteria(refs):
        for i, test in enumerate(tests):
            if len(tests) > 1 and (why := why_never(fact, (test,))) and not why_never(fact, tests):
                yield finding("never-holds", (*path, i), f"this can never hold: {why}")


def words(refs: References) -> Findings:
    """Texts that look like tests and are compared as they stand."""
    for path, _, fact, tests in _criteria(refs):
        for i, test in enumerate(tests if fact not in SCHEDULE_TESTS else ()):
            word = next((word for word in WORDS if criteria.fold(test.value).startswith(word)), "")
            if test.op == "=" and word:
                meant = _MEANT[word](test.value.strip()[len(word) :].strip())
                message = f"{test.value!r} is compared as it stands, {word.strip()} is no operator; write {meant}"
                yield finding("odd-test", (*path, i) if len(tests) > 1 else path, message)


def dialled(refs: References) -> Findings:
    """Tests of the dialled number that none of the company's passes: a call to another never comes here."""
    own = refs.book.tracking_numbers
    for path, _, fact, tests in _criteria(refs) if own else ():
        for i, test in enumerate(tests if fact == "to" else ()):
            if test.op in ("=", "contains") and can_hold(fact, test) and not any(map(test.holds, own)):
                message = f"this can never hold: no tracking number of {refs.book.company} is {test}"
                near = nearest(test.value, own) if test.op == "=" else ""
                at = (*path, i) if len(tests) > 1 else path
                yield finding("never-holds", at, f"{message}{f'; did you mean {near}?' if near else ''}")


#: What is meant by a text behind a word that is no operator.
_MEANT: dict[str, Callable[[str], str]] = {
    "not ": lambda text: "unknown" if criteria.fold(text) == "known" else f'"!= {text}"',
    "is ": lambda text: f'"{text}"',
    "in ": lambda text: f"a list: [{text.strip('()[] ')}]",
    "like ": lambda text: f'"{text.replace("%", "*")}"' if "%" in text or "*" in text else f'"*{text}*"',
}


def places(refs: References) -> Findings:
    """Regions, area codes and cities that no number of a country can be said to be of."""
    own = refs.book.header.country
    for path, name, fact, tests in _criteria(refs):
        if fact in PLACES:
            when = refs.book.routers[name].branches[int(path[3])].when
            countries = _countries(when.get("country", ()), own)
            for i, test in enumerate(tests):
                if test.op == "=" and "*" not in test.value:
                    at = (*path, i) if len(tests) > 1 else path
                    yield from _place(at, fact, test.value, countries, "country" in when)
    for name, router in refs.book.geo_routers.items():
        for i, area in enumerate(router.areas):
            countries = area.country or ((own,) if own else ())
            for fact, values in (("region", area.region), ("area_code", area.area_code)):
                for j, value in enumerate(values):
                    at = ("geo_routers", name, "areas", i, fact, *([j] if len(values) > 1 else []))
                    yield from _place(at, fact, value, countries, bool(area.country))


def _countries(tests: Tests, own: str) -> tuple[str, ...]:
    """The countries that a branch is about: those that it names, else the company's; none when that cannot be told."""
    if any(test != Test("=", test.value) or "*" in test.value for test in tests):
        return ()
    return tuple(test.value.upper() for test in tests) or ((own,) if own else ())


def _place(path: Path, fact: str, value: str, countries: tuple[str, ...], named: bool) -> Findings:
    if not countries or any(_KNOWN[fact](country, value) for country in countries):
        return
    of = " and ".join(countries)
    other = "" if named else "; where callers of another country are meant, write country beside it"
    what = {"region": "to be in the region", "city": "to be in the city", "area_code": "with the area code"}[fact]
    yield finding(
        "unknown-place", path, f"no number of {of} is known {what} {value}{_known(fact, value, countries)}{other}"
    )


def _known(fact: str, value: str, countries: tuple[str, ...]) -> str:
    """What the data has in place of a value, as the end of a message."""
    if fact == "region":
        found = sorted({region for country in countries for region in areas.regions(country)})
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return f"; known are {', '.join(found[:SHOWN])}{more}" if found else "; no regions of it are known"
    if fact == "city":
        near = nearest(value, [city for country in countries for city in areas.cities(country)])
        return f"; did you mean {near!r}?" if near else ""
    return ""


def _city(country: str, value: str) -> bool:
    return criteria.fold(value) in {criteria.fold(city) for city in areas.cities(country)}


_KNOWN: dict[str, Callable[[str, str], bool]] = {
    "region": lambda country, value: value.upper() in areas.regions(country),
    "city": _city,
    # Criteria compare digits as a number, so a zero before them does not count.
    "area_code": lambda country, value: any(areas.has_area_code(country, c) for c in (value, value.lstrip("0"))),
}


def crm_values(refs: References) -> Findings:
    """Values of CRM rules that no field equals, or that look like tests."""
    for name, router in refs.book.crm_rules.items():
        for i, rule in enumerate(router.rules):
            path, value = ("crm_rules", name, "rules", i, "value"), rule.value.strip()
            if rule.operator != "=":
                continue
            if not value:
                message = f"rule {i + 1} can never hold: a field that is empty is equal to nothing; use otherwise"
                yield finding("never-holds", path, message)
            elif "*" in value or value.startswith(("!=", *ORDER)) or remedy(value, expressions=False):
                message = (
                    f"{value!r} is compared as it stands: a CRM rule has its operator beside the value,"
                    " and no wildcards; a router's `when:` with crm.FIELD knows them"
                )
                yield finding("odd-test", path, message)


def _criteria(refs: References) -> Iterator[tuple[Path, str, str, Tests]]:
    """Every criterion: its path, its router, its fact as names are compared, its tests."""
    for name, router in refs.book.routers.items():
        for i, branch in enumerate(router.branches):
            for fact, tests in branch.when.items():
                yield ("routers", name, "branches", i, "when", fact), name, folded(fact), tests


CHECKS = (never, words, dialled, places, crm_values)

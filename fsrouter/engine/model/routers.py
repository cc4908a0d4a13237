"""Definitions that enter a route of their own: menus, priority tables, routers, CRM rules, geo routers, splits."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from msgspec.structs import replace

from fsrouter.engine.contacts import folded_name
from fsrouter.engine.model import criteria, fact_names, fact_values
from fsrouter.engine.model.criteria import AnyOf
from fsrouter.engine.model.criterion import CRITERION
from fsrouter.engine.model.destinations import Announcement, Route
from fsrouter.engine.model.scalars import (
    COUNTRY,
    KEYS,
    Attempts,
    Context,
    Degrees,
    Kilometres,
    Latitude,
    Number,
    Seconds,
    SomeSeconds,
    SomeText,
    Text,
    Weight,
    one_of,
)
from fsrouter.engine.model.schema import Definition, OneOrMany


class Menu(Definition, frozen=True, kw_only=True):
    """A menu: a greeting, and where each key leads."""

    greeting: Annotated[Announcement, "What is played; keys count while it plays."]
    timeout: Annotated[SomeSeconds, "How long to wait for a key after the greeting."] = 5
    attempts: Annotated[Attempts, "How often the greeting is played; silence and wrong keys share them."] = 3
    digits: Annotated[dict[Annotated[str, KEYS], Route], "Where each key, or several in a row, leads."]
    no_input: Annotated[Route, "Where the call goes when the last attempt was silence."] = ()
    invalid: Annotated[Route, "Where the call goes when the last attempt was a wrong key."] = ()
    invalid_sound: Annotated[Announcement, "What is played after a wrong key."] = ""

    def problem(self) -> str:
        return "" if self.digits else "has no digits, so no key leads anywhere"


class OfficeRoute(Definition, frozen=True, kw_only=True):
    """A route in office hours, and another one outside of them."""

    SHORTHAND: ClassVar[str] = "in_office"
    in_office: Annotated[Route, "The route in office hours."]
    after_hours: Annotated[Route, "The route outside of office hours."] = ()


#: Who counts in a priority table when several contacts have the caller's number.
SHARED_LINE = ("first", "account", "none")

#: What a priority rule can look at, in the order in which it is looked at.
PRIORITY_KINDS = ("contact", "title", "account", "territory")


class PriorityRule(Definition, frozen=True, kw_only=True):
    """A rule of a priority table: `{contact|title|account|territory: VALUE, in_office: ROUTE, after_hours: ROUTE}`,
    or `to: ROUTE` for both.
    """

    contact: Annotated[SomeText | None, "The contact's id in the CRM, or their name when no other has it."] = None
    title: Annotated[SomeText | None, "The contact's title; case does not matter."] = None
    account: Annotated[SomeText | None, "The account's id or name."] = None
    territory: Annotated[SomeText | None, "The territory."] = None
    in_office: Annotated[Route, "The route in office hours."] = ()
    after_hours: Annotated[Route, "The route outside of office hours; the table's when absent."] = ()
    to: Annotated[Route, "The route at any hour, in place of in_office and after_hours."] = ()
    head_start: Annotated[Seconds, "Seconds of waiting that the caller is given in queues."] = 0

    @property
    def kind(self) -> str:
        """Which of PRIORITY_KINDS this rule looks at."""
        return next(kind for kind in PRIORITY_KINDS if getattr(self, kind) is not None)

    @property
    def value(self) -> str:
        """What it looks for."""
        return str(getattr(self, self.kind))

    def problem(self) -> str:
        if sum(getattr(self, kind) is not None for kind in PRIORITY_KINDS) != 1:
            return f"must have exactly one of {', '.join(PRIORITY_KINDS)}"
        if bool(self.to) == bool(self.in_office) or (self.to and self.after_hours):
            return "must have either `to`, or `in_office` and perhaps `after_hours`"
        return ""


class Priority(Definition, frozen=True, kw_only=True, dict=True):
    """A priority table: who is calling decides."""

    crm: Annotated[Text, "The CRM to look at; all of them when absent."] = ""
    rules: Annotated[tuple[PriorityRule, ...], "The rules; their order does not matter."] = ()
    rules_csv: Annotated[Text, "A CSV file beside the rules file with more rules."] = ""
    did_defaults: Annotated[dict[Number, OfficeRoute], "Where calls to a number of ours go when no rule matches."] = {}
    no_match: Annotated[OfficeRoute | None, "Where every other call goes."] = None
    schedule: Annotated[Text, "The schedule of office hours; always in office when absent."] = ""
    after_hours: Annotated[Route, "The route outside of office hours for rules that have none."] = ()
    shared_line: Annotated[
        str,
        one_of("shared_line", *SHARED_LINE),
        "Who counts when several contacts have the caller's number: the first for whom there is a rule, only the"
        " account and territory that are the same for all, or none of them.",
    ] = "first"

    def problems(self) -> Iterator[tuple[tuple[str, int], str]]:
        seen: dict[tuple[str, str], int] = {}
        for i, rule in enumerate(self.rules):
            first = seen.setdefault((rule.kind, folded(rule.kind, rule.value)), i)
            if first != i:
                yield ("rules", i), f"is a second rule for {rule.kind} {rule.value!r}; the first is rules.{first}"

    @functools.cached_property
    def pairs(self) -> tuple[tuple[Route, Route], ...]:
        """The routes of its rules, defaults and `no_match`, in office hours and after them, each pair once: many rules
        have few.
        """
        pairs = [(rule.in_office or rule.to, rule.after_hours) for rule in self.rules]
        pairs += [(office.in_office, office.after_hours) for office in self.offices]
        return tuple(dict.fromkeys(pairs))

    @property
    def all_after_hours(self) -> list[Route]:
        """Every route that is for after hours only, the table's own included."""
        return [route for route in (*(after for _, after in self.pairs), self.after_hours) if route]

    @property
    def offices(self) -> tuple[OfficeRoute, ...]:
        """The routes of callers for whom no rule is."""
        return (*self.did_defaults.values(), *([self.no_match] if self.no_match else []))

    @functools.cached_property
    def index(self) -> dict[tuple[str, str], PriorityRule]:
        """The rules by kind and value, text without case; ids of contacts as they stand."""
        return {(rule.kind, folded(rule.kind, rule.value)): rule for rule in self.rules}

    @functools.cached_property
    def names(self) -> dict[str, PriorityRule]:
        """The rules for a contact, as if each named one; of two that name the same, the first."""
        return {folded_name(rule.value): rule for rule in reversed(self.rules) if rule.contact is not None}


def folded(kind: str, value: str) -> str:
    """A priority rule's value as it is compared: contacts by their id as it stands, all else as text without case."""
    return value.strip() if kind == "contact" else criteria.fold(value)


class Branch(Definition, frozen=True, kw_only=True):
    """A branch of a router: all of its criteria must hold."""

    when: Annotated[
        dict[Annotated[str, CRITERION], AnyOf], "The criteria: {FACT: TEST}; all must hold, a list means any of."
    ]
    then: Annotated[Route, "Where the call goes."]

    def settled(self, context: Context) -> Branch:
        tests = self.when.get("area_code")
        if not tests:
            return self
        countries = [test.value for test in self.when.get("country", ()) if test.op == "="] or [context.country]
        codes = fact_values.area_codes((test.value for test in tests), countries)
        settled = tuple(map(criteria.Test, (test.op for test in tests), codes))
        return replace(self, when=self.when | {"area_code": settled})

    def problem(self) -> str:
        for fact, tests in self.when.items():
            if not tests:
                return f"gives no test for {fact!r}"
            if fact not in fact_names.LISTS and criteria.always(tests):
                return f"tests {fact!r} with several != in one list, which always holds; give each a branch of its own"
        return "" if self.when else "has no criteria; what holds for every call belongs into `otherwise`"

    def problems(self) -> Iterator[tuple[tuple[str, str], str]]:
        seen: dict[str, str] = {}
        for fact in self.when:
            first = seen.setdefault(fact_names.folded(fact), fact)
            if first != fact:
                yield ("when", fact), f"{fact!r} is {first!r}, which stands here too; case does not matter"

    @property
    def key(self) -> frozenset[tuple[str, frozenset[str]]]:
        """What makes two branches the same: their criteria, whatever the order."""
        return frozenset(
            (fact_names.folded(fact), frozenset(criteria.fold(str(test)) for test in tests))
            for fact, tests in self.when.items()
        )


class Router(Definition, frozen=True, kw_only=True):
    """A router: the first branch whose criteria all hold decides."""

    branches: Annotated[tuple[Branch, ...], "The branches, looked at in this order."]
    otherwise: Annotated[Route, "Where the call goes when no branch holds."] = ()

    def problems(self) -> Iterator[tuple[tuple[str, int], str]]:
        seen: dict[Any, int] = {}
        for i, branch in enumerate(self.branches):
            first = seen.setdefault(branch.key, i)
            if first != i:
                yield ("branches", i), f"has the same criteria as branches.{first}, so it can never be chosen"


class CrmRule(Definition, frozen=True, kw_only=True):
    """One comparison with the field of a CRM router, and where it leads."""

    operator: Annotated[str, one_of("operator", "<", ">", "=", "<=", ">="), "How the field is compared."]
    value: Annotated[Text, "What it is compared with: a number, a date as 2026-12-24, or a text for =."]
    destination: Annotated[Route, "Where the call goes."]

    def problem(self) -> str:
        if (
            self.operator != "="
            and not criteria.NUMERIC.fullmatch(self.value.strip())
            and not criteria.date_of(self.value.strip())
        ):
            return f"compares by {self.operator} with {self.value!r}, which is neither a number nor a date (2026-12-24)"
        return ""


class CrmRouter(Definition, frozen=True, kw_only=True):
    """CRM rules: a field of the caller's record, fetched now, decides."""

    location: Annotated[
        str, one_of("location", "did", "menu"), "Whether calls come here from a number or from a menu."
    ] = "did"
    greeting: Annotated[Announcement, "What plays while it looks, when entered from a menu."] = ""
    crm: Annotated[SomeText, "The CRM that is asked."]
    module: Annotated[Text, "The CRM's module, as Contacts, Leads or Accounts."] = "Contacts"
    field: Annotated[SomeText, "The field that is looked at."]
    rules: Annotated[tuple[CrmRule, ...], "The comparisons; the first that holds decides."]
    otherwise: Annotated[Route, "Where the call goes when none holds."] = ()


REGION, AREA_CODE = fact_values.scalar("region"), fact_values.scalar("area_code")


class Area(Definition, frozen=True, kw_only=True):
    """Callers of a country, region or area code, and where they go."""

    country: Annotated[tuple[Annotated[str, COUNTRY], ...], OneOrMany, "Countries, two letters each."] = ()
    region: Annotated[tuple[Annotated[str, REGION], ...], OneOrMany, "Regions (state codes), as IL."] = ()
    area_code: Annotated[
        tuple[Annotated[str, AREA_CODE], ...], OneOrMany, "Area codes, with or without the national prefix."
    ] = ()
    then: Annotated[Route, "Where the call goes."]

    def problem(self) -> str:
        return "" if self.country or self.region or self.area_code else "names neither country, region nor area_code"

    def settled(self, context: Context) -> Area:
        codes = fact_values.area_codes(self.area_code, self.country or [context.country]) if self.area_code else ()
        return replace(self, area_code=codes) if codes != self.area_code else self


class Location(Definition, frozen=True, kw_only=True):
    """A place, and where the callers go for whom it is the nearest."""

    name: Annotated[SomeText, "What people call the place."]
    at: Annotated[tuple[Latitude, Degrees], "Latitude and longitude in degrees."]
    within: Annotated[Kilometres | None, "Take only callers nearer than this, as 300km."] = None
    then: Annotated[Route, "Where the call goes."]


class GeoRouter(Definition, frozen=True, kw_only=True):
    """A geo router: where the caller's number belongs to decides."""

    areas: Annotated[tuple[Area, ...], "Areas, looked at in this order, before the locations."] = ()
    locations: Annotated[tuple[Location, ...], "Places, of which the nearest counts."] = ()
    otherwise: Annotated[Route, "Where the call goes when the place is not known or none fits."] = ()

    def problem(self) -> str:
        return "" if self.areas or self.locations else "has neither areas nor locations"


class Share(Definition, frozen=True, kw_only=True):
    """A branch of a split, and its weight beside the others'."""

    weight: Annotated[Weight, "How many calls come this way, beside the others' weights."]
    then: Annotated[Route, "Where the call goes."]


class Split(Definition, frozen=True, kw_only=True):
    """A split: a drawn number decides."""

    branches: Annotated[tuple[Share, ...], "The branches with their weights."]

    def problem(self) -> str:
        return "" if any(share.weight for share in self.branches) else "has no branch with a weight above 0"

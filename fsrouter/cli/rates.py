"""`fsrouter rates`: what calls cost a minute, by the carrier's rate sheet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import RulesError, UsageError

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.engine.rates import Rates

COLUMNS = ("company", "kind", "number", "name", "price", "currency", "dearest", "no rate for")
#: Without a sheet there is nothing to say.
NONE = 'the settings name no rate sheet; add a table [rates] with file = "rates.csv" (docs/rates.md)'


class NumberRate(Struct, frozen=True, kw_only=True):
    """A number of a company, and what calls to it can cost.

    `kind` is `tracking` or `receiving`, `number` E.164, `name` how the rule book calls it. `price` is that of a minute
    (a decimal) of `dearest`, the dearest number (E.164) that its calls can reach, fail-safes included; null and "" when
    they reach none that has a rate. `no_rate_for` is a number that they can reach and that has none, "" for none.
    """

    company: str
    kind: str
    number: str
    name: str
    price: Decimal | None
    currency: str
    dearest: str
    no_rate_for: str


class FoundRate(Struct, frozen=True, kw_only=True):
    """What a minute to a `number` (E.164) costs: `price` (a decimal) and `currency`; `prefix` is the row of the rate
    sheet that counts, `name` what the sheet calls it.
    """

    number: str
    prefix: str
    price: Decimal
    currency: str
    name: str


@click.command("list")
@arguments.company
@arguments.as_json
@pass_session
def list_(session: Session, company: str | None, as_json: bool) -> None:
    """List what calls to each number can cost.

    Of every tracking and receiving number the dearest number that its calls can reach, fail-safes included, and a
    number that has no rate. Exits 1 when the rate sheet is faulty, and says every bad row.

    \b
    Example:
      fsrouter rates list
      fsrouter rates list --company acme --json
    """
    rates = _rates(session)
    found = [line for book in session.books(company) for line in _lines(book, rates)]
    output.listing(found, as_json, COLUMNS, _row, nothing="no numbers")


@click.command()
@click.argument("number")
@arguments.company
@arguments.as_json
@pass_session
def of(session: Session, number: str, company: str | None, as_json: bool) -> None:
    """Show what a minute to a NUMBER costs.

    With its country code, as +1 312 555 0150; with --company also as within that company's country. Exits 1 when the
    rate sheet has no prefix for it.

    \b
    Example:
      fsrouter rates of "+49 1511 2345678"
    """
    from fsrouter.engine.numbers.read import Role, read
    from fsrouter.errors import Refused

    rates, country = _rates(session), session.book(company).header.country if company else ""
    try:
        called = read(number, country, Role.TARGET)
    except Refused as why:
        raise UsageError(f"{number} {why}") from None
    rate = rates.of(called)
    if rate is None:
        raise RulesError(f"there is no rate for {called} in {session.rates_in_force.path}")
    prefix = rates.prefix_of(called)
    if as_json:
        found = FoundRate(number=called, prefix=prefix, price=rate.price, currency=rate.currency, name=rate.name)
        output.json(found)
    else:
        output.lines([f"{called}: {rate} ({prefix}{f', {rate.name}' if rate.name else ''})"])


def _rates(session: Session) -> Rates:
    """The rates of the settings. Raises UsageError when these name no sheet, InvalidFile when that is faulty."""
    in_force = session.rates_in_force
    if not in_force.path:
        raise UsageError(NONE)
    with output.progress("reading the rate sheet"):
        rates = in_force.current()
    if in_force.error:
        raise in_force.error
    assert rates is not None, "a sheet without an error was read"
    return rates


def _lines(book: RuleBook, rates: Rates) -> Iterator[NumberRate]:
    from fsrouter.engine.lint.rates import Reach, Reached
    from fsrouter.engine.lint.references import References

    reached = Reached(References(book), rates)

    def line(kind: str, number: str, name: str, reach: Reach) -> NumberRate:
        return NumberRate(
            company=book.company,
            kind=kind,
            number=number,
            name=name,
            price=reach.rate.price if reach.rate else None,
            currency=rates.currency,
            dearest=reach.number,
            no_rate_for=reach.unpriced,
        )

    for number, tracking in book.tracking_numbers.items():
        yield line("tracking", number, tracking.name, reached.of_tracking(tracking))
    for name, receiving in book.numbers.items():
        yield line("receiving", receiving.number, name, reached.of_receiving(name))


def _row(line: NumberRate) -> tuple[object, ...]:
    price = "" if line.price is None else f"{line.price:f}"
    return (
        line.company, line.kind, line.number, line.name, price, line.currency, line.dearest, line.no_rate_for
    )  # fmt: skip

"""What a calls file expects of a call, and what became of it otherwise, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any

from fsrouter.engine.model import criteria, fact_names
from fsrouter.engine.model.criteria import AnyOf
from fsrouter.engine.model.criterion import FACT
from fsrouter.engine.model.destinations import Item, announcement, destination
from fsrouter.engine.model.scalars import DIGITS, FLAG, NUMBER, ONE_KEY, Context, Scalar, Text
from fsrouter.engine.model.schema import Definition, OneOrMany
from fsrouter.engine.rates import PRICE, dearest
from fsrouter.engine.walk.explained import Explained, ExplainedAttempt, ExplainedGateway
from fsrouter.errors import Refused

#: What takes a call that was sent to the fail-safe.
FAILSAFE = "failsafe"
#: What answerers see who see the caller's own number.
CALLER = "caller"


def _taker(text: str, context: Context) -> str:
    return FAILSAFE if text.strip() == FAILSAFE else str(destination(text, context))


def _caller_id(text: str, context: Context) -> str:
    return CALLER if text.strip() == CALLER else str(NUMBER.read(text, context))


def _or_nothing(scalar: Scalar) -> Scalar:
    """A kind of text that also may be empty: nothing is expected to be there."""

    def read(text: str, context: Context) -> str:
        return str(scalar.read(text, context)) if text else ""

    return Scalar(scalar.name, read, schema={"type": "string"})


def _rate(text: str, context: Context) -> str:
    if not PRICE.fullmatch(text):
        raise Refused("is no price of a minute; write it as 0.012")
    return _price(Decimal(text))


def _price(price: Decimal) -> str:
    """A price in the one form in which it is compared: 0.010 is 0.01."""
    return f"{price.normalize():f}"


TAKER = Scalar("destination", _taker, schema={"type": "string"})
CALLER_ID = Scalar("caller ID", _caller_id, schema={"type": "string"})
RATE = _or_nothing(Scalar("price", _rate))
HEARD = _or_nothing(Scalar("sound", announcement))
KEY_OR_NONE, DIGITS_OR_NONE = _or_nothing(ONE_KEY), _or_nothing(DIGITS)


class Expected(Definition, frozen=True, kw_only=True):
    """What must become of a call; what is not given (None) is not looked at, and "" expects that there is none.

    From `trunk` on, what is given is that of the attempt which took the call, else of the last one; of several far ends
    that are rung at once, of each.
    """

    SHORTHAND = "destination"
    destination: Annotated[str | None, TAKER, "What takes the call; `failsafe` when it is sent to the fail-safe."] = (
        None
    )
    attempts: Annotated[tuple[Item, ...] | None, OneOrMany, "Everything that was tried, in order."] = None
    skipped: Annotated[tuple[Item, ...] | None, OneOrMany, "Everybody who was not tried, in any order."] = None
    tags: Annotated[tuple[Text, ...] | None, OneOrMany, "All of its tags, in any order."] = None
    record: Annotated[bool | None, FLAG, "Whether it is recorded."] = None
    notice: Annotated[str | None, HEARD, "What the caller hears of the recording: a FILE or say:TEXT."] = None
    facts: Annotated[
        dict[Annotated[str, FACT], AnyOf], "Facts of the call: {FACT: TEST}, as in a router's `when`."
    ] = {}
    trunk: Annotated[Text | None, "The trunk by which numbers leave."] = None
    gateways: Annotated[
        tuple[Text, ...] | None, OneOrMany, "The trunk's gateways in the order in which they are tried."
    ] = None
    caller_id: Annotated[
        str | None, CALLER_ID, "What answerers see: `caller` for the caller's number, or a number."
    ] = None
    whisper: Annotated[str | None, HEARD, "What the answerer hears first: a FILE or say:TEXT."] = None
    accept: Annotated[str | None, KEY_OR_NONE, "The key that the answerer must press."] = None
    extension: Annotated[str | None, DIGITS_OR_NONE, "The digits that are dialled when it has answered."] = None
    rate: Annotated[
        str | None, RATE, "The price of a minute, by the rate sheet; of several far ends the dearest's."
    ] = None

    def problem(self) -> str:
        return "" if self != Expected() else "expects nothing"


def mismatches(expected: Expected, got: Explained) -> Iterator[str]:
    """What became of a call otherwise than expected, each in words."""
    if expected.destination not in (None, got.destination):
        yield f"expected {expected.destination}, got {got.destination}"
    if expected.record not in (None, got.record):
        yield f"expected {'a' if expected.record else 'no'} recording, got {'one' if got.record else 'none'}"
    if expected.tags is not None and set(got.tags) != set(expected.tags):
        yield f"expected the tags {_listed(expected.tags)}, got {_listed(got.tags)}"
    if expected.attempts is not None:
        wanted = list(map(str, expected.attempts))
        if len(got.attempts) != len(wanted) or not all(map(_is_attempt, got.attempts, wanted)):
            yield f"expected the attempts {_listed(wanted)}, got {_listed(map(_format_attempt, got.attempts))}"
    if expected.skipped is not None:
        skipped = {each.destination: each.why for each in got.skipped}
        if set(skipped) != set(map(str, expected.skipped)):
            told = (f"{name} ({why})" for name, why in skipped.items())
            yield f"expected the skipped {_listed(map(str, expected.skipped))}, got {_listed(told)}"
    if expected.notice not in (None, got.notice):
        yield _otherwise("notice", expected.notice, got.notice)
    yield from _facts(expected, got)
    yield from _of_the_attempt(expected, got.attempts)


def _facts(expected: Expected, got: Explained) -> Iterator[str]:
    known = {fact_names.folded(name): value for name, value in got.facts.items()}
    for name, tests in expected.facts.items():
        value = known.get(fact_names.folded(name), [] if name in fact_names.LISTS else None)
        fact = tuple(value) if isinstance(value, list) else value
        if not criteria.any_holds(tests, fact):
            told = (
                "is not known" if value is None else f"is {', '.join(value) or 'none' if fact is not value else value}"
            )
            yield f"expected {name} {criteria.format_tests(tests)}, it {told}"


def _of_the_attempt(expected: Expected, attempts: tuple[ExplainedAttempt, ...]) -> Iterator[str]:
    names = ("trunk", "gateways", "caller_id", "whisper", "accept", "extension", "rate")
    wanted = {name: getattr(expected, name) for name in names if getattr(expected, name) is not None}
    if not wanted:
        return
    if not attempts:
        yield f"expected an attempt with {_listed(map(_word, wanted))}, got none"
        return
    made = next((each for each in attempts if each.outcome == "answered"), attempts[-1])
    for name, value in wanted.items():
        for found in _found(made, name):
            if found != value:
                yield _otherwise(_word(name), value, found)
                break


def _found(made: ExplainedAttempt, name: str) -> list[Any]:
    """What an attempt has for a key, or each of its legs."""
    if name == "gateways":
        return [tuple(each.gateway if isinstance(each, ExplainedGateway) else each for each in made.gateways)]
    if name == "rate":
        rate = dearest(leg.rate for leg in made.legs)
        return [_price(rate.price) if rate else ""]
    if name in ("trunk", "caller_id"):
        return [getattr(made, name)]
    return [getattr(leg, name) for leg in made.legs] or [""]


def _otherwise(what: str, expected: Any, got: Any) -> str:
    return f"expected the {what} {_format(expected)}, got {_format(got)}"


def _format(value: Any) -> str:
    return _listed(value) if isinstance(value, tuple) else str(value) or "none"


def _word(name: str) -> str:
    return name.replace("caller_id", "caller ID")


def _is_attempt(attempt: ExplainedAttempt, wanted: str) -> bool:
    """Whether an attempt is the wanted one: the destination, or the only one that it rang."""
    return wanted == attempt.destination or (wanted,) == attempt.targets


def _format_attempt(attempt: ExplainedAttempt) -> str:
    rang = " and ".join(attempt.targets)
    return f"{attempt.destination} ({rang})" if rang else attempt.destination


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items) or "none"

"""The context for whom nobody here knows: our numbers, the company's own telephones, what it may dial; nothing else."""

from __future__ import annotations

import re

import phonenumbers
import pytest

from freeswitch.install.xml_dialplan import Call, contexts
from fsrouter.engine.numbers.open_patterns import Open
from fsrouter.errors import Refused
from fsrouter.freeswitch.install.closed_context import closed_context
from fsrouter.freeswitch.install.values import Entry, Outside, Reachable

ENTRIES = (
    Entry("+18725550111", company="acme"),
    Entry("+18725550112", company="beta"),
    Entry("+442079460958", company="gamma", country="GB"),
)
US = Outside("US", Open(("US",)), ("carrier",))
REACHABLE = (
    Reachable("acme", ("user/1001@pbx", "user/1002@pbx", "sofia/internal/1009@10.0.0.1"), US),
    Reachable("beta", ("user/1003",), US),
    Reachable("gamma", ("user/1001@gamma",), Outside("GB", Open(("GB",)), ("a", "sofia/external/{digits}@10.0.0.1"))),
)  # fmt: skip
LEGS = "{ignore_early_media=ring_ready,originate_timeout=35,outbound_redirect_fatal=true}[leg_timeout=30,fsr_call=1]"
OF = {"acme": "8725550111", "beta": "+18725550112", "gamma": "02079460958", "nobody": "5551212"}


def sent(company: str, to: str, by: str = "far-end") -> Call:
    text = closed_context(ENTRIES, REACHABLE)
    call = Call(contexts(iter(()), text), {"bridge": lambda call, argument: None})
    call.variables.update(fsr_number=OF[company], fsr_moved_by=by, originate_disposition="USER_BUSY")
    call.dial(to, "fsr-closed")
    return call


@pytest.mark.parametrize(
    ("company", "to", "target"),
    [
        ("acme", "1001", "user/1001@pbx"),
        ("beta", "1003", "user/1003"),
        ("gamma", "1001", "user/1001@gamma"),
        *(("acme", to, "sofia/gateway/carrier/+13125550150") for to in ("+13125550150", "13125550150", "3125550150")),
        ("beta", "0113125550150", ""),
        ("beta", "01113125550150", "sofia/gateway/carrier/+13125550150"),
        ("beta", "0013125550150", "sofia/gateway/carrier/+13125550150"),
        ("acme", "+18005550100", "sofia/gateway/carrier/+18005550100"),
        *(("acme", to, "") for to in ("+19005550100", "+13129765550", "+18765550100", "+442079460958x", "911", "6001")),
        *(("acme", to, "") for to in ("1003", "1009", "+14165550150", "+442079460100", "*98", "", "x" * 80)),
        ("beta", "1001", ""),
        ("gamma", "3125550150", ""),
    ],
)
def test_what_a_far_end_reaches(company: str, to: str, target: str) -> None:
    call = sent(company, to)
    assert call.ran("bridge") == ([f"{LEGS}{target}"] if target else [])
    assert call.cause == ("USER_BUSY" if target else "OUTGOING_CALL_BARRED")
    assert bool(call.ran("log")) == (not target)


@pytest.mark.parametrize("to", ["+442079460100", "00442079460100", "02079460100", "442079460100"])
def test_a_trunk_of_several_gateways_tries_them_in_turn(to: str) -> None:
    ways = "sofia/gateway/a/+442079460100|[leg_timeout=30,fsr_call=1]sofia/external/442079460100@10.0.0.1"
    assert sent("gamma", to).ran("bridge") == [f"{LEGS}{ways}"]


@pytest.mark.parametrize("by", ["caller", "far-end", ""])
@pytest.mark.parametrize("to", ["+18725550112", "8725550111"])
def test_our_numbers_begin_anew(to: str, by: str) -> None:
    assert sent("acme", to, by).ran("transfer") == [f"{to} XML public"]


@pytest.mark.parametrize(("to", "onward"), [("1001", ["1001 XML public"]), ("1003", []), ("+13125550150", [])])
def test_an_outside_callers_telephone_gets_no_further_than_callers(to: str, onward: list[str]) -> None:
    call = sent("acme", to, "caller")
    assert (call.ran("transfer"), call.ran("bridge")) == (onward, [])
    assert call.cause == (None if onward else "OUTGOING_CALL_BARRED")


def test_nothing_that_a_far_end_writes_is_expanded() -> None:
    call = sent("acme", "${uuid_kill(x)}")
    assert call.ran("log") == [
        "WARNING fsrouter:  is closed to strangers (moved by far-end, a call to 8725550111 of acme)"
    ]


def test_of_an_unknown_company_nobody_is_reached() -> None:
    assert [sent("nobody", to).cause for to in ("1001", "+13125550150")] == ["OUTGOING_CALL_BARRED"] * 2


def test_file_of_many_companies_stays_small() -> None:
    entries = [Entry(f"+1872555{i:04}", company=f"c{i % 30}") for i in range(2000)]
    outside = Outside("US", Open(("US", "CA", "GB", "DE")), ("carrier",))
    reachable = [Reachable(f"c{i}", tuple(f"user/{1000 + 40 * i + k}" for k in range(40)), outside) for i in range(30)]
    assert len(closed_context(entries, reachable)) < 100_000


@pytest.mark.parametrize("country", ["US", "GB"])
def test_no_expression_is_more_than_pcre_takes(country: str) -> None:
    """64 KB when it is compiled, of which a class of characters takes 33 bytes: PCRE2 refuses one with 1619 of them."""
    outside = Outside(country, Open(tuple(phonenumbers.SUPPORTED_REGIONS), ("premium",), ("+1", "+44")), ("carrier",))
    text = closed_context(ENTRIES, [Reachable("acme", (), outside)])
    expressions = re.findall(r'field="destination_number" expression="([^"]*)"', text)
    assert len(expressions) > 20 and max(expression.count("[") for expression in expressions) < 1200


def test_many_telephones_and_companies_are_more_expressions_than_one() -> None:
    entries = [Entry(f"+1872555{i:04}", company=f"company-{i}") for i in range(3000)]
    reachable = [Reachable(each.company, (), US) for each in entries]
    reachable[0] = Reachable("company-0", tuple(f"user/{i}" for i in range(10_000, 17_000)), US)
    text = closed_context(entries, reachable)
    assert max(map(len, re.findall(r' expression="([^"]*)"', text))) < 20_000
    for number, to, target in (("8725550000", "16999", "user/16999"), ("8725552999", "+13125550150", "carrier/")):
        call = Call(contexts(iter(()), text), {"bridge": lambda call, argument: None})
        call.variables.update(fsr_number=number, fsr_moved_by="far-end")
        call.dial(to, "fsr-closed")
        assert target in "".join(call.ran("bridge"))


def test_digits_right_behind_the_number_are_refused() -> None:
    outside = Outside("US", Open(("US",)), ("sofia/external/{number}00@10.0.0.1",))
    with pytest.raises(Refused, match="no digits may stand behind"):
        closed_context(ENTRIES, [Reachable("acme", (), outside)])


def test_legs_by_a_trunk_are_marked_so_that_they_are_counted() -> None:
    outside = Outside("US", Open(("US",)), ("a", "b"), "carrier")
    text = closed_context(ENTRIES, [Reachable("acme", ("user/1001",), outside)])
    dialled = [line for line in text.splitlines() if 'application="bridge"' in line]
    assert dialled and all(line.count("fsr_trunk=carrier") == 2 * ("gateway" in line) for line in dialled)

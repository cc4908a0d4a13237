"""The generated dialplan, interpreted: the scenarios of docs/wire.md 6, and what else a call may meet."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch.install.xml_dialplan import Call, GivenBack, contexts
from fsrouter.engine.numbers.dialled import dialled_forms
from fsrouter.esl.call.trunks import trunk_target
from fsrouter.freeswitch.install import dialplan
from fsrouter.freeswitch.install.did_patterns import Patterns
from fsrouter.freeswitch.install.values import Dial, Entry, Extension, FailSafe, Mailbox, Routers

DESK = FailSafe((Dial((trunk_target("carrier", "+13125550150"),), ring=25),))
NANCY = FailSafe((Dial(("user/1001", "user/1002"), ring=20), Mailbox("1000", "acme.example")))
LOBBY = FailSafe((Extension("3000"),))
ENTRIES = (
    Entry("+18725550111", DESK),
    Entry("+18725550112", DESK),
    Entry("+18725550113", NANCY),
    Entry("+442079460958", LOBBY),
)
THEIRS = (
    '<include><extension name="public_did"><condition field="destination_number" expression="^(5551212)$">'
    '<action application="transfer" data="1000 XML default"/></condition></extension></include>'
)
ADS = "+18725550111"

Router = Callable[[Call], None]


def says(**variables: str) -> Router:
    """A router that takes the call, sets these variables and lets go."""

    def router(call: Call) -> None:
        call.variables.update(fsr_took="yes", fsr_call="1", fsr_cursor="signed")
        call.variables.update(variables)

    return router


def gone(call: Call) -> None:
    """Nobody listens, or somebody who never says `connect`: the application returns and no variable is set."""


def place(*routers: Router, bridged: str = "SUCCESS", queued: str = "answered", rest: bool = False) -> Call:
    """A call that is about to be dialled; `routers` answer its sockets in turn, then none does."""
    turns = list(routers)

    def socket(call: Call, argument: str) -> None:
        assert argument == "127.0.0.1:8084|10.0.0.2:8084 full"
        (turns.pop(0) if turns else gone)(call)

    def bridge(call: Call, argument: str) -> None:
        call.variables["originate_disposition"] = bridged
        if bridged == "SUCCESS":
            assert call.variables["hangup_after_bridge"] == "true"
            call.cause = "NORMAL_CLEARING"

    def callcenter(call: Call, argument: str) -> None:
        if queued == "answered":
            call.variables["cc_cause"] = "answered"
            raise GivenBack
        if queued:
            call.variables.update(cc_cause="cancel", cc_cancel_reason=queued)

    def voicemail(call: Call, argument: str) -> None:
        assert call.variables["fsr_served"] == "yes"

    public = [dialplan.did_entries(ENTRIES), THEIRS] + ([dialplan.rest_entry()] if rest else [])
    routing = Routers(("127.0.0.1:8084", "10.0.0.2:8084"))
    switch = contexts(iter(public), dialplan.fsr_context(ENTRIES, FailSafe((Dial(("user/1009",)),)), routing))
    applications = {"socket": socket, "bridge": bridge, "callcenter": callcenter, "voicemail": voicemail}
    return Call(switch, applications)


BUSY = says(originate_disposition="USER_BUSY")
SUPPORT = says(fsr_queue="support@acme")
SERVED = says(fsr_served="yes", fsr_cause="USER_BUSY")


@pytest.mark.parametrize(
    ("routers", "queued", "entries", "queues", "failsafe", "cause"),
    [
        pytest.param((), "", 1, 0, True, "NORMAL_CLEARING", id="no router: fail-safe after the first try"),
        pytest.param((says(),) * 9, "", 4, 0, True, "NORMAL_CLEARING", id="router closes each time"),
        pytest.param((BUSY,) * 9, "", 4, 0, True, "NORMAL_CLEARING", id="busy four times"),
        pytest.param((BUSY, SERVED), "", 2, 0, False, "USER_BUSY", id="next router goes on and serves"),
        pytest.param((SERVED,), "", 1, 0, False, "USER_BUSY", id="served with a cause"),
        pytest.param((says(fsr_served="yes"),), "", 1, 0, False, "NORMAL_CLEARING", id="served without a cause"),
        pytest.param(
            (says(originate_disposition="SUCCESS"), says()), "", 1, 0, False, "NORMAL_CLEARING", id="died while talking"
        ),
        pytest.param(
            (says(originate_disposition="ALLOTTED_TIMEOUT"),),
            "",
            2,
            0,
            True,
            "NORMAL_CLEARING",
            id="died while ringing",
        ),
        pytest.param(
            (says(originate_disposition="failure"), SERVED), "", 2, 0, False, "USER_BUSY", id="died in the accept key"
        ),
        pytest.param((SUPPORT, says()), "answered", 1, 1, False, "NORMAL_CLEARING", id="queue answered"),
        pytest.param((SUPPORT, SERVED), "EXIT_WITH_KEY", 2, 1, False, "USER_BUSY", id="queue left by its exit key"),
        pytest.param((SUPPORT, SERVED), "", 2, 1, False, "USER_BUSY", id="no such queue"),
        pytest.param((SUPPORT,), "TIMEOUT", 2, 1, True, "NORMAL_CLEARING", id="router gone while the caller queued"),
        pytest.param(
            (SUPPORT,) + (says(),) * 9, "TIMEOUT", 4, 1, True, "NORMAL_CLEARING", id="router fails after a queue"
        ),
        pytest.param((SUPPORT,) * 99, "TIMEOUT", 11, 8, True, "NORMAL_CLEARING", id="queues without end"),
        pytest.param(
            (says(fsr_failsafe="yes"), SERVED), "", 1, 0, True, "NORMAL_CLEARING", id="router asks for the fail-safe"
        ),
        pytest.param((says(fsr_queue="a;b=c@d"), SERVED), "", 2, 0, False, "USER_BUSY", id="no queue's name"),
    ],
)
def test_context_fsr_paths_of_a_call(
    routers: tuple[Router, ...], queued: str, entries: int, queues: int, failsafe: bool, cause: str
) -> None:
    call = place(*routers, queued=queued)
    call.dial(ADS)
    assert len(call.ran("socket")) == entries
    assert len(call.ran("callcenter")) == queues
    assert call.ran("bridge") == (
        [
            "{ignore_early_media=ring_ready,originate_timeout=30,outbound_redirect_fatal=true}[leg_timeout=25,fsr_call=1]sofia/gateway/carrier/+13125550150"
        ]
        if failsafe
        else []
    )
    assert call.cause == cause


def test_a_queue_that_was_answered_comes_back_when_the_router_wants_it_again() -> None:
    def after(call: Call) -> None:
        assert call.variables["cc_cause"] == "answered"
        call.variables.update(fsr_took="yes", fsr_again="", fsr_served="yes")

    call = place(says(fsr_queue="support@acme", fsr_again="yes"), after)
    call.dial(ADS)
    assert (len(call.ran("socket")), len(call.ran("callcenter")), call.cause) == (2, 1, "NORMAL_CLEARING")


def test_a_result_of_an_earlier_queue_is_not_taken_for_that_of_one_that_does_not_exist() -> None:
    seen: list[str | None] = []

    def asks(call: Call) -> None:
        seen.append(call.variables.get("cc_cause"))
        call.variables.update(fsr_took="yes", fsr_served="yes")

    call = place(says(fsr_queue="gone@acme", cc_cause="cancel"), asks, queued="")
    call.dial(ADS)
    assert seen == [None]


def test_a_call_never_nests_deeper_than_freeswitch_stacks() -> None:
    call = place(*(SUPPORT,) * 99, queued="TIMEOUT")
    call.dial(ADS)
    assert 16 < call.deepest < 32


def test_a_call_transferred_to_another_number_of_ours_begins_anew() -> None:
    call = place(says(originate_disposition="SUCCESS", cc_cause="answered", ringback="x", export_vars="fsr_call"), gone)
    call.dial(ADS)
    call.variables.update(fsr_again="yes", fsr_cause="USER_BUSY", fsr_queue="a@b", fsr_served="yes", fsr_failsafe="yes")
    call.cause, call.done = None, []
    call.dial("8725550113")
    assert len(call.ran("socket")) == 1
    assert call.variables["fsr_turn"] == "1"
    assert call.ran("bridge") == [dialplan.dial_string(Dial(("user/1001", "user/1002"), ring=20))]
    assert not {"fsr_cursor", "fsr_call", "ringback", "cc_cause"} & set(call.variables)
    assert call.variables["export_vars"] == ",fsr_call,fsr_number,force_transfer_context"


def test_a_new_call_keeps_what_the_operator_set_for_it() -> None:
    call = place(SERVED)
    call.variables.update(ringback="local_stream://moh", effective_caller_id_name="Lobby", export_vars="RFC2822_DATE")
    call.dial(ADS)
    assert call.variables["ringback"] == "local_stream://moh"
    assert call.variables["effective_caller_id_name"] == "Lobby"
    assert call.variables["force_transfer_context"] == "fsr"


#: What FreeSWITCH notes of whoever moves a call: its partner, direction, phone, gateway, and whose password was right.
MOVERS = {
    "a registered phone": ("inbound", "u|u|outbound|1001|_undef_|_undef_|_undef_"),
    "a phone that picked up": ("inbound", "u|u|inbound|_undef_|_undef_|1002|_undef_"),
    "a browser that picked up": ("inbound", "u|u|inbound|_undef_|_undef_|_undef_|1005"),
    "a far end behind a profile": ("inbound", "u|u|outbound|_undef_|_undef_|_undef_|_undef_"),
    "a user whom a gateway leads to": ("inbound", "u|u|outbound|1001|carrier|_undef_|_undef_"),
    "one who is gone": ("inbound", "u|-ERR No such channel!\n|-ERR No such channel!\n|-ERR|-ERR|-ERR|-ERR"),
    "nobody": ("inbound", "u|-USAGE: <uuid> <var>\n|-USAGE: <uuid> <var>\n|-USAGE|-USAGE|-USAGE|-USAGE"),
    "one who talks with somebody else": ("inbound", "u|v|outbound|1001|_undef_|_undef_|_undef_"),
    "an outside caller, of a leg": ("outbound", ""),
    "an outside caller": ("inbound", "u|u|inbound|_undef_|_undef_|_undef_|_undef_"),
    "a phone, of a leg": ("outbound", "u|u|outbound|1001|_undef_|_undef_|_undef_"),
    "a far end, of a leg": ("outbound", "u|u|outbound|_undef_|_undef_|_undef_|_undef_"),
}
PHONES = {"a registered phone", "a phone that picked up", "a browser that picked up", "a phone, of a leg"}
CALLERS = {"an outside caller, of a leg", "an outside caller"}


@pytest.mark.parametrize("to", ["6001", "*98", "911", "1001", "0119005551212", "8725550113", "+18725550113"])
@pytest.mark.parametrize("who", MOVERS)
def test_who_moves_a_call_decides_where_it_goes(who: str, to: str) -> None:
    call = place()
    direction, noted = MOVERS[who]
    call.variables.update(direction=direction, fsr_mover=noted, fsr_took="yes", originate_disposition="SUCCESS")
    call.dial(to, "fsr")
    by = "phone" if who in PHONES else "caller" if who in CALLERS else "far-end"
    if to.endswith("8725550113"):
        assert call.done == [("transfer", f"{to} XML public")]
    else:
        assert call.ran("transfer") == [f"{to} XML default" if by == "phone" else f"{to} XML fsr-closed"]
        assert call.variables["fsr_moved_by"] == by
        assert call.variables["execute_on_blind_transfer_fsr"].startswith("set fsr_mover=${uuid}|${uuid_getvar(")


@pytest.mark.parametrize("to", ["8 XML elsewhere", "${system(id)}", "a'b", "x" * 65])
def test_a_transfer_cannot_name_a_context_or_anything_else(to: str) -> None:
    call = place(SERVED)
    call.dial(to, "fsr")
    assert not call.ran("transfer")


@pytest.mark.parametrize("dialled", ["+18725550112", "18725550112", "8725550112"])
def test_every_way_of_writing_a_number_reaches_its_fail_safe(dialled: str) -> None:
    call = place()
    call.dial(dialled)
    assert call.ran("bridge") == [dialplan.dial_string(DESK.steps[0])]  # type: ignore[arg-type]
    assert ";force_transfer_context=fsr;" in call.ran("multiset")[0]
    assert any(f"for {dialled} " in line for line in call.ran("log"))


@pytest.mark.parametrize("dialled", ["+442079460958", "442079460958", "2079460958", "02079460958"])
def test_an_extension_as_fail_safe_is_a_transfer_that_nothing_forces_elsewhere(dialled: str) -> None:
    call = place()
    call.dial(dialled)
    assert call.ran("transfer") == ["3000 XML default"]
    assert call.left and "force_transfer_context" not in call.variables


def test_a_mailbox_comes_after_a_phone_that_does_not_answer() -> None:
    call = place(bridged="NO_ANSWER")
    call.dial("8725550113")
    assert call.ran("voicemail") == ["default acme.example 1000"]
    assert call.ran("sched_hangup") == ["+600 NORMAL_CLEARING"]
    assert call.cause == "NORMAL_CLEARING"


def test_a_fail_safe_that_fails_ends_the_call_and_does_not_begin_again() -> None:
    call = place(bridged="USER_BUSY")
    call.dial(ADS)
    assert (len(call.ran("bridge")), call.cause) == (1, "USER_BUSY")


@pytest.mark.parametrize(
    ("rest", "dialled", "bridges", "transfers"),
    [
        (False, "5551212", [], ["1000 XML default"]),
        (True, "5551212", [], ["1000 XML default"]),
        (False, "8725550199", [], []),
        (True, "8725550199", [dialplan.dial_string(Dial(("user/1009",)))], []),
        (True, "alice", [], []),
    ],
)
def test_rest_entry_takes_numbers_without_a_rule(
    rest: bool, dialled: str, bridges: list[str], transfers: list[str]
) -> None:
    call = place(rest=rest)
    call.dial(dialled)
    assert (call.ran("bridge"), call.ran("transfer")) == (bridges, transfers)


def test_without_any_fail_safe_the_carrier_may_reroute() -> None:
    text = dialplan.fsr_context((), FailSafe(), Routers())
    call = Call(contexts(iter([dialplan.rest_entry()]), text), {"socket": lambda call, argument: None})
    call.dial("123")
    assert call.cause == "NORMAL_TEMPORARY_FAILURE"


NUMBERS = st.sets(st.integers(0, 9999).map(lambda tail: f"+1872555{tail:04}"), min_size=1, max_size=60)


@given(NUMBERS, st.integers(0, 9999))
def test_the_expression_takes_exactly_our_numbers(numbers: set[str], tail: int) -> None:
    (expression,) = map(re.compile, Patterns(dict.fromkeys(numbers, "US")).expressions())
    for number in {*numbers, f"+1872555{tail:04}"}:
        for dialled in (number, number[1:], number[2:]):
            assert bool(expression.search(dialled)) == (number in numbers)
        for other in (f"{number}0", number[:-1], f"+{number[2:]}", f"0{number[1:]}", f"++{number}"):
            assert bool(expression.search(other)) == any(other in dialled_forms(n, "US") for n in numbers)


def test_a_national_form_that_two_numbers_share_is_taken_for_neither() -> None:
    (expression,) = Patterns({"+442079460958": "GB", "+492079460958": "DE"}).expressions()
    assert re.search(expression, "442079460958") and re.search(expression, "+492079460958")
    assert not re.search(expression, "2079460958") and not re.search(expression, "02079460958")


def test_numbers_with_fail_safes_of_their_own_take_no_more_time_each_the_more_there_are() -> None:
    numbers = [f"+1872555{i:04}" for i in range(2000)]
    entries = [Entry(number, FailSafe((Dial(("user/1001",), caller_id=number),))) for number in numbers]
    began = time.process_time()
    dialplan.fsr_context(entries, FailSafe(), Routers())
    assert time.process_time() - began < 5


def test_a_thousand_numbers_are_matched_by_few_short_expressions() -> None:
    entries = tuple(Entry(f"+1872555{i:04}", DESK) for i in range(0, 3000, 3))
    text = dialplan.did_entries(entries)
    assert text.count("<extension ") == 2
    assert len(text) < 40_000


@pytest.mark.parametrize(
    "build",
    [
        lambda: Dial(("loopback/app=system:reboot",)),
        lambda: Dial(("user/${system(id)}",)),
        lambda: Dial(("user/1001,user/1002",)),
        lambda: Dial(("sofia/gateway/carrier/1:_:2",)),
        lambda: Dial(()),
        lambda: Dial(("user/1001",), ring=0),
        lambda: Dial(("user/1001",), caller_id='1"/>'),
        lambda: Mailbox("1000 acme"),
        lambda: Mailbox("1000", "$${domain}"),
        lambda: Extension("3000 XML default"),
        lambda: Extension("3000", "a b"),
        lambda: Entry("8725550111"),
        lambda: Entry("+1872555011$"),
        lambda: Routers(("127.0.0.1",)),
        lambda: Routers(("127.0.0.1:99999",)),
        lambda: Routers(()),
        lambda: Routers(("127.0.0.1:8084 async full",)),
        lambda: FailSafe((Extension("3000"), DESK.steps[0])),
        lambda: trunk_target("carrier/x,user", "+13125550150"),
        lambda: trunk_target("sofia/external/{number}@${host}", "+13125550150"),
        lambda: trunk_target("carrier", "+1312|5550150"),
    ],
)
def test_what_could_expand_or_dial_elsewhere_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ValueError):
        build()


def test_in_process_the_call_is_handed_to_python() -> None:
    text = dialplan.fsr_context((), FailSafe(), Routers(in_process=True))
    assert '<action application="python" data="fsrouter_python"/>' in text
    assert 'application="socket"' not in text

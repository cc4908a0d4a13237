"""One call, told what to do through a real session, by what FreeSWITCH is asked and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from esl.ends import SECRET, secret_problem
from fsrouter.engine.walk.actions import (
    Action,
    Dial,
    Enqueue,
    FailSafe,
    Gather,
    Hangup,
    LeaveMessage,
    Leg,
    Play,
    Transfer,
)
from fsrouter.engine.walk.outcomes import Dialled, Gathered, Outcome, Played
from fsrouter.esl.call.call import Call
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.caps import Caps
from fsrouter.esl.events import Channel
from fsrouter.esl.lifecycle import CallerGone, CallTaken, Ended
from fsrouter.esl.server import Server
from fsrouter.esl.session import Session
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.settings.model import Dialling, Trunk
from fsrouter.simulator import BUSY, Caller, Phone, PlacedCall, Switch

NUMBER = "+13125550150"
TARGET = f"sofia/gateway/carrier/{NUMBER}"
NANCY = Leg(destination="agent:nancy", endpoint="user/1001")
BOTH = Leg(destination="agent:cas", endpoint="user/1009", number=NUMBER)
PHONES = {"user/1001": Phone(answers_after=2, talk=5), "user/1009": Phone(registered=False), "user/1002": BUSY}

#: What the dialplan exports already stays exported.
EXPORTED = "RFC2822_DATE,fsr_call,fsr_number,force_transfer_context"

Script = Callable[[Call], Any]


class Noting:
    """A session that notes which variables each step sets."""

    def __init__(self, session: Session, said: list[Mapping[str, str]]) -> None:
        self._session = session
        self._said = said

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def step(self, variables: Mapping[str, str], *what: Any) -> Channel:
        self._said.append(variables)
        return self._session.step(variables, *what)


class ScriptedRouter:
    """A router whose whole story of a call is a function of it."""

    def __init__(self) -> None:
        self.server = Server(("127.0.0.1", 0), self._converse, 10, GREENLETS, secret_problem)
        self.server.start()
        self.script: Script = lambda call: None
        self.result: Any = None
        self.said: list[Mapping[str, str]] = []
        self.now = 1_700_000_000.0
        self.caps = Caps(Dialling(), {}, GREENLETS.monotonic)
        self.switch = Switch([("127.0.0.1", self.server.port)], PHONES, speed=400)
        self.switch.api(f"global_setvar fsr_secret={SECRET}")

    def run(self, script: Script, **caller: Any) -> tuple[PlacedCall, Any]:
        """Have a caller call, and the script run on it; returns the call and what the script returned or raised."""
        self.script = script
        placed = self.switch.call(Caller(number="+12125550100", **caller)).wait()
        self.server.drain(5)
        return placed, self.result

    def _converse(self, session: Session) -> None:
        settings = CallSettings(trunks={"carrier": Trunk(gateways=("carrier",))}, recordings="/var/recordings")
        gate, channel = settings.gate("acme", "US"), session.connect(5)
        call = Call(
            Noting(session, self.said),
            channel,
            gate,
            settings,
            self.now,
            lambda: self.now + 1.5,
            lambda: 0.0,
            self.caps,
        )
        try:
            self.result = self.script(call)
        except Exception as error:
            self.result = error
        session.let_go({"fsr_served": "yes", "fsr_cause": "NORMAL_CLEARING"}, 5)


@pytest.fixture
def router() -> Iterator[ScriptedRouter]:
    router = ScriptedRouter()
    yield router
    router.switch.stop()
    router.server.stop_accepting()


def dial(*legs: Leg, **more: Any) -> Dial:
    return Dial(destination="x", legs=legs, ring=20, trunk="carrier", **more)


MENU = Gather(menu="m", sound="ivr/m.wav", choices=("1", "12"), timeout=3)

#: What is never even said to FreeSWITCH.
UNSPEAKABLE = ("say:★", "http_cache://evil")

#: an action, the caller's keys, and how it ends
DONE: list[tuple[Any, tuple[str, ...], Outcome]] = [
    (Play(sound="ivr/a.wav"), (), Played(after=1.5)),
    (Play(sound="/nowhere/a.wav"), (), Played(missing=True, after=1.5)),
    (Play(sound="say:Good day"), (), Played(after=1.5)),
    (Play(sound="say:★"), (), Played(missing=True, after=1.5)),
    (Play(sound="http_cache://evil"), (), Played(missing=True, after=1.5)),
    (MENU, ("12",), Gathered(keys="12", after=1.5)),
    (MENU, ("1",), Gathered(keys="1", after=1.5)),
    (MENU, ("9",), Gathered(keys="9", after=1.5)),
    (MENU, ("-",), Gathered(after=1.5)),
]


@pytest.mark.parametrize(("action", "keys", "ending"), DONE)
def test_play_and_gather_outcomes(router: ScriptedRouter, action: Any, keys: tuple[str, ...], ending: Outcome) -> None:
    placed, result = router.run(lambda call: call.do(action), keys=keys)
    assert result == ending, placed.log()
    assert placed.answered is (action.sound not in UNSPEAKABLE)


@pytest.mark.parametrize(
    ("legs", "outcome", "by", "targets"),
    [
        ((NANCY,), "answered", "agent:nancy", ["user/1001"]),
        ((BOTH,), "answered", "agent:cas", [TARGET]),
        ((Leg(destination="agent:b", endpoint="user/1002"),), "busy", "", ["user/1002"]),
        ((Leg(destination="number:dear", number="+19005550100"),), "skipped", "", []),
        ((Leg(destination="number:dear", number="+19005550100"), NANCY), "answered", "agent:nancy", ["user/1001"]),
        (
            (Leg(destination="number:dear", number="+19005550100"), Leg(destination="agent:b", endpoint="user/1002")),
            "busy",
            "",
            ["user/1002"],
        ),
    ],
)
def test_dial_outcomes(
    router: ScriptedRouter, legs: tuple[Leg, ...], outcome: str, by: str, targets: list[str]
) -> None:
    placed, result = router.run(lambda call: call.do(dial(*legs)))
    assert isinstance(result, Dialled) and (result.outcome, result.by) == (outcome, by)
    assert [ring.target for ring in placed.rang] == targets
    assert [leg.destination for leg in result.legs] == [leg.destination for leg in legs]
    refused = [leg for leg in result.legs if leg.destination == "number:dear"]
    assert all(leg.outcome == "skipped" and "the kind premium" in leg.cause for leg in refused)


def test_results_of_an_earlier_action_are_not_read_again(router: ScriptedRouter) -> None:
    def script(call: Call) -> tuple[Outcome, Outcome, Outcome]:
        return call.do(MENU), call.do(MENU), call.do(dial(Leg(destination="agent:b", endpoint="user/1002")))

    _, (first, second, third) = router.run(script, keys=("9", "-"))
    assert (first.keys, second.keys, third.outcome) == ("9", "", "busy")


def test_step_sets_only_variables_that_changed(router: ScriptedRouter) -> None:
    def script(call: Call) -> None:
        call.carry({"fsr_cursor": "one", "fsr_tags": ""})
        call.do(Play(sound="ivr/a.wav"))
        call.carry({"fsr_cursor": "one", "fsr_tags": "vip"})
        call.do(Play(sound="ivr/a.wav"))

    router.run(script)
    first, second = router.said
    assert first.items() >= {"fsr_cursor": "one", "fsr_took": "yes", "playback_terminators": "any"}.items()
    assert "fsr_tags" not in first
    assert second.keys() <= {"fsr_tags", "current_application_response"} and second["fsr_tags"] == "vip"


def test_carried_variables_are_set_with_the_next_step(router: ScriptedRouter) -> None:
    def script(call: Call) -> dict[str, str]:
        call.carry({"fsr_cursor": "one"})
        call.do(Play(sound="say:★"))  # says nothing
        call.do(Play(sound="ivr/a.wav"))
        return {name: call.channel.variable(name) for name in ("fsr_cursor", "fsr_took", "fsr_call", "export_vars")}

    _, found = router.run(script)
    assert found == {"fsr_cursor": "one", "fsr_took": "yes", "fsr_call": "1", "export_vars": EXPORTED}


@pytest.mark.parametrize(
    ("action", "cause", "fail_safe", "variable"),
    [
        (Hangup(), "NORMAL_CLEARING", False, "fsr_served"),
        (Hangup(cause="USER_BUSY"), "USER_BUSY", False, "fsr_served"),
        (Hangup(unanswered=True), "NO_ANSWER", False, "fsr_served"),
        (LeaveMessage(voicemail="v", mailbox="1000@pbx.example"), "NORMAL_CLEARING", False, "fsr_served"),
    ],
)
def test_finish_sets_what_the_dialplan_reads(
    router: ScriptedRouter, action: Any, cause: str, fail_safe: bool, variable: str
) -> None:
    placed, result = router.run(lambda call: call.finish(action))
    assert result is None or isinstance(result, CallerGone)
    assert (placed.hangup_cause, placed.fail_safe) == (cause, fail_safe)
    assert placed.variables[variable] == "yes"


def test_finish_with_fail_safe_asks_the_dialplan(router: ScriptedRouter) -> None:
    placed, result = router.run(lambda call: call.finish(FailSafe(why="x")))
    assert result is None and placed.variables["fsr_failsafe"] == "yes"


def test_finish_with_transfer_ends_as_taken_and_forces_no_context(router: ScriptedRouter) -> None:
    placed, result = router.run(lambda call: call.finish(Transfer(extension="1002")))
    assert isinstance(result, CallTaken) and result.state_number == 2
    assert placed.variables.get("force_transfer_context") is None
    assert [ring.target for ring in placed.rang] == ["user/1002"]


def test_enqueue_asks_for_a_queue_and_lets_go(router: ScriptedRouter) -> None:
    queue = Enqueue(
        queue="support", exit_key="0", music="local_stream://jazz", head_start=30, name="Pat <p@x>", source="Ads"
    )
    placed, result = router.run(lambda call: call.enqueue(queue))
    assert result is None and "callcenter" in placed.steps
    wanted = {
        "cc_exit_keys": "0",
        "cc_base_score": "30",
        "cc_moh_override": "local_stream://jazz",
        "cc_export_vars": "fsr_call,fsr_number,force_transfer_context",
        "effective_caller_id_name": "Pat p x (Ads)",
    }
    assert {name: placed.variables.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("last", [Hangup(), FailSafe(why="x"), Enqueue(queue="support"), Transfer(extension="1002")])
def test_last_action_on_a_call_that_is_gone_raises(router: ScriptedRouter, last: Action) -> None:
    def script(call: Call) -> None:
        placed = router.switch.calls[-1]
        placed.hang_up()
        placed.reach("let go")
        call.enqueue(last) if isinstance(last, Enqueue) else call.finish(last)  # type: ignore[arg-type]

    _, result = router.run(script)
    assert isinstance(result, Ended)


@pytest.mark.parametrize("answered", [False, True])
def test_recording_begins_at_the_answer(router: ScriptedRouter, answered: bool) -> None:
    def script(call: Call) -> str:
        if answered:
            call.do(Play(sound="ivr/a.wav"))
        call.do(dial(NANCY, record=True))
        return call.recording

    placed, path = router.run(script)
    assert path == f"/var/recordings/2023-11-14/{placed.uuid}.wav"
    assert [(recording.path, recording.uuid) for recording in placed.recordings] == [(path, placed.uuid)]


@pytest.mark.parametrize(("action", "begun"), [(MENU, False), (dial(NANCY), False), (Play(sound="ivr/a.wav"), True)])
def test_outcome_of_an_action_that_another_router_began(router: ScriptedRouter, action: Any, begun: bool) -> None:
    _, result = router.run(lambda call: call.outcome_of(action))
    assert (result is not None) is begun


def test_after_counts_from_when_the_call_began(router: ScriptedRouter) -> None:
    def script(call: Call) -> tuple[float, float]:
        before = call.after
        call.resume_at(router.now - 60)
        return before, call.after

    assert router.run(script)[1] == (1.5, 61.5)

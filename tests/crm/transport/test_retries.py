"""How long a sync waits for a CRM that cannot answer now, on simulated time."""

from __future__ import annotations

import pytest
from simulated import SimulatedRuntime

from fsrouter.crm.errors import CrmError, CrmLimited, CrmRefused, CrmTimeout, CrmUnavailable
from fsrouter.crm.transport.messages import Reply
from fsrouter.crm.transport.retries import ALL_WAITS, ATTEMPTS, ONE_WAIT, READING, WRITING, Retries

OK = Reply(status=200, body=b"")


class Crm:
    """Answers with these errors, one after the other, then well; and tells when it was asked."""

    def __init__(self, runtime: SimulatedRuntime, *errors: CrmError) -> None:
        self.asked: list[float] = []
        self._runtime = runtime
        self._errors = list(errors)

    def send(self) -> Reply:
        self.asked.append(self._runtime.monotonic())
        if self._errors:
            raise self._errors.pop(0)
        return OK


def retries(runtime: SimulatedRuntime, again: tuple[type[CrmError], ...] = READING) -> Retries:
    return Retries(runtime.sleep, runtime.monotonic, again)


def test_a_request_is_sent_again_ever_later() -> None:
    runtime = SimulatedRuntime()
    crm = Crm(runtime, *[CrmUnavailable("no")] * (ATTEMPTS - 1))
    assert retries(runtime).ask(crm.send, 0.0) is OK
    assert crm.asked == [0.0, 1.0, 3.0, 7.0, 15.0]


def test_patience_ends_with_the_attempts() -> None:
    runtime = SimulatedRuntime()
    crm = Crm(runtime, *[CrmTimeout("no")] * ATTEMPTS)
    with pytest.raises(CrmTimeout):
        retries(runtime).ask(crm.send, 0.0)
    assert len(crm.asked) == ATTEMPTS


def test_a_crm_says_itself_when_to_come_again() -> None:
    runtime = SimulatedRuntime()
    crm = Crm(runtime, CrmLimited("slower", 42.0))
    assert retries(runtime, WRITING).ask(crm.send, 0.0) is OK
    assert crm.asked == [0.0, 42.0]


@pytest.mark.parametrize("error", [CrmLimited("slower", ONE_WAIT + 1), CrmRefused("no")])
def test_some_errors_are_not_waited_for(error: CrmError) -> None:
    runtime = SimulatedRuntime()
    with pytest.raises(type(error)):
        retries(runtime, (*READING, CrmLimited)).ask(Crm(runtime, error).send, 0.0)
    assert runtime.slept == []


def test_all_waits_of_one_sync_have_a_bound() -> None:
    runtime = SimulatedRuntime()
    patience, answered = retries(runtime, WRITING), 0
    with pytest.raises(CrmLimited):
        while True:
            patience.ask(Crm(runtime, CrmLimited("slower", 100.0)).send, 0.0)
            answered += 1
    assert answered == ALL_WAITS // 100.0
    assert runtime.monotonic() == ALL_WAITS


def test_requests_keep_their_distance() -> None:
    runtime = SimulatedRuntime()
    crm, patience = Crm(runtime), retries(runtime)
    for _ in range(3):
        patience.ask(crm.send, 0.5)
    runtime.sleep(10.0)
    patience.ask(crm.send, 0.5)
    assert crm.asked == [0.0, 0.5, 1.0, 11.0]

"""Commands to live calls: carried out by a router, or withdrawn."""

from __future__ import annotations

import threading

import pytest
from simulated import SimulatedRuntime

from fsrouter.errors import RulesError, Unreachable
from fsrouter.store import CallRecord, Store
from fsrouter.store.commands import Patience


class LastMoment(threading.Event):
    """Somebody who waits is told to stop, and just then the router says `answer`, if it says anything."""

    def __init__(self, store: Store, answer: str) -> None:
        super().__init__()
        self._store, self._answer = store, answer

    def wait(self, timeout: float | None = None) -> bool:
        for command in self._store.commands.pending("r1") if self._answer else ():
            self._store.commands.done(command.id, self._answer)
        return True


@pytest.mark.parametrize("answer", ["done", "FreeSWITCH has no such call"])
def test_answer_of_the_last_moment_counts(store: Store, answer: str) -> None:
    store.journal.write([CallRecord(uuid="c-1", company="acme", number="+18725550111", began=0.0, router="r1")])
    assert store.commands.run("c-1", "hangup", "", "olga", LastMoment(store, answer)).result == answer


def test_command_is_withdrawn_when_nobody_waits_any_more(store: Store) -> None:
    with pytest.raises(Unreachable, match="withdrawn"):
        store.commands.run("c-1", "hangup", "", "olga", LastMoment(store, ""))
    assert store.commands.pending("r1") == []


def test_router_has_its_time_to_carry_a_command_out(store: Store) -> None:
    runtime = SimulatedRuntime()
    store.journal.write([CallRecord(uuid="c-1", company="acme", number="+18725550111", began=0.0, router="r1")])
    runtime.later(9.0, lambda: [store.commands.done(each.id, "done") for each in store.commands.pending("r1")])
    assert store.commands.run("c-1", "hangup", "", "olga", runtime.event()).result == "done"
    assert runtime.monotonic() == pytest.approx(9.0, abs=0.11)
    with pytest.raises(Unreachable, match="within 2 s"):
        store.commands.run("c-1", "hangup", "", "olga", runtime.event(), Patience(2.0))
    assert runtime.monotonic() == pytest.approx(11.0, abs=0.22)


def test_command_to_a_call_that_is_over_is_given_up(store: Store) -> None:
    runtime = SimulatedRuntime()
    over = CallRecord(uuid="c-1", company="acme", number="+18725550111", began=0.0, ended=1.0, outcome="answered")
    store.journal.write([over])
    with pytest.raises(RulesError, match="over already"):
        store.commands.run("c-1", "hangup", "", "olga", runtime.event())
    assert runtime.monotonic() == pytest.approx(2.0, abs=0.11)

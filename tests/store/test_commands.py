"""Commands to live calls: carried out by a router, or withdrawn."""

from __future__ import annotations

import threading

import pytest

from fsrouter.errors import Unreachable
from fsrouter.store import CallRecord, Store


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

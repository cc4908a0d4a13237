"""A company that is renamed under its calls."""

from __future__ import annotations

from live.lab import Lab, Router, until
from live.talk import Manner


def test_caller_who_waits_is_answered_and_recorded_under_the_new_name(lab: Lab, router: Router) -> None:
    lab.phones["1002"].manner = Manner(after=6, hum=1700, talk=1.5)
    talk = lab.dial("18725550122", hum=2600)
    talk.wait("answered")
    lab.run("rules", "rename", "lab", "renamed", "--yes")
    try:
        far = lab.phones["1002"].rung(seconds=25)
        until(lambda: far.media.heard.tone(2600), 15, "the caller")
        talk.wait("ended")
        journal = lab.store.journal
        until(lambda: all(each.ended for each in journal.list("renamed", caller=talk.caller)), 10, "a closed record")
        (line,) = journal.list("renamed", caller=talk.caller)
        assert (line.destination, line.agent, line.outcome) == ("queue:line", "ben", "answered")
        assert not journal.list("lab", caller=talk.caller)
    finally:
        lab.run("rules", "rename", "renamed", "lab", "--yes")
        # Its queues come back when the router has heard of it.
        until(lambda: "ann@lab" in lab.switch.api("callcenter_config tier list"), 15, "the queues of before")

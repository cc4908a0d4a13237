"""Ringing several at once or in turn, whispers, accept keys, extensions behind numbers."""

from __future__ import annotations

import pytest

from fsrouter.simulator import BUSY, RINGS_OUT, UNREGISTERED, Phone
from router.site import DESK, TRUNK, Site, attempts, until

FAR = "+13125550153"
THREE = (
    "distributions: {all: {groups: [{rule: simultaneous, members: [agent:nancy, number:desk, agent:johan], ring: 8s}]}}"
)


SOON = Phone(answers_after=2, talk=3)


def together(*phones: Phone) -> dict[str, Phone]:
    return dict(zip(("user/1001", DESK, "user/1002"), phones, strict=True))


@pytest.mark.parametrize(
    ("phones", "outcome", "by", "legs"),
    [
        (together(RINGS_OUT, SOON, BUSY), "answered", "number:desk", ("lost", "answered", "busy")),
        (together(SOON, RINGS_OUT, RINGS_OUT), "answered", "agent:nancy", ("answered", "lost", "lost")),
        (together(BUSY, BUSY, BUSY), "busy", None, ("busy", "busy", "busy")),
        (together(RINGS_OUT, BUSY, RINGS_OUT), "no-answer", None, ("no-answer", "busy", "no-answer")),
        (together(Phone(reject="CALL_REJECTED"), BUSY, BUSY), "busy", None, ("refused", "busy", "busy")),
        (together(UNREGISTERED, RINGS_OUT, BUSY), "no-answer", None, ("failed", "no-answer", "busy")),
    ],
)
def test_several_members_ring_at_once(
    site: Site, phones: dict[str, Phone], outcome: str, by: str | None, legs: tuple[str, ...]
) -> None:
    site.switch.phones.update(phones)
    call, record = site.route("distribution:all", THREE)
    (attempt,) = record.attempts
    assert (attempt.destination, attempt.outcome, attempt.by) == ("distribution:all", outcome, by or "")
    assert attempt.targets == ("agent:nancy", "number:desk", "agent:johan")
    assert tuple(leg.outcome for leg in attempt.legs) == legs, call.log()
    assert record.agent == ("nancy" if by == "agent:nancy" else "")
    assert record.outcome == ("answered" if by else "unanswered")


def test_two_legs_with_one_number_are_distinguished(site: Site) -> None:
    phones = iter((RINGS_OUT, Phone(answers_after=1, talk=2)))
    site.switch.phones[DESK] = lambda call: next(phones)
    both = "distributions: {all: {groups: [{rule: simultaneous, members: [number:desk, number:again]}]}}"
    _, record = site.route("distribution:all", both, numbers=f'again: {{number: "{DESK}"}}')
    assert [leg.outcome for leg in record.attempts[0].legs] == ["lost", "answered"]
    assert record.attempts[0].by == "number:again"


def test_members_ring_in_turn(site: Site) -> None:
    site.switch.phones["user/1001"] = RINGS_OUT
    members = "[agent:nancy, number:busy, agent:johan]"
    line = f"distributions: {{line: {{groups: [{{rule: sequential, members: {members}, ring: 4s}}]}}}}"
    call, record = site.route("distribution:line", line)
    assert attempts(record) == [
        ("distribution:line", "no-answer"),
        ("distribution:line", "busy"),
        ("distribution:line", "answered"),
    ]
    assert record.agent == "johan" and call.talked_to == ["user/1002"]
    assert [ring.at for ring in call.rang][1] == pytest.approx(4, abs=1.2)


@pytest.mark.parametrize(
    ("number", "heard", "sent"),
    [
        ('extension: "204", extension_delay: 1s', [], "204"),
        ('extension: "204#", extension_delay: 1s, whisper: ivr/sale.wav', ["ivr/sale.wav"], "204#"),
        ("whisper: ivr/sale.wav", ["ivr/sale.wav"], ""),
        ('whisper: "say:A call from the sale"', ["A call from the sale"], ""),
        ('whisper: "say:Звонок"', [], ""),
        ('whisper: "tone_stream://%(1000,0,1550)"', [], ""),
        ("whisper: skip", [], ""),
    ],
)
def test_answerer_of_a_number_hears_whisper_and_confirmation(
    site: Site, number: str, heard: list[str], sent: str
) -> None:
    site.switch.phones[FAR] = Phone(answers_after=1, talk=12)
    call, record = site.route("number:behind", numbers=f'behind: {{number: "{FAR}", {number}}}')
    (ring,) = call.rang
    whispers = [text.strip("'").rpartition("!")[2] for text in ring.heard]
    assert [text for text in whispers if not text.startswith("silence_stream:")] == heard, call.log()
    assert ring.dtmf_sent == sent
    assert record.outcome == "answered"


def test_whisper_of_the_tracking_number_is_heard_by_agents_too(site: Site) -> None:
    call, _ = site.route("agent:nancy", line=", whisper: ivr/ads.wav")
    assert call.whispered == {"user/1001": ["ivr/ads.wav"]}
    assert call.talked_to == ["user/1001"]


@pytest.mark.parametrize("whisper", ["", ', whisper: "say:Sale"', ', whisper: "say:Привет"'])
@pytest.mark.parametrize(("presses", "talked"), [("1", TRUNK + FAR), ("5", "user/1002"), ("", "user/1002")])
def test_answerer_who_presses_no_key_has_not_answered(site: Site, presses: str, talked: str, whisper: str) -> None:
    site.switch.phones[FAR] = Phone(answers_after=1, talk=60, presses=((presses, 2.0),) if presses else ())
    sure = f'sure: {{number: "{FAR}", accept: "1", ring: 5s{whisper}}}'
    call, record = site.route("[number:sure, agent:johan]", numbers=sure)
    assert call.talked_to == [talked], call.log()
    assert attempts(record)[0] == ("number:sure", "answered" if presses == "1" else "no-answer")
    assert call.rang[0].heard


def test_number_that_may_not_be_dialled_is_skipped(site: Site) -> None:
    call, record = site.route("[number:dear, agent:johan]", numbers='dear: {number: "+1 900 555 0153"}')
    assert [ring.target for ring in call.rang] == ["user/1002"]
    assert attempts(record) == [("agent:johan", "answered")]
    assert [entry.outcome for entry in record.trace if entry.at == "number:dear"] == ["skipped"]


def test_talks_are_counted_only_while_they_last(site: Site) -> None:
    least = "distributions: {d: {groups: [{rule: least-connected, members: [agent:nancy, agent:johan]}]}}"
    site.switch.phones |= {
        "user/1001": Phone(answers_after=1, talk=None),
        "user/1002": Phone(answers_after=1, talk=None),
    }
    site.rules("distribution:d", least)
    service = site.serve()
    first = site.call().reach("talking")
    until(lambda: service.cdr.busy("acme", "agent:nancy") == 1, "the first talk")
    second = site.call().reach("talking")
    assert second.talked_to == ["user/1002"]
    until(lambda: service.cdr.busy("acme", "agent:johan") == 1, "the second talk")
    first.hang_up()
    first.wait()
    site.record(first)
    assert service.cdr.busy("acme", "agent:nancy") == 0
    third = site.call().reach("talking")
    assert third.talked_to == ["user/1001"]

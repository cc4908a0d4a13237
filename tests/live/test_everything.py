"""One call with everything in it: each action that a walk can ask for, in one flow, as both ends and the journal have
it.
"""

from __future__ import annotations

from pathlib import Path

from live.lab import OUTSIDE, PAT, Lab, Router, until
from live.talk import BUSY, SILENT, Manner

#: The tones of the rule book, in the order in which the caller hears them; the last is the queue's music.
WELCOME, LOOKING, MUSIC, MAILBOX = 950, 750, 350, 1350
SHY = "+13125550157"

ATTEMPTS = [
    ("number:busy", "busy"),
    ("distribution:every", "no-answer"),
    ("distribution:every", "busy"),
    ("distribution:every", "busy"),
    ("agent:ben", "busy"),
    ("number:shy", "no-answer"),
    ("queue:short", "no-answer"),
    ("number:desk", "answered"),
]


def test_one_call_with_everything(lab: Lab, router: Router) -> None:
    until(lambda: lab.store.contacts.owners("lab", PAT), 10, "the contacts from the CSV file")
    lab.phones["1002"].manner = BUSY
    lab.outside.manners = {
        OUTSIDE["busy"]: BUSY,
        "+13125550161": BUSY,
        OUTSIDE["silent"]: SILENT,
        SHY: Manner(hum=1900, talk=4),
        OUTSIDE["desk"]: Manner(after=1, hum=1700),
    }
    talk = lab.dial("18725550121", hum=2600, caller=PAT)
    until(lambda: talk.media.heard.tone(WELCOME), 8, "the first sound")
    talk.press("7")
    desk = until(lambda: lab.outside.called(OUTSIDE["desk"]), 60, "the desk's telephone")[0]
    until(lambda: talk.media.heard.tone(1700) and desk.media.heard.tone(2600), 10, "a talk")
    until(lambda: len(desk.media.heard.frames) > 100, 10, "two seconds of it")
    assert lab.order(talk, "transfer", "voicemail:box") == "done"
    until(lambda: talk.media.heard.tone(MAILBOX), 8, "the mailbox's greeting")
    before = len(talk.media.heard.frames)
    until(lambda: len(talk.media.heard.frames) > before + 200, 10, "time for a message")
    talk.hang_up()
    record = lab.record(talk)
    print(lab.run("calls", "show", record.uuid))

    heard = talk.media.heard
    moments = [heard.tone(each) for each in (WELCOME, LOOKING, MUSIC, 1700, MAILBOX)]
    assert all(moments) and moments == sorted(moments, key=lambda span: span or (0.0, 0.0))
    shy = lab.outside.called(SHY)[0].media.heard
    assert shy.digits == "88" and shy.tone(1750) and not shy.tone(2600)

    assert [(a.destination, a.outcome) for a in record.attempts] == ATTEMPTS
    assert (record.outcome, record.destination) == ("voicemail", "voicemail:box")
    assert record.tags[:2] == ("ads", "tried") and set(record.tags[3:]) == {"gold", "chicago", "chief"}
    assert record.tags[2] in ("heads", "tails")
    assert Path(record.recording).stat().st_size > 30_000
    kinds = {entry.at.partition(":")[0].partition(" ")[0] for entry in record.trace}
    assert kinds >= {"flow", "play", "say", "tag", "menu", "split", "crm", "geo", "router", "priority"}, kinds
    assert kinds >= {"distribution", "agent", "number", "queue", "voicemail", "operator"}, kinds

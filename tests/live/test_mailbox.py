"""A mailbox calls back whoever left a message, by a key, once somebody has logged in: no further than is open."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from live.lab import Lab, Router, until
from live.media import write_sound
from live.talk import Manner
from live.test_closed import ALLOWED, PREMIUM

SAYS = re.compile(r"[\w/-]+\.wav")


#: Lets the mailbox say what is in a folder; the call goes on to what comes next in the context.
SOUNDS = """<include>
<extension name="live_sounds" continue="true">
<condition field="destination_number" expression="0129$">
<action application="multiset" data="sound_prefix_enforced=true sound_prefix=FOLDER"/></condition></extension>
</include>
"""
#: Words of its dates and times.
TIMES = ("at", "oh", "oclock", "hours", "minutes", "today", "yesterday", "a-m", "p-m")


@pytest.fixture
def spoken(lab: Lab) -> Iterator[Lab]:
    """The laboratory with a short tone for everything that a mailbox says; without its sounds it lets nobody log in."""
    folder = lab.folder / "sounds"
    phrases = "".join(path.read_text(encoding="utf-8") for path in lab.switch.conf.glob("lang/en/vm/*.xml"))
    names = {name if "/" in name else f"voicemail/{name}" for name in SAYS.findall(phrases)}
    names |= {f"digits/{each}.wav" for each in (*range(21), "30", "40", "50", "star", "pound")}
    names |= {f"digits/h-{i}.wav" for i in range(32)} | {f"time/{word}.wav" for word in TIMES}
    names |= {f"ascii/{code}.wav" for code in range(32, 127)}
    names |= {f"time/{kind}-{i}.wav" for kind in ("day", "mon") for i in range(12)}
    for name in sorted(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_sound(folder / name, 600, 0.05)
    extension: Path = lab.switch.conf / "dialplan" / "public" / "00_a_live_sounds.xml"
    extension.write_text(SOUNDS.replace("FOLDER", str(folder)), encoding="utf-8")
    reply = lab.switch.api("reloadxml")
    assert reply.startswith("+OK"), reply
    yield lab
    lab.switch.api(f"vm_delete 1000@{lab.switch.domain}")
    extension.unlink()
    lab.switch.api("reloadxml")


def messages(lab: Lab) -> int:
    """How many messages there are in the mailbox."""
    return int(lab.switch.api(f"vm_boxcount 1000@{lab.switch.domain}|new") or 0)


def leave_a_message(lab: Lab, caller: str) -> None:
    """Leave a message as whoever `caller` is."""
    before = messages(lab)
    talk = lab.dial("18725550129", hum=2600, caller=caller)
    talk.wait("answered")
    time.sleep(9)
    talk.hang_up()
    until(lambda: messages(lab) > before, 8, "a message")


@pytest.mark.parametrize(("left", "rung"), [(PREMIUM, False), (ALLOWED, True)])
def test_a_mailbox_calls_back_no_further_than_is_open(spoken: Lab, router: Router, left: str, rung: bool) -> None:
    lab = spoken
    lab.switch.api(f"vm_delete 1000@{lab.switch.domain}")
    leave_a_message(lab, left)
    for phone in (lab.outside, lab.phones["1002"], lab.phones["1003"]):
        phone.manner = Manner(hum=2300)
    talk = lab.dial("18725550129", hum=2600)
    talk.wait("answered")
    for keys, seconds in (("0", 2.0), ("1000#", 3.0), ("1", 16.0), ("5", 2.0)):
        talk.press(keys)
        time.sleep(seconds)
    taken = [*lab.outside.taken, *lab.phones["1002"].taken, *lab.phones["1003"].taken]
    if not rung:
        talk.wait("ended", 10)
        assert not taken
        return
    assert [each.user for each in taken] == [left] or taken == lab.phones["1002"].taken
    until(lambda: talk.media.heard.tone(2300), 8, "who is called back")
    talk.hang_up()

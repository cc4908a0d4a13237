"""What is a sound, an endpoint, an extension, digits: files, forms, the wire and what is installed say the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.conftest import home  # noqa: F401 - a fixture
from cli.front import run
from tui.world import book

from fsrouter.engine.lint.check import destination_problem
from fsrouter.errors import Refused
from fsrouter.esl import commands, dialstring
from fsrouter.freeswitch.callcenter.model import AgentDef, QueueDef
from fsrouter.freeswitch.install.values import Dial, Extension
from fsrouter.tui.editing.draft import Draft

#: What is none of any kind, whatever it is put behind.
HOSTILE = (
    "a b", "a,b", "a|b", "a;b'", "a${x}", "a\\b", "{a=b}c", "[a]b", "<a>", "a\tb", "a\x1bb",
    "a\u202eb", "ü", "٣", "a:_:b", "a&b", "a\nb", "a\u200b", "a`b", "a^^b", "a~b", "a!b", "a?b", 'a"b',
    "a$b",
)  # fmt: skip
SOUNDS = (
    "ivr/welcome.wav", "/tmp/a-b.wav", "1.wav", "a", "@x", "+x.wav", "_x/y", "-x.wav", "../x.wav",
    "a/../b", "a/..", "..a/b.wav", "a..b.wav", "a/b../c.wav", "x" * 255, "x" * 256,
    "local_stream://moh", "local_stream://", "local_stream://a b", "tone_stream://%(200,0,440)",
    "tone_stream://%(200,0,440);loops=2", "tone_stream://", "tone_stream://a/b",
    "tone_stream://" + "1" * 241, "tone_stream://" + "1" * 242, "silence_stream://250",
    "silence_stream://250,400", "silence_stream://12345678", "silence_stream://٣",
    "silence_stream://x", "silence_stream://1,", "shell_stream://rm", "http://a/b.wav",
    "file_string://a.wav!b.wav", "say:hello", "a=b.wav", "a:b.wav", "a*b.wav", "a#1.wav", "a%b.wav",
)  # fmt: skip
ENDPOINTS = (
    "user/1001", "user/1001@a.example", "user/1001;x=y", "user/", "user/a/b", "user", "1001", "USER/1",
    "user/ü", "sofia/external/1@b.example:5060;x=y", "sofia/gateway/carrier/+13125550150",
    "sofia/gateway/carrier/1;x=y", "sofia/gateway/carrier", "sofia/internal", "sofia//1",
    "verto.rtc/1001", "verto/1001", "verto_rtc/1001", "error/user_busy", "error/1", "loopback/1000",
    "loopback/app=system:id", "null/", "user/a:_:b", "group/sales", "user/" + "x" * 250,
    "user/" + "x" * 251, "user/1 2", "user/1,user/2", "user/*97", "user/+1312", "user/#1",
)  # fmt: skip
EXTENSIONS = (
    "1001", "*97", "#1", "+1312", "_x", "a.b-c", ".a", "-1", "-bleg", "1", "x" * 40, "x" * 41,
    "x" * 64, "x" * 65, "1001 XML default", "10/01", "10@01", "10:01", "a=b", "٣٤", "Reception",
    "10,01", "a--b", "fsr_x", "9*",
)  # fmt: skip
DIGITS = (
    "1", "204", "*97#", "ABCD", "abcd", "0123456789", "1" * 32, "1" * 33, "w1", "W1", "1,2", "1p2",
    "+1", "E", "٣", "1-2", "1.2", "#", "*", "1 2", "1w2", "D4", "1@500", "F0", "x1001",
)  # fmt: skip
#: A kind's inputs, all different, without such as a file would have to read as nothing.
INPUTS = {
    "sound": (*SOUNDS, *HOSTILE),
    "endpoint": tuple(dict.fromkeys((*ENDPOINTS, *(f"user/{text}" for text in HOSTILE)))),
    "extension": (*EXTENSIONS, *HOSTILE),
    "digits": tuple(dict.fromkeys((*DIGITS, *HOSTILE))),
}
#: What of it can be used; all else is refused.
TAKEN = {
    "sound": {
        "ivr/welcome.wav", "/tmp/a-b.wav", "1.wav", "a", "@x", "+x.wav", "_x/y", "..a/b.wav", "a..b.wav",
        "a/b../c.wav", "x" * 255, "local_stream://moh", "tone_stream://%(200,0,440)",
        "tone_stream://%(200,0,440);loops=2", "tone_stream://" + "1" * 241, "silence_stream://250",
        "silence_stream://250,400", "silence_stream://12345678",
    },
    "endpoint": {
        "user/1001", "user/1001@a.example", "sofia/external/1@b.example:5060;x=y", "error/user_busy",
        "verto.rtc/1001", "sofia/gateway/carrier/+13125550150", "user/" + "x" * 250, "user/*97",
        "user/+1312", "user/#1", "sofia/gateway/carrier",
    },
    "extension": {
        "1001", "*97", "#1", "+1312", "_x", "a.b-c", "1", "x" * 40, "x" * 41, "x" * 64, "Reception",
        "a--b", "fsr_x", "9*",
    },
    "digits": {
        "1", "204", "*97#", "ABCD", "0123456789", "1" * 32, "#", "*", "D4",
    },
}  # fmt: skip

Check = Callable[[str], object]
LEG = dialstring.ring("user/1", 30)
#: Entrances that take one text at a time and raise Refused.
WIRE: dict[str, dict[str, Check]] = {
    "sound": {
        "prompt": commands.sound_argument,
        "whisper": lambda text: dialstring.with_whisper(LEG, text),
        "whisper_after_an_extension": lambda text: dialstring.with_accept(LEG, "1", text, pause_ms=500),
        "music_of_a_queue": lambda text: QueueDef("support@acme", music=text),
        "announcement_of_a_queue": lambda text: QueueDef("support@acme", announce=text),
    },
    "endpoint": {
        "leg": lambda text: dialstring.ring(text, 30),
        "bridge": lambda text: dialstring.dial([dialstring.Leg(text)]),
        "fail_safe_dials": lambda text: Dial((text,)),
        "agent_of_a_queue": lambda text: AgentDef("nancy@acme", text),
    },
    "extension": {
        "fail_safe_transfers": Extension,
    },
    "digits": {"dialled_after_the_answer": lambda text: dialstring.with_extension(LEG, text)},
}
#: A section of the rule book, and a definition of it as JSON with one text.
FILES: dict[str, dict[str, tuple[str, Callable[[str], dict]]]] = {
    "sound": {
        "greeting_of_a_voicemail": ("voicemails", lambda text: {"mailbox": "1000", "greeting": text}),
        "play": ("flows", lambda text: {"route": [f"play:{text}", "hangup"]}),
        "music": ("queues", lambda text: {"agents": ["nancy"], "music": text}),
    },
    "endpoint": {"endpoint_of_an_agent": ("agents", lambda text: {"endpoint": text})},
    "extension": {"route": ("flows", lambda text: {"route": f"extension:{text}"})},
    "digits": {"extension_of_a_number": ("numbers", lambda text: {"number": "+18575550101", "extension": text})},
}
#: Where a text stands behind `say:`, it is none of a sound.
SPOKEN = "say:hello"


def refused_by(check: Check, texts: tuple[str, ...]) -> Iterator[bool]:
    for text in texts:
        try:
            check(text)
        except Refused:
            yield True
        else:
            yield False


def refused_by_file(section: str, made: Callable[[str], dict], texts: tuple[str, ...], folder: Path) -> Iterator[bool]:
    """What `rules check` says of a file with a line for each text."""
    rows = [f"  x{i}: {json.dumps(made(text))}" for i, text in enumerate(texts)]
    (folder / "acme.yaml").write_text("\n".join(["company: acme", f"{section}:", *rows]))
    told = json.loads(run("rules", "check", "acme.yaml", "--json", code=1).stdout)
    bad = {each["line"] for each in told if "there is no agent" not in each["message"]}
    return (i + 3 in bad for i in range(len(texts)))


def refused_by_form(section: str, made: Callable[[str], dict], texts: tuple[str, ...]) -> Iterator[bool]:
    """What the dashboard says of a draft with a definition for each text."""
    draft = Draft.of(book())
    for i, text in enumerate(texts):
        draft = draft.put(section, f"x{i}", made(text))
    bad = {problem.path[1] for problem in draft.compiled().problems}
    return (f"x{i}" in bad for i in range(len(texts)))


def ways() -> Iterator[tuple[str, str, Callable[[Path], Iterator[bool]]]]:
    for kind, texts in INPUTS.items():
        for name, check in WIRE[kind].items():
            yield kind, name, lambda folder, check=check, texts=texts: refused_by(check, texts)
        for name, (section, made) in FILES[kind].items():
            yield kind, f"{name}_in_a_file", lambda folder, s=section, m=made, t=texts: refused_by_file(s, m, t, folder)
            yield kind, f"{name}_in_a_form", lambda folder, s=section, m=made, t=texts: refused_by_form(s, m, t)
    transfer = {"sound": "play", "extension": "extension"}
    for kind, word in transfer.items():
        texts = INPUTS[kind]
        yield (
            kind,
            "transfer_by_an_operator",
            lambda folder, w=word, t=texts: (bool(destination_problem(book(), f"{w}:{text}")) for text in t),
        )


@pytest.mark.parametrize(
    ("kind", "entrance"), [pytest.param(kind, of, id=f"{kind}-{name}") for kind, name, of in ways()]
)
def test_all_agree_what_can_be_used(
    kind: str,
    entrance: Callable[[Path], Iterator[bool]],
    home: Path,  # noqa: F811
) -> None:
    texts = INPUTS[kind]
    assert TAKEN[kind] < set(texts) and len(set(texts)) == len(texts)
    refused = dict(zip(texts, entrance(home), strict=True))
    assert {text for text in texts if not refused[text] and text != SPOKEN} == TAKEN[kind]


def test_there_are_two_hundred_inputs() -> None:
    assert sum(map(len, INPUTS.values())) >= 200

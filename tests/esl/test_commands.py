"""The one encoder: what it writes, what it refuses, and that no value ever becomes more than a value."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from esl import grammar
from fsrouter.engine.model import dialable
from fsrouter.errors import Refused
from fsrouter.esl import commands, dialstring, validation
from fsrouter.esl.dialstring import Leg, dial

UUID = "01d99f91-158e-4c82-abad-eaab4bebf7eb"
HOSTILE = [
    "",
    "a\nb",
    "a\n\napi system id",
    "a\rb",
    "a\0b",
    "a\u2028b",
    "a\u0085b",
    "a\u202eb",
    "${system(id)}",
    "$${x}",
    "\\${x}",
    "^^:a:b",
    "x}loopback/1000/default|{a=b",
    "evil}a:_:{x=y}loopback/1000/default:_:{z=w",
    "a,b",
    "a|b",
    "a]b[c",
    "a'b",
    'a"b',
    "a\\,b",
    "a;b=c",
    "a`id`",
    "x" * 40_000,
    "<a>b",
    "%[a=b]c",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.text("ab1 '\\,|=[]{}<>^:_;.$%~/@-", max_size=24))


# -- allowlists

GOOD: list[tuple[Callable[[str], str], list[str]]] = [
    (validation.uuid, [UUID, "1-11071@127.0.0.1"]),
    (dialable.digits, ["204", "*9#", "0A"]),
    (validation.number, ["+13125550150", "911"]),
    (validation.user, ["1001", "front.desk"]),
    (dialable.extension, ["9601", "*98", "fsr_entry"]),
    (dialable.domain, ["127.0.0.1:5091", "pbx.example.com"]),
    (dialable.mailbox, ["1000"]),
    (validation.queue, ["support@default", "acme.support@default"]),
    (validation.cause, ["USER_BUSY", "NORMAL_CLEARING"]),
    (validation.variable_name, ["fsr_cursor", "RECORD_STEREO"]),
    (validation.tag, ["business-hours"]),
    (
        dialable.endpoint,
        [
            "user/1001",
            "user/1001@pbx.example.com",
            "sofia/gateway/carrier/+13125550150",
            "sofia/external/15550150@127.0.0.1:5091",
            "sofia/internal/1000@10.0.0.1;transport=tcp",
            "error/USER_BUSY",
        ],
    ),
    (
        dialable.sound,
        [
            "ivr/acme-welcome.wav",
            "/usr/share/freeswitch/sounds/en/test/hello.wav",
            "tone_stream://%(300,0,440);loops=2",
            "silence_stream://250",
            "local_stream://moh",
        ],
    ),
    (validation.recording_path, ["/var/lib/fsrouter/2026/01d99f91.wav"]),
    (validation.digit_regex, ["[0-9*#]", "^(?:1|12)(?![0-9*#])"]),
    (validation.tts_text, ["Acme patient. Press one!"]),
]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in GOOD for value in values])
def test_valid_value_passes_unchanged(kind: Callable[[str], str], value: str) -> None:
    assert kind(value) == value


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:30])
@pytest.mark.parametrize("kind", [kind for kind, _ in GOOD], ids=lambda kind: getattr(kind, "name", "sound"))
def test_hostile_value_is_refused_by_every_kind(kind: Callable[[str], str], value: str) -> None:
    if kind is validation.digit_regex and value in ("a|b",):
        return
    with pytest.raises(Refused) as caught:
        kind(value)
    assert caught.value.kind
    assert str(caught.value).startswith("refused as ")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (dialable.endpoint, "loopback/app=system:id"),
        (dialable.endpoint, "loopback/1000/default"),
        (dialable.endpoint, "sofia/gateway/carrier/1/2"),
        (dialable.endpoint, "user/"),
        (dialable.sound, "shell_stream:///bin/sh"),
        (dialable.sound, "http://example.com/a.wav"),
        (dialable.sound, "file_string://a.wav"),
        (dialable.sound, "../etc/passwd"),
        (dialable.sound, "ivr/../../etc/passwd"),
        (dialable.sound, "-x"),
        (validation.recording_path, "rec.wav"),
        (validation.recording_path, "/rec/../../x.wav"),
        (validation.recording_path, "/rec/a b.wav"),
        (validation.recording_path, "/etc/passwd"),
        (validation.queue, "support"),
        (validation.number, "1+2"),
        (validation.uuid, "-x"),
        (dialable.digits, "\u0664"),
        (validation.cause, "user_busy"),
    ],
)
def test_value_without_the_form_of_its_kind_is_refused(kind: Callable[[str], str], value: str) -> None:
    with pytest.raises(Refused):
        kind(value)


def test_refused_names_kind_and_character() -> None:
    with pytest.raises(Refused, match=r"refused as hangup cause: it has the character '\\n'") as caught:
        validation.cause("USER_BUSY\nx")
    assert (caught.value.kind, caught.value.character) == ("hangup cause", "\n")
    assert isinstance(caught.value, ValueError)


@given(texts)
def test_caller_name_keeps_no_character_that_a_parser_reads(text: str) -> None:
    name = validation.caller_name(text)
    assert len(name) <= 60
    assert not set(name) & set("$\\'\"{}[]<>|^~,;%`@/:\r\n\t\0\u2028\u2029\u0085\u202e")
    assert validation.caller_name(name) == name
    assert grammar.legs(f"{{effective_caller_id_name='{name}'}}user/1001")[1] == [[({}, "user/1001")]]
    commands.setvars(UUID, {"effective_caller_id_name": name})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nancy Doe", "Nancy Doe"),
        ("Zoe\u0308 & Söhne", "Zoë & Söhne"),
        ("O'Brien, Pat", "OBrien Pat"),
        ("Bob\nUnique-ID: 6666", "Bob Unique-ID 6666"),
        ("Eve <sip:x@y>", "Eve sip x y"),
        ("Acme/Sales: Ann", "Acme Sales Ann"),
        ("${system(id)}", "system(id)"),
        (":_:_:", ""),
        ("a" * 99, "a" * 60),
        ("\u202e\u200b", ""),
    ],
)
def test_caller_name_of_known_texts(text: str, name: str) -> None:
    assert validation.caller_name(text).strip(":_ ") == name


@given(texts)
def test_speakable_text_is_always_fit_or_empty(text: str) -> None:
    words = validation.speakable(text)
    if words:
        assert validation.tts_text(words) == words


# -- commands


def test_commands_as_they_are_written() -> None:
    assert commands.connect() == b"connect\n\n"
    assert commands.auth("ClueCon") == b"auth ClueCon\n\n"
    assert commands.dump(UUID) == f"api uuid_dump {UUID} json\n\n".encode()
    assert commands.execute("answer") == b"sendmsg\ncall-command: execute\nexecute-app-name: answer\n\n"
    assert commands.execute("playback", "a b.wav").endswith(b"\nexecute-app-arg: a b.wav\n\n")
    assert commands.filter_by("CC-Queue", "support@default") == b"filter CC-Queue support@default\n\n"
    assert commands.filter_by("CC-Queue", "q@d", delete=True) == b"filter delete CC-Queue q@d\n\n"
    assert (
        commands.subscribe("HEARTBEAT", "CUSTOM", "callcenter::info")
        == b"event json HEARTBEAT CUSTOM callcenter::info\n\n"
    )
    assert commands.speak_argument("Hi, <b>you</b>!") == "flite|kal|Hi b you b !"
    assert commands.api("status") == b"api status\n\n"


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("uuid_kill", f"{UUID} USER_BUSY"),
        ("uuid_kill", UUID),
        ("uuid_transfer", f"{UUID} -bleg 8790 XML public"),
        ("uuid_transfer", f"{UUID} 8790"),
        ("uuid_record", f"{UUID} start /rec/a.wav"),
        ("uuid_exists", UUID),
        ("uuid_break", f"{UUID} all"),
        ("uuid_broadcast", f"{UUID} ivr/a.wav both"),
        ("sofia_contact", "internal/1001@pbx.example.com"),
        ("callcenter_config", "agent set status nancy@default Available"),
        ("callcenter_config", "agent set contact nancy@default [fsr_call=1]user/1001"),
        ("show", "channels count as json"),
        ("reloadxml", ""),
    ],
)
def test_api_command_of_the_table_is_written(verb: str, args: str) -> None:
    assert commands.api(verb, *args.split()) == f"api {verb} {args}".strip().encode() + b"\n\n"


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("system", "id"),
        ("expand", "status"),
        ("eval", "${system(id)}"),
        ("originate", "user/1 &park"),
        ("uuid_kill", ""),
        ("uuid_kill", f"{UUID} USER_BUSY extra"),
        ("uuid_transfer", f"{UUID} system:id,hangup inline"),
        ("uuid_broadcast", f"{UUID} system::id both"),
        ("uuid_record", f"{UUID} start /rec/../../etc/x.wav"),
        ("uuid_dump", f"{UUID} json\n\napi system id"),
        ("uuid_setvar_multi", f"{UUID} a=b"),
        ("status", "\n\napi system id"),
        ("module_exists", "mod_flite${system(id)}"),
        ("callcenter_config", "agent set contact nancy ${system(id)}"),
        ("callcenter_config", "agent set status a@b 'On Break' x"),
        ("callcenter_config", "agent set status a@b Gone"),
        ("callcenter_config", "agent set state a@b Idle"),
        ("callcenter_config", "agent set contact a@b [x=${y}]user/1"),
        ("callcenter_config", "agent set uuid a@b x"),
        ("callcenter_config", "queue unload"),
        ("callcenter_config", "queue load a b"),
        ("callcenter_config", "tier add a b 1 999999"),
        ("hupall", "NORMAL_CLEARING"),
        ("hupall", "ORIGINATOR_CANCEL fsr_call 1"),
        ("uuid_displace", "u start shell_stream://x"),
        ("uuid_displace", "u start file_string://../../etc/passwd"),
        ("xml_locate", "directory"),
        ("xml_locate", "configuration configuration name ../x.conf"),
        ("file_exists", "/a/../../etc/shadow"),
        ("global_getvar", ""),
        ("sofia", "profile external restart"),
    ],
)
def test_api_command_outside_the_table_is_refused(verb: str, args: str) -> None:
    with pytest.raises(Refused):
        commands.api(verb, args)


@pytest.mark.parametrize(
    "make",
    [
        lambda text: commands.execute(text),
        lambda text: commands.subscribe(text),
        lambda text: commands.filter_by("CC-Queue", text),
        lambda text: commands.filter_by(text, "x"),
        lambda text: commands.api(text),
        lambda text: commands.setvars(UUID, {text: "x"}),
        lambda text: commands.setvars(text, {"a": "x"}),
        lambda text: commands.dump(text),
    ],
)
@pytest.mark.parametrize("text", ["a\n\napi system id", "${system(id)}", "a\0", "", "a\u2028b", "x" * 70_000])
def test_commands_refuse_hostile_words(make: Callable[[str], bytes], text: str) -> None:
    with pytest.raises(Refused):
        make(text)


@given(texts)
def test_command_is_always_one_command(text: str) -> None:
    """Whatever a value is: it is refused, or the empty line stands only at the end."""
    makers: list[Callable[[], bytes]] = [
        lambda: commands.execute("playback", text),
        lambda: commands.setvars(UUID, {"a": text, "b": "1"}),
        lambda: commands.auth(text),
        lambda: commands.filter_by("CC-Queue", text),
        lambda: commands.api("callcenter_config", "agent", "set", "contact", text),
    ]
    for make in makers:
        try:
            written = make()
        except Refused:
            continue
        assert written.endswith(b"\n\n")
        assert written.index(b"\n\n") == len(written) - 2
        assert b"\0" not in written
        assert b"\r" not in written
        assert b"$" not in written or written.startswith(b"auth ")


def test_auth_never_quotes_the_password() -> None:
    with pytest.raises(Refused) as caught:
        commands.auth("hunter2\nx")
    assert "hunter2" not in str(caught.value)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True), texts, min_size=1, max_size=8))
@example({"a": "it's", "b": "o'clock"})
@example({"a": "\\", "b": "x"})
@example({"a": "x\\", "b": "'"})
def test_setvars_values_arrive_as_they_were(values: dict[str, str]) -> None:
    """What uuid_setvar_multi (mod_commands.c:6197) makes of it: the same names and values, or it is refused before."""
    try:
        written = commands.setvars(UUID, values)
    except Refused:
        return
    pairs = written.decode()[: -len("\n\n")].split(" ", 3)[3]
    arrived = dict(part.partition("=")[::2] for part in grammar.separate(pairs, ";", 64))
    assert arrived == {name: value.rstrip(" ") for name, value in values.items()}


def test_setvars_takes_1_to_60_variables() -> None:
    commands.setvars(UUID, {f"v{n}": "1" for n in range(60)})
    for count in (0, 61):
        with pytest.raises(Refused):
            commands.setvars(UUID, {f"v{n}": "1" for n in range(count)})


def test_gather_argument_is_split_as_meant() -> None:
    regex = validation.regex_of("1", "12", "*")
    line = commands.gather_argument("say:Hello, world", regex, 2, "#", 4000, 2000)
    assert grammar.separate(line, " ") == [
        "1",
        "2",
        "1",
        "4000",
        "#",
        "say:Hello world",
        "silence_stream://50",
        "fsr_digits",
        "^(?:12|1|[*])(?![0-9*#])",
        "2000",
    ]
    commands.execute("play_and_get_digits", line)


@pytest.mark.parametrize(
    "bad",
    [{"most": 0}, {"most": 33}, {"terminators": "x"}, {"sound": "a b"}, {"regex": ".*"}, {"timeout_ms": 600_001}],
)
def test_gather_argument_refuses(bad: dict[str, object]) -> None:
    good = {"sound": "a.wav", "regex": "[0-9]", "most": 1, "terminators": "#", "timeout_ms": 4000, "between_ms": 2000}
    commands.gather_argument(**good)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        commands.gather_argument(**(good | bad))  # type: ignore[arg-type]


# -- dial strings


def test_grammar_reads_captured_dial_strings() -> None:
    common, groups = grammar.legs(
        "{ignore_early_media=true}[leg_timeout=20,group_confirm_key=exec,"
        "execute_on_answer='send_dtmf W204@120']sofia/external/15550150@127.0.0.1:5091,[fsr_target=b]user/2|user/3"
    )
    assert common == {"ignore_early_media": "true"}
    assert [[target for _, target in group] for group in groups] == [
        ["sofia/external/15550150@127.0.0.1:5091", "user/2"],
        ["user/3"],
    ]
    assert groups[0][0][0]["execute_on_answer"] == "send_dtmf W204@120"
    # And it is hurt by what hurts FreeSWITCH.
    assert len(grammar.legs("{a='x}loopback/1000/default|{a=b'}user/1")[1]) == 2


def test_dial_string_with_extension_whisper_and_accept() -> None:
    nancy = dialstring.with_extension(dialstring.ring("user/1001", 20, "agent:nancy"), "204", 1500)
    nancy = dialstring.with_whisper(nancy, "say:Acme, patient")
    desk = dialstring.with_accept(dialstring.ring("sofia/gateway/carrier/+13125550150", 25), "1", "ivr/accept.wav")
    common, groups = grammar.legs(dial([nancy, desk], dialstring.recording(UUID, "/rec/a.wav")))
    assert common == {
        "ignore_early_media": "true",
        "originate_timeout": str(20 + 60 + 2),
        "outbound_redirect_fatal": "true",
        "api_on_answer": f"uuid_record {UUID} start /rec/a.wav",
    }
    assert groups == [
        [
            (
                {
                    "leg_timeout": "20",
                    "fsr_target": "agent:nancy",
                    "execute_on_answer": "send_dtmf Ww204@120",
                    "tts_engine": "flite",
                    "tts_voice": "kal",
                    "group_confirm_key": "exec",
                    "group_confirm_file": "speak Acme patient",
                    "group_confirm_timeout": "60",
                },
                "user/1001",
            ),
            (
                {
                    "leg_timeout": "25",
                    "group_confirm_key": "1",
                    "group_confirm_file": "ivr/accept.wav",
                    "group_confirm_read_timeout": "5000",
                    "group_confirm_timeout": "30",
                },
                "sofia/gateway/carrier/+13125550150",
            ),
        ]
    ]


@pytest.mark.parametrize(
    ("delay", "pause"), [(0, ""), (1, "w"), (500, "w"), (1000, "W"), (2500, "WWw"), (20_000, "W" * 20)]
)
def test_with_extension_waits_in_half_seconds(delay: int, pause: str) -> None:
    leg = dialstring.with_extension(dialstring.ring("user/1", 5), "204#", delay)
    assert leg.variables["execute_on_answer"] == f"send_dtmf {pause}204#@120"


@pytest.mark.parametrize(
    "make",
    [
        lambda: dial([]),
        lambda: dial([dialstring.ring("user/1", 5)] * 129),
        lambda: dialstring.ring("user/1", 0),
        lambda: dialstring.with_extension(Leg("user/1"), "204", 20_001),
        lambda: dialstring.with_extension(Leg("user/1"), "2 04"),
        lambda: dialstring.with_whisper(Leg("user/1"), "say:,,,"),
        lambda: dial([dialstring.with_whisper(Leg("user/1"), "tone_stream://%(500,0,600)")]),
        lambda: dialstring.with_accept(Leg("user/1"), "x", "a.wav"),
        lambda: dialstring.recording(UUID, "/rec/a b.wav"),
    ],
)
def test_dial_string_parts_refuse(make: Callable[[], object]) -> None:
    with pytest.raises(Refused):
        make()


names = st.one_of(st.sampled_from(["leg_timeout", "fsr_target", "group_confirm_file"]), texts)
targets = st.one_of(st.sampled_from(["user/1001", "sofia/gateway/carrier/+13125550150"]), texts)
legs = st.builds(Leg, targets, st.dictionaries(names, texts, max_size=3))


@given(st.lists(legs, min_size=1, max_size=3), st.dictionaries(names, texts, max_size=3))
@example([Leg("user/1", {"a": "x y"}), Leg("user/2", {"a": "p q", "b": "r s"})], {"c": "d e"})
def test_dial_no_value_changes_the_number_of_legs_or_variables(asked: list[Leg], common: dict[str, str]) -> None:
    """What is not refused is read back by FreeSWITCH's grammar as exactly what was asked for."""
    try:
        line = dial(asked, common)
        commands.execute("bridge", line)
    except Refused:
        return
    read, groups = grammar.legs(line)
    always = {"ignore_early_media": "true", "outbound_redirect_fatal": "true"}
    assert read == {**always, "originate_timeout": read["originate_timeout"], **common}
    assert groups == [[(dict(leg.variables), leg.target) for leg in asked]]


safe = st.text("abc019 ./:@+*#%?!_-", min_size=1, max_size=12)
safe_names = st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True)


@given(
    st.lists(
        st.builds(Leg, st.just("user/1001"), st.dictionaries(safe_names, safe, max_size=4)), min_size=1, max_size=4
    ),
    st.dictionaries(safe_names, safe, max_size=4),
)
def test_dial_allowlisted_values_arrive_as_they_were(asked: list[Leg], common: dict[str, str]) -> None:
    test_dial_no_value_changes_the_number_of_legs_or_variables.hypothesis.inner_test(asked, common)  # type: ignore[attr-defined]

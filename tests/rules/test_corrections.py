"""The slips that people make in YAML: each is told at its place with the line as it should be, and then the file is
taken. Where what is meant is not certain, there is no correction.
"""

from __future__ import annotations

import textwrap

import pytest

from fsrouter.rules import call_tests, company_file, corrections, yaml_reader
from fsrouter.rules.corrections import Edit, Fault, Verdict
from fsrouter.rules.file_errors import FileError, InvalidFile

#: A company with what the slips need around them; `{}` is where each stands.
BOOK = """\
company: acme
country: US
timezone: UTC
failsafe: voicemail:main
agents:
  mira: {endpoint: user/1}
  johan: {endpoint: user/2}
  vald: {endpoint: user/3}
voicemails: {main: {mailbox: "1000"}}
queues:
  sales: {agents: [mira]}
"""
FIRST = BOOK.count("\n") + 1


def faults(text: str) -> tuple[FileError, ...]:
    try:
        company_file.read(yaml_reader.read(text, "x.yaml", reader=company_file.faults_of)).onto(None)
    except InvalidFile as invalid:
        return invalid.errors
    return ()


def mended(text: str, most: int = 20) -> str:
    """A text with the first correction made, and then the next, until it is taken."""
    for _ in range(most):
        found = faults(text)
        if not found:
            return text
        assert found[0].correction, found[0]
        lines = text.split("\n")
        lines[found[0].line - 1] = found[0].correction
        text = "\n".join(lines)
    raise AssertionError(f"not mended: {faults(text)[0]}")


def route(text: str) -> str:
    return f"flows:\n  f: {{route: {text}}}\n"


def block(text: str) -> str:
    return "flows:\n  f:\n" + textwrap.indent(textwrap.dedent(text), "    ")


def when(text: str) -> str:
    return f"routers:\n  r: {{branches: [{{when: {text}, then: hangup}}]}}\n"


def hours(text: str) -> str:
    return f"schedules:\n  s: {{hours: {{mon: {text}}}}}\n"


def days(text: str) -> str:
    return f'schedules:\n  s: {{hours: {{{text}: "08:00-17:00"}}}}\n'


#: What is written behind BOOK, where its first fault stands (lines counted from there), and that line as it should be.
SLIPS = [
    # A space behind the colon of a destination.
    (route("[agent: mira]"), "2:15", "  f: {route: [agent:mira]}"),
    (route("[queue:sales, agent: mira]"), "2:28", "  f: {route: [queue:sales, agent:mira]}"),
    (route("{agent: mira}"), "2:7", "  f: {route: agent:mira}"),
    (route("[{agent: mira}]"), "2:15", "  f: {route: [agent:mira]}"),
    (block("route:\n  agent: mira\n"), "4:7", "      agent:mira"),
    (block("route:\n  - agent: mira\n  - queue:sales\n"), "4:9", "      - agent:mira"),
    (block("route:\n- agent: mira\n- queue: sales\n"), "4:7", "    - agent:mira"),
    (route('[say: "Hello, world"]'), "2:15", '  f: {route: ["say:Hello, world"]}'),
    (route("[phone: +1 312 555 0150]"), "2:15", "  f: {route: [phone:+1 312 555 0150]}"),
    (
        "distributions:\n  d: {groups: [{rule: random, members: [agent: mira]}]}\n",
        "2:41",
        "  d: {groups: [{rule: random, members: [agent:mira]}]}",
    ),
    # A quote that is never closed.
    ('title: "Acme\nlanguage: en\n', "1:8", 'title: "Acme"'),
    ("title: 'Acme\nlanguage: en\n", "1:8", "title: 'Acme'"),
    ('title: "Acme\nlanguage: "en"\n', "1:8", 'title: "Acme"'),
    ('title: "Acme, Inc.\nlanguage: "en"\n', "1:8", 'title: "Acme, Inc."'),
    ("title: 'Acme\nlanguage: 'en'\n", "1:8", "title: 'Acme'"),
    (route('["say:Hello, queue:sales]'), "2:15", '  f: {route: ["say:Hello", queue:sales]}'),
    (route('["say:Hello, world]'), "2:15", '  f: {route: ["say:Hello, world"]}'),
    (route('["say:Hello, agent:mira]') + 'title: "x"\n', "2:15", '  f: {route: ["say:Hello", agent:mira]}'),
    ('title: "Acme # ours\nlanguage: en\n', "1:8", 'title: "Acme" # ours'),
    # Quotes that are not enough, or of the wrong kind.
    ("title: 'Mira's'\n", "1:14", 'title: "Mira\'s"'),
    ('title: "Acme" Dental\n', "1:15", 'title: "\\"Acme\\" Dental"'),
    ('title: "C:\\q"\n', "1:11", "title: 'C:\\q'"),
    (route("[\u201cagent:mira\u201d]"), "2:15", "  f: {route: [agent:mira]}"),
    (route("\u201eagent:mira\u201c"), "2:7", "  f: {route: agent:mira}"),
    (route("[\u201csay:Hello, world\u201d]"), "2:15", '  f: {route: ["say:Hello, world"]}'),
    (days("\u201cmon-fri\u201d"), "2:15", '  s: {hours: {mon-fri: "08:00-17:00"}}'),
    # Tabs.
    ("splits:\n\ts: {branches: [{weight: 1, then: hangup}]}\n", "2:1", "  s: {branches: [{weight: 1, then: hangup}]}"),
    ("flows:\n\tf:\n\t\troute: hangup\n", "2:1", "  f:"),
    ("flows:\n  f:\n\troute: hangup\n", "3:1", "    route: hangup"),
    ("flows:\n  f:\n    record: yes\n\troute: hangup\n", "4:1", "    route: hangup"),
    ("flows:\n  f:\n  \troute: hangup\n", "3:3", "    route: hangup"),
    (block("route:\n  -\tagent:mira\n"), "4:8", "      - agent:mira"),
    # Hours.
    (hours("8am-5pm"), "2:15", '  s: {hours: {mon: "08:00-17:00"}}'),
    (hours('"8am - 5pm"'), "2:15", '  s: {hours: {mon: "08:00-17:00"}}'),
    (hours("8 a.m. to 5:30 p.m."), "2:15", '  s: {hours: {mon: "08:00-17:30"}}'),
    (hours("08.00-17.00"), "2:15", '  s: {hours: {mon: "08:00-17:00"}}'),
    (hours("08:00\u201317:00"), "2:15", '  s: {hours: {mon: "08:00-17:00"}}'),
    (hours("9-17"), "2:15", '  s: {hours: {mon: "09:00-17:00"}}'),
    (hours("9-17 Uhr"), "2:15", '  s: {hours: {mon: "09:00-17:00"}}'),
    (hours("8h30-17h"), "2:15", '  s: {hours: {mon: "08:30-17:00"}}'),
    (hours("0800-1700"), "2:15", '  s: {hours: {mon: "08:00-17:00"}}'),
    (hours('"8-12, 13-17"'), "2:15", '  s: {hours: {mon: "08:00-12:00, 13:00-17:00"}}'),
    (hours("10pm-6am"), "2:15", '  s: {hours: {mon: "22:00-06:00"}}'),
    (hours("9am-12am"), "2:15", '  s: {hours: {mon: "09:00-24:00"}}'),
    (hours("24/7"), "2:15", '  s: {hours: {mon: "00:00-24:00"}}'),
    # Weekdays.
    (days("mo-fr"), "2:15", '  s: {hours: {mon-fri: "08:00-17:00"}}'),
    (days("Mo-Fr"), "2:15", '  s: {hours: {mon-fri: "08:00-17:00"}}'),
    (days("montag-freitag"), "2:15", '  s: {hours: {mon-fri: "08:00-17:00"}}'),
    (days("Mon\u2013Fri"), "2:15", '  s: {hours: {mon-fri: "08:00-17:00"}}'),
    (days("weekdays"), "2:15", '  s: {hours: {mon-fri: "08:00-17:00"}}'),
    (days("weekend"), "2:15", '  s: {hours: {"sat,sun": "08:00-17:00"}}'),
    (days("monday to friday"), "2:15", '  s: {hours: {mon-fri: "08:00-17:00"}}'),
    (days("mon/wed"), "2:15", '  s: {hours: {"mon,wed": "08:00-17:00"}}'),
    (days("Thurs"), "2:15", '  s: {hours: {thu: "08:00-17:00"}}'),
    # What YAML takes for its own.
    (when("{keyword: > 4}"), "2:35", '  r: {branches: [{when: {keyword: "> 4"}, then: hangup}]}'),
    (when("{keyword: >4}"), "2:35", '  r: {branches: [{when: {keyword: ">4"}, then: hangup}]}'),
    (when("{keyword: != gold}"), "2:35", '  r: {branches: [{when: {keyword: "!= gold"}, then: hangup}]}'),
    (
        when("{keyword: [unknown, != gold]}"),
        "2:45",
        '  r: {branches: [{when: {keyword: [unknown, "!= gold"]}, then: hangup}]}',
    ),
    (when("{keyword: *implant*}"), "2:35", '  r: {branches: [{when: {keyword: "*implant*"}, then: hangup}]}'),
    (when("{keyword: *implant}"), "2:35", '  r: {branches: [{when: {keyword: "*implant"}, then: hangup}]}'),
    (when("{keyword: &co}"), "2:35", '  r: {branches: [{when: {keyword: "&co"}, then: hangup}]}'),
    (when("{keyword: %off}"), "2:35", '  r: {branches: [{when: {keyword: "%off"}, then: hangup}]}'),
    (when("{keyword: `x`}"), "2:35", '  r: {branches: [{when: {keyword: "`x`"}, then: hangup}]}'),
    ("title: @Acme, Inc.\n", "1:8", 'title: "@Acme, Inc."'),
    ("title: *Acme, Inc.*\n", "1:8", 'title: "*Acme, Inc.*"'),
    ("title: > 4\nlanguage: en\n", "1:8", 'title: "> 4"'),
    ("title: Acme: dentists\n", "1:12", 'title: "Acme: dentists"'),
    ("title: Suite #200, Oslo\n", "1:8", 'title: "Suite #200, Oslo"'),
    ("title: #200\nlanguage: en\n", "1:7", 'title: "#200"'),
    # A comma between brackets that is none, and one that is missing.
    (route("[say:Hello, world]"), "2:26", '  f: {route: ["say:Hello, world"]}'),
    (route("[say:Hello, dear, world, agent:mira]"), "2:26", '  f: {route: ["say:Hello, dear, world", agent:mira]}'),
    (route("[agent:mira queue:sales]"), "2:15", "  f: {route: [agent:mira, queue:sales]}"),
    (
        "distributions:\n  d: {groups: [{rule: random, members: [agent:mira agent:johan]}]}\n",
        "2:41",
        "  d: {groups: [{rule: random, members: [agent:mira, agent:johan]}]}",
    ),
    (route('["agent:mira" "queue:sales"]'), "2:14", '  f: {route: ["agent:mira", "queue:sales"]}'),
    # Brackets.
    ("flows:\n  f: {route: [agent:mira, queue:sales}\n", "2:14", "  f: {route: [agent:mira, queue:sales]}"),
    ("flows:\n  f: {route: [agent:mira, queue:sales\ntitle: x\n", "2:14", "  f: {route: [agent:mira, queue:sales]}"),
    ("flows:\n  f: {route: [agent:mira]}}\n", "2:27", "  f: {route: [agent:mira]}"),
    ("flows:\n  f: {route: agent:mira  # one\n", "2:6", "  f: {route: agent:mira}  # one"),
    # A space too few.
    ("flows:\n  f: {route:agent:mira}\n", "2:23", "  f: {route: agent:mira}"),
    ("flows:\n  f: {record:yes, route: hangup}\n", "2:17", "  f: {record: yes, route: hangup}"),
    ("title:Acme\nlanguage: en\n", "1:1", "title: Acme"),
    ("flows:\n  f:\n    route:hangup\n    record: yes\n", "3:11", "    route: hangup"),
    (block("route:\n  -agent:mira\n  -queue:sales\n"), "4:8", "      - agent:mira"),
    # A space too many, or too few, before a line.
    ("flows:\n  f: {route: hangup}\n   g: {route: hangup}\n", "3:4", "  g: {route: hangup}"),
    ("flows:\n  f: {route: hangup}\n g: {route: hangup}\n", "3:2", "  g: {route: hangup}"),
    ("flows:\n  f:\n    record: yes\n   route: hangup\n", "4:4", "    route: hangup"),
    ("flows:\n  f:\n    record: yes\n     route: hangup\n", "4:11", "    route: hangup"),
]


@pytest.mark.parametrize(("slip", "place", "line"), SLIPS, ids=[f"{i}-{slip[0]}"[:50] for i, slip in enumerate(SLIPS)])
def test_slip_is_told_at_its_place_with_the_line_that_mends_it(slip: str, place: str, line: str) -> None:
    text = BOOK + slip
    found = faults(text)[0]
    assert (f"{found.line - FIRST + 1}:{found.column}", found.correction) == (place, line)
    assert not faults(mended(text))


#: What works as it is written.
RIGHT = [
    *map(hours, ("8:00 - 17:00", "08:00-17:00", '"8:00-12:00,13:00-17:00"')),
    *map(days, ("Monday-Friday", "Mon - Fri", "MON-FRI", '"mon,tue"', "sat")),
    "numbers:\n  n: {number: +1 872 555 0111}\n",
    route("[phone:+1 872 555 0111, agent:mira]"),
    when("{from: [+1 872 555 0111, +18725550112]}"),
    when("{crm.tier: yes, crm.size: no, keyword: off}"),
    "title:\tAcme\n",
    route("[\tagent:mira\t,\tqueue:sales ]"),
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_taken(text: str) -> None:
    assert not faults(BOOK + text)


#: What may mean several things.
UNCERTAIN = [
    hours("9-5"),
    hours("closed"),
    hours("8-5pm"),
    hours("25-26"),
    days("di"),
    days("ma"),
    days("monkey"),
    route("[agent:mia]"),
    route("[say:Hello, agent:nobody]"),
    "queues:\n  q: {agents: [nancy doe]}\n",
    "flows:\n  f: {route: hangup}\n  f: {route: agent:mira}\n",
    "title: !!str Acme\n",
    "flows:\n  f: &all {route: hangup}\n  g: *all\n",
    "title:\n",
    "title: ~\n",
    "agents: {a: {endpoint: user/1, nubmer: x}}\n",
    "distributions:\n  d: {groups: [{rule: simultaneous, members: agent:mira, agent:johan, ring: 20s}]}\n",
    "distributions:\n  d: {groups: [{rule: simultaneous, members: [agent:mira, agent:johan, ring: 20s}]}\n",
]


@pytest.mark.parametrize("text", UNCERTAIN)
def test_what_is_not_certain_has_no_correction(text: str) -> None:
    found = faults(BOOK + text)
    assert found
    assert [each.correction for each in found] == [""] * len(found)


def test_short_names_of_weekdays_are_those_of_the_country() -> None:
    text = BOOK.replace("US", "DE") + days("mo-do")
    assert mended(text) == BOOK.replace("US", "DE") + days("mon-thu")


def test_several_slips_are_mended_one_after_the_other() -> None:
    text = BOOK + (
        'title: "Acme\n'
        "schedules:\n"
        "\toffice:\n"
        "\t\thours: {Mo-Fr: 8am-5pm}\n"
        "flows:\n"
        "  f: {route: [agent: mira, say:Hello, world]}\n"
        "   g:\n"
        '     route: [agent: johan, "queue:sales]\n'
        "routers:\n"
        "  r:\n"
        "    branches:\n"
        "      - {when: {keyword: != gold, campaign: *x*}, then: flow: f}\n"
    )
    assert mended(text).removeprefix(BOOK) == (
        'title: "Acme"\n'
        "schedules:\n"
        "  office:\n"
        '    hours: {mon-fri: "08:00-17:00"}\n'
        "flows:\n"
        '  f: {route: [agent:mira, "say:Hello, world"]}\n'
        "  g:\n"
        '     route: [agent:johan, "queue:sales"]\n'
        "routers:\n"
        "  r:\n"
        "    branches:\n"
        '      - {when: {keyword: "!= gold", campaign: "*x*"}, then: flow:f}\n'
    )


def test_all_lines_of_one_slip_are_told_at_once() -> None:
    found = faults(BOOK + "flows:\n\tf:\n\t\troute: hangup\n\tg:\n\t\troute: hangup\n")
    assert [(e.line - FIRST + 1, e.correction) for e in found] == [
        (2, "  f:"),
        (3, "    route: hangup"),
        (4, "  g:"),
        (5, "    route: hangup"),
    ]


def test_correction_follows_the_message() -> None:
    assert str(faults(BOOK + "title: @Acme\n")[0]) == (
        f"x.yaml:{FIRST}:8: '@' cannot begin a text; quote it; write: title: \"@Acme\""
    )


@pytest.mark.parametrize("key", ["token", "client_secret", "password", "headers: {X-Api-Key"])
def test_line_with_a_credential_is_never_written_out(key: str) -> None:
    found = faults(BOOK + f'crms:\n  hub: {{type: hubspot, {key}: "hunter2\ntitle: x\n')
    assert found
    assert "hunter2" not in "".join(map(str, found))


@pytest.mark.parametrize(
    "written",
    [
        'crms:\n  hub:\n    type: custom\n    headers: {X-Acme: hunter2, Accept: "a}\n',
        'crms:\n  hub:\n    type: custom\n    headers:\n      X-Acme: "hunter2\n      Accept: b\n',
        "crms:\n  hub: {type: custom, form: {pin: hunter2}, sync: “1h”}\n",
        "crms:\n  hub:\n    type: hubspot\n    refresh: @hunter2\n",
        '"crms" : {hub: {type: custom, url: “https://x.example/hunter2”}}\n',
        "crms:\n  hub:\n\ttype: custom\n\tform: {pin: hunter2}\n",
    ],
)
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in braces"])
def test_no_line_of_a_connection_is_written_out_that_may_have_a_credential(written: str, inside: bool) -> None:
    text = BOOK + written
    if inside:
        text = "{company: acme, crms:\n{hub: {type: custom,\nform: {pin: @hunter2},\nsync: 1h}}}\n"
    found = faults(text)
    assert found
    assert "hunter2" not in "".join(each.correction for each in found)


@pytest.mark.parametrize(
    "line",
    [
        "url: https://joe:hunter2@x.example/{number}",
        "url: http://x.example/{number}?key=hunter2",
        "headers: {X-Acme: \u2018hunter2\u2019}",
        "token: hunter2",
    ],
)
def test_message_quotes_no_credential(line: str) -> None:
    found = faults(BOOK + f"crms:\n  hub:\n    type: custom\n    {line}\n")
    assert found
    assert "hunter2" not in "".join(map(str, found))


def test_plain_lines_of_a_connection_and_those_behind_it_are_written_out() -> None:
    found = faults(BOOK + "crms:\n  hub:\n    type: csv\n    path: a.csv\n    sync: “1h”\n")
    assert [each.correction for each in found] == ['    sync: "1h"']
    found = faults(BOOK + "crms:\n  hub: {type: csv, path: a.csv}\nflows:\n  f: {route: [agent: mira]}\n")
    assert [each.correction for each in found if each.correction] == ["  f: {route: [agent:mira]}"]


def test_windows_line_ends_count_as_one() -> None:
    text = (BOOK + "title: @Acme\nlanguage: en\n").replace("\n", "\r\n")
    found = faults(text)[0]
    assert (found.line, found.column, found.correction) == (FIRST, 8, 'title: "@Acme"')


def test_calls_files_have_corrections_too() -> None:
    with pytest.raises(InvalidFile) as caught:
        call_tests.read(yaml_reader.read("- {to: x, from: *y*}\n", "calls.yaml"), company_file.Context())
    assert [e.correction for e in caught.value.errors] == ['- {to: x, from: "*y*"}']
    with pytest.raises(InvalidFile) as caught:
        text = '- {to: "+13125550100", from: "", attempts: [agent: mira]}\n'
        call_tests.read(yaml_reader.read(text, "calls.yaml"), company_file.Context())
    assert [e.correction for e in caught.value.errors] == ['- {to: "+13125550100", from: "", attempts: [agent:mira]}']


@pytest.mark.parametrize("size", [1_000, 100_000, 10_000_000])
def test_trying_is_bounded_by_the_size_of_the_text(size: int) -> None:
    text, read = "x" * size, list[int]()

    def judge(tried: str) -> Verdict:
        read.append(len(tried))
        return Verdict(0, [FileError("x", 1, 1, "wrong")])

    faults = [Fault(FileError("x", 1, 1, "wrong"), (((Edit(0, 1, "y"),),) * 1000)) for _ in range(100)]
    assert not any(error.correction for error in corrections.with_corrections(text, faults, judge))
    assert sum(read) <= 2 * corrections.BUDGET
    assert len(read) <= corrections.MANY + 1

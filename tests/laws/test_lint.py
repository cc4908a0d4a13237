"""What is wrong with a rule book: whoever asks finds the same in the same 200 files, as far as they can know."""

from __future__ import annotations

import functools
import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli.front import run
from cli.test_freeswitch_install import FILES
from click.testing import CliRunner, Result
from msgspec import Struct
from msgspec.structs import replace
from paths import ROOT

from fsrouter.cli import cli
from fsrouter.engine.lint.lint import errors
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.scalars import NUMBER
from fsrouter.errors import RulesError
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.router.service import Service
from fsrouter.rules import company_file, yaml_reader
from fsrouter.rules.file_errors import InvalidFile
from fsrouter.settings import load as settings
from fsrouter.store import Store
from fsrouter.tui.context import Context
from fsrouter.tui.editing.draft import COMPANY, NUMBERS, Draft, Place
from fsrouter.tui.queries import replay, rule_draft
from fsrouter.tui.queries.rule_draft import Remark

COUNT = 200
#: Codes of faults that some of the files have.
CODES = (
    "[fixed-offset]", "[own-number]", "[silent-loop]", "[enters-itself]", "[dead-end]", "[crm-cannot]", "[unreached]"
)  # fmt: skip

SETTINGS = """\
listen = "127.0.0.1:0"
web = "none"
key = "parity"
freeswitch = []
keep_queues = false
keep_contacts = false
[trunks]
carrier = "carrier"
other = "sofia/external/{number}@10.0.0.1:5080"
[trunks.odd]
gateways = ["odd"]
companies = ["globex"]
[dialling]
countries = ["US", "CA"]
prefixes = ["+44207"]
"""
THEIRS = """\
company: globex
country: US
tracking_numbers: [{number: "+18725550119", to: hangup, failsafe: hangup}]
"""
BASE = """\
company: parity
country: US
timezone: America/Chicago
trunk: carrier
failsafe: number:desk
schedules: {office: {hours: {mon-fri: "08:00-17:00"}}}
crms: {people: {type: csv, path: people.csv}}
agents:
  ann: {endpoint: user/1001, crm_user: "501"}
  bob: {endpoint: user/1002, crm_user: "502"}
  joe: {number: "+13125550144"}
numbers: {desk: {number: "+13125550150"}}
queues: {support: {agents: [ann, joe], max_wait: 5m}}
distributions: {sales: {owner: {crm: people}, groups: [{rule: sequential, members: [agent:ann, agent:bob]}]}}
menus: {main: {greeting: hello.wav, digits: {"1": distribution:sales, "2": queue:support}}}
priorities:
  clients:
    schedule: office
    rules: [{title: Boss, to: agent:ann}]
    did_defaults: {"+18725550111": menu:main}
    no_match: router:callers
routers: {callers: {branches: [{when: {caller: repeat}, then: agent:bob}], otherwise: menu:main}}
voicemails: {box: {mailbox: "1000"}}
flows: {talk: {record: true, route: [agent:bob]}}
tracking_numbers:
  - {number: "+18725550111", to: priority:clients}
  - {number: "+18725550112", to: flow:talk, failsafe: agent:joe, trunk: other}
"""
#: Changes, each of which makes something else of the file: for the better, for the worse, or for no difference.
CHANGES = (
    ("", ""),
    ("trunk: carrier\n", 'trunk: ""\n'),
    ("trunk: carrier\n", "trunk: elsewhere\n"),
    ("trunk: carrier\n", "trunk: odd\n"),
    ("trunk: other", "trunk: odd"),
    ("failsafe: number:desk", 'failsafe: ""'),
    ("failsafe: number:desk", 'failsafe: "phone:+19005550100"'),
    ("failsafe: number:desk", 'failsafe: ["phone:+442079460000", voicemail:box, "phone:+19005550100"]'),
    ("failsafe: number:desk", 'failsafe: ["phone:+441614960123", "phone:+15555550100"]'),
    ("failsafe: number:desk", "failsafe: extension:1000"),
    ("failsafe: number:desk", "failsafe: menu:main"),
    ("failsafe: number:desk", "failsafe: agent:nobody"),
    ("failsafe: agent:joe", "failsafe: agent:last"),
    ("failsafe: agent:joe", "failsafe: [agent:ann, agent:joe, hangup]"),
    ("failsafe: agent:joe", "failsafe: number:nowhere"),
    ('joe: {number: "+13125550144"}', 'joe: {number: "+442079460000"}'),
    ('joe: {number: "+13125550144"}', 'joe: {number: "+493012345678"}'),
    ('joe: {number: "+13125550144"}', 'joe: {endpoint: user/1003, number: "+19005550144"}'),
    ('joe: {number: "+13125550144"}', 'joe: {number: "555"}'),
    ('joe: {number: "+13125550144"}', "joe: {}"),
    ('desk: {number: "+13125550150"}', 'desk: {number: "+18765550150"}'),
    ("agents: [ann, joe], max_wait: 5m", "agents: [ann, joe, ann], max_wait: 5m"),
    ("agents: [ann, joe], max_wait: 5m", "agents: [ann, zoe], max_wait: 5m"),
    ("agents: [ann, joe], max_wait: 5m", "agents: [], max_wait: 5m"),
    ("max_wait: 5m", "max_wait: 25h"),
    ("max_wait: 5m", "max_wait: soon"),
    ("max_wait: 5m", "max_wait: 5m, exit_to: agent:bob"),
    ('number: "+18725550112"', 'number: "+18725550119"'),
    ('number: "+18725550112"', 'number: "+18725550111"'),
    ('number: "+18725550112"', 'number: "+18725550123", pool: web'),
    ('did_defaults: {"+18725550111": menu:main}', 'did_defaults: {"+18725550199": menu:main}'),
    ("to: flow:talk", "to: flow:tlak"),
    ("to: flow:talk", "to: queue:support, record: true, whisper: ads.wav"),
    ("route: [agent:bob]", "route: [flow:talk]"),
    ("route: [agent:bob]", "route: [voicemail:box, agent:bob]"),
    ("members: [agent:ann, agent:bob]", "members: [agent:ann]"),
    ("owner: {crm: people}", "owner: {crm: poeple}"),
    ('crm_user: "501"', 'crm_user: "777"'),
    ('crm_user: "502"', 'crm_user: "501"'),
    ("{caller: repeat}", "{caller: twice}"),
    ("{caller: repeat}", "{landing: /offers}"),
    ("{caller: repeat}", "{open: ofice}"),
    ('"2": queue:support', '"2": queue:support, "22": agent:bob'),
    ("    schedule: office\n", ""),
    ("no_match: router:callers", "no_match: priority:clients"),
    ("otherwise: menu:main", "otherwise: router:callers"),
    ('mon-fri: "08:00-17:00"', 'mon-fir: "08:00-17:00"'),
    ("country: US", "country: QQ"),
    ("timezone: America/Chicago\n", 'timezone: ""\n'),
    ("timezone: America/Chicago", "timezone: EST"),
    ("timezone: America/Chicago", "timezone: Etc/GMT+6"),
    ("failsafe: number:desk", 'failsafe: "phone:+18725550112"'),
    ("failsafe: agent:joe", 'failsafe: ["phone:+18725550112", voicemail:box]'),
    ('joe: {number: "+13125550144"}', 'joe: {number: "+18725550111"}'),
    ('desk: {number: "+13125550150"}', 'desk: {number: "+18725550112"}'),
    ('desk: {number: "+13125550150"}', 'desk: {number: "+1 312 555 0150 ext. 204"}'),
    ('desk: {number: "+13125550150"}', 'desk: {number: "+13125550150", no_answer: number:desk}'),
    ('"2": queue:support}', '"2": queue:support}, no_input: menu:main'),
    ('"2": queue:support}', '"2": queue:support}, no_input: voicemail:box, invalid: voicemail:box'),
    ("otherwise: menu:main", "otherwise: [agent:ann, router:callers]"),
    (", otherwise: menu:main", ""),
    ("    no_match: router:callers\n", ""),
    ("{type: csv, path: people.csv}", '{type: custom, url: "https://a.example/{number}", fields: {tier: x}}'),
    ("{type: csv, path: people.csv}", "{type: csv, path: people.csv, write_back: true}"),
)


Entrance = Callable[[Path, Iterable[Path]], "list[Verdict | None]"]


class Verdict(Struct, frozen=True):
    """What was found, each as `PATH: MESSAGE`, a warning with its code behind it."""

    errors: frozenset[str] = frozenset()
    warnings: frozenset[str] = frozenset()


def texts() -> list[str]:
    """The files that could be somebody's: each change alone, then two of them, in a fixed order."""
    alone = [(change,) for change in CHANGES]
    steps = (7, 11, 13, 17)
    pairs = [(CHANGES[i], CHANGES[(i + step) % len(CHANGES)]) for step in steps for i in range(len(CHANGES))]
    made: dict[str, None] = {}
    for changes in (*alone, *pairs):
        text = BASE
        for old, new in changes:
            text = text.replace(old, new, 1)
        made[text] = None
    return list(made)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the settings, and a database in which the company has contacts and an agent on a break, and another
    company a number.
    """
    folder = tmp_path_factory.mktemp("lint")
    (folder / "fsrouter.toml").write_text(SETTINGS)
    (folder / "calls.yaml").write_text("calls: []\n")
    (folder / "contacts.csv").write_text("id,name,owner,phones\n1,Ada,501,+14155550101\n2,Bo,601,+14155550102\n")
    for name, text in (("theirs.yaml", THEIRS), ("base.yaml", BASE)):
        (folder / name).write_text(text)
    files = [*sorted((ROOT / "tests/rules/bad").glob("*.yaml"))]
    (folder / "files").mkdir()
    for csv in (ROOT / "tests/rules/bad").glob("*.csv"):
        shutil.copy(csv, folder / "files")
    for i, text in enumerate([*texts()[: COUNT - len(files)], *(file.read_text() for file in files)]):
        (folder / "files" / f"{i:03}.yaml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        at_home(folder, patch)
        for name in ("theirs.yaml", "base.yaml"):
            run("rules", "import", folder / name, "--yes")
        run("contacts", "import", folder / "contacts.csv", "--company", "parity")
        for agent in ("ann", "bob"):
            run("agents", "set", agent, "break", "--company", "parity")
    shutil.copy(folder / "fsrouter.db", folder / "clean.db")
    for name, text in FILES.items():
        path = folder / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def at_home(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Have commands know these settings and this database, and no others."""
    for name in [name for name in os.environ if name.startswith("FSROUTER_")]:
        patch.delenv(name)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        patch.setenv(name, str(folder / "home"))
    patch.setenv("FSROUTER_CONFIG", str(folder / "fsrouter.toml"))
    patch.setenv("FSROUTER_DATABASE", f"sqlite:///{folder / 'fsrouter.db'}")


@pytest.fixture
def folder(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    at_home(tmp_path, monkeypatch)
    return tmp_path


def said(*words: object) -> Result:
    """What a command says, whatever its exit code; never a traceback."""
    result = CliRunner().invoke(cli, [str(word) for word in words], prog_name="fsrouter")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


WARNING = re.compile(r"parity: (?P<path>.*?: )?warning: (?P<what>.*)")
#: An error at its place in a file, or of a company.
ERROR = re.compile(r"(?:Error: )?(?:/[^:]+(?::\d+)*|parity): (?P<what>.*)")


def told(result: Result) -> Verdict:
    """What a command for people says on stderr; it ends with 1 when there are errors."""
    warnings, wrong = set(), set()
    for line in result.stderr.splitlines():
        if found := WARNING.fullmatch(line):
            warnings.add(f"{found['path'] or ''}{found['what']}")
        elif found := ERROR.fullmatch(line):
            wrong.add(found["what"])
    assert result.exit_code == int(bool(wrong)), result.output
    return Verdict(frozenset(wrong), frozenset(warnings))


def check(folder: Path, file: Path) -> Verdict:
    """`fsrouter rules check`."""
    result = said("rules", "check", file, "--json")
    found = json.loads(result.stdout)
    errors = (each for each in found if each["level"] == "error")
    wrong = frozenset(e["message"] + (f"; write: {e['correction']}" if e["correction"] else "") for e in errors)
    assert result.exit_code == int(bool(wrong))
    return Verdict(wrong, frozenset(f"{e['message']} [{e['code']}]" for e in found if e["level"] == "warning"))


def plan(folder: Path, file: Path) -> Verdict:
    """`fsrouter rules plan`."""
    return told(said("rules", "plan", file))


def import_(folder: Path, file: Path) -> Verdict:
    """`fsrouter rules import`, each time into the database as it was."""
    shutil.copy(folder / "clean.db", folder / "fsrouter.db")
    return told(said("rules", "import", file, "--yes"))


def call_tests(folder: Path, file: Path) -> Verdict:
    """`fsrouter rules test`."""
    return told(said("rules", "test", file, folder / "calls.yaml"))


def book_of(file: Path) -> RuleBook | None:
    """The rule book of a file that can be read."""
    return read(file.read_text())


@functools.cache
def read(text: str) -> RuleBook | None:
    try:
        return company_file.read(yaml_reader.read(text, "parity.yaml")).merged(None)
    except InvalidFile:
        return None


def dashboard(folder: Path, file: Path) -> Verdict | None:
    """A draft in the dashboard that makes the book of the one in force, and its Rules screen."""
    book = book_of(file)
    if book is None or book.company != "parity":
        return None
    tree = yaml_reader.load(file).tree
    with Store.open(f"sqlite:///{folder / 'fsrouter.db'}") as store:
        here = Context(store, "olga", dialling=CallSettings.of(settings.given()))
        here.company = "parity"
        draft = Draft.of(here.rulebooks.read()["parity"])
        header = {key: value for key, value in tree.items() if key not in SECTIONS and value != ""}
        draft = draft.put(COMPANY, "parity", header)
        for section in SECTIONS:
            wanted = tree.get(section, {})
            if section == NUMBERS:
                wanted = {NUMBER.read(each["number"], book.context): each for each in wanted}
            for name in (*wanted, *draft.names(section)):
                draft = draft.put(section, name, wanted.get(name))
        found = rule_draft.load(here, draft)
    warnings = {_where(place, remark) for place, remarks in found.remarks.items() for remark in remarks}
    problems = frozenset(str(each) for each in found.compiled.problems)
    return Verdict(problems, frozenset() if problems else frozenset(warnings))


def _where(place: Place, remark: Remark) -> str:
    """What stands beside a definition, by its path in the rule book."""
    path = remark.path if place[0] == COMPANY else (*place, *remark.path)
    shown = f"{rule_draft.format_path(remark.path)}: " if remark.path else ""
    return (f"{'.'.join(map(str, path))}: " if path else "") + remark.text.removeprefix(shown)


def save(folder: Path, file: Path) -> Verdict | None:
    """A book that somebody saves in the dashboard."""
    book = book_of(file)
    if book is None or book.company != "parity":
        return None
    shutil.copy(folder / "clean.db", folder / "fsrouter.db")
    with Store.open(f"sqlite:///{folder / 'fsrouter.db'}") as store:
        here = Context(store, "olga", dialling=CallSettings.of(settings.given()))
        base = store.books.book("parity")
        assert base is not None
        try:
            replay.save(here, base, book, "a test")
        except RulesError as refused:
            lines = str(refused).splitlines()
            return Verdict(frozenset(line.removeprefix("parity: ") for line in lines))
    return Verdict()


def in_force(folder: Path, file: Path) -> RuleBook | None:
    """A book that somebody could put in force who knows no settings."""
    book = book_of(file)
    if book is None or book.company != "parity" or errors(book) or "+18725550119" in book.tracking_numbers:
        return None
    return book


def rollback(folder: Path, file: Path) -> Verdict | None:
    """`fsrouter rules rollback` to a book that was put in force where no settings were known."""
    book = in_force(folder, file)
    if book is None:
        return None
    shutil.copy(folder / "clean.db", folder / "fsrouter.db")
    with Store.open(f"sqlite:///{folder / 'fsrouter.db'}") as store:
        base = store.books.book("parity")
        assert base is not None
        revision = store.books.save(book, "olga", "elsewhere")
        store.books.save(base, "olga", "back")
    return told(said("rules", "rollback", revision, "--yes"))


def install(folder: Path, file: Path) -> Verdict | None:
    """`fsrouter freeswitch install`, of a book that was put in force where no settings were known."""
    book = in_force(folder, file)
    if book is None:
        return None
    shutil.copy(folder / "clean.db", folder / "fsrouter.db")
    with Store.open(f"sqlite:///{folder / 'fsrouter.db'}") as store:
        store.books.save(book, "olga", "elsewhere")
    return told(said("freeswitch", "install", "--conf", folder / "conf", "--router", "127.0.0.1:8084", "--dry-run"))


class Logged(logging.Handler):
    """What a router logs of the rule book of a company."""

    def __init__(self, company: str = "parity") -> None:
        super().__init__()
        self.company = company
        self.problems: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "company", "") == self.company and hasattr(record, "problem"):
            self.problems.add(record.problem)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Have it hear what is logged."""
        logger = logging.getLogger("fsrouter.router")
        logger.addHandler(self)
        try:
            yield
        finally:
            logger.removeHandler(self)


@contextmanager
def serving(folder: Path) -> Iterator[Callable[[Path], Verdict | None]]:
    """A router whose rule book is another one each time; it takes no calls, so that it looks when it is told to."""
    logged = Logged()
    with logged.listening(), Store.open(f"sqlite:///{folder / 'fsrouter.db'}") as store:
        service = Service(settings.load(), store)

        def ask(file: Path) -> Verdict | None:
            book = in_force(folder, file)
            if book is None:
                return None
            logged.problems.clear()
            store.books.save(replace(book, header=replace(book.header, title=file.stem)), "olga", "elsewhere")
            service.rulebooks.load()
            assert service.rulebooks.snapshot.books["parity"].header.title == file.stem
            return Verdict(frozenset(logged.problems))

        try:
            yield ask
        finally:
            service.close()


def one_by_one(ask: Callable[[Path, Path], Verdict | None]) -> Entrance:
    return lambda folder, files: [ask(folder, file) for file in files]


def serve(folder: Path, files: Iterable[Path]) -> list[Verdict | None]:
    """`fsrouter serve`: what it logs of a book that comes in force."""
    with serving(folder) as ask:
        return [ask(file) for file in files]


#: What each entrance sees: everything; only what keeps a book from being put in force; and that only for want of what
#: the settings say.
ALL, ERRORS, DIALLING = "all", "errors", "dialling"
ENTRANCES: dict[str, tuple[Entrance, str, int]] = {
    "rules plan": (one_by_one(plan), ALL, COUNT),
    "rules import": (one_by_one(import_), ALL, COUNT),
    "rules test": (one_by_one(call_tests), ALL, COUNT),
    "dashboard's draft": (one_by_one(dashboard), ALL, 110),
    "dashboard's save": (one_by_one(save), ERRORS, 110),
    "rules rollback": (one_by_one(rollback), ALL, 60),
    "freeswitch install": (one_by_one(install), ALL, 60),
    "serve": (serve, ERRORS, 60),
}


def files_of(folder: Path) -> list[Path]:
    return sorted((folder / "files").glob("*.yaml"))


@pytest.fixture(scope="module")
def checked(template: Path) -> list[Verdict]:
    """What `fsrouter rules check` says of each file."""
    with pytest.MonkeyPatch.context() as patch:
        at_home(template, patch)
        return [check(template, file) for file in files_of(template)]


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_entrance_finds_the_same(entrance: str, folder: Path, checked: list[Verdict]) -> None:
    ask, seen, at_least = ENTRANCES[entrance]
    files = files_of(folder)
    answers = ask(folder, files)
    known = [(file, want, got) for file, want, got in zip(files, checked, answers, strict=True) if got is not None]
    assert len(known) >= at_least
    for file, want, got in known:
        assert got.errors == want.errors, file.read_text()
        if seen == ALL and not want.errors:  # what is refused is refused without further talk
            assert got.warnings == want.warnings, file.read_text()


def test_files_have_faults_of_every_kind(checked: list[Verdict]) -> None:
    assert len(checked) == COUNT
    assert sum(not each.errors for each in checked) > 20
    everything = " ".join(line for each in checked for line in each.errors | each.warnings)
    for what in ("names a trunk", "the kind premium", "the countries that parity may dial", "is not for parity",
                     "belongs to globex", "can only loop",
                 "no tracking number of this company", "86400", "[all-on-break]", "[unmapped-owner]",
                 "on whose clock", "goes round for ever", 'extension: "204"', *CODES):  # fmt: skip
        assert what in everything, what


def test_what_could_not_be_looked_at_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FSROUTER_CONFIG")
    file = folder / "base.yaml"
    for words in (("check", file), ("test", file, folder / "calls.yaml")):
        assert said("rules", *words).stderr.count("not checked: what may be dialled (no settings)\n") == 1, words
    for words in (("plan", file), ("import", file, "--yes"), ("rollback", 2, "--yes")):
        told = said("rules", *words)
        assert told.stderr.count("no settings file, so the defaults hold; ") == 1, words
        assert "trunks" in told.stderr and told.exit_code == 1, words
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{folder / 'none.db'}")
    stored = "numbers of other companies, owners of contacts, breaks, names of contacts (no database)"
    for words in (("check", file), ("test", file, folder / "calls.yaml")):
        assert f"not checked: what may be dialled (no settings), {stored}\n" in said("rules", *words).stderr, words
    monkeypatch.setenv("FSROUTER_CONFIG", str(folder / "fsrouter.toml"))
    for words in (("plan", file), ("check", file)):
        assert f"not checked: {stored}\n" in said("rules", *words).stderr, words

"""The same rule book means the same on every machine: whatever its locale, language, time zone and encoding.

Each command line runs in processes with five sets of variables. A machine need not have these locales: one that it
lacks leaves the C library at "C", so the alphabet and the encoding are those of there; Python's own tables (case of the
Turkish i, digits of other scripts), what is read from the variables themselves (`LANGUAGE`, `TZ`, `PYTHONIOENCODING`)
and the modes that Python takes for a locale (UTF-8 mode) are tried everywhere.
"""

# ruff: noqa: RUF001 (letters of many languages)

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from paths import EXAMPLES, ROOT

MACHINES: dict[str, dict[str, str]] = {
    "C": {"LC_ALL": "C", "TZ": "UTC"},
    "English": {"LC_ALL": "en_US.UTF-8", "LANGUAGE": "en_US", "TZ": "America/St_Johns", "PYTHONTZPATH": "/nowhere"},
    "German": {"LANG": "de_DE.UTF-8", "LANGUAGE": "de:uk", "TZ": "Asia/Kathmandu", "PYTHONIOENCODING": "latin-1"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr", "TZ": "Pacific/Kiritimati"},
    "Persian": {"LC_ALL": "fa_IR.UTF-8", "LC_NUMERIC": "fa_IR.UTF-8", "LANGUAGE": "fa:ar", "TZ": "Pacific/Niue"},
}

KONTOR = """\
company: kontor
country: DE
timezone: Europe/Berlin
trunk: carrier
failsafe: agent:mira
schedules:
  deutsch: {hours: {mon-sun: "08:00-17:00"}, holidays: DE, except: [Tag der Deutschen Einheit]}
  english: {hours: {mon-sun: "08:00-17:00"}, holidays: DE, except: [German Unity Day]}
  turkish: {hours: {mon-sun: "08:00-17:00"}, holidays: TR, except: [CUMHURIYET BAYRAMI]}
  ukraine: {hours: {mon-sun: "08:00-17:00"}, holidays: UA, except: [Independence Day]}
agents:
  mira: {title: ILIŞKILER İZMİR, endpoint: user/1001}
  otis: {title: Straße, number: 030 90 18 20}
priorities:
  clients:
    rules: [{title: İŞ SAHİBİ, to: agent:otis}, {account: ISPARTA, to: agent:mira}, {contact: "2", to: agent:otis}]
routers:
  open:
    branches:
      - {when: {closed: deutsch}, then: tag:deutsch}
      - {when: {closed: english}, then: tag:english}
      - {when: {closed: turkish}, then: tag:turkish}
      - {when: {closed: ukraine}, then: tag:ukraine}
      - {when: {crm.size: "> 1.5"}, then: tag:large}
    otherwise: priority:clients
tracking_numbers:
  - {number: "+49 30 901821", to: "router:open"}
  - {number: "+49 30 901822", to: "priority:clients"}
"""
CONTACTS = """\
id,name,title,account,size,phones
1,Ege Işık,iş sahibi,ısparta,"1,5",0171 6783154
2,GÜL,Straße,isparta,1.6,+49 171 ۶۷۸۳۱۵۵
3,Łukasz,İŞ SAHİBİ,x,2,"0171 6783156 ; +90 212 555 01 42"
"""
CALLERS = ("0171 6783154", "+49 171 6783155", "00491716783156", "+902125550142", "\uff10171 6783157", "anonymous")
MOMENTS = ("2026-10-03T10:00", "2026-10-29T10:00", "2026-12-25T10:00", "2026-03-29T02:30", "2026-10-25T02:30+01:00")

#: Runs each command line of a file as the program does, and tells how it ended.
RUN = """
import json, sys
from fsrouter.__main__ import main
for words in json.load(open("commands.json", encoding="utf-8")):
    sys.argv = ["fsrouter", *words]
    print("$", ascii(words), flush=True)
    try:
        main()
    except SystemExit as ended:
        print("=", ended.code or 0, flush=True)
"""


def commands() -> list[list[str]]:
    """What is run: every example of the repository, and a company whose names and numbers are of many languages."""
    books = ["acme.yaml", "kontor.yaml", "as-written.yaml", "shorthands.yaml"]
    found = [["rules", "check", book] for book in books]
    found += [
        ["rules", "check", "kontor.yaml", "--json"],
        ["--config", "fsrouter.toml", "rules", "plan", "kontor.yaml"],
    ]
    found += [["rules", "test", "acme.yaml", "acme.calls.yaml", "--contacts", "contacts.csv"]]
    for at in MOMENTS:
        call = ["explain", "--rules", "kontor.yaml", "--to", "+4930901821", "--at", at, "--contacts", "people.csv"]
        found.append([*call, "--from", CALLERS[0], "--json"])
    for caller in CALLERS:
        call = ["explain", "--rules", "kontor.yaml", "--to", "030901822", "--at", MOMENTS[0], "--from", caller]
        found += [[*call, "--contacts", "people.csv"], [*call, "--json"]]
    found += [["--config", "fsrouter.toml", "rules", "import", book, "--yes"] for book in ("acme.yaml", "kontor.yaml")]
    found += [["rules", "export", company] for company in ("acme", "kontor")]
    found += [["contacts", "import", "people.csv", "--company", "kontor"]]
    found += [["contacts", "find", text, "--json"] for text in ("GÜL", "Işık", "lukasz", "01716783155")]
    return found


def started(folder: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process that runs them on a machine with these variables, in a folder of its own."""
    folder.mkdir()
    for path in (*EXAMPLES.iterdir(), *(ROOT / "tests" / "rules" / "good").iterdir()):
        shutil.copy(path, folder)
    (folder / "kontor.yaml").write_text(KONTOR, encoding="utf-8")
    (folder / "people.csv").write_text(CONTACTS, encoding="utf-8")
    (folder / "commands.json").write_text(json.dumps(commands()), encoding="utf-8")
    own = {
        "FSROUTER_DATABASE": "sqlite:///x.db",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "USER": "olga",
        "COLUMNS": "100",
    }
    words = [sys.executable, "-c", RUN]
    return subprocess.Popen(
        words,
        cwd=folder,
        env=own | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )


def alike(told: bytes, folder: Path) -> bytes:
    """What a process told, without its folder and the time at which it read contacts."""
    return re.sub(rb'"synced": [0-9.]+', b'"synced": 0', told.replace(str(folder).encode(), b"FOLDER"))


@pytest.mark.timeout(180)
def test_every_example_does_the_same_under_five_locales_and_zones(tmp_path: Path) -> None:
    # Names of one length: a path that is longer breaks a line of an export elsewhere.
    folders = {name: tmp_path / f"machine{i}" for i, name in enumerate(MACHINES)}
    running = {name: started(folders[name], variables) for name, variables in MACHINES.items()}
    told = {name: alike(process.communicate()[0], folders[name]) for name, process in running.items()}
    expected = told["C"].decode()
    for name, found in told.items():
        assert found.decode(errors="replace").splitlines() == expected.splitlines(), name
    assert expected.count("\n$ ") + 1 == len(commands())
    assert "Traceback" not in expected
    assert "closed for Erster Weihnachtstag" in expected
    assert "except: CUMHURIYET" not in expected  # exports have the calendar's own name
    assert "Cumhuriyet Bayramı" in expected
    ended = [line for line in expected.splitlines() if line.startswith("= ")]
    assert ended == ["= 0"] * len(commands()), expected

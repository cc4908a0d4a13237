"""`docs/monitoring.md` shows how to join our lines with FreeSWITCH's: what it says to type does that."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from paths import DOCS

from fsrouter.log.logger import get_logger
from log.lines import logged

TEXT = (DOCS / "monitoring.md").read_text(encoding="utf-8")
UUID = "4f3c8f1e-6a2d-4a0e-9c1b-2f0f4c1f7a10"
#: As mod_logfile writes them.
THEIRS = """{0} 2000-01-01 11:28:52.461852 0.00% [NOTICE] switch_channel.c:1142 New Channel sofia/internal/1001
{1} 2000-01-01 11:28:52.501864 0.00% [NOTICE] switch_channel.c:1142 New Channel sofia/internal/1002
{0} 2100-01-01 11:28:53.461852 0.00% [NOTICE] switch_core_session.c:1744 Hangup
"""


def typed(beginning: str) -> str:
    return next(line for line in TEXT.splitlines() if line.startswith(f"    {beginning}"))


@pytest.mark.parametrize("form", ["console", "json"])
def test_docs_command_joins_our_lines_with_those_of_freeswitch(tmp_path: Path, form: str) -> None:
    if form == "json" and not shutil.which("jq"):
        pytest.skip("jq is not installed")
    with logged(form) as lines:
        for uuid in (UUID, "another"):
            get_logger("fsrouter.router").warning("facts of the call could not be read", uuid=uuid, company="acme")
    (tmp_path / "freeswitch.log").write_text(THEIRS.format(UUID, "another"))
    (tmp_path / "ours").write_text("\n".join(lines.texts) + "\n")
    script = f"journalctl() {{ cat {tmp_path}/ours; }}\nuuid={UUID}\n" + typed(
        "{ grep" if form == "console" else "journal"
    )
    script = script.replace("/var/log/freeswitch", str(tmp_path))
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()
    if form == "json":
        assert [json.loads(line)["uuid"] for line in done] == [UUID]
        return
    assert [line.partition(" [")[2][:7] for line in done] == ["NOTICE]", "warning", "NOTICE]"]
    assert "New Channel" in done[0] and done[1].endswith(f"uuid={UUID} company=acme") and "Hangup" in done[2]


def test_docs_examples_have_the_fields_of_a_line() -> None:
    with logged() as lines:
        get_logger("fsrouter.router").warning(
            "facts of the call could not be read", uuid=UUID, company="acme", error="no answer within 1.0 s"
        )
    shown = json.loads(typed('{"timestamp"'))
    (found,) = lines.objects()
    assert list(shown) == list(found)
    assert shown | {"timestamp": ""} == found | {"timestamp": ""}
    named = set(re.findall(r"^\| `(\w+)`", TEXT.partition("| field | what |")[2], re.MULTILINE))
    assert set(found) <= named

"""The in-process entry's files: the script that mod_python3 runs, and the line by which it begins with FreeSWITCH.

Plans changes, writes nothing. Which Python FreeSWITCH has is its own affair: the script only tells it where fsrouter
and what fsrouter needs are, as this process has them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from fsrouter.errors import UsageError
from fsrouter.freeswitch.install import dialplan, plan
from fsrouter.freeswitch.install.plan import Change, read

NAME: Final = "fsrouter_python"
"""What the dialplan calls it: `python fsrouter_python`."""
OURS: Final = "Written by `fsrouter freeswitch install`."

_LINE: Final = f'    <param name="startup-script" value="{NAME}"/>\n'
_EMPTY: Final = f"""<configuration name="python.conf" description="PYTHON Configuration">
  <!-- {OURS} -->
  <settings>
  </settings>
</configuration>
"""


def script_change(scripts: Path, config: str, wanted: bool) -> Change:
    """The script in FreeSWITCH's script directory; `config` is the settings file that it uses. Raises UsageError."""
    path = scripts / f"{NAME}.py"
    before = read(path)
    if not wanted:
        return Change(path, before, None if OURS in (before or "") else before, "no longer wanted")
    if not scripts.is_dir():
        raise UsageError(
            f"{scripts} is no directory; name FreeSWITCH's script directory with --scripts: "
            "fs_cli -x 'global_getvar script_dir'"
        )
    if before is not None and OURS not in before:
        raise UsageError(f"{path} is there already and not ours; move it away")
    text = dialplan.template(f"scripts/{NAME}.py").replace("@CONFIG@", repr(config)).replace("@PLACES@", repr(places()))
    return Change(path, before, text, "runs calls in FreeSWITCH's process")


def conf_change(conf: Path, wanted: bool) -> Change:
    """python.conf.xml, which begins the router with FreeSWITCH. Raises edits.NotEditable."""
    path = conf / "autoload_configs" / "python.conf.xml"
    before = read(path)
    if not wanted and (before is None or OURS in before):
        return Change(path, before, None, "no longer wanted")
    after = plan.inserted(_EMPTY if before is None else plan.without_ours(before), "settings", _LINE if wanted else "")
    plan.root(after)
    return Change(path, before, after, "begins the router with FreeSWITCH" if wanted else "as it was")


def places() -> list[str]:
    """Where fsrouter and the packages that it needs are: directories for `sys.path`."""
    packages = [place for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    own = str(Path(__file__).resolve().parents[3])
    return list(dict.fromkeys([*packages, own]))

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
from fsrouter.freeswitch.install.plan import OURS, Change

NAME: Final = "fsrouter_python"
"""What the dialplan calls it: `python fsrouter_python`."""

_LINE: Final = f'    <param name="startup-script" value="{NAME}"/>\n'
_EMPTY: Final = f"""<configuration name="python.conf" description="PYTHON Configuration">
  <!-- {OURS} -->
  <settings>
  </settings>
</configuration>
"""


def changes(conf: Path, scripts: Path | None, config: str, wanted: bool) -> list[Change]:
    """python.conf.xml, which begins the router with FreeSWITCH, and the script in FreeSWITCH's script directory, which
    uses the settings file `config`. Raises UsageError.
    """
    if wanted and scripts is None:
        raise UsageError("a router in process needs FreeSWITCH's script directory: --scripts DIR")
    path = conf / "autoload_configs" / "python.conf.xml"
    begins = plan.edit(path, {"settings": _LINE if wanted else ""}, "begins the router with FreeSWITCH", _EMPTY)
    return [begins] if scripts is None else [begins, _script(scripts, config, wanted)]


def _script(scripts: Path, config: str, wanted: bool) -> Change:
    path = scripts / f"{NAME}.py"
    if not wanted:
        return plan.remove(path)
    if not scripts.is_dir():
        raise UsageError(
            f"{scripts} is no directory; name FreeSWITCH's script directory with --scripts: "
            "fs_cli -x 'global_getvar script_dir'"
        )
    text = dialplan.template(f"scripts/{NAME}.py").replace("@CONFIG@", repr(config)).replace("@PLACES@", repr(places()))
    return plan.replace(path, text, "runs calls in FreeSWITCH's process")


def places() -> list[str]:
    """Where fsrouter and the packages that it needs are: directories for `sys.path`."""
    packages = [place for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    own = str(Path(__file__).resolve().parents[3])
    return list(dict.fromkeys([*packages, own]))

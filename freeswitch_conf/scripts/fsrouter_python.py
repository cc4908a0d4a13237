"""Written by `fsrouter freeswitch install`. Do not edit: the next install writes it anew, `--remove` deletes it.

mod_python3 runs `handler` for each call whose dialplan says `python fsrouter_python`, and `runtime` once, when
python.conf.xml names this script as startup-script. This file is loaded anew for each call, so it does nothing else.
"""

import sys

import freeswitch

CONFIG = @CONFIG@
PLACES = @PLACES@

for place in PLACES:
    if place not in sys.path:
        sys.path.append(place)

from fsrouter.router import mod_python  # noqa: E402


def log(level, text):
    """Write a line to FreeSWITCH's log."""
    freeswitch.consoleLog(level, text.encode("utf-8", "replace").decode() + "\n")


def handler(session, args):
    """One call."""
    mod_python.take(session, CONFIG, freeswitch.API(), log)


def runtime(args):
    """Begin the router before the first call comes."""
    mod_python.begin(CONFIG, log)

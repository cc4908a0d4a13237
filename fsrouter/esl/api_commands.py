"""Which api commands are sent to FreeSWITCH, and the form that the arguments of each must have. Pure tables.

A command that is not here is never sent, and neither are arguments that do not match as a whole. Not among them:
`expand`, `eval`, `system`, `originate`, an inline dialplan: each runs whatever it is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_UUID = r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}"
_NAME = r"[A-Za-z0-9_.@-]{1,128}"
_FILE = r"(?!\S*\.\./)[A-Za-z0-9_./@+-]{1,255}"
_SOUND = r"(?:tone_stream://|silence_stream://|local_stream://)?[A-Za-z0-9_.%(),;=/@+-]{1,255}"
_FILES = r"file_string://(?!\S*\.\./)[A-Za-z0-9_./-]{1,128}(?:![A-Za-z0-9_./-]{1,128}){0,7}"
_RECORDING = r"/(?!\S*\.\./)[A-Za-z0-9_./@-]{1,255}\.(?:wav|mp3|ogg)"

# What is asked of mod_callcenter (mod_callcenter.c:3540). Single quotes hold a status of two words together.
_STATUS = r"(?:Available|'(?:Available|Available \(On Demand\)|On Break|Logged Out)')"
_WAY = r"(?:\[[A-Za-z0-9_=,.@-]{1,255}\])?[A-Za-z0-9_.@+/:;=*#-]{1,255}"
_CONTACT = rf"(?:\{{originate_timeout=[0-9]{{1,3}}\}})?{_WAY}(?:\|{_WAY}){{0,31}}"
_DELAYS = r"(?:max_no_answer|wrap_up_time|reject_delay_time|busy_delay_time|no_answer_delay_time)"
_AGENT = (
    rf"(?:list|add {_NAME} callback|del {_NAME}|set status {_NAME} {_STATUS}|set state {_NAME} Waiting"
    rf"|set contact {_NAME} {_CONTACT}|set {_DELAYS} {_NAME} [0-9]{{1,5}})"
)
_TIER = (
    rf"(?:list|add {_NAME} {_NAME} [0-9]{{1,5}} [0-9]{{1,5}}|del {_NAME} {_NAME}"
    rf"|set (?:level|position) {_NAME} {_NAME} [0-9]{{1,5}})"
)
_QUEUE = rf"(?:list|(?:load|reload|unload|list members|count members) {_NAME})"

_LOCATED = r"dialplan context name [A-Za-z0-9_.+-]{1,64}|configuration configuration name [a-z_]{1,64}\.conf"

API: Final[Mapping[str, re.Pattern[str]]] = {
    verb: re.compile(form, re.ASCII)
    for verb, form in {
        "callcenter_config": rf"agent {_AGENT}|tier {_TIER}|queue {_QUEUE}",
        "file_exists": rf"/{_FILE}",
        "global_getvar": r"[a-z][a-z0-9_]{0,63}",
        "hupall": rf"ORIGINATOR_CANCEL cc_member_pre_answer_uuid {_UUID}",
        "local_stream": r"show",
        "module_exists": r"mod_[a-z0-9_]+",
        "reload": r"mod_[a-z0-9_]+",
        "reloadxml": r"",
        "show": r"(?:channels|calls|registrations)(?: count)?(?: as json)?",
        "sofia": r"status|status gateway [A-Za-z0-9_.+-]{1,64}",
        "sofia_contact": r"(?:[A-Za-z0-9_.*-]+/)?[A-Za-z0-9_.+-]+(?:@[A-Za-z0-9.:_-]+)?",
        "status": r"",
        "switchname": r"",
        "strepoch": r"",
        "strftime": r"[A-Za-z0-9%:_ -]*",
        "user_exists": r"id [A-Za-z0-9_.+-]{1,64} [A-Za-z0-9.:_-]{1,255}",
        "uuid_break": rf"{_UUID}(?: all)?",
        "uuid_broadcast": rf"{_UUID} {_SOUND}(?: (?:aleg|bleg|both))?",
        "uuid_displace": rf"{_UUID} start {_FILES}",
        "uuid_dump": rf"{_UUID} json",
        "uuid_exists": rf"{_UUID}",
        "uuid_kill": rf"{_UUID}(?: [A-Z][A-Z0-9_]{{0,39}})?",
        "uuid_record": rf"{_UUID} (?:start|stop|mask|unmask) {_RECORDING}",
        "uuid_transfer": rf"{_UUID}(?: -bleg| -both)? [A-Za-z0-9_.+*#][A-Za-z0-9_.+*#-]{{0,63}}(?: XML {_NAME})?",
        "version": r"(?:short)?",
        "xml_locate": _LOCATED,
    }.items()
}
"""verb -> the form of its arguments, all of them in one text with a space between two."""

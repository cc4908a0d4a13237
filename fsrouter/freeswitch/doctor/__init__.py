"""The doctor of `fsrouter freeswitch check`: looks at a running FreeSWITCH and says what to do about what it finds.

    wanted = needs(settings, books, routers)             what the rule books and settings ask of FreeSWITCH
    seen = look(line.api, switch, wanted)                what there is, over the event socket and in /proc
    for finding in judge(seen, wanted): …                pure

`needs` knows rule books, `looking` asks, `judging` decides. Nothing is changed anywhere, and no secret is kept.
"""

from fsrouter.freeswitch.doctor.checks import judge
from fsrouter.freeswitch.doctor.expected import Needs, needs
from fsrouter.freeswitch.doctor.finding import ERROR, OK, WARNING, Finding
from fsrouter.freeswitch.doctor.probe import Process, Seen, look

__all__ = ["ERROR", "OK", "WARNING", "Finding", "Needs", "Process", "Seen", "judge", "look", "needs"]

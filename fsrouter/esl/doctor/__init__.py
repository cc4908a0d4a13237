"""The doctor of `fsrouter freeswitch check`: looks at a running FreeSWITCH and says what to do about what it finds.

    wanted = needs(settings, books, routers)             what the rule books and settings ask of FreeSWITCH
    seen = look(line.api, switch, wanted)                what there is, over the event socket and in /proc
    for finding in judge(seen, wanted): …                pure

`needs` knows rule books, `looking` asks, `judging` decides. Nothing is changed anywhere, and no secret is kept.
"""

from fsrouter.esl.doctor.finding import ERROR, OK, WARNING, Finding
from fsrouter.esl.doctor.judging import judge
from fsrouter.esl.doctor.looking import Process, Seen, look
from fsrouter.esl.doctor.needs import Needs, needs

__all__ = ["ERROR", "OK", "WARNING", "Finding", "Needs", "Process", "Seen", "judge", "look", "needs"]

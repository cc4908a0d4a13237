"""A FreeSWITCH stand-in: it dials in to a router as FreeSWITCH 1.11 does with `socket host:port|host:port full`.

What lives here: the switch's side alone. It shares nothing with the code that it tests, and is itself held to
`captures/` (what a real FreeSWITCH said, byte for byte), to docs/wire.md 2 and 6, and to docs/live.md;
docs/simulator.md has the table. gevent, no monkey patching.

`switch` puts everything together: sockets and API commands (`wire/`), queues (`callcenter/`), calls (`calls/`). They
share a `state`, and each call leaves a `record`, which tests read. Below are the channel with its variables and its
headers, the phones, the clock, and what was captured.

For those who write tests
-------------------------

    phones = {"user/1001": Phone(answers_after=3), "+13125550142": BUSY}
    with Switch([("127.0.0.1", port)], phones, speed=100) as switch:
        call = switch.call(Caller(number="+13125550199", to="+13125550100", keys=("1", "-", "23"))).wait()
    assert call.outcomes() == [("sofia/gateway/trunk/+13125550142", "USER_BUSY"), ("user/1001", "SUCCESS")]
    assert call.hangup_cause == "NORMAL_CLEARING", call.log()

* **Time is simulated.** `speed=100` lets 25 s of ringing take 0.25 s. While a router thinks, the call's clock stands
  still (for `patience` real seconds at most), so results do not depend on how busy the machine is: no sleeps in tests.
  `speed=math.inf` makes every wait come about at once, in order; use it for load. `call.log()` prints the timeline with
  simulated seconds. Each call has its own clock: compare times within a call, not between calls.
* **Callers** send RTP at their `pace`, press `keys` (one item for each prompt, queue or voicemail) and stay on the
  line or hang up: `hangs_up_after=12.5`, or `"at:ringing"`, `"at:talking+3"`, `"at:playback"`, `"at:queue+60"`. They
  act at once with `call.press("5")`, `call.hang_up()`.
* **Phones** are found by the target as dialled, by target without `@host`, or by number. A function of the call instead
  of a Phone makes one for each ring: `{"user/1001": lambda call: BUSY if len(call.rang) < 2 else ANSWERS}`.
* **Gateways** reach the phones, but for those that do not: `switch.gateways["a"] = DOWN`, SILENT, `Phone(code=503)`.
* **Waiting**: `call.reach("talking")`, `call.reach("connected", times=2)`, `call.wait()`; each raises TimeoutError with
  the log.
* **What the answerer gets, when**: `ring.moments`, `(1.02, "key 2")`, `(1.66, "hears a.wav")`, `(4.16, "talks")`.
* **Others move calls**: `call.transfer("8790")`, `call.refer_by_callee("8790")`, `call.callee_hangs_up()`,
  `call.take("uuid_bridge")` and the other TAKES, `switch.api("uuid_kill …")`. A leg that is taken away goes on as a
  call of its own: `call.onward`. `switch.first_over` says whose end is told first when a caller leaves a talk.
* **Read afterwards**: `hangup_cause`, `answered`, `talked_to`, `heard`, `recordings`, `variables`, `fail_safe`,
  `routers`, `steps`, and `rang` (target, times, outcome, heard, dtmf_sent); on the switch `messages` (voicemail) and
  `commands_run` (every API command, also one smuggled into `${…}`).
* **The dialplan** is that of docs/wire.md 6; `Dialplan.from_xml(entry, context)` runs the files that ship.
* **Global variables**: `switch.globals`, `switch.api("global_setvar NAME=VALUE")`; files set them when they are loaded,
  at the beginning and by `switch.api("reloadxml")`.
* **Queues**: `Queue("support@default")` with `.add(Agent("nancy", "user/1001"))`; or `callcenter_config` over the API.
* **Observers**: `switch.listen_inbound(password=…)` opens an inbound event socket with `.address`, `.heartbeat()`,
  `.drop()`.
* **Phones that are killed** say nothing more: `call.vanish()`, `call.callee_vanishes()`; `switch.rtp_timeout`.
* **Faults**: `switch.cut(after_bytes=900, reset=True)`, `switch.fault(Fault(chunk=1))`, `Fault(silent_after=…)`.
* **Load**: `run_load(switch, calls=5000, concurrency=200)` tells calls a second, and the router's own p50, p95 and p99
  for each command.
"""

from fsrouter.simulator.callcenter.model import Agent, Queue
from fsrouter.simulator.calls.call import TAKES, PlacedCall
from fsrouter.simulator.connection import Command, Fault
from fsrouter.simulator.dialplan import FAIL_SAFE, Condition, Dialplan, Extension, standard
from fsrouter.simulator.load import Load, Percentiles, run_load
from fsrouter.simulator.phones import (
    ANSWERS,
    BUSY,
    DOWN,
    NOBODY,
    RINGS_OUT,
    SILENT,
    UNREGISTERED,
    Caller,
    Phone,
)
from fsrouter.simulator.record import Behaviour, Message, Record, Recording, Ring
from fsrouter.simulator.switch import Switch
from fsrouter.simulator.wire.inbound import Inbound

__all__ = [
    "ANSWERS", "BUSY", "DOWN", "FAIL_SAFE", "NOBODY", "RINGS_OUT", "SILENT", "TAKES", "UNREGISTERED", "Agent",
    "Behaviour", "Caller", "Command", "Condition", "Dialplan", "Extension", "Fault", "Inbound", "Load", "Message",
    "Percentiles", "Phone", "PlacedCall", "Queue", "Record", "Recording", "Ring", "Switch", "run_load", "standard",
]  # fmt: skip

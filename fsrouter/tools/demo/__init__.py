"""`fsrouter demo`: a whole fsrouter, from the wire to the journal, with nothing installed.

A router serves on a database of its own; a simulated FreeSWITCH connects, with simulated callers and phones, in
compressed time. Each step of each call is told as it happens, and what happened to every call when it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import gevent

from fsrouter.engine.walk.explain import as_text
from fsrouter.freeswitch.socket_secret import SocketSecret
from fsrouter.router.service import Service
from fsrouter.rules import company_file
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.settings.model import Settings
from fsrouter.settings.model import Switch as SwitchSettings
from fsrouter.simulator import Phone, Switch, standard
from fsrouter.store import Store
from fsrouter.store.calls.journal import CallRecord
from fsrouter.store.calls.views import explained
from fsrouter.tools.demo import people

COMPANY = Path(__file__).with_name("company.yaml")
PASSWORD = "demo"

#: Telephone time passes this many times as fast.
SPEED = 20.0
#: Seconds, of telephone time, between two callers.
BETWEEN = 3.0
#: Real seconds after which a demo that has not ended is broken.
LONGEST = 120.0

#: What `rows` has of each call.
COLUMNS = ("time", "from", "to", "went to", "outcome", "duration")


@dataclass
class CallPrinter:
    """Tells what happens, line by line, to `tell`. Knows of each call how much it has told."""

    tell: Callable[[str], None]
    names: dict[str, int] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)

    def put(self, record: CallRecord) -> None:
        """Tell what is new in a record."""
        number = self.names.setdefault(record.uuid, len(self.names) + 1)
        for entry in record.trace[self.heard.get(record.uuid, 0) :]:
            self.tell(f"  #{number:02}  {entry.at}: {entry.outcome}")
        self.heard[record.uuid] = len(record.trace)
        if record.where and record.where != self.where.get(record.uuid):
            self.tell(f"  #{number:02}  ... {record.where}")
        self.where[record.uuid] = record.where


def database(folder: str) -> str:
    """The URL of the demo's database in a folder."""
    return f"sqlite:///{folder}/demo.db"


def run(folder: str, calls: int, tell: Callable[[str], None], speed: float = SPEED) -> list[CallRecord]:
    """Serve on a database in `folder`, which somebody else may be looking at, have `calls` calls placed, and tell
    everything to `tell`. Returns the calls as the journal has them.
    """
    # ^C ends the demo wherever it finds it; a greenlet that it finds is no failure to be printed.
    hub = gevent.get_hub()
    hub.NOT_ERROR = (*hub.NOT_ERROR, KeyboardInterrupt)
    book = company_file.load(COMPANY)
    with Store.open(database(folder)) as store:
        store.books.save(book, "demo", "the demo's company")
        store.contacts.replace(book.company, "", people.entries())
        with Switch([], people.PHONES, default=Phone(), queues=people.queues(), speed=speed) as switch:
            settings = _settings(folder, switch)
            switch.api(f"global_setvar fsr_secret={SocketSecret(store.secrets, settings.key).first()}")
            service = Service(settings, store)
            service.cdr.on_record.append(CallPrinter(tell).put)
            service.start()
            try:
                switch.dialplan = standard([("127.0.0.1", service.listener.port)])
                tell(f"fsrouter serves {book.header.title} on 127.0.0.1:{service.listener.port}; {calls} calls come in")
                uuids = _place(switch, calls, speed)
            finally:
                service.close()
        return list(_tell_all(store, uuids, book.header.timezone, tell))


def _settings(folder: str, switch: Switch) -> Settings:
    host, port = switch.listen_inbound(password=PASSWORD).address
    return Settings(
        database=database(folder),
        listen="127.0.0.1:0",
        node="demo",
        freeswitch=(SwitchSettings(host=host, port=port, password=PASSWORD),),
        trunks={"carrier": "carrier"},
        recordings=f"{folder}/recordings",
        key="demo",
    )


def _place(switch: Switch, calls: int, speed: float) -> list[str]:
    placed = []
    for i in range(calls):
        placed.append(switch.call(people.CALLERS[i % len(people.CALLERS)]))
        GREENLETS.sleep(BETWEEN / speed)
    for call in placed:
        call.wait(LONGEST)
    return [call.uuid for call in placed]


def _tell_all(store: Store, uuids: list[str], timezone: str, tell: Callable[[str], None]) -> Iterator[CallRecord]:
    for i, uuid in enumerate(uuids, 1):
        record = store.journal.get(uuid)
        if record is None:
            tell(f"\n#{i:02} is not in the journal")
            continue
        tell(f"\n#{i:02} {record.outcome}")
        for line in as_text(explained(record, timezone), record.outcome == "unanswered"):
            tell(line)
        yield record


def rows(records: Sequence[CallRecord], speed: float = SPEED) -> Iterator[tuple[str, ...]]:
    """A row of each call: when it began on this machine's clock, the caller, the number dialled, where it went, its
    outcome and how long it took, `minutes:seconds`. All times are telephone time from the first call on.
    """
    first = min((record.began for record in records), default=0.0)
    for record in records:
        began = datetime.fromtimestamp(first + speed * (record.began - first))
        minutes, seconds = divmod(round(speed * ((record.ended or record.began) - record.began)), 60)
        caller = record.caller or "withheld"
        duration = f"{minutes}:{seconds:02}"
        yield f"{began:%H:%M:%S}", caller, record.number, record.destination, record.outcome, duration

"""A router with a FreeSWITCH stand-in, in a process of its own, as the dashboard's tests start it.

    python router.py DATABASE

places a call whenever a line with a number to dial comes in on stdin, and says on stdout which call it was; it ends
when stdin does.
"""

from __future__ import annotations

import sys

import gevent
from gevent.fileobject import FileObjectThread

from fsrouter.freeswitch.socket_secret import SocketSecret
from fsrouter.router.service import Service
from fsrouter.settings.model import Settings
from fsrouter.settings.model import Switch as Address
from fsrouter.simulator import Caller, Phone, Switch, standard
from fsrouter.store import Store
from fsrouter.tools.demo import people


def main(database: str) -> None:
    """Serve until stdin ends."""
    with Store.open(database) as store, Switch([], {}, default=Phone(answers_after=0.1, talk=600)) as switch:
        host, port = switch.listen_inbound(password="demo").address
        settings = Settings(
            trunks={"carrier": "carrier"},
            database=database,
            listen="127.0.0.1:0",
            web="127.0.0.1:0",
            node="east",
            freeswitch=(Address(host=host, port=port, password="demo"),),
            key="demo",
            stop_after=0.0,
        )
        switch.api(f"global_setvar fsr_secret={SocketSecret(store.secrets, settings.key).first()}")
        service = Service(settings, store)
        service.start()
        switch.dialplan = standard([("127.0.0.1", service.listener.port)])
        print("ready", flush=True)
        for line in FileObjectThread(sys.stdin):
            placed = switch.call(Caller(number=people.STRANGERS[0], name="Pat [/red] Doe", to=line.strip()))
            print(placed.uuid, flush=True)
            gevent.sleep(0)
        service.stop()
        service.stop()
        service.close()


if __name__ == "__main__":
    main(sys.argv[1])

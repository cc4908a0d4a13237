"""Three servers for one scenario, each a process of its own: `python -m fsrouter.tools.bench.servers KIND FOLDER`.

    fsrouter      everything: facts, walk, cursor, journal
    bare          a gevent loop that says the same words and thinks nothing: what the wire alone costs
    greenswitch   greenswitch's own OutboundESLServer with an application that gives the same commands

The scenario: connect, answer, play, bridge to an agent who answers at once and leaves at once, let go. Each prints
its port when it listens.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gevent.server import StreamServer
from gevent.socket import socket

from fsrouter.runtime.greenlets import GREENLETS

#: What each server takes the call's words from.
SOUND, TARGET = "ivr/welcome.wav", "user/1001"

#: Live calls that a server must bear.
MOST = 5000

#: The signing key of the bench's installation.
KEY = "bench"


def fsrouter(folder: Path) -> None:
    """This program, as `serve` composes it."""
    from fsrouter.router.service import Service
    from fsrouter.settings.model import Settings
    from fsrouter.store import Store

    url = f"sqlite:///{folder}/bench.db"
    settings = Settings(
        database=url, listen="127.0.0.1:0", node="bench", freeswitch=(), key=KEY, limit=MOST, stop_after=1.0
    )
    with Store.open(url) as store:
        service = Service(settings, store)
        service.start()
        _ready(service.listener.port)
        service.run()


def bare(folder: Path) -> None:
    """The same bytes, without a thought: each reply is waited for by counting frames."""
    server = StreamServer(("127.0.0.1", 0), _say, backlog=1024)
    server.start()
    _ready(server.server_port)
    server.serve_forever()


def _say(sock: socket, peer: object) -> None:
    sock.sendall(b"connect\n\napi global_getvar fsr_secret\n\n")
    head = b""
    while len(head.partition(b"Content-Length: 64\n\n")[2]) < 64 and (chunk := sock.recv(65536)):
        head += chunk
    uuid = head.split(b"Unique-ID: ", 1)[1].split(b"\n", 1)[0]
    took = b"fsr_took=yes;fsr_call=1;export_vars=fsr_call;continue_on_fail=true;fsr_cursor=" + b"x" * 120
    cleared = b"fsr_cursor=" + b"x" * 160 + b";originate_disposition=;bridge_hangup_cause=;cc_cause="
    leg = b"{ignore_early_media=true}[leg_timeout=30,fsr_target=agent.nancy]" + TARGET.encode()
    for variables, does in ((took, ((b"answer", b""), (b"playback", SOUND.encode()))), (cleared, ((b"bridge", leg),))):
        said = b"api uuid_setvar_multi %s %s\n\n" % (uuid, variables)
        for app, arg in does:
            said += b"sendmsg\ncall-command: execute\nexecute-app-name: %s\nexecute-app-arg: %s\n\n" % (app, arg)
        sock.sendall(said + b"api uuid_dump %s json\n\n" % uuid)
        _until(sock, b"}", dumps=1)
    sock.sendall(b"api uuid_setvar_multi %s fsr_served=yes;fsr_cause=NORMAL_CLEARING\n\n" % uuid)
    _until(sock, b"+OK")
    sock.close()


def _until(sock: socket, end: bytes, dumps: int = 0) -> bytes:
    data = b""
    while True:
        chunk: bytes = sock.recv(65536)
        if not chunk:
            return data
        data += chunk
        if data.rstrip().endswith(end.rstrip()) and data.count(b'{"') >= dumps:
            return data


def greenswitch(folder: Path) -> None:
    """greenswitch's server, its application blocking on each reply as its users write it."""
    from greenswitch import OutboundESLServer

    port = _free_port()
    server = OutboundESLServer("127.0.0.1", port, _Application, max_connections=MOST)
    GREENLETS.later(0.2, _ready, port)
    server.listen()


class _Application:
    def __init__(self, session: Any) -> None:
        self.session = session

    def run(self) -> None:
        session, uuid = self.session, self.session.uuid
        took = "fsr_took=yes;fsr_call=1"
        for variables, app, arg in ((took, "answer", ""), ("a=1", "playback", SOUND), ("a=2", "bridge", TARGET)):
            session.send(f"api uuid_setvar_multi {uuid} {variables}")
            session.call_command(app, arg)
            session.send(f"api uuid_dump {uuid} json")
        session.send(f"api uuid_setvar_multi {uuid} fsr_served=yes;fsr_cause=NORMAL_CLEARING")


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(port: int) -> None:
    print(port, flush=True)


SERVERS: dict[str, Callable[[Path], None]] = {"fsrouter": fsrouter, "bare": bare, "greenswitch": greenswitch}

if __name__ == "__main__":
    SERVERS[sys.argv[1]](Path(sys.argv[2]))

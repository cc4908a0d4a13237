"""A router inside of FreeSWITCH (mod_python3): `take` is called by the installed script, in the thread of each call.

One thread of our own has the router: its hub, its store, its observing connection, all of `service.Service` but the
port. The threads of calls hand over and do requests (`freeswitch.mod_python.bridge`). Nothing is monkey-patched, and no
greenlet ever runs in a thread of FreeSWITCH's. One fault in here is a fault of FreeSWITCH's process: whatever happens,
`take` returns, and the dialplan goes on.

Importing this module loads nothing else of fsrouter: call threads have little stack, so the rest is loaded in ours.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from fsrouter.freeswitch.mod_python.bridge import SwitchApi, ThreadBridge, session_uuid
from fsrouter.runtime import Thread
from fsrouter.runtime.native import NATIVE

#: Seconds that the first call waits for the router to begin; later ones find it there.
BEGIN: Final = 15.0
#: Seconds that a call waits for what to do next; then it goes on in the dialplan, to its fail-safe if need be.
PATIENCE: Final = 10.0
#: Stack of our threads. FreeSWITCH limits that of every thread of its process to 240 KB.
STACK: Final = 8 * 1024 * 1024
#: How deep calls may nest, as Python has it; mod_python3 sets 240, which the imports of a router pass.
DEPTH: Final = 1000

_opening = threading.Lock()
_router: Router | None = None


def take(session: Any, config: str, api: SwitchApi, log: Callable[[str, str], None]) -> None:
    """Conduct a call to its end, or to where it is somebody else's; returns when the dialplan is to go on.

    `config` is the settings file; `log(level, text)` writes to FreeSWITCH's own log.
    """
    router = begin(config, log)
    if not router.wait():
        log("warning", "fsrouter: the router in this process is not there; the dialplan has the call")
        return
    bridge = ThreadBridge(session, api, session_uuid(session), router.post)
    router.post(router.enter, bridge)
    if not bridge.serve(PATIENCE):
        log("err", f"fsrouter: the router in this process says nothing; the dialplan has call {bridge.uuid}")


def begin(config: str, log: Callable[[str, str], None]) -> Router:
    """The router of this process, begun now when it is not there yet."""
    global _router
    with _opening:
        if _router is None:
            _router = Router(config, log)
            _router.start()
        return _router


class Router:
    """The router's thread. A router that failed to begin stays so, and calls go to their fail-safes at once."""

    def __init__(self, config: str, log: Callable[[str, str], None]) -> None:
        self._config = config
        self._log = log
        self._began = threading.Event()
        self._failed = False
        self._loop: Any = None
        self._service: Any = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        sys.setrecursionlimit(max(sys.getrecursionlimit(), DEPTH))
        threading.stack_size(STACK)  # also for the threads that our libraries make later
        self._thread = NATIVE.thread("fsrouter", self._run)

    def wait(self) -> bool:
        """Whether the router takes calls, once that is known."""
        return self._began.wait(BEGIN) and not self._failed

    def post(self, work: Callable[..., None], *args: Any) -> None:
        """Have something called in the router's thread. For any thread."""
        self._loop.run_callback_threadsafe(work, *args)

    def enter(self, bridge: ThreadBridge) -> None:
        """Conduct a call, in a greenlet of its own. In the router's thread only."""
        self._service.listener.enter(bridge)

    def stop(self, seconds: float) -> None:
        """End the router, and wait for its end; for tests: in FreeSWITCH it ends with the process."""
        if self._service is not None:
            self.post(self._service.stop)
            self.post(self._service.stop)
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._keep()
        except BaseException as error:
            self._failed = True
            self._log("err", f"fsrouter: the router in this process has ended: {type(error).__name__}: {error}")
        finally:
            self._began.set()

    def _keep(self) -> None:
        import gevent

        from fsrouter.router.mod_python_service import FreeSwitchLog, ModPythonListener
        from fsrouter.router.service import Service
        from fsrouter.runtime.greenlets import GREENLETS
        from fsrouter.settings.load import load
        from fsrouter.store import Store

        self._loop = gevent.get_hub().loop
        settings = load(self._config)
        FreeSwitchLog(self._log, settings.log).begin()
        self._service = Service(
            settings,
            Store.open(settings.database),
            listen=lambda on_call: ModPythonListener(on_call, settings.limit, GREENLETS),
            hung=self._hung,
        )
        self._service.start()
        self._began.set()
        self._service.run(signals=())  # signals are FreeSWITCH's

    def _hung(self, why: str) -> None:
        self._failed = True
        self._log("crit", f"{why}: no more calls are taken in this process until FreeSWITCH is started again")

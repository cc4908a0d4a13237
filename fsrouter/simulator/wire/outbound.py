"""The application `socket` in synchronous mode: the conversation of one call with a router.

What lives here: which commands there are, in which order they are read and answered, and how the conversation ends
(mod_event_socket.c: socket_function, listener_run, parse_command; held to `captures/`). What it must not know: what
applications and API commands do.

The rules that a router meets (docs/wire.md 0.1, 0.2):
1. The reply to `sendmsg` execute comes when the application has ended; nothing is read meanwhile.
2. When the caller has gone nothing more is answered: whatever was sent is thrown away, the notice comes, then the end.
3. When the router has gone the running application goes on to its end, then the dialplan does.
4. A router that has not said a first command after 25 s is given up; its successor in the list is not tried.
"""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.simulator import causes
from fsrouter.simulator.calls import applications
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.clock import perf_counter
from fsrouter.simulator.connection import Command, Connection, FaultCut, PeerGone, dial_out
from fsrouter.simulator.headers import connect_block

FIRST_COMMAND = 25.0
DEFAULT_PORT = 8084


def socket(line: Line, argument: str) -> None:
    """`HOST:PORT|HOST:PORT full`: the first that accepts gets the call; none: the dialplan goes on."""
    hosts, _, options = argument.partition(" ")
    if "async" in options.split():
        line.note("the simulator knows the synchronous socket only")
        line.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    connection = _connect(line, hosts)
    if connection is not None:
        Conversation(line, connection, full="full" in options.split()).run()


def _connect(line: Line, hosts: str) -> Connection | None:
    port = DEFAULT_PORT
    for text in hosts.split("|"):
        address, _, path = text.partition("/")
        host, colon, number = address.rpartition(":")
        host, port = (host, int(number)) if colon else (address, port)
        if path:
            line.set("socket_path", path)
        line.set("socket_host", host)
        asked = perf_counter()
        sock = dial_out("127.0.0.1" if host == "localhost" else host, port, line.wait_for_router, line.wake)
        if sock is not None:
            line.record.routers.append(f"{host}:{port}")
            faults = line.switch.faults
            connection = Connection(sock, line.wait_for_router, line.wake, faults.popleft() if faults else None)
            connection.spoke_at = asked
            return connection
        line.note(f"router {host}:{port} refuses")
    return None


class Conversation:
    """One connection between a call and a router."""

    def __init__(self, line: Line, connection: Connection, *, full: bool) -> None:
        self.line, self.connection, self.full = line, connection, full
        self._running = True
        self._given_up = False

    def run(self) -> None:
        """Until the router lets go, the caller leaves, or somebody cuts the line."""
        line = self.line
        try:
            if self._first_command():
                while self._running:
                    command = self._next_command(lambda: line.down)
                    if command is None:
                        break
                    self._answer(command)
            self.connection.notice(line.uuid)
        except PeerGone:
            pass
        except FaultCut:
            line.note("the switch's connection was cut")
            line.hang_up("NETWORK_OUT_OF_ORDER")
        finally:
            self.connection.close()
            line.record.step("let go")

    def _first_command(self) -> bool:
        """Wait for the first command; the reply to it is written only if it is `connect` (mod_event_socket.c:2712)."""
        line = self.line
        limit = line.clock.after(FIRST_COMMAND, self._give_up)
        command = self._next_command(lambda: line.down or self._given_up)
        limit.cancel()
        if command is None:
            if self._given_up:
                line.note("the router never said connect")
            return False
        if command.line.lower().startswith("connect"):
            line.record.step("connected")
            self.connection.send(connect_block(line))
        else:
            self._execute(command)
        return True

    def _give_up(self) -> None:
        self._given_up = True
        self.line.wake()

    def _next_command(self, interrupted: Callable[[], bool]) -> Command | None:
        """The router's next command."""
        line = self.line
        command = self.connection.command(interrupted)
        if command is not None and line.switch.stopwatch is not None:
            line.switch.stopwatch(command, perf_counter() - self.connection.spoke_at)
        return command

    def _answer(self, command: Command) -> None:
        """Do one command and answer it."""
        verb, _, rest = command.line.partition(" ")
        if verb.lower() == "api" and self.full:
            self.connection.api_reply(self.line.switch.api_reply(rest))
            return
        if verb.lower() == "connect":
            self.connection.send(connect_block(self.line))
            return
        self.connection.reply(self._execute(command) or "-ERR command not found")

    def _execute(self, command: Command) -> str:
        verb, _, rest = command.line.partition(" ")
        rest = rest.strip()
        match verb.lower():
            case "sendmsg":
                return self._sendmsg(command, rest)
            case "getvar":
                return (self.line.get(rest) or "") if rest else ""
            case "exit":
                self._running = False
                return "+OK bye"
            case "myevents":
                return "+OK Events Enabled"
            case "linger" if self.full:
                return f"+OK will linger {int(rest)} seconds" if rest.isdigit() else "+OK will linger"
            case "nolinger" if self.full:
                return "+OK will not linger"
            case "event" if self.full:
                return f"+OK event listener enabled {rest.split(' ')[0]}" if rest else "-ERR no keywords supplied"
            case "filter":
                name, _, value = rest.partition(" ")
                return f"+OK filter added. [{name}]=[{value}]" if value else "-ERR invalid syntax"
            case _:
                return ""

    def _sendmsg(self, command: Command, uuid: str) -> str:
        """`sendmsg [UUID]`: execute or hangup; another channel's is queued to that channel."""
        uuid = uuid or command.headers.get("session-id", "")
        if uuid and uuid != self.line.uuid:
            return self.line.switch.send_message(uuid, command)
        message(self.line, command)
        return "+OK"


def message(line: Line, command: Command) -> None:
    """What a `sendmsg` asks for, done now (switch_ivr.c: switch_ivr_parse_event)."""
    headers = command.headers
    match headers.get("call-command", ""):
        case "execute":
            argument = headers.get("execute-app-arg") or command.body
            for _ in range(max(1, int(headers.get("loops") or 1))):
                applications.run(line, headers.get("execute-app-name", ""), argument)
        case "hangup":
            line.hang_up(causes.parse(headers.get("hangup-cause", "")))

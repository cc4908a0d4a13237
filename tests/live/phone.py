"""A telephone, or a whole exchange of them, on a port of loopback: rings, answers, is busy, keeps silent, hangs up,
presses keys, transfers. Real SIP over UDP, with real RTP.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Callable

from live import sip
from live.media import Media
from live.talk import ANSWERS, Manner, Talk


class Phone:
    """A telephone on loopback. `manners` says how each number behaves that is called here, `manner` all others.

    It also lets whoever asks register here, as a carrier does. While it `refuses` it takes nothing: 503 to all.
    """

    def __init__(self, name: str = "phone", manner: Manner = ANSWERS) -> None:
        self.name = name
        self.manner = manner
        self.manners: dict[str, Manner] = {}
        self.taken: list[Talk] = []
        self.refuses = False
        self.news = threading.Condition()
        self._talks: dict[str, Talk] = {}
        self._password = ""
        self._registering: Callable[[sip.Message], None] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Hang everything up and be gone."""
        for talk in list(self._talks.values()):
            talk.hang_up()
            talk.media.stop()
        self._socket.close()

    def hush(self) -> None:
        """Hang everything up and forget what was."""
        for talk in list(self._talks.values()):
            talk.hang_up()
        self.manners.clear()
        self.refuses = False
        self.taken.clear()

    def rung(self, count: int = 1, seconds: float = 10.0) -> Talk:
        """The `count`-th call that came here, as soon as it comes. Raises TimeoutError."""
        with self.news:
            if not self.news.wait_for(lambda: len(self.taken) >= count, seconds):
                raise TimeoutError(f"{self.name} was rung {len(self.taken)} times, not {count}")
            return self.taken[count - 1]

    def called(self, user: str) -> list[Talk]:
        """The calls that came for one number."""
        return [talk for talk in self.taken if talk.user == user]

    def call(
        self,
        number: str,
        port: int,
        caller: str = "+13125550199",
        name: str = "Pat Caller",
        hum: int = 0,
        to: str = "",
        headers: list[tuple[str, str]] | None = None,
    ) -> Talk:
        """Call a number at the FreeSWITCH whose SIP port this is. `to` is the user of To where that is another one;
        `headers` are sent besides.
        """
        media = Media(hum)
        call_id = f"{random.getrandbits(64):x}@live"
        local = f'"{name}" <sip:{caller}@127.0.0.1:{self.port}>;tag={random.getrandbits(40):x}'
        target = f"sip:{number}@127.0.0.1:{port}"
        remote = f"<sip:{to or number}@127.0.0.1:{port}>"
        talk = Talk(self, call_id, local, remote, target, ("127.0.0.1", port), media, user=number)
        self._talks[call_id] = talk
        self.request(talk, "INVITE", headers, sip.offer(media.port))
        talk.happened("invited")
        return talk

    def register(self, user: str, password: str, port: int, seconds: int = 600) -> None:
        """Register as a user of a FreeSWITCH's internal profile. Raises TimeoutError when it is not let in."""
        done, self._password = threading.Event(), password
        uri = f"sip:127.0.0.1:{port}"
        headers = [
            ("from", f"<sip:{user}@127.0.0.1>;tag={random.getrandbits(40):x}"),
            ("to", f"<sip:{user}@127.0.0.1>"),
            ("call-id", f"{random.getrandbits(64):x}@live"),
            ("contact", f"<sip:{user}@127.0.0.1:{self.port}>"),
            ("expires", str(seconds)),
        ]

        def ask(number: int, more: list[tuple[str, str]]) -> None:
            first = [("via", self._via()), ("max-forwards", "70"), ("cseq", f"{number} REGISTER")]
            self._send(sip.Message(f"REGISTER {uri} SIP/2.0", [*first, *headers, *more]), ("127.0.0.1", port))

        def answered(reply: sip.Message) -> None:
            if reply.code == 401:
                proof = sip.digest(reply.get("www-authenticate"), user, password, "REGISTER", uri)
                ask(2, [("authorization", proof)])
            elif reply.code == 200:
                done.set()

        self._registering = answered
        ask(1, [])
        if not done.wait(5):
            raise TimeoutError(f"FreeSWITCH does not let {user} register")

    # What is said

    def request(self, talk: Talk, method: str, more: list[tuple[str, str]] | None = None, body: str = "") -> None:
        """Send a request within a call."""
        talk.cseq += 1
        headers = [*self._dialog(talk, f"{talk.cseq} {method}"), *(more or [])]
        if body:
            headers.append(("content-type", "application/sdp"))
        message = sip.Message(f"{method} {talk.target} SIP/2.0", headers, body)
        if method == "INVITE":
            talk.invite = message
        self._send(message, sip.where(talk.target, talk.peer))

    def cancel(self, talk: Talk) -> None:
        """Take an invitation back."""
        assert talk.invite
        kept = [pair for pair in talk.invite.headers if pair[0] in ("via", "max-forwards", "from", "to", "call-id")]
        cancel = sip.Message(f"CANCEL {talk.target} SIP/2.0", [*kept, ("cseq", f"{talk.cseq} CANCEL")])
        self._send(cancel, talk.peer)

    def decline(self, talk: Talk) -> None:
        """Refuse an invitation that has come."""
        assert talk.invite
        self._reply(talk.invite, 480, "Temporarily Unavailable", talk.peer, talk)
        talk.happened("ended")

    def _dialog(self, talk: Talk, cseq: str) -> list[tuple[str, str]]:
        return [
            ("via", self._via()),
            ("max-forwards", "70"),
            ("from", talk.local),
            ("to", talk.remote),
            ("call-id", talk.call_id),
            ("cseq", cseq),
            ("contact", f"<sip:live@127.0.0.1:{self.port}>"),
        ]

    def _via(self) -> str:
        return f"SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{random.getrandbits(60):x}"

    def _send(self, message: sip.Message, to: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):  # this telephone is closed
            self._socket.sendto(message.text().encode(), to)

    def _reply(
        self,
        asked: sip.Message,
        code: int,
        words: str,
        to: tuple[str, int],
        talk: Talk | None = None,
        body: str = "",
        contact: str = "",
    ) -> None:
        headers = [pair for pair in asked.headers if pair[0] in ("via", "record-route", "from", "call-id", "cseq")]
        headers.append(("to", talk.local if talk and asked.method == "INVITE" else asked.get("to")))
        headers.append(("contact", contact or f"<sip:live@127.0.0.1:{self.port}>"))
        if asked.method == "REGISTER":
            headers.append(("expires", asked.get("expires")))
        if body:
            headers.append(("content-type", "application/sdp"))
        self._send(sip.Message(f"SIP/2.0 {code} {words}", headers, body), to)

    # What is heard

    def _listen(self) -> None:
        while True:
            try:
                data, peer = self._socket.recvfrom(65_535)
            except OSError:
                return
            message = sip.read(data.decode("utf-8", "replace"))
            talk = self._talks.get(message.get("call-id"))
            if message.code:
                self._answered(talk, message)
            elif self.refuses and talk is None:
                self._reply(message, 503, "Service Unavailable", peer)
            elif message.method == "INVITE" and talk is None:
                self._invited(message, peer)
            elif message.method != "ACK":
                self._asked(talk, message, peer)

    def _answered(self, talk: Talk | None, reply: sip.Message) -> None:
        if talk is None:
            if reply.method == "REGISTER" and self._registering:
                self._registering(reply)
            return
        if reply.method != "INVITE":
            talk.replies[reply.method] = reply.code
            talk.happened(f"{reply.method} {reply.code}")
            return
        if reply.code == 100:
            return
        if sip.tag(reply.get("to")):
            talk.remote = reply.get("to")
        if port := sip.media_port(reply.body):
            talk.media.start(port)
        if reply.code < 200:
            talk.happened("ringing")
            if reply.code == 183:
                talk.happened("early")
            return
        talk.code = reply.code
        first = "answered" not in talk.at and "refused" not in talk.at
        if reply.code < 300:
            talk.target = sip.address(reply.get("contact")) or talk.target
            self._acknowledge(talk, reply, self._via())
            with self.news:
                talk.agreed += 1
                self.news.notify_all()
            if first:
                talk.happened("answered")
            return
        self._acknowledge(talk, reply, reply.get("via"))
        if reply.code == 407 and self._password and talk.cseq == 2:
            self._prove(talk, reply)
            return
        talk.happened("refused")
        talk.happened("ended")

    def _prove(self, talk: Talk, challenge: sip.Message) -> None:
        """Invite again, with the password of the user that is registered."""
        user, uri = sip.address(talk.local).removeprefix("sip:").partition("@")[0], talk.target
        proof = sip.digest(challenge.get("proxy-authenticate"), user, self._password, "INVITE", uri)
        talk.remote = f"<{talk.target}>"
        self.request(talk, "INVITE", [("proxy-authorization", proof)], sip.offer(talk.media.port))

    def _acknowledge(self, talk: Talk, reply: sip.Message, via: str) -> None:
        headers = self._dialog(talk, f"{reply.get('cseq').split()[0]} ACK")
        headers[0] = ("via", via)
        self._send(sip.Message(f"ACK {talk.target} SIP/2.0", headers), sip.where(talk.target, talk.peer))

    def _invited(self, invite: sip.Message, peer: tuple[str, int]) -> None:
        manner = self.manners.get(invite.user, self.manner)
        local = f"{invite.get('to')};tag={random.getrandbits(40):x}"
        target = sip.address(invite.get("contact"))
        talk = Talk(
            self,
            invite.get("call-id"),
            local,
            invite.get("from"),
            target,
            peer,
            Media(manner.hum),
            invite.user,
            True,
            invite,
        )
        self._talks[talk.call_id] = talk
        talk.happened("invited")
        with self.news:
            self.taken.append(talk)
            self.news.notify_all()
        for code in manner.progress:
            self._reply(invite, code, "Progress", peer, talk)
        if manner.after is not None:
            _later(manner.after, lambda: self._decide(talk, invite, peer, manner))

    def _decide(self, talk: Talk, invite: sip.Message, peer: tuple[str, int], manner: Manner) -> None:
        if "ended" in talk.at:
            return
        if manner.code != 200:
            self._reply(invite, manner.code, "No", peer, talk, contact=manner.contact)
            talk.happened("ended")
            return
        talk.media.start(sip.media_port(invite.body))
        self._reply(invite, 200, "OK", peer, talk, sip.offer(talk.media.port))
        talk.happened("answered")
        if manner.press:
            _later(manner.press_after, lambda: talk.press(manner.press))
        if manner.talk is not None:
            _later(manner.talk, talk.hang_up)

    def _asked(self, talk: Talk | None, message: sip.Message, peer: tuple[str, int]) -> None:
        if talk and message.method == "INVITE":
            self._again(talk, message, peer)
            return
        self._reply(message, 200, "OK", peer, contact=message.get("contact") if message.method == "REGISTER" else "")
        if talk is None:
            return
        match message.method:
            case "BYE":
                talk.happened("ended")
            case "CANCEL" if "answered" not in talk.at and "ended" not in talk.at and talk.invite:
                self._reply(talk.invite, 487, "Request Terminated", peer, talk)
                talk.happened("cancelled")
                talk.happened("ended")
            case "NOTIFY":
                talk.notices.append(message.body.strip())
                talk.happened("notified")

    def _again(self, talk: Talk, invite: sip.Message, peer: tuple[str, int]) -> None:
        """An invitation that was sent once more, or a change of the media."""
        if "answered" not in talk.at:
            return
        if port := sip.media_port(invite.body):
            talk.media.start(port)
        self._reply(invite, 200, "OK", peer, talk, sip.offer(talk.media.port))


def _later(seconds: float, work: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()

"""What a telephone says and hears: RTP with mu-law and keys by RFC 2833, sent and received by one thread for each call.

A telephone hums a tone of its own, so that who hears whom can be told from the packets alone.
"""

from __future__ import annotations

import math
import select
import socket
import struct
import threading
import time
import wave
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

FRAME = 160
KEYS = "0123456789*#ABCD"
KEY_TYPE = 101


def encoded(sample: int) -> int:
    """A sample (16 bit, signed) as mu-law (ITU-T G.711)."""
    sign, size = (0x80, -sample) if sample < 0 else (0, sample)
    size = min(size, 32_635) + 132
    exponent = max(0, size.bit_length() - 8)
    return ~(sign | exponent << 4 | (size >> exponent + 3) & 0x0F) & 0xFF


def _decoded(byte: int) -> int:
    byte = ~byte & 0xFF
    size = (((byte & 0x0F) << 3) + 132 << (byte >> 4 & 7)) - 132
    return -size if byte & 0x80 else size


LINEAR = [_decoded(byte) for byte in range(256)]
SILENCE = bytes([0xFF]) * FRAME


@lru_cache
def hum(frequency: int) -> bytes:
    """A second of a tone in mu-law; whole periods only, so it can be repeated."""
    return bytes(encoded(int(9000 * math.sin(2 * math.pi * frequency * i / 8000))) for i in range(8000))


def write_sound(path: Path, frequency: int, seconds: float) -> None:
    """Write a tone into a file that FreeSWITCH can play."""
    samples = (LINEAR[byte] for byte in hum(frequency))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes((struct.pack("<8000h", *samples) * 10)[: int(seconds * 16_000) // 2 * 2])


def pitch(path: Path) -> int:
    """The frequency of a sound file that holds one tone and silence: how far apart its rises through zero are."""
    with wave.open(str(path)) as file:
        samples = struct.unpack(f"<{file.getnframes()}h", file.readframes(file.getnframes()))
        rate = file.getframerate()
    rises = [i for i, (a, b) in enumerate(pairwise(samples)) if a < 0 <= b]
    return round(rate * (len(rises) - 1) / (rises[-1] - rises[0]))


@lru_cache(maxsize=4096)
def loudness(frame: bytes, frequency: int) -> float:
    """How much of a frame is a tone of `frequency`: 0 is nothing, 1 all of it; 0 for silence (Goertzel)."""
    samples = [LINEAR[byte] for byte in frame]
    whole = sum(sample * sample for sample in samples)
    if whole < len(samples) * 100**2:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * frequency / 8000)
    one = two = 0.0
    for sample in samples:
        one, two = sample + factor * one - two, one
    return 2 * (one * one + two * two - factor * one * two) / (whole * len(samples))


@dataclass
class Heard:
    """What has arrived: frames with the moment (monotonic), and keys with the moment of their beginning."""

    frames: list[tuple[float, bytes]] = field(default_factory=list)
    keys: list[tuple[float, str]] = field(default_factory=list)
    _looked: dict[int, tuple[int, list[float]]] = field(default_factory=dict)

    @property
    def digits(self) -> str:
        """All keys, in order."""
        return "".join(key for _, key in self.keys)

    def tone(self, frequency: int) -> tuple[float, float] | None:
        """When a tone was heard, from its first to its last frame (monotonic); None when it never was."""
        seen, times = self._looked.setdefault(frequency, (0, []))
        arrived = self.frames[seen:]
        times += [at for at, frame in arrived if loudness(frame, frequency) > 0.4]
        self._looked[frequency] = (seen + len(arrived), times)
        return (times[0], times[-1]) if len(times) >= 3 else None


class Media:
    """One call's RTP: hums a tone of `frequency` (0: silence), presses keys, and keeps what it hears."""

    def __init__(self, frequency: int = 0) -> None:
        self.heard = Heard()
        self._hum = hum(frequency) if frequency else SILENCE * 50
        self._keys: deque[str] = deque()
        self._to: tuple[str, int] | None = None
        self._sequence = self._stamp = 0
        self._last_key = -1
        self._over = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def start(self, port: int) -> None:
        """Send to a port of loopback from now on; a later one replaces it."""
        begun, self._to = self._to is not None, ("127.0.0.1", port)
        if not begun:
            threading.Thread(target=self._run, daemon=True).start()

    def press(self, keys: str) -> None:
        """Press keys, each for 120 ms, 100 ms apart."""
        self._keys.extend(keys)

    def stop(self) -> None:
        """Send and hear no more."""
        self._over.set()
        if self._to is None:
            self._socket.close()

    def _run(self) -> None:
        due = time.monotonic()
        with self._socket:
            while not self._over.is_set():
                if self._keys:
                    due = self._key(KEYS.index(self._keys.popleft()), due)
                    continue
                at = self._stamp % 8000
                self._send(0, self._stamp, self._hum[at : at + FRAME])
                due = self._turn(due)

    def _key(self, key: int, due: float) -> float:
        begun = self._stamp
        for i in range(1, 9):
            ending = 0x80 if i > 5 else 0
            length = min(i, 6) * FRAME
            self._send(KEY_TYPE, begun, struct.pack("!BBH", key, ending | 10, length), first=i == 1)
            due = self._turn(due)
        for _ in range(5):
            self._send(0, self._stamp, SILENCE)
            due = self._turn(due)
        return due

    def _send(self, kind: int, stamp: int, payload: bytes, first: bool = False) -> None:
        head = struct.pack("!BBHII", 0x80, kind | (0x80 if first else 0), self._sequence & 0xFFFF, stamp, 0x11FE)
        self._sequence += 1
        try:
            self._socket.sendto(head + payload, self._to or ("127.0.0.1", 9))
        except OSError:
            self._over.set()

    def _turn(self, due: float) -> float:
        """Hear until the next frame is due."""
        self._stamp += FRAME
        due = max(due + 0.02, time.monotonic() - 0.2)
        while (left := due - time.monotonic()) > 0:
            if select.select([self._socket], [], [], left)[0]:
                self._hear(self._socket.recv(2048))
        return due

    def _hear(self, packet: bytes) -> None:
        kind, stamp = packet[1] & 0x7F, struct.unpack("!I", packet[4:8])[0]
        if kind == 0:
            self.heard.frames.append((time.monotonic(), packet[12:]))
        elif kind == KEY_TYPE and stamp != self._last_key:
            self._last_key = stamp
            self.heard.keys.append((time.monotonic(), KEYS[packet[12] & 0x0F]))

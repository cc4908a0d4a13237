"""Somebody who reaches a router's port, in a process of their own: `python attacker.py KIND PORT SECRET UUID…`.

They run until their standard input closes, and tell then what they have done, as JSON. Standard library only.

    silent       2,000 connections that say nothing; a new one for each that the router closes, 200 a second
    logs         40 connections of endless `log/data`
    reconnecting connections without the secret, each given up when it is closed, as many a second as there can be
    duplicates   connections that show the secret and name calls that are there, as many a second as there can be
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import socket
import sys
import threading
import time
from contextlib import suppress

LOG = b"Content-Type: log/data\nContent-Length: 1\nLog-Level: 7\n\nx" * 1000
SILENT, FLOODS = 2000, 40
done = {"opened": 0, "refused": 0, "closed": 0}
over = threading.Event()


def connection(port: int) -> socket.socket | None:
    """One more, or None where the router's kernel takes none just now."""
    try:
        sock = socket.create_connection(("127.0.0.1", port), 5)
    except OSError:
        done["refused"] += 1
        return None
    done["opened"] += 1
    return sock


def silent(port: int) -> None:
    """Keep as many as are wanted."""
    waiting = selectors.DefaultSelector()
    while not over.is_set():
        if len(waiting.get_map()) < SILENT and (sock := connection(port)) is not None:
            waiting.register(sock, selectors.EVENT_READ)
        for key, _ in waiting.select(0):
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            with suppress(OSError):
                if sock.recv(4096):
                    continue
            waiting.unregister(sock)
            sock.close()
            done["closed"] += 1
        if done["opened"] > SILENT:
            time.sleep(0.005)


def logs(port: int) -> None:
    """Say what nobody has asked for."""
    while not over.is_set():
        if sock := connection(port):
            with suppress(OSError), sock:
                while not over.is_set():
                    sock.sendall(LOG)
            done["closed"] += 1


def answering(port: int, answer: bytes) -> None:
    """Answer each question for a call alike."""
    while not over.is_set():
        if sock := connection(port):
            with suppress(OSError), sock:
                sock.sendall(answer)
                while sock.recv(4096):
                    pass
            done["closed"] += 1


def call(secret: str, uuid: str) -> bytes:
    """The answers of a FreeSWITCH that hands a call over."""
    lines = {"Unique-ID": uuid, "Channel-State-Number": "4", "Caller-Destination-Number": "+18725550120"}
    lines |= {"Content-Type": "command/reply", "Reply-Text": "%2BOK%0A", "Socket-Mode": "static", "Control": "full"}
    head = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return f"{head}\nContent-Type: api/response\nContent-Length: {len(secret)}\n\n{secret}".encode()


def main(kind: str, port: int, secret: str, *uuids: str) -> None:
    """Attack until told to stop."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.nice(10)
    match kind:
        case "silent":
            works = [(silent, port)]
        case "logs":
            works = [(logs, port)] * FLOODS
        case "reconnecting":
            works = [(answering, port, call("a guess", "00000000-0000-4000-8000-000000000000"))] * 8
        case "duplicates":
            works = [(answering, port, call(secret, uuid)) for uuid in uuids]
    for work, *args in works:
        threading.Thread(target=work, args=args, daemon=True).start()
    sys.stdin.read()
    over.set()
    print(json.dumps(done))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])

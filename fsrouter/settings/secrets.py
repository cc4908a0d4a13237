"""The installation's secrets: the event sockets' passwords and the key that signs cursors, from the environment or from
files of their own.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from fsrouter.errors import UsageError
from fsrouter.settings.model import Switch


def data_directory(environment: Mapping[str, str] = os.environ, make: bool = True) -> Path:
    """Where files go when nobody says where (XDG base directory specification); made when it is missing, on `make`.

    Raises UsageError.
    """
    base = environment.get("XDG_DATA_HOME") or Path(environment.get("HOME") or Path.home()) / ".local" / "share"
    directory = Path(base) / "fsrouter"
    try:
        if make:
            directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{directory} cannot be made: {error.strerror}; set XDG_DATA_HOME") from None
    return directory


def with_password(switch: Switch, environment: Mapping[str, str]) -> Switch:
    """A FreeSWITCH with the password of its event socket: the environment's, its own, its file's, or FreeSWITCH's
    default. Raises UsageError.
    """
    password = environment.get("FSROUTER_ESL_PASSWORD") or switch.password
    if not password and switch.password_file:
        password = _secret(switch.password_file)
    return msgspec.structs.replace(switch, password=password or "ClueCon")


def _secret(path: str) -> str:
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"{path}: the secret cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the secret is no text") from None
    if not secret:
        raise UsageError(f"{path}: the secret is empty")
    return secret


def signing_key(path: str, environment: Mapping[str, str]) -> str:
    """The key that signs cursors: the file's, or one made once for this user.

    Routers that share calls must share it. Raises UsageError.
    """
    if path:
        return _secret(path)
    own = data_directory(environment) / "key"
    if not own.exists():
        _make_key(own)
    return _secret(str(own))


def _make_key(own: Path) -> None:
    """Make a key, whole before anybody can see it; of several that are made at once the first stays."""
    try:
        descriptor, made = tempfile.mkstemp(prefix=".key-", dir=own.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(made, own)
        except FileExistsError:
            pass
        finally:
            os.unlink(made)
    except OSError as error:
        raise UsageError(f"{own}: the signing key cannot be made: {error.strerror}; set key_file") from None

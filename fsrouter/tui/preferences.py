"""What the dashboard remembers of its operator, in the data directory: the theme, and other keys for actions.

`dashboard.json` is written by the program. `keys.toml` is the operator's: `[keys]`, then `"calls.hangup" = "ctrl+h"`
and so on, an action's id and its keys separated by commas; `?` and the palette tell the ids.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from fsrouter.errors import UsageError

REMEMBERED = "dashboard.json"
KEYS = "keys.toml"


class Preferences(Struct, frozen=True, kw_only=True):
    """The theme by its name, "" for the program's choice, and keys by action id."""

    theme: str = ""
    keys: dict[str, str] = {}


class _Remembered(Struct):
    theme: str = ""


class _Keys(Struct):
    keys: dict[str, str] = {}


def load(directory: Path) -> Preferences:
    """What is remembered in a directory. A file of the program that is broken counts as absent; of the operator's
    one UsageError tells what is wrong.
    """
    try:
        remembered = msgspec.json.decode((directory / REMEMBERED).read_bytes(), type=_Remembered)
    except (OSError, msgspec.MsgspecError):
        remembered = _Remembered()
    return Preferences(theme=remembered.theme, keys=_keys(directory / KEYS))


def remember(directory: Path, theme: str) -> None:
    """Remember the theme; where nothing can be written, nothing is."""
    try:
        (directory / REMEMBERED).write_bytes(msgspec.json.encode(_Remembered(theme)))
    except OSError:
        return


def _keys(path: Path) -> dict[str, str]:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Keys).keys
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f'{path}: {error}; write [keys], then lines like "calls.hangup" = "ctrl+h"') from None

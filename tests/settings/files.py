"""Settings files for tests."""

from __future__ import annotations

from pathlib import Path


def written(folder: Path, text: str) -> str:
    """A settings file with this text; its path."""
    path = folder / "fsrouter.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)

"""A folder and a database of its own for each test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory; the database is made in it."""
    for name in [name for name in os.environ if name.startswith("FSROUTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{tmp_path / 'field.db'}")
    monkeypatch.setenv("USER", "olga")
    monkeypatch.chdir(tmp_path)
    return tmp_path

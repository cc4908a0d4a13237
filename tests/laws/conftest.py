"""Where the entrances of a law are: one folder for the command line, files and the database."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from crm.conftest import authority, ca, sender, serve, tls  # noqa: F401 - fixtures
from router.conftest import empty  # noqa: F401 - a fixture


@pytest.fixture
def folder(tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """A folder whose database `acme.db` is the command line's; `empty.db` is for a site."""
    for name in [name for name in os.environ if name.startswith("FSROUTER_")]:
        monkeypatch.delenv(name)
    shutil.copy(empty, tmp_path / "empty.db")
    shutil.copy(empty, tmp_path / "acme.db")
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{tmp_path / 'acme.db'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path

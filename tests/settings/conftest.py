"""An environment for settings to be loaded in."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with a home and nothing else."""
    return {"HOME": str(tmp_path / "home")}

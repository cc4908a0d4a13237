"""Where the repository's own files lie, for tests that read them."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
ACME = EXAMPLES / "acme.yaml"
CAPTURES = ROOT / "fsrouter" / "simulator" / "captures"

"""Companies can be renamed: which name a company has had, and which it has."""

from __future__ import annotations

from typing import Any


def up(migrator: Any, db: Any) -> None:
    """Make the table."""
    db.execute_sql('CREATE TABLE "former_name" ("former" TEXT NOT NULL PRIMARY KEY, "company" TEXT NOT NULL)')

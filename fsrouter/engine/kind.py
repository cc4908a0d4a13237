"""What every definition is made of. Knows no kind of the rule book."""

from __future__ import annotations

from msgspec import Struct

#: How long a destination rings when nothing else is said (DESIGN section 5).
RING = 30


class Kind(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every definition is: frozen, by keyword, with defaults left out where it is written."""

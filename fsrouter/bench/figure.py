"""A measured figure beside its limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, its value and unit, the limit of DESIGN section 9 where there is one, and what stands
    beside it.
    """

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    beside: str = ""

    @property
    def held(self) -> bool:
        """Whether the limit, if there is one, holds."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    def __str__(self) -> str:
        limit = f"at least {self.at_least:g}" if self.at_least is not None else ""
        limit = f"at most {self.at_most:g}" if self.at_most is not None else limit
        mark = "" if not limit else "ok  " if self.held else "MISS"
        return f"{mark:4} {self.name:44} {self.value:>12,.2f} {self.unit:4} {limit:16} {self.beside}".rstrip()

"""Text that is told: without markup, and painted again only when it says something else."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static


class Told(Static):
    """A text. `fixed` says that its widget's size does not follow from it."""

    def __init__(self, *, id: str | None = None, fixed: bool = False) -> None:
        super().__init__("", markup=False, id=id)
        self._fixed = fixed
        self._said = Text()

    def tell(self, text: Text) -> None:
        """Say something, unless it is what was said last."""
        if text != self._said or text.spans != self._said.spans:
            self._said = text
            self.update(text, layout=not self._fixed)

"""Texts as they may stand on the screen, and times as people read them.

Caller names, CRM fields and tags come from strangers: nothing that moves a cursor, changes colours or turns the
direction of writing passes here, and markup is never looked for.
"""

from __future__ import annotations

import re
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.widgets import Static

from fsrouter.engine.text import shown
from fsrouter.store import CallLine, CallRecord

#: Of variation selectors and joiners terminals do not agree on how wide they make what is beside them.
_WIDTHS = re.compile("[\ufe00-\ufe0f\u200c\u200d]")


def sanitize(value: object) -> str:
    """A value as one line of harmless text; what is unsafe, or of no known width, shows as `?`."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    text = shown(_WIDTHS.sub("", text))
    return text if text.isprintable() else "".join(c if c.isprintable() or c.isspace() else "?" for c in text)


def harmless(*lines: object, style: str = "") -> Text:
    """Values as the lines of a Rich text without markup."""
    return Text("\n".join(map(sanitize, lines)), style=style, end="")


def fit(value: object, width: int, right: bool = False) -> str:
    """A value cut or filled to so many cells; what was cut ends in an ellipsis."""
    line = sanitize(value)
    if len(line) == cell_len(line) <= width:
        return line.rjust(width) if right else line.ljust(width)
    if cell_len(line) > width:
        return set_cell_size(line, width - 1) + "…" if width > 1 else set_cell_size(line, width)
    return " " * (width - cell_len(line)) + line if right else set_cell_size(line, width)


def caller_of(call: CallLine | CallRecord) -> str:
    """A call's caller as a confirmation or a heading names them: by name and number, as far as they are known."""
    name, number = call.contact_name or call.caller_name, call.caller or "number withheld"
    return f"{fit(name, 40).rstrip()} ({number})" if name and name != call.caller else number


def duration(seconds: float) -> str:
    """A span of time as a telephone shows it: `0:42`, `12:05`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def time_of_day(moment: float) -> str:
    """A moment (epoch) on the clock of this machine, without its day."""
    return datetime.fromtimestamp(moment).strftime("%H:%M:%S")


def date_and_time(moment: float) -> str:
    """A moment (epoch) on the calendar and clock of this machine."""
    return datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M")


def short_date(moment: float, now: float) -> str:
    """A moment in a list: without its year when that is this year's."""
    at, today = datetime.fromtimestamp(moment), datetime.fromtimestamp(now)
    return at.strftime("%m-%d %H:%M" if at.year == today.year else "%Y-%m-%d")


#: Eighths of a cell, from nothing to all of it.
_BARS = " ▁▂▃▄▅▆▇█"


def sparkline(values: tuple[int, ...]) -> str:
    """Numbers as bars in one line, the largest as high as the line."""
    top = max(values, default=0) or 1
    return "".join(_BARS[min(8, -(-value * 8 // top))] for value in values)


def bar(value: float, top: float, width: int) -> str:
    """A number as a bar of at most `width` cells, `top` being all of them."""
    eighths = round(value / top * width * 8) if top else 0
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


class TextPane(Static):
    """A text without markup, painted again only when it is another one. `fixed` says that the widget's size does not
    follow from it.
    """

    def __init__(self, *, id: str | None = None, fixed: bool = False) -> None:
        super().__init__("", markup=False, id=id)
        self._fixed = fixed
        self._shown = Text()

    def show(self, text: Text | str, style: str = "") -> None:
        """Show a text, unless it is what is shown already."""
        text = harmless(text, style=style) if isinstance(text, str) else text
        if text != self._shown or text.spans != self._shown.spans:
            self._shown = text
            self.update(text, layout=not self._fixed)

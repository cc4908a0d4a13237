"""How products write contacts in files: which heading of whose export means what, as data, and which layout a file has.

Whoever reads a file of contacts, or names a format, asks here. Knows nothing of files.
"""

from __future__ import annotations

from fsrouter.engine.layouts.layout import FIELDS, FIRST, LABEL, LAST, MIDDLE, NUMBERS, Layout, fold
from fsrouter.engine.layouts.recognition import FORMATS, LAYOUTS, MAP, mapped, recognised

__all__ = [
    "FIELDS",
    "FIRST",
    "FORMATS",
    "LABEL",
    "LAST",
    "LAYOUTS",
    "MAP",
    "MIDDLE",
    "NUMBERS",
    "Layout",
    "fold",
    "mapped",
    "recognised",
]

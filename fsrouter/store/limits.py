"""How long a text from outside may be before it is written down, and how much of a tree is kept.

Caller names, CRM fields and traces come from strangers. A text that is longer is cut and ends in an ellipsis; what no
database could hold (NUL, half of a surrogate pair) becomes U+FFFD. Whether a text is safe to show or to dial is the
business of who shows or dials it.
"""

from __future__ import annotations

import re
from typing import Any

_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")

#: Names of definitions, companies, nodes and CRMs; verbs and outcomes; hangup causes.
NAME = 128
#: Telephone numbers; E.164 has 16 characters.
NUMBER = 32
#: Names of people and accounts, titles, tags, destinations, file names, whatever a caller calls themselves.
TEXT = 256
#: One fact, one reason in a trace, one CRM field, a revision's message.
LONG = 2000
#: Elements of a list or mapping in facts, or in the further fields of a contact.
MANY = 500
#: Entries of a call's trace, its attempts, and the steps of one of its walks.
EVENTS = 2000
#: Bytes of a call's facts; with more, the further fields of its contacts are left out.
FACTS = 200_000
#: How deep facts, trace, attempts and walks may be nested.
DEEP = 8


def truncate(text: str, limit: int = TEXT) -> str:
    """A text as it may be written: at most `limit` characters, without what a database cannot hold."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and "\0" not in text:
        return text
    return _IMPOSSIBLE.sub("\ufffd", text)


def bounded(tree: Any, depth: int = DEEP, many: int = MANY) -> Any:
    """A JSON tree as it may be written: every text cut to LONG, every list and mapping to `many` elements.

    What is nested deeper than `depth`, and what JSON has no word for, is told as text.
    """
    if isinstance(tree, str):
        return truncate(tree, LONG)
    if tree is None or isinstance(tree, bool | int | float):
        return tree
    if depth and isinstance(tree, dict):
        return {truncate(str(key)): bounded(tree[key], depth - 1, many) for key in list(tree)[:many]}
    if depth and isinstance(tree, list | tuple):
        return [bounded(item, depth - 1, many) for item in tree[:many]]
    return truncate(str(tree), LONG)

"""Edits of XML files that belong to others: whole lines between two marker comments, put in and taken out again to
the byte.

Works on text, not on a tree: an operator's comments, indents and quotes stay as they are. A comment is never mistaken
for what it quotes. Knows no file names.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree

BEGIN: Final = "<!-- fsrouter: from here to the end mark written by `fsrouter freeswitch install`, do not edit -->"
END: Final = "<!-- fsrouter: end -->"

_BLOCK: Final = re.compile(re.escape(BEGIN) + r"\n.*?" + re.escape(END) + r"\n", re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)


class NotEditable(ValueError):
    """A file does not have the form that an edit needs; says what is missing and what to write."""


def without_ours(text: str) -> str:
    """`text` as it was before any edit of ours."""
    return _BLOCK.sub("", text)


def uncommented(text: str) -> str:
    """`text` with every comment blanked out; each character that is left stands where it stood."""
    return _COMMENT.sub(lambda found: " " * len(found[0]), text)


def inserted(text: str, element: str, lines: str) -> str:
    """`text` with `lines` as the last ones inside of the only `element`; nothing is inserted when `lines` is empty.

    `without_ours` undoes it. Raises NotEditable when the element is not there with a closing tag of its own.
    """
    if not lines:
        return text
    closings = [found.start() for found in re.finditer(rf"</{element}\s*>", uncommented(text))]
    if len(closings) != 1:
        raise NotEditable(
            f"it needs exactly one <{element}> with a closing tag, and has {len(closings)}; "
            f"write <{element}></{element}>"
        )
    at = closings[0]
    line_start = text.rfind("\n", 0, at) + 1
    if not text[line_start:at].strip():
        at = line_start
    return f"{text[:at]}{BEGIN}\n{lines}{END}\n{text[at:]}"


def root(text: str) -> ElementTree.Element:
    """The root of an XML document. Raises NotEditable when it is not well-formed, with line and column."""
    try:
        return ElementTree.fromstring(text.encode("utf-8", "surrogateescape"))
    except ElementTree.ParseError as error:
        raise NotEditable(f"it is not well-formed XML ({error})") from error

"""Tests as other products and languages write them (`==`, `=>`, `!x`, `/x/`), and what they are here.

None of them is a test here: compared as text they would never hold, so they are refused with what to write.
"""

from __future__ import annotations

import re

#: Words before a value that are no operators here, though they look like one.
WORDS = ("not ", "is ", "in ", "like ")

#: Operators of others, each with what it is here; the first that fits counts.
_OPERATORS = (
    (re.compile(r"(?:=>|>==|>\s+=|≥)\s*(.*)", re.DOTALL), ">= {}"),
    (re.compile(r"(?:=<|<==|<\s+=|≤)\s*(.*)", re.DOTALL), "<= {}"),
    (re.compile(r"!~\s*(.*)", re.DOTALL), "!= *{}*"),
    (re.compile(r"(?:<>|≠|!==|=!=?|!(?!=))\s*(.*)", re.DOTALL), "!= {}"),
    (re.compile(r"(?:[=*]?~[=*]?)\s*(.*)", re.DOTALL), "contains {}"),
    (re.compile(r"={1,3}\s*(.*)", re.DOTALL), "{}"),
)
_EXPRESSION = re.compile(r"/(\^?)(.*?)(\$?)/[dgimsuvxy]*", re.DOTALL)
#: What in a regular expression has another meaning than its own text, once `.*` is a wildcard.
_SPECIAL = re.compile(r"[\\.+?()\[\]{}|^$*]")


def remedy(text: str, expressions: bool = True) -> str:
    """What is wrong with a test that another product would take, as a phrase that goes on from it; "" when it is none.
    Without `expressions` what stands between two slashes is text, as the path of a page is.
    """
    if expressions and (found := _EXPRESSION.fullmatch(text)):
        return f"is no test: there are no regular expressions here; write {_wildcards(*found.groups())}"
    for operator, here in _OPERATORS:
        if found := operator.fullmatch(text):
            written = text[: found.start(1)].strip()
            value = found[1].strip()
            if not value:
                return f"lacks what {written} compares with"
            return f'is no test: there is no operator {written} here; write "{here.format(value)}"'
    return ""


def _wildcards(start: str, inner: str, end: str) -> str:
    parts = inner.split(".*")
    if not inner or any(map(_SPECIAL.search, parts)):
        return 'a text in which * stands for anything, as "*gold*"'
    return f'"{"" if start else "*"}{"*".join(parts)}{"" if end else "*"}"'

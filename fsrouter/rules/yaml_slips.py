"""What people write where YAML wants something else, and what they mean: edits that are proposed for a fault.

They are proposals: whether one is right is found out by reading the text that it makes (`corrections`). Each is made
in the time that one line takes. Knows YAML and nothing of rule books.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import yaml
from yaml.events import Event, ScalarEvent

from fsrouter.engine.model.schema import CURLY_QUOTES, Problem
from fsrouter.rules import yaml_writer
from fsrouter.rules.corrections import LONGEST, Edit, Edits, Fault
from fsrouter.rules.file_errors import FileError
from fsrouter.rules.yaml_places import Place, extent, mark

#: Where a text between brackets may end, and lines that are looked at for tabs.
ENDS, TABBED = 20, 1000

_BRACKETS = {"[": "]", "{": "}"}
_END = re.compile(r"[,\]}]")
_COMMENT = re.compile(r"\s#(?!\d)")
#: `key:value`, as an element of a list or not.
_CLOSE_COLON = re.compile(r"[ \t]*(?:- +)?[A-Za-z_][\w.-]{0,63}:(?=[^\s:])")
_CLOSE_DASH = re.compile(r"[ \t]*-(?=[^\s-])")
_KIND = re.compile(r"[a-z]{1,16}:")
#: Where a text to be spoken begins in a list.
_SPOKEN = re.compile(r"[\[,]\s*(say:)")
_TABS = re.compile(r"^( *\t[ \t]*)(?=[^\s#])", re.MULTILINE)
_WIDTHS = (2, 4, 8, 6, 3, 1)
_STRAIGHT = str.maketrans(CURLY_QUOTES, '""""' + "''''" + '""')
_CURLY = re.compile(f"[{CURLY_QUOTES}]")


def quoted(text: str, event: Event) -> Iterator[Edits]:
    """What an event has as a text between quotes."""
    begin, end = extent(event)
    if end - begin <= LONGEST:
        yield (Edit(begin, end, yaml_writer.scalar(text[begin:end])),)


def quotings(text: str, begin: int) -> Iterator[Edits]:
    """A text that begins somewhere between quotes: up to any place of the line at which it may end."""
    for end in _ends(text, begin):
        yield (Edit(begin, end, yaml_writer.scalar(text[begin:end])),)


def _ends(text: str, begin: int) -> Iterator[int]:
    """Where a text may end that begins somewhere: before a comma or bracket, a comment, or the end of the line."""
    last = line_end(text, begin)
    if last - begin > LONGEST:
        return
    for found in islice(_END.finditer(text, begin + 1, last), ENDS):
        yield found.start()
    if comment := _COMMENT.search(text, begin, last):
        yield begin + len(text[begin : comment.start()].rstrip())
    yield begin + len(text[begin:last].rstrip())


def line_end(text: str, at: int) -> int:
    """Where the line ends in which a character stands."""
    feed = text.find("\n", at)
    last = len(text) if feed < 0 else feed
    carriage = text.find("\r", at, last)
    return last if carriage < 0 else carriage


def line_begin(text: str, at: int) -> int:
    """Where the line begins in which a character stands."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def spaced(text: str, end: int, key: str) -> Iterator[Edits]:
    """`{key:value}` with the space that makes it a key: what was read as a key ends here."""
    begin = end - len(key)
    found = _CLOSE_COLON.match(text, begin, end)
    if text.startswith(key, begin) and found:
        yield (Edit(found.end(), found.end(), " "),)


def commented(text: str, begin: int) -> Iterator[Edits]:
    """`extension: #12`: what looks like a comment, between quotes."""
    if found := re.compile(r"[ \t]{1,80}(?=#[\w*])").match(text, begin):
        yield from quotings(text, found.end())


def close_lines(text: str, begin: int, end: int) -> Iterator[Edits]:
    """`-element` and `key:value` in the lines of a text that YAML takes for one: each with its space."""
    if end - begin > LONGEST * 10:
        return
    for pattern in (_CLOSE_DASH, _CLOSE_COLON):
        found, at = [], line_begin(text, begin)
        while at < end:
            if (close := pattern.match(text, at)) and close.end() >= begin:
                found.append(Edit(close.end(), close.end(), " "))
            at = line_end(text, at) + 1
        if found:
            yield tuple(found)


def fault(text: str, place: Place, problem: Problem, error: FileError) -> Fault:
    """An error about what a text says at a place, with what is known to belong there or may be meant by it."""
    if problem.instead:
        piece = place.key if problem.of_key else place.value
        return Fault(error, ((Edit(*piece, yaml_writer.scalar(problem.instead)),),), certain=True)
    return Fault(error, in_value(text, place))


def in_value(text: str, place: Place) -> Iterator[Edits]:
    """What may be meant by a key or element that is sound YAML and is refused for what it says."""
    begin, end = place.value
    yield from straight(text, place.key.start)
    yield from close_lines(text, begin, end)
    if place.flow and end - begin <= LONGEST:
        yield from _with_before(text, begin, end)
        words = list(re.finditer(r"\S+", text[begin:end]))
        if 1 < len(words) <= ENDS:
            yield tuple(Edit(begin + word.end(), begin + word.end(), ",") for word in words[:-1])


def _with_before(text: str, begin: int, end: int) -> Iterator[Edits]:
    """`say:Hello, world` as one text between quotes, of which the list made two: from the `say:` on, and up to each
    place at which it may end.
    """
    if _KIND.match(text, begin, end):
        return
    start = line_begin(text, begin)
    spoken = [found.start(1) for found in _SPOKEN.finditer(text, start, begin)] if begin - start <= LONGEST else []
    for last in _ends(text, end - 1) if spoken else ():
        whole = text[spoken[-1] : last].replace("say: ", "say:", 1)
        yield (Edit(spoken[-1], last, yaml_writer.scalar(whole) if '"' not in whole else whole),)


def straight(text: str, begin: int) -> Iterator[Edits]:
    """A line with straight quotes in the place of those of word processors, where it has any."""
    begin, end = line_begin(text, begin), line_end(text, begin)
    if end - begin <= LONGEST and _CURLY.search(text, begin, end):
        yield (Edit(begin, end, text[begin:end].translate(_STRAIGHT)),)


def proposals(text: str, error: yaml.MarkedYAMLError, last: ScalarEvent | None) -> Iterator[Edits]:
    """What may be meant where the parser stops; `last` is the text that it read last."""
    at, begin = error.problem_mark, error.context_mark or error.problem_mark
    if at is None or begin is None:
        return
    context, problem, here = error.context or "", error.problem or "", text[at.index : at.index + 1]
    if "escape" in problem:
        yield from _unescaped(text, begin.index)
    elif "quoted scalar" in context:
        yield from closings(text, begin.index)
    elif here == "\t" or "tab character" in problem:
        yield from _untabbed(text, at.index)
    elif context in ("while scanning an alias", "while scanning an anchor", "while scanning a tag"):
        yield from quotings(text, begin.index)
    elif "simple key" in context:
        yield from close_lines(text, begin.index, line_end(text, begin.index))
    elif "block scalar" in context or "cannot start any token" in problem:
        yield from straight(text, begin.index)
        yield from quotings(text, begin.index)
    else:
        yield from _misread(text, error, last)


def _misread(text: str, error: yaml.MarkedYAMLError, last: ScalarEvent | None) -> Iterator[Edits]:
    """What may be meant where something stands that has no place there."""
    at, begin = error.problem_mark, error.context_mark or error.problem_mark
    if at is None or begin is None:
        return
    yield from straight(text, at.index)
    if last is not None:
        whole = extent(last)
        if opened(error, last) is not None:
            yield from closings(text, whole.start)
        elif not last.style and last.end_mark is not None and mark(last).line != last.end_mark.line:
            yield from close_lines(text, whole.start, whole.end)
        elif not last.style and text[at.index : at.index + 1] == ":":
            yield from quotings(text, whole.start)
            spaces = re.compile(r":[ \t]{1,80}(?=[^\s#])").match(text, at.index)
            yield from ([(Edit(at.index, spaces.end(), ":"),)] if spaces else [])
        elif last.style and not text[whole.end : at.index].strip():
            if "flow" in (error.context or ""):
                yield (Edit(whole.end, whole.end, ","),)
            yield from _requoted(text, whole.start)
    yield from _balanced(text, begin.index, at.index)
    yield from _indented(text, at.index)


def opened(error: yaml.MarkedYAMLError, last: ScalarEvent | None) -> yaml.error.Mark | None:
    """Where a quote was opened and not closed, of whose next the parser says that it has no place there; else None."""
    at = error.problem_mark
    if last is None or at is None or last.end_mark is None or not _has_lines(last):
        return None
    return mark(last) if last.end_mark.index == at.index or last.end_mark.line == at.line else None


def _has_lines(event: ScalarEvent) -> bool:
    """Whether a text between quotes has more than one line."""
    return bool(event.style in ("'", '"') and event.end_mark and mark(event).line != event.end_mark.line)


def closings(text: str, begin: int) -> Iterator[Edits]:
    """A quote that was opened closed again, at any place of its line."""
    for end in _ends(text, begin):
        yield (Edit(end, end, text[begin]),)


def _requoted(text: str, begin: int) -> Iterator[Edits]:
    """A text that has quotes in it, or more text behind them, between other quotes."""
    mark_ = text[begin]
    for end in _ends(text, begin):
        whole = text[begin:end]
        inner = whole[1:-1] if len(whole) > 2 and whole[-1] == mark_ else whole
        other = yaml_writer.scalar(inner)
        yield (Edit(begin, end, other if other[0] in "\"'" else f'"{other}"'),)


def _unescaped(text: str, begin: int) -> Iterator[Edits]:
    """A text with backslashes between single quotes."""
    last = line_end(text, begin)
    close = text.find('"', begin + 1, last)
    if close > 0 and close - begin <= LONGEST:
        yield (Edit(begin, close + 1, "'" + text[begin + 1 : close].replace("'", "''") + "'"),)


def _untabbed(text: str, at: int) -> Iterator[Edits]:
    """Tabs as spaces: all that lines are indented with, else those that stand here."""
    end = at
    while text[end : end + 1] == "\t":
        end += 1
    if text[line_begin(text, at) : at].strip():
        yield (Edit(at, end, " "),)
        return
    lines = list(islice(_TABS.finditer(text, line_begin(text, at)), TABBED))
    for width in _WIDTHS:
        yield tuple(Edit(*line.span(1), line[1].expandtabs(width)) for line in lines if len(line[1]) <= LONGEST // 8)


def _balanced(text: str, begin: int, at: int) -> Iterator[Edits]:
    """Brackets closed: in the line in which they are opened, or taken away where there is one too many."""
    if text[at : at + 1] in ("]", "}"):
        yield (Edit(at, at + 1, ""),)
    if text[begin : begin + 1] not in _BRACKETS:
        return
    start = line_begin(text, begin)
    last = line_end(text, begin)
    if last - start > LONGEST:
        return
    edits, missing, quote = [], list[str](), ""
    comment = _COMMENT.search(text, begin, last)
    last = comment.start() if comment else last
    for index in range(start, last):
        character = text[index]
        if quote or character in "\"'":
            quote = "" if character == quote else quote or character
        elif character in _BRACKETS:
            missing.append(_BRACKETS[character])
        elif character in _BRACKETS.values() and character in missing:
            between = len(missing) - 1 - missing[::-1].index(character)
            if missing[between + 1 :]:
                edits.append(Edit(index, index, "".join(reversed(missing[between + 1 :]))))
            del missing[between:]
    end = start + len(text[start:last].rstrip())
    if missing:
        edits.append(Edit(end, end, "".join(reversed(missing))))
    if edits:
        yield tuple(edits)


def _indented(text: str, at: int) -> Iterator[Edits]:
    """A line indented as one of those before it, where it is off by one."""
    begin = line_begin(text, at)
    width = _width(text, begin)
    tried = set()
    for _ in range(50):
        if not begin:
            return
        begin = line_begin(text, begin - 1)
        before = _width(text, begin)
        if abs(before - width) == 1 and before not in tried:
            tried.add(before)
            own = line_begin(text, at)
            yield (Edit(own, own + width, " " * before),)


def _width(text: str, begin: int) -> int:
    end = begin
    while text[end : end + 1] == " ":
        end += 1
    return end - begin

"""Hours, weekdays and names as people write them elsewhere or by a slip, and how a rules file says the same.

Only what can mean one thing is told: `9-5` may be an afternoon or a night, `di` is a Tuesday in Germany and a Sunday in
France. Nothing here is accepted in a file; it is what a correction says. Names of weekdays are those of the Unicode
CLDR (calendars, gregorian, days), without their accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

#: A text longer than this is no slip.
LONGEST = 80

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Names in full, and what is short for them and means no other day in any of these languages: English, German, French,
#: Spanish, Italian, Portuguese, Dutch, Danish and Norwegian, Swedish.
_NAMES = (
    "mon monday mondays mo montag montags lundi lunes lunedi segunda-feira maandag mandag",
    "tue tuesday tuesdays tu tues dienstag dienstags mardi martes martedi terca-feira dinsdag tirsdag tisdag",
    "wed wednesday wednesdays we weds mittwoch mittwochs mercredi miercoles mercoledi quarta-feira woensdag onsdag",
    "thu thursday thursdays th thur thurs donnerstag donnerstags jeudi jueves giovedi quinta-feira donderdag torsdag",
    "fri friday fridays fr freitag freitags vendredi viernes venerdi sexta-feira vrijdag fredag",
    "sat saturday saturdays sa samstag samstags sonnabend samedi sabado sabato zaterdag lordag",
    "sun sunday sundays su so sonntag sonntags dimanche domingo domenica zondag sondag",
)
_DAY_OF = {name: DAYS[i] for i, names in enumerate(_NAMES) for name in names.split()}
#: What is short for a day in one country only, by its code.
_SHORT = {
    **dict.fromkeys(("DE", "AT"), "mo di mi do fr sa so"),
    "NL": "ma di wo do vr za zo",
    "FR": "lu ma me je ve sa di",
}
_GROUPS = {
    **dict.fromkeys(("weekday", "weekdays", "workday", "workdays", "working days", "business days"), "mon-fri"),
    **dict.fromkeys(("weekend", "weekends"), "sat,sun"),
    **dict.fromkeys(("daily", "every day", "everyday", "all week", "all days", "taglich"), "mon-sun"),
}
_TO = re.compile(r"\s*(?:-+|\.\.+|\bto\b|\bthrough\b|\bthru\b|\buntil\b|\btill\b|\bbis\b)\s*")
_AND = re.compile(r"\s*(?:[,;/&+]|\band\b|\bund\b)\s*|\s+")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))

_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2})|\s?h)?\s*(am|pm)?|(\d{2})(\d{2})")
_UNIT = re.compile(r"\s*(?:\buhr\b|\bhours\b|\bhrs?\b|\bo'?clock\b|(?<=[\d ])h$)\s*")
_MERIDIEM = re.compile(r"\b([ap])\.?\s?m\b\.?|(?<=\d)([ap])\.?\s?m\b\.?")
_WHOLE_DAY = frozenset({"24h", "24 h", "24/7", "all day", "24 hours", "0-24", "00-24", "always", "open"})


def weekdays(text: str, country: str = "") -> str:
    """Weekdays as a rules file has them, `mon-fri` or `mon,wed`; "" where it is not certain which. A `country` (ISO
    3166) has short names of its own.
    """
    plain = _plain(text)
    if plain in _GROUPS:
        return _GROUPS[plain]
    own = dict(zip(_SHORT[country].split(), DAYS, strict=True)) if country in _SHORT else {}
    found = [_days(part, own) for part in _AND.split(_TO.sub("-", plain)) if part]
    return ",".join(found) if all(found) else ""


def _days(text: str, own: dict[str, str]) -> str:
    if (day := own.get(text.strip("."))) or (day := _DAY_OF.get(text.strip("."), "")):
        return day
    ends = [own.get(end.strip(".")) or _DAY_OF.get(end.strip("."), "") for end in text.split("-")]
    return "-".join(ends) if len(ends) == 2 and all(ends) else ""


def hours(text: str) -> str:
    """Spans of hours as a rules file has them, `08:00-12:00, 13:00-17:00`; "" where it is not certain which."""
    plain = _plain(text)
    if plain in _WHOLE_DAY:
        return "00:00-24:00"
    plain = _UNIT.sub(" ", _MERIDIEM.sub(lambda found: f" {found[1] or found[2]}m", plain)).strip()
    spans = list(_spans(plain))
    return ", ".join(spans) if spans and all(spans) else ""


def _spans(text: str) -> Iterator[str]:
    for part in re.split(r"\s*(?:[,;/&+]|\band\b|\bund\b)\s*", text):
        ends = _TO.split(part.strip())
        clocks = [_CLOCK.fullmatch(end.strip()) for end in ends]
        if len(ends) != 2 or clocks[0] is None or clocks[1] is None:
            yield ""
            return
        yield _span(clocks[0], clocks[1])


def _span(first: re.Match[str], last: re.Match[str]) -> str:
    """A span of which both ends are told in one way, and which passes midnight only where that is said."""
    if bool(first[3]) != bool(last[3]):
        return ""
    begin, end = _minutes(first), _minutes(last)
    if end == 0 and last[3]:
        end = 1440
    exact = bool(first[3] or ((first[2] or first[4]) and (last[2] or last[4])))
    if not (0 <= begin < 1440 and 0 <= end <= 1440) or begin == end or (end < begin and not exact):
        return ""
    return f"{begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _minutes(clock: re.Match[str]) -> int:
    """Minutes after midnight, -1 for what no clock shows."""
    hour, minute = int(clock[1] or clock[4]), int(clock[2] or clock[5] or 0)
    if minute > 59 or (clock[3] and not 1 <= hour <= 12):
        return -1
    return (hour % 12 + 12 * (clock[3] == "pm") if clock[3] else hour) * 60 + minute


def _plain(text: str) -> str:
    """A text in small letters without accents, with plain dashes and single spaces."""
    if len(text) > LONGEST:
        return ""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("\xf8", "o"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.translate(_DASHES).replace("\u2019", "'").split())

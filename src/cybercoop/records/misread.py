"""Values that cannot be what they stand for: dates as people and spreadsheets write them, lists, lookalikes."""

from __future__ import annotations

import datetime
import re
import unicodedata
from functools import lru_cache

from cybercoop.problems.problem import Problem, Where, problem, sentences
from cybercoop.records.reading import says_nothing
from cybercoop.terms import names
from cybercoop.terms.literals import STATED_DATE, well_formed
from cybercoop.terms.names import XSD

_MONTHS = (
    ("january", "jan", "janvier", "janv", "يناير", "كانون الثاني", "جانفي"),
    ("february", "feb", "février", "févr", "فبراير", "شباط", "فيفري"),
    ("march", "mar", "mars", "مارس", "آذار"),
    ("april", "apr", "avril", "avr", "أبريل", "إبريل", "نيسان", "أفريل"),
    ("may", "mai", "مايو", "أيار", "ماي"),
    ("june", "jun", "juin", "يونيو", "حزيران", "جوان"),
    ("july", "jul", "juillet", "juil", "يوليو", "تموز", "جويلية", "يوليوز"),
    ("august", "aug", "août", "أغسطس", "آب", "غشت", "أوت"),
    ("september", "sept", "sep", "septembre", "سبتمبر", "أيلول", "شتنبر"),
    ("october", "oct", "octobre", "أكتوبر", "تشرين الأول"),
    ("november", "nov", "novembre", "نوفمبر", "تشرين الثاني", "نونبر"),
    ("december", "dec", "décembre", "déc", "ديسمبر", "كانون الأول", "دجنبر"),
)
_WEEKDAY = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche"
    r"|(?:يوم )?(?:ال)?(?:اثنين|ثلاثاء|اربعاء|خميس|جمعه|سبت|احد)"
)
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:er|st|nd|rd|th)? (?:of |de )?([^0-9]+) ([0-9]{4})")
_MONTH_FIRST = re.compile(r"([^0-9]+) ([0-9]{1,2})(?:st|nd|rd|th)? ([0-9]{4})")
_MONTH = re.compile(r"([^0-9]+) ([0-9]{4})")
_FIGURES = re.compile(r"([0-9]{1,4})\s*([/.\-])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,4})")
_MONTH_FIGURES = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{4})|([0-9]{4})[/.\-]([0-9]{1,2})")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")


def western(text: str) -> str:
    """Return the text with every decimal digit, such as ٢ or ۲, as one of 0 to 9."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char for char in text)


def stated_date(text: str) -> str | None:
    """Return a date as `2024`, `2024-05` or `2024-05-21` where it can be read in one way only, else None.

    With figures alone, day and month must be told apart: 21/05/2024 can, 04/05/2024 cannot.
    """
    plain = " ".join(western(text).replace("\u200f", "").replace("\u200e", "").split())
    plain = _MIDNIGHT.sub("", plain)
    return _in_figures(plain) or _in_words(_folded(plain))


def _in_words(text: str) -> str | None:
    text = " ".join(re.sub(r"[,،.]", " ", _WEEKDAY.sub(" ", text)).split())
    text = re.sub("^(?:le|on|the|في) ", "", text)
    if found := _DAY_FIRST.fullmatch(text):
        return _day(found[3], _month(found[2]), found[1])
    if found := _MONTH_FIRST.fullmatch(text):
        return _day(found[3], _month(found[1]), found[2])
    if (found := _MONTH.fullmatch(text)) and (month := _month(found[1])):
        return f"{found[2]}-{month:02}"
    return None


def _month(name: str) -> int | None:
    """Return the number of a month by its name, or by two names of the same, as the Levant and the Gulf have them."""
    meant = {_NAMED.get(part.strip()) for part in re.split("[/()]", name) if part.strip()}
    return meant.pop() if len(meant) == 1 else None


def _in_figures(text: str) -> str | None:
    if re.fullmatch("[0-9]{4}", text):
        return text
    if found := _MONTH_FIGURES.fullmatch(text):
        month, year = (found[1], found[2]) if found[2] else (found[4], found[3])
        return f"{year}-{int(month):02}" if 1 <= int(month) <= 12 else None
    if not (found := _FIGURES.fullmatch(text)):
        return None
    first, middle, last = found[1], found[3], found[4]
    if len(first) == 4 and len(last) <= 2:
        return _day(first, int(middle), last)
    if len(first) > 2 or len(last) != 4:
        return None
    readings = {_day(last, int(middle), first), _day(last, int(first), middle)} - {None}
    return readings.pop() if len(readings) == 1 else None


def _day(year: str, month: int | None, day: str) -> str | None:
    try:
        return datetime.date(int(year), month or 0, int(day)).isoformat()
    except ValueError:
        return None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char) and char != "\u0640")
    return plain.translate(_LETTERS)


_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"})
_NAMED = {_folded(name): number for number, names in enumerate(_MONTHS, 1) for name in names}

_NUMBERS = (XSD + "integer", XSD + "decimal")
_DATES = (STATED_DATE, *(XSD + name for name in ("date", "gYearMonth", "gYear")))
_SERIAL = re.compile(r"([2-5][0-9]{4})(?:\.[0-9]+)?")
_SHORT = re.compile(r"[0-9]{1,2}([/.\-])[0-9]{1,2}\1[0-9]{2}")
_GROUPED = re.compile(r"([0-9]{1,3}(?:([.,'’ \u00a0\u202f])[0-9]{3}(?:\2[0-9]{3})*))(?:([.,])([0-9]+))?")
_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}")
_ZERO = datetime.date(1899, 12, 30)
"""The day from which spreadsheet programs count (Office Open XML, 18.17.4.1), as it is from March 1900 on."""
_ORDER = re.compile(r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{4})")
_TIMED = re.compile(r"(.*[0-9])(?:T|,? +(?:at |à )?)([0-9]{1,2}(?::|h ?)[0-9]{2}.*)")
_ZONE = re.compile(r"[0-9] ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$")
_TO = r"\s*(?:-|–|—|/|\bto\b|\bau\b|\band\b|\bet\b|حتى|إلى|الى)\s*"
_DAYS = re.compile(rf"(?:from |du |de |من )?([0-9]{{1,2}}){_TO}([0-9]{{1,2}}) (.+)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}/\S*")
_CURRENCY = "(?:EUR|USD|GBP|CHF|MAD|DZD|TND|LYD|EGP|JOD|LBP|euros?|[€$£])"
_MONEY = re.compile(rf"{_CURRENCY}[ \u00a0]?[0-9].*|[0-9][0-9., \u00a0\u202f]*[^0-9]*?{_CURRENCY}", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[,;،؛\n]\s*")
_AND = re.compile(r"\s(?:and|et|&|\+|و)\s", re.IGNORECASE)
_MOST_STRANGE = 2


def parts(text: str) -> list[str]:
    """Return the values that stand in one text, divided by a comma, a semicolon or a line; of a single one, itself."""
    return [part for part in _BETWEEN.split(text.strip()) if part]


def bad_literal(text: str, term: str, datatype: str, where: Where) -> Problem:
    """Return the problem that a text is no form of a datatype; of a date that was written otherwise, what it is."""
    return _misread(text, term, datatype)._replace(where=where)


@lru_cache(maxsize=1024)
def _misread(text: str, term: str, datatype: str) -> Problem:
    """Return that problem without its place: in a table, the same is often wrong in each row."""
    where = Where("")
    told = {"value": text, "term": term}
    plain = " ".join(western(text).split())
    if says_nothing(text):
        return problem("stands-for-nothing", where, **told)
    if datatype not in _DATES:
        number = stated_number(plain, datatype) if datatype in _NUMBERS else None
        return _unformed(told, datatype, number if number and well_formed(number, datatype) else None)
    if serial := _SERIAL.fullmatch(plain):
        meant = (_ZERO + datetime.timedelta(int(serial[1]))).isoformat()
        return problem("date-serial", where, **told, nearest=meant)
    if (found := _ORDER.fullmatch(plain)) and stated_date(plain) is None and 1 <= int(found[1]) <= 12 >= int(found[3]):
        day, month = int(found[1]), int(found[3])
        either = tuple(f"{found[4]}-{month:02}-{day:02}" for day, month in ((day, month), (month, day)))
        return problem("date-ambiguous", where, **told)._replace(choices=either, called=({}, {}))
    if (alone := day_of(plain)) is not None:
        return problem("date-with-time", where, **told, nearest=alone)
    if _SHORT.fullmatch(plain):
        return problem("date-without-century", where, **told)
    if (span := _span(plain)) is not None:
        return problem("date-range", where, **told, first=span[0], last=span[1])
    if not re.search("[0-9]{3}", plain) and any(
        stated_date(f"{said}{mark}2024") for said in (plain, plain.replace("-", " ")) for mark in " /-."
    ):
        return problem("date-without-year", where, **told)
    return _unformed(told, datatype, stated_date(plain))


def _unformed(told: dict[str, str], datatype: str, meant: str | None) -> Problem:
    """Return the problem that a text has none of the forms of a datatype, with these alone as its cure."""
    form = "date" if datatype in _DATES else datatype.removeprefix(XSD)
    found = problem("bad-literal", Where(""), **told, nearest=meant or "", form=names.short(datatype))
    return found._replace(cure=sentences(f"form-{form}".lower()))


def stated_number(text: str, datatype: str) -> str | None:
    """Return a number in digits and a full stop where it can be read in one way only, else None.

    Thousands may be apart by spaces, apostrophes, commas or full stops; 3,890 may be either of two amounts.
    """
    plain = western(text).strip()
    whole = datatype == XSD + "integer"
    if found := _GROUPED.fullmatch(plain):
        digits, between, mark, rest = re.sub("[^0-9]", "", found[1]), found[2], found[3], found[4]
        if mark:
            return f"{digits}.{rest}" if mark != between and not whole else None
        return digits if whole or between not in ".," or found[1].count(between) > 1 else None
    return plain.replace(",", ".") if _COMMA.fullmatch(plain) and not whole else plain


def day_of(text: str) -> str | None:
    """Return the day of a day with a time; None for any other text."""
    timed = _TIMED.fullmatch(" ".join(western(text).split()))
    return stated_date(timed[1]) if timed else None


def in_a_zone(text: str) -> bool:
    """Return whether a time of day says in which zone of time it is."""
    return _ZONE.search(western(text).strip()) is not None


def _span(text: str) -> tuple[str, str] | None:
    """Return the first and the last day of a range of days, as dates."""
    if found := _DAYS.fullmatch(text):
        first, last = stated_date(f"{found[1]} {found[3]}"), stated_date(f"{found[2]} {found[3]}")
        return (first, last) if first and last else None
    for between in re.finditer(_TO, text):
        first, last = stated_date(text[: between.start()].strip()), stated_date(text[between.end() :].strip())
        if first and last and len(first) == len(last):
            return first, last
    return None


def bad_name(text: str, where: Where) -> Problem:
    """Return the problem that a text cannot be the name of a thing, and what it is: an address, an amount, several."""
    if says_nothing(text):
        return problem("stands-for-nothing", where, value=text, term="")
    if _ADDRESS.fullmatch(text):
        return problem("address-without-beginning", where, value=text, nearest=f"https://{text}")
    if _MONEY.fullmatch(text):
        return problem("amount-in-one-text", where, value=text)
    several = parts(text)
    if len(several) > 1 and all(names.PATH.fullmatch(part) for part in several):
        listed = {"bar": " | ".join(several), "list": f"[{', '.join(several)}]"}
        return problem("several-values", where, value=text, **listed)
    strange = [char for char in text if not names.PATH.fullmatch(char) and char not in " -./'’"]
    plain = "".join(char for char in text if char not in strange)
    if 0 < len(strange) <= _MOST_STRANGE and names.PATH.fullmatch(plain) and _is_foreign(strange[0]):
        said = f"U+{ord(strange[0]):04X} {unicodedata.name(strange[0], '')}".strip()
        return problem("strange-character", where, value=text, character=said)
    found = problem("bad-name", where, value=text)
    apart = "/" not in text and (len(several) > 1 or _AND.search(text))
    return found._replace(cure=sentences("names-apart")) if apart else found


def _is_foreign(char: str) -> bool:
    """Return whether a character only looks like one of an id, or like nothing: another script, a dash, a space."""
    name = unicodedata.name(char, "")
    return not char.isascii() and not name.startswith("LATIN")

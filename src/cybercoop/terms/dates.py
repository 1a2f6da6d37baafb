"""Dates as people write them, in three languages, turned into the one notation of the graph where they are certain."""

from __future__ import annotations

import datetime
import re
import unicodedata

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
    if found := _DAY_FIRST.fullmatch(text):
        return _day(found[3], _NAMED.get(found[2].strip()), found[1])
    if found := _MONTH_FIRST.fullmatch(text):
        return _day(found[3], _NAMED.get(found[1].strip()), found[2])
    if (found := _MONTH.fullmatch(text)) and (month := _NAMED.get(found[1].strip())):
        return f"{found[2]}-{month:02}"
    return None


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

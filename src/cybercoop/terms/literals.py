"""Which lexical forms a datatype allows, and which precision a date has."""

from __future__ import annotations

import datetime
import re

import pyoxigraph as ox

from cybercoop.terms.names import NS, XSD

STATED_DATE = NS + "StatedDate"

_DIGITS = 18
"""Digits of a number that every processor of XSD must carry."""

_FORMS = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    XSD + "boolean": re.compile(r"true|false|1|0"),
    XSD + "duration": re.compile(
        r"-?P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"
    ),
    XSD + "anyURI": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+"),
}
_LONG_NUMBER = re.compile(rf"([0-9]\.?){{{_DIGITS + 1}}}")
_MOMENT = re.compile(r"(-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_MARK = re.compile("[\u061c\u200c-\u200f]")
_YEAR = re.compile(r"[0-9]{4}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def date_type(lexical: str) -> str | None:
    """Return the datatype that a stated date has by its form (`2024`, `2024-05`, `2024-05-21`), or None."""
    if len(lexical) not in (4, 7, 10):
        return None
    if _YEAR.fullmatch(lexical) and lexical != "0000":
        return XSD + "gYear"
    if _MONTH.fullmatch(lexical) and not lexical.startswith("0000"):
        return XSD + "gYearMonth"
    if _DAY.fullmatch(lexical):
        try:
            datetime.date.fromisoformat(lexical)
        except ValueError:
            return None
        return XSD + "date"
    return None


def well_formed(lexical: str, datatype: str) -> bool:
    """Return whether `lexical` is a form of the XSD datatype; a datatype that we do not know is not judged.

    Numbers have at most 18 digits: more are not understood in the same way everywhere.
    """
    if datatype in (XSD + "date", XSD + "gYearMonth", XSD + "gYear"):
        return date_type(lexical) == datatype
    form = _FORMS.get(datatype)
    if form is None or datatype == XSD + "anyURI":
        return form is None or form.fullmatch(lexical) is not None
    return form.fullmatch(lexical) is not None and _LONG_NUMBER.search(lexical) is None


def is_known(datatype: str) -> bool:
    """Return whether we know the forms of a datatype."""
    return datatype in _FORMS or datatype in {XSD + name for name in ("date", "gYearMonth", "gYear", "string")}


def iri(text: str) -> ox.NamedNode | None:
    """Return the IRI that a text is, or None where it is none, or holds marks that nobody sees."""
    try:
        return None if _MARK.search(text) else ox.NamedNode(text)
    except ValueError:
        return None


def first_day(lexical: str) -> str:
    """Return the first day that a stated date can mean, as YYYY-MM-DD."""
    return lexical + "-01-01"[(len(lexical) - 4) :] if len(lexical) < 10 else lexical


def last_day(lexical: str) -> str:
    """Return the last day that a stated date can mean, as YYYY-MM-DD."""
    if len(lexical) == 4:
        return lexical + "-12-31"
    if len(lexical) == 7:
        year, month = int(lexical[:4]), int(lexical[5:])
        following = datetime.date(year + month // 12, month % 12 + 1, 1) if (year, month) != (9999, 12) else None
        end = following - datetime.timedelta(days=1) if following else datetime.date(9999, 12, 31)
        return end.isoformat()
    return lexical


def settled(lexical: str, datatype: str) -> str:
    """Return the form that the embedded store gives a value: `1.50` → `1.5`, `007` → `7`, `1` → `true`.

    Servers keep or choose other forms; everything that comes from them, or is compared with them, goes through here.
    """
    if datatype == XSD + "boolean":
        return {"1": "true", "0": "false"}.get(lexical, lexical)
    if not well_formed(lexical, datatype):
        return lexical
    if datatype == XSD + "integer":
        return str(int(lexical))
    if datatype == XSD + "decimal":
        sign = "-" if lexical.startswith("-") else ""
        whole, _, rest = lexical.lstrip("+-").partition(".")
        whole, rest = whole.lstrip("0") or "0", rest.rstrip("0")
        number = f"{whole}.{rest}" if rest else whole
        return number if number == "0" else sign + number
    if datatype == XSD + "dateTime" and (found := _MOMENT.fullmatch(lexical)):
        moment, fraction, zone = found.groups()
        kept = (fraction or "").rstrip("0").rstrip(".")
        return moment + kept + ("Z" if zone in ("+00:00", "-00:00") else zone or "")
    return lexical

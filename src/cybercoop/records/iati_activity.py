"""One activity of IATI, in the words of the standard.

https://iatistandard.org/en/iati-standard/203/activity-standard/
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, NamedTuple

from cybercoop.problems.problem import seen
from cybercoop.terms.iati import CHANNELS, DATES, ROLES
from cybercoop.terms.names import ID, SCHEME

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_COUNTRY = re.compile("[A-Z]{2}")
_YEARS = range(1950, 2061)
_PLACEHOLDERS = {"", "-", "#", "n/a", "na", "null", "none", "xxx"}
_OURS = {"theme": ("tag", SCHEME + "theme/"), "region": ("recipient-region", ID + "region/")}
"""Where exports of ours name our own concepts, in vocabulary 99, and the address of that vocabulary."""
_TAKEN = {
    *("iati-identifier", "reporting-org", "title", "description", "participating-org", "activity-status"),
    *("activity-date", "recipient-country", "recipient-region", "location", "sector", "budget", "transaction"),
}


class Organisation(NamedTuple):
    """An organisation as a file names it: its reference and its name, either of which may be empty."""

    ref: str
    name: str
    role: str = ""


class Money(NamedTuple):
    """An amount, of which kind (BudgetType, TransactionType), of which year, from whom; `value` in whole units.

    What stands where the amount should, and is none, is `unread`.
    """

    kind: str
    value: Decimal | None
    currency: str
    year: str
    provider: Organisation
    unread: str | None = None


class Activity:
    """One iati-activity, in the words of the standard: each part is read when it is asked for, and then once.

    Of most activities little is asked: what decides whether they concern the field.
    """

    def __init__(self, node: Any) -> None:
        self._node = node

    @property
    def line(self) -> int:
        """The line on which it begins."""
        return self._node.sourceline or 0

    @cached_property
    def identifier(self) -> str:
        """Its iati-identifier, or nothing."""
        return plain(next((each.text or "" for each in self._each("iati-identifier")), ""))

    @cached_property
    def reporter(self) -> Organisation:
        """Who reports it."""
        return next(map(_organisation, self._each("reporting-org")), Organisation("", ""))

    @cached_property
    def titles(self) -> dict[str, str]:
        """Its title in each language."""
        return {lang: text for part in self._each("title") for lang, text in _texts(part)}

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """All titles and descriptions."""
        return tuple(text for name in ("title", "description") for part in self._each(name) for _, text in _texts(part))

    @cached_property
    def dates(self) -> dict[str, str]:
        """Days by the code of ActivityDateType."""
        found: dict[str, str] = {}
        for kind, day in self._days:
            if is_day(day):
                found.setdefault(DATES.get(kind, kind), day)
        return found

    @property
    def status(self) -> str:
        """The code of ActivityStatus."""
        return _code(next(iter(self._each("activity-status")), None))

    @cached_property
    def organisations(self) -> tuple[Organisation, ...]:
        """Who takes part."""
        return tuple(map(_organisation, self._each("participating-org")))

    @cached_property
    def channels(self) -> frozenset[str]:
        """Which of the channels of CRS that we know it goes through, by participants, providers and crs-add."""
        codes = {each.get("crs-channel-code") or "" for each in self._each("participating-org")}
        providers = (next(each.iter("{*}provider-org"), None) for each in self._each("transaction"))
        for body in (*self._each("participating-org"), *providers):
            if body is not None:
                codes.add(plain(body.get("ref")).rpartition("-")[2])
        codes.update(plain(each.text) for part in self._each("crs-add") for each in part.iter("{*}channel-code"))
        return frozenset(codes & CHANNELS.keys())

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """ISO codes of countries."""
        return tuple(dict.fromkeys(filter(_COUNTRY.fullmatch, self._codes)))

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of regions of whatever vocabulary but our own."""
        return tuple(_code(each) for each in self._each("recipient-region") if each.get("vocabulary") != "99")

    @cached_property
    def sectors(self) -> tuple[tuple[str, str], ...]:
        """Vocabulary and code of each sector."""
        return tuple((plain(each.get("vocabulary")).lower(), _code(each)) for each in self._all("sector"))

    @cached_property
    def budgets(self) -> tuple[Money, ...]:
        """What is planned."""
        return tuple(_money(each, self._node) for each in self._each("budget"))

    @cached_property
    def transactions(self) -> tuple[Money, ...]:
        """What is committed and spent."""
        return tuple(_money(each, self._node) for each in self._each("transaction"))

    @property
    def ours(self) -> dict[str, tuple[str, ...]]:
        """Themes and regions of our own that it names, by their IRIs, as our exports do (vocabulary 99)."""
        return {kind: tuple(_ours(self._each(name), base)) for kind, (name, base) in _OURS.items()}

    @property
    def unread(self) -> tuple[str, ...]:
        """The names of all else that it holds."""
        names = dict.fromkeys(local(child) for child in self._node if isinstance(child.tag, str))
        return tuple(name for name in names if name not in _TAKEN)

    @property
    def wrong(self) -> tuple[tuple[str, str], ...]:
        """What could not be taken as it stands: the element and its text."""
        return (
            *(("transaction", each.unread) for each in self.transactions if each.unread is not None),
            *(("activity-date", day) for _, day in self._days if not is_day(day)),
            *(("recipient-country", code) for code in self._codes if not _COUNTRY.fullmatch(code)),
            *(("budget", each.unread) for each in self.budgets if each.unread is not None),
        )

    @property
    def _days(self) -> list[tuple[str, str]]:
        """Kind and text of each date."""
        nodes = self._each("activity-date")
        return [(plain(each.get("type")).lower(), plain(each.get("iso-date") or each.text)[:10]) for each in nodes]

    @property
    def _codes(self) -> list[str]:
        """What stands where the code of a country should."""
        codes = [_code(each).upper() for each in self._all("recipient-country")]
        places = (place for part in self._each("location") for place in part.iter("{*}location-id"))
        return codes + [_code(place).upper() for place in places if place.get("vocabulary") == "A4"]

    def _all(self, name: str) -> Iterable[Any]:
        """Return the elements of a name; where there is none, those of the transactions."""
        within = (each for part in self._each("transaction") for each in part.iter(f"{{*}}{name}"))
        return self._each(name) or within

    def _each(self, name: str) -> list[Any]:
        return [*self._node.iterchildren(f"{{*}}{name}")]


def _money(node: Any, activity: Any) -> Money:
    value = next(node.iter("{*}value"), None)
    kind = node.get("type") or _code(next(node.iter("{*}transaction-type"), None))
    day = next(
        (
            each.get("iso-date") or ""
            for name in ("transaction-date", "period-start")
            for each in node.iter(f"{{*}}{name}")
        ),
        "",
    )
    amount, unread = None, None
    if value is not None:
        unread = plain(value.text)
        with suppress(InvalidOperation):
            amount = Decimal(unread.replace(",", ""))
    if amount is not None and not amount.is_finite():
        amount = None
    currency = (value.get("currency") if value is not None else "") or activity.get("default-currency") or ""
    provider = next(map(_organisation, node.iter("{*}provider-org")), Organisation("", ""))
    return Money(
        plain(kind).lower(), amount, plain(currency).upper(), day[:4], provider, unread if amount is None else None
    )


def _organisation(node: Any) -> Organisation:
    ref = plain(node.get("ref"))
    role = plain(node.get("role")).lower()
    name = next((text for _, text in _texts(node)), "")
    return Organisation("" if ref.lower() in _PLACEHOLDERS else ref, name, ROLES.get(role, role))


def _texts(node: Any) -> Iterator[tuple[str, str]]:
    """Yield each text of an element with its language, `und` where none is given: narratives, or the text of 1.x."""
    for each in [*node.iter("{*}narrative")] or [node]:
        if text := plain("".join(each.itertext())):
            tags = (ancestor.get(_LANG) for ancestor in (each, *each.iterancestors()))
            lang = next((tag.strip().lower() for tag in tags if tag and tag.strip()), "")
            yield lang if _TAG.fullmatch(lang) else "und", text


def _code(node: Any) -> str:
    return "" if node is None else plain(node.get("code") or node.text)


def _ours(nodes: Iterable[Any], base: str) -> Iterator[str]:
    for node in nodes:
        if node.get("vocabulary") == "99" and node.get("vocabulary-uri") == base:
            yield base + _code(node)


def is_day(text: str) -> bool:
    """Return whether a text is a day of a year that an activity can be of."""
    try:
        return datetime.date.fromisoformat(text).year in _YEARS
    except ValueError:
        return False


def local(node: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(node.tag).rpartition("}")[2]


def plain(text: str | None) -> str:
    """Return a text with its white space made one, what cannot be seen written out; nothing for none."""
    return seen(" ".join((text or "").split()))

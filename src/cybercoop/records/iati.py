"""IATI activity files of versions 1.x and 2.0x into activities: by a parser that goes on after what is not well formed.

See the [activity standard](https://iatistandard.org/en/iati-standard/203/activity-standard/). What reaches the parser
has no document type, so that there are no entities to expand and nothing to fetch; texts beyond what libxml2 holds for
sound are refused.
"""

from __future__ import annotations

import datetime
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from lxml import etree

from cybercoop.problems.problem import Refusal, Where, refuse, seen
from cybercoop.records import MAX_BYTES
from cybercoop.terms.iati import CHANNELS, DATES, ROLES
from cybercoop.terms.names import ID, SCHEME

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_DOCTYPE = re.compile(rb"[^<]*+(?>(?:<\?.*?\?>|<!--.*?-->)\s*+)*+<!DOCTYPE([^>\[]{0,60})", re.DOTALL | re.IGNORECASE)
_GZIP, _ANY_GZIP = b"\x1f\x8b", 31
_BEYOND = re.compile("huge|excessive|too (?:long|deep)", re.IGNORECASE)
"""What libxml2 says of a document that goes beyond its limits (10 MB of one text, 256 levels)."""
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
    """An amount, of which kind (BudgetType, TransactionType), of which year, from whom; `value` in whole units."""

    kind: str
    value: Decimal | None
    currency: str
    year: str
    provider: Organisation


class Activity(NamedTuple):
    """One iati-activity: what of it is read, in the words of the standard, and the names of all else that it holds."""

    line: int
    identifier: str
    reporter: Organisation
    titles: dict[str, str]
    texts: tuple[str, ...]
    dates: dict[str, str]
    status: str
    organisations: tuple[Organisation, ...]
    channels: frozenset[str]
    countries: tuple[str, ...]
    regions: tuple[str, ...]
    sectors: tuple[tuple[str, str], ...]
    budgets: tuple[Money, ...]
    transactions: tuple[Money, ...]
    ours: dict[str, tuple[str, ...]]
    """Themes and regions of our own that it names, by their IRIs, as our exports do (vocabulary 99)."""
    unread: tuple[str, ...]
    wrong: tuple[tuple[str, str], ...]
    """What could not be taken as it stands: the element and its text."""


class File(NamedTuple):
    """An activity file: the text that was read, when it was made, its activities, and where it is not well formed."""

    data: bytes
    made: str
    activities: tuple[Activity, ...]
    broken: tuple[tuple[int, str], ...]


def read(data: bytes, file: str) -> File:
    """Return the activities of a file, which may be compressed by gzip.

    Raises `Refusal` for one that has a document type, holds no activity, or is too large.
    """
    text = _unpacked(data, file)
    if found := _DOCTYPE.match(text.replace(b"\0", b"")):  # UTF-16, too
        raise refuse("xml-doctype", Where(file), value=found[1].decode(errors="replace").strip())
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    root = None
    with suppress(etree.XMLSyntaxError):  # nothing at all is left
        root = etree.fromstring(text, parser)
    errors = [(error.line, _plain(error.message)) for error in parser.error_log]
    for line, message in errors:
        if _BEYOND.search(message):
            raise refuse("iati-unsound", Where(file, line, 1), value=message)
    if root is not None and root.getroottree().docinfo.internalDTD is not None:
        raise refuse("xml-doctype", Where(file), value=root.tag)
    activities = tuple(map(_activity, root.iter("{*}iati-activity"))) if root is not None else ()
    if not activities:
        raise _none(root, errors, file)
    return File(text, _made(root), activities, tuple(errors))


def _none(root: Any, errors: list[tuple[int, str]], file: str) -> Refusal:
    if root is None and errors:
        return refuse("xml-syntax", Where(file, errors[0][0], 1), value=errors[0][1])
    return refuse("iati-no-activity", Where(file), value=_name(root) if root is not None else "–")


def _unpacked(data: bytes, file: str) -> bytes:
    if data.startswith(_GZIP):
        try:
            data = zlib.decompressobj(_ANY_GZIP).decompress(data, MAX_BYTES + 1)
        except zlib.error as error:
            raise refuse("gzip-broken", Where(file), value=str(error)) from None
    if len(data) > MAX_BYTES:
        raise refuse("file-too-large", Where(file), value=f"> {MAX_BYTES // 2**20} MB")
    return data


def _made(root: Any) -> str:
    """Return the day on which the file was made, else the last on which one of its activities changed; or nothing."""
    days = (value[:10] for name, value in root.attrib.items() if name.endswith("generated-datetime"))
    changed = (each.get("last-updated-datetime", "")[:10] for each in root.iter("{*}iati-activity"))
    return next((day for day in days if _day(day)), "") or max((day for day in changed if _day(day)), default="")


def _activity(node: Any) -> Activity:
    parts: dict[str, list[Any]] = {}
    for child in node:
        if isinstance(child.tag, str):
            parts.setdefault(_name(child), []).append(child)
    wrong: list[tuple[str, str]] = []
    organisations = tuple(_organisation(each) for each in parts.get("participating-org", ()))
    transactions = [_money(each, wrong, node) for each in parts.get("transaction", ())]
    codes = {each.get("crs-channel-code") or "" for each in parts.get("participating-org", ())}
    codes.update(part.rpartition("-")[2] for each in organisations for part in (each.ref,))
    codes.update(each.provider.ref.rpartition("-")[2] for each in transactions)
    codes.update(_plain(each.text) for part in parts.get("crs-add", ()) for each in part.iter("{*}channel-code"))
    return Activity(
        line=node.sourceline or 0,
        identifier=_plain(_first(parts, "iati-identifier")),
        reporter=next(map(_organisation, parts.get("reporting-org", ())), Organisation("", "")),
        titles={lang: text for part in parts.get("title", ()) for lang, text in _texts(part)},
        texts=tuple(
            text for name in ("title", "description") for part in parts.get(name, ()) for _, text in _texts(part)
        ),
        dates=_dates(parts.get("activity-date", ()), wrong),
        status=_code(next(iter(parts.get("activity-status", ())), None)),
        organisations=organisations,
        channels=frozenset(codes & CHANNELS.keys()),
        countries=_countries(parts, wrong),
        regions=tuple(_code(each) for each in parts.get("recipient-region", ()) if each.get("vocabulary") != "99"),
        sectors=tuple((_plain(each.get("vocabulary")).lower(), _code(each)) for each in _all(parts, "sector")),
        budgets=tuple(_money(each, wrong, node) for each in parts.get("budget", ())),
        transactions=tuple(transactions),
        ours={kind: tuple(_ours(parts.get(name, ()), base)) for kind, (name, base) in _OURS.items()},
        unread=tuple(name for name in parts if name not in _TAKEN),
        wrong=tuple(wrong),
    )


def _all(parts: dict[str, list[Any]], name: str) -> Iterator[Any]:
    """Yield the elements of a name of the activity; where there is none, those of its transactions."""
    yield from parts.get(name) or (each for part in parts.get("transaction", ()) for each in part.iter(f"{{*}}{name}"))


def _countries(parts: dict[str, list[Any]], wrong: list[tuple[str, str]]) -> tuple[str, ...]:
    codes = [_code(each).upper() for each in _all(parts, "recipient-country")]
    for place in parts.get("location", ()):
        codes += [_code(each).upper() for each in place.iter("{*}location-id") if each.get("vocabulary") == "A4"]
    wrong += [("recipient-country", code) for code in codes if not re.fullmatch("[A-Z]{2}", code)]
    return tuple(dict.fromkeys(code for code in codes if re.fullmatch("[A-Z]{2}", code)))


def _dates(nodes: Any, wrong: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in nodes:
        kind = _plain(node.get("type")).lower()
        day = _plain(node.get("iso-date") or node.text)[:10]
        if _day(day):
            found.setdefault(DATES.get(kind, kind), day)
        else:
            wrong.append(("activity-date", day))
    return found


def _money(node: Any, wrong: list[tuple[str, str]], activity: Any) -> Money:
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
    amount = None
    if value is not None:
        with suppress(InvalidOperation):
            amount = Decimal(_plain(value.text).replace(",", ""))
        if amount is None or not amount.is_finite():
            amount = None
            wrong.append((_name(node), _plain(value.text)))
    currency = (value.get("currency") if value is not None else "") or activity.get("default-currency") or ""
    provider = next(map(_organisation, node.iter("{*}provider-org")), Organisation("", ""))
    return Money(_plain(kind).lower(), amount, _plain(currency).upper(), day[:4], provider)


def _organisation(node: Any) -> Organisation:
    ref = _plain(node.get("ref"))
    role = _plain(node.get("role")).lower()
    name = next((text for _, text in _texts(node)), "")
    return Organisation("" if ref.lower() in _PLACEHOLDERS else ref, name, ROLES.get(role, role))


def _texts(node: Any) -> Iterator[tuple[str, str]]:
    """Yield each text of an element with its language, `und` where none is given: narratives, or the text of 1.x."""
    for each in [*node.iter("{*}narrative")] or [node]:
        if text := _plain("".join(each.itertext())):
            tags = (ancestor.get(_LANG) for ancestor in (each, *each.iterancestors()))
            lang = next((tag.strip().lower() for tag in tags if tag and tag.strip()), "")
            yield lang if _TAG.fullmatch(lang) else "und", text


def _code(node: Any) -> str:
    return "" if node is None else _plain(node.get("code") or node.text)


def _ours(nodes: Iterable[Any], base: str) -> Iterator[str]:
    for node in nodes:
        if node.get("vocabulary") == "99" and node.get("vocabulary-uri") == base:
            yield base + _code(node)


def _first(parts: dict[str, list[Any]], name: str) -> str:
    return next((each.text or "" for each in parts.get(name, ())), "")


def _day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).year in _YEARS
    except ValueError:
        return False


def _name(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _plain(text: str | None) -> str:
    return seen(" ".join((text or "").split()))

"""IATI activity files of versions 1.x and 2.0x into activities: by a parser that goes on after what is not well formed.

See the [activity standard](https://iatistandard.org/en/iati-standard/203/activity-standard/). What reaches the parser
has no document type, so that there are no entities to expand and nothing to fetch; texts beyond what libxml2 holds for
sound are refused.
"""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from typing import Any, NamedTuple

from lxml import etree

from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.records import MAX_BYTES
from cybercoop.records.iati_activity import Activity, is_day, local, plain

_DOCTYPE = re.compile(rb"[^<]*+(?>(?:<\?.*?\?>|<!--.*?-->)\s*+)*+<!DOCTYPE([^>\[]{0,60})", re.DOTALL | re.IGNORECASE)
_GZIP, _ANY_GZIP = b"\x1f\x8b", 31
_BEYOND = re.compile("huge|excessive|too (?:long|deep)", re.IGNORECASE)
"""What libxml2 says of a document that goes beyond its limits (10 MB of one text, 256 levels)."""


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
    errors = [(error.line, plain(error.message)) for error in parser.error_log]
    for line, message in errors:
        if _BEYOND.search(message):
            raise refuse("iati-unsound", Where(file, line, 1), value=message)
    if root is not None and root.getroottree().docinfo.internalDTD is not None:
        raise refuse("xml-doctype", Where(file), value=root.tag)
    activities = tuple(map(Activity, root.iter("{*}iati-activity"))) if root is not None else ()
    if not activities:
        raise _none(root, errors, file)
    return File(text, _made(root), activities, tuple(errors))


def _none(root: Any, errors: list[tuple[int, str]], file: str) -> Refusal:
    if root is None and errors:
        return refuse("xml-syntax", Where(file, errors[0][0], 1), value=errors[0][1])
    return refuse("iati-no-activity", Where(file), value=local(root) if root is not None else "–")


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
    return next((day for day in days if is_day(day)), "") or max((day for day in changed if is_day(day)), default="")

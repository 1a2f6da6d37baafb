"""Multiply files of IATI activities: as they are, then again and again under other identifiers, some about the field.

    python -m bench.make_iati FOLDER 1000000 OUT --field 1000

writes files of 2,000 activities each (`.xml.gz`) and prints how many there are, of how many bytes of XML, and how many
of them were given a title of ours about the field: one in so many as `--field` says. What these find must be found:
none is given to an activity that the files hold again, of which only the first is taken.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from lxml import etree

_FILE = 2000
_HEAD = b'<iati-activities version="2.03" generated-datetime="2023-08-01T00:00:00Z">\n'
_IDENTIFIER = re.compile(rb"(<iati-identifier[^>]*>\s*)([^<]*?)(\s*</iati-identifier>)")
_TITLE = re.compile(rb"<title\b.*?</title>", re.DOTALL)
TITLES = (
    ("en", "Training of investigators on cybercrime"),
    ("fr", "Formation des magistrats à la cybercriminalité"),
    ("ar", "تدريب القضاة على الجريمة السيبرانية"),
    ("en", "Standards for electronic evidence"),
)
"""Titles that the words of our themes find."""


def main() -> None:
    """Write the files and print what is in them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("activities", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--field", type=int, default=1000)
    given = parser.parse_args()
    print(*make(given.folder, given.activities, given.out, given.field))


def make(folder: Path, activities: int, out: Path, field: int = 1000) -> tuple[int, int, int]:
    """Write activities; return how many there are, the bytes of their XML, and how many are about the field."""
    originals = [each for path in sorted(folder.rglob("*.xml.gz")) for each in _activities(path)]
    out.mkdir(parents=True, exist_ok=True)
    ahead, size, planted, written = islice(_copies(originals, field), activities), 0, 0, 0
    for number in count():
        some = list(islice(ahead, _FILE))
        if not some:
            return written, size, planted
        text = _HEAD + b"\n".join(each for each, _ in some) + b"\n</iati-activities>\n"
        (out / f"activities-{number:05}.xml.gz").write_bytes(gzip.compress(text, 1, mtime=0))
        written, size, planted = written + len(some), size + len(text), planted + sum(told for _, told in some)
    raise AssertionError


def _activities(path: Path) -> Iterator[bytes]:
    """Yield the activities of a file that have an identifier."""
    root = etree.fromstring(gzip.decompress(path.read_bytes()), etree.XMLParser(recover=True, resolve_entities=False))
    for node in root.iter("iati-activity"):
        text = etree.tostring(node)
        if (found := _IDENTIFIER.search(text)) and found[2]:
            yield text


def _copies(originals: list[bytes], field: int) -> Iterator[tuple[bytes, bool]]:
    """Yield activities without end, and whether each has a title about the field."""
    known = Counter(found[2] for text in originals if (found := _IDENTIFIER.search(text)))
    number = due = 0
    for copy in count(1):
        for text in originals:
            number += 1
            due += number % field == 0
            mark = rb"\1\2%s\3" % (f"-copy-{copy}".encode() if copy > 1 else b"")
            made = _IDENTIFIER.sub(mark, text, count=1)
            lang, title = TITLES[number // field % len(TITLES)]
            found = _IDENTIFIER.search(text)
            told = due > 0 and _TITLE.search(made) is not None and found is not None and known[found[2]] == 1
            if told:
                due -= 1
                said = f'<title><narrative xml:lang="{lang}">{title}, {number}</narrative></title>'.encode()
                made = _TITLE.sub(said.replace(b"\\", b"\\\\"), made, count=1)
            yield made, told


if __name__ == "__main__":
    main()

"""The pieces that Turtle, TriG, N-Triples and N-Quads are written with, each with its offset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\n]|\#[^\n]*+)++)
  | (?P<long>\"\"\"(?:[^"\\]++|\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^'\\]++|\\.|'(?!''))*+''')
  | (?P<string>(?!\"\"\"|''')(?:"(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+'))
  | (?P<statement><<)
  | (?P<iri><[^\x00-\x20<>"{}|^`]*+>)
  | (?P<type>\^\^)
  | (?P<at>@[A-Za-z]++(?:--?[A-Za-z0-9]++)*+)
  | (?P<nil>\((?:[ \t\n]|\#[^\n]*+)*+\))
  | (?P<blank>_:|\[|\(|\{\||~)
  | (?P<double>[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)[eE][+-]?[0-9]++)
  | (?P<decimal>[+-]?[0-9]*+\.[0-9]++)
  | (?P<integer>[+-]?[0-9]++)
  | (?P<mark>[.;,{}\])])
  | (?P<name>(?:[^\x00-\x20<>"'{}()\[\];,\#.@^\\]|\.(?=\.*+[^\x00-\x20<>"'{}()\[\];,\#@^.])|\\.)++)
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece: what it is, as it is written, and where it begins."""

    kind: str
    text: str
    offset: int

    @property
    def word(self) -> str:
        """The keyword that a name may be, in small letters; for anything else, an empty text."""
        return self.text.lower() if self.kind == "name" and ":" not in self.text else ""

    @property
    def value(self) -> str:
        """What stands between the marks of a string or IRI, without its escapes."""
        width = 3 if self.kind == "long" else 1
        return _ESCAPE.sub(_unescaped, self.text[width:-width])


def tokens(text: str) -> Iterator[Token]:
    """Yield the pieces of a text, without space and comments, up to the first that cannot be one."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup is None:
            return
        if match.lastgroup != "space":
            yield Token(match.lastgroup, match.group(), match.start())


def _unescaped(match: re.Match[str]) -> str:
    if code := match.group(1) or match.group(2):
        return chr(int(code, 16))
    return _LETTERS.get(match.group(3), match.group(3))

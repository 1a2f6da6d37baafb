"""What is wrong with a text that its parser refuses: a cause that people know, where the parser has its own words."""

from __future__ import annotations

import re
import unicodedata

import yaml

from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records.reading import Places
from cybercoop.terms.names import PREFIXES

STRANGE_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""What looks like the space of YAML, and is another character (YAML 1.1, 5.5)."""
_SPACED = re.compile(rf"[ -]*(?:[\w@-]+(?:{STRANGE_SPACE.pattern}*:)?)?(?={STRANGE_SPACE.pattern})")
"""The head of a line up to a strange space in its indentation, or beside the colon of its word."""
_OPENED = re.compile("flow|quoted scalar|simple key")


def of_yaml(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """Return the problem of a text that is not YAML: its cause where that is known, else what the parser says."""
    place = Places(text, file)
    said, about = error.problem or "", error.context or ""
    if error.problem_mark is None:
        return problem("yaml-syntax", place(0), value=said or about or "?")
    at = min(error.problem_mark.index, len(text.rstrip("\n")))
    begun = error.context_mark.index if error.context_mark else at
    if (strange := _strange_space(text, begun, at)) is not None:
        return spaced(text[strange], place(strange))
    line = text[text.rfind("\n", 0, at) + 1 : at]
    before = line.rstrip(" ")
    if "quoted scalar" in about and "unexpected" in said:
        return problem("yaml-quote", place(begun), value=text[begun : begun + 1])
    at_end = not text[at:].strip()
    if before.endswith(("'", '"')) and not (at_end and "flow" in about) and said.startswith("did not find expected"):
        return problem("yaml-quote", place(at - len(line) + len(before) - 1), value=before[-1])
    if text[at : at + 1] == ":" and re.search(r":\s", line):
        return problem("yaml-colon", place(at))
    if "flow" in about and (opened := max(text.rfind(sign, 0, begun + 1) for sign in "[{")) >= 0:
        return problem("yaml-bracket", place(opened), value=text[opened])
    if "cannot start any token" in said:
        return problem("yaml-sign", place(at), value=text[at : at + 1])
    where = place(begun if _OPENED.search(about) and "quoted" not in about else at)
    if re.search("expected (key|':'|'-'|<document)|mapping values", said):
        return problem("yaml-line", where)
    return problem("yaml-syntax", where, value=said or about or "?")


def spaced(character: str, where: Where) -> Problem:
    """Return the problem that a strange space stands where only a plain one can."""
    return problem("yaml-space", where, value=f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip())


def _strange_space(text: str, begun: int, at: int) -> int | None:
    """Return where a strange space stands at the head of a line from one place to another."""
    start = text.rfind("\n", 0, begun) + 1
    while 0 <= start <= at:
        if found := _SPACED.match(text, start):
            return found.end()
        start = text.find("\n", start) + 1 or -1
    return None


_PREFIX = re.compile(r"The prefix (\S*): has not been declared")


def of_turtle(said: str, where: Where, text: str) -> Problem:
    """Return the problem of a text that is not of the Turtle family: its cause where that is known."""
    if text.startswith(("<?", "<!", "<rdf:")):  # XML, of which the parser says strange things
        return problem("rdf-syntax", where, value=said)
    if undeclared := _PREFIX.search(said):
        known = PREFIXES.get(undeclared[1], "https://…")
        return problem("rdf-prefix", where, value=undeclared[1], known=known)
    if "No scheme found" in said:
        return problem("rdf-base", where)
    if said.endswith(("Unexpected end", "A dot is expected at the end of statements")):
        return problem("rdf-end", where)
    if "Invalid IRI" in said:
        return problem("rdf-address", where)
    return problem("rdf-syntax", where, value=said)

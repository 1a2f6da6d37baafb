"""What is typed into a form, as a record in YAML and back; and what in it cannot be seen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import yaml

from cybercoop.contribute.fields import Field
from cybercoop.problems.problem import LANGUAGES, UNSEEN, Problem, Where, problem

ABOUT = ("source", "section", "id")
"""The inputs that every record begins with."""

PARTS = {"texts": [("@", lang) for lang in LANGUAGES], "amount": [(".", "amount"), (".", "currency")]}
"""The kinds of fields that have several inputs: what stands between the name of the field and that of the part."""

_PLAIN = re.compile(r"[^\W_](?:[\w+/()&’-]|[.,](?=[^\s])|, | (?=[\w(&]))*\.?")
"""A text that YAML takes for itself without quotation marks."""

_IN_TEXTS = re.compile(UNSEEN)
_IN_CODES = re.compile(f"{UNSEEN[:-1]}\u034f\u061c\u200c-\u200f\ufe00-\ufe0f]")
"""What cannot be seen: in texts, and in ids, codes, dates and numbers, which have no joiners or marks of direction."""

_LINE_ENDS = "\x0b\x0c\x85\u2028\u2029"
_TURNS = "\u202d\u202e\ufff9\ufffa\ufffb"
"""What shows a text in another order than it has, or stands between a word and a note on it: the meaning is open."""


def written(name: str, fields: Sequence[Field], given: Mapping[str, str]) -> str:
    """Return what was typed as a record in YAML; what was left empty is left out.

    >>> print(written("Place", (), {"id": "place/rabat", "source": "x", "section": "list: of 2024"}))
    source: x
    at: {section: "list: of 2024"}
    id: place/rabat
    type: Place
    <BLANKLINE>
    """
    lines = []
    for key in ABOUT:
        if text := given.get(key, "").strip():
            lines.append(f"at: {{section: {_scalar(text)}}}" if key == "section" else f"{key}: {_scalar(text)}")
    lines.append(f"type: {name}")
    for field in fields:
        if field.kind == "texts":
            said = {lang: given.get(f"{field.word}@{lang}", "").strip() for lang in LANGUAGES}
            lines += [f"{field.word}:"] if any(said.values()) else []
            lines += [f"  {lang}: {_scalar(text)}" for lang, text in said.items() if text]
        elif field.kind == "amount":
            parts = [(part, given.get(f"{field.word}.{part}", "").strip()) for part in ("amount", "currency")]
            inner = ", ".join(f"{part}: {_scalar(text)}" for part, text in parts if text)
            lines += [f"{field.word}: {{{inner}}}"] if inner else []
        elif values := [text.strip() for text in re.split(r"[;\n]", given.get(field.word, "")) if text.strip()]:
            single = f"{field.word}: {_scalar(values[0])}"
            lines += [single] if len(values) == 1 else [f"{field.word}:", *(f"  - {_scalar(text)}" for text in values)]
    return "\n".join(lines) + "\n"


def typed(fields: Sequence[Field], text: str) -> dict[str, str]:
    r"""Return what a form would hold from which a record was `written`; what no form holds is left out.

    >>> typed((), "source: x\nat: {section: list}\nid: place/rabat\ntype: Place")
    {'source': 'x', 'section': 'list', 'id': 'place/rabat'}
    """
    try:
        said = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  (it makes texts, lists and maps alone)
    except (yaml.YAMLError, RecursionError):
        said = {}
    held = said if isinstance(said, dict) else {}
    parts = {(field.word, part) for field in fields for part in PARTS.get(field.kind, ())}
    found = {"source": held.get("source"), "section": _part(held.get("at"), "section"), "id": held.get("id")}
    found |= {f"{word}{mark}{part}": _part(held.get(word), part) for word, (mark, part) in sorted(parts)}
    found |= {field.word: held.get(field.word) for field in fields if field.kind not in PARTS}
    texts = {key: "; ".join(filter(_text, value)) if isinstance(value, list) else value for key, value in found.items()}
    return {key: value for key, value in texts.items() if isinstance(value, str) and value}


def changes(fields: Sequence[Field], before: str, after: str) -> str:
    r"""Return the inputs that hold something else once a record is mended, as JSON; nothing where none does.

    >>> changes((), "source: x\nid: place/Rabat", "source: x\nid: place/rabat")
    '{"id": "place/rabat"}'
    """
    old, new = typed(fields, before), typed(fields, after)
    other = {key: new.get(key, "") for key in {**old, **new} if old.get(key) != new.get(key)}
    return json.dumps(other, ensure_ascii=False) if other else ""


def taken(text: str) -> dict[str, str]:
    """Return the inputs that `changes` wrote; nothing of what it did not write."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {key: value for key, value in read.items() if isinstance(value, str)} if isinstance(read, dict) else {}


def unseen(fields: Sequence[Field], given: Mapping[str, str]) -> dict[str, tuple[Problem, str]]:
    r"""Return what in a form cannot be seen: the input, the problem, and the text without it.

    >>> problem, text = unseen((), {"id": "place/rabat\u200b", "section": "p. 4"})["id"]
    >>> problem.value, text
    ('U+200B', 'place/rabat')
    """
    inputs = {"source": _IN_CODES, "section": _IN_TEXTS, "id": _IN_CODES}
    for field in fields:
        marks = _IN_TEXTS if field.kind in ("texts", "text") else _IN_CODES
        inputs |= {f"{field.word}{mark}{part}": marks for mark, part in PARTS.get(field.kind, [("", "")])}
    found = {}
    for key, marks in inputs.items():
        text = given.get(key, "")
        if codes := dict.fromkeys(f"U+{ord(mark):04X}" for mark in marks.findall(text)):
            plain = marks.sub(lambda match: " " if match[0] in _LINE_ENDS else "", text)
            found[key] = problem("hidden-character", Where(""), value=", ".join(codes)), plain
    return found


def certain(text: str) -> bool:
    """Return whether a text means the same without what cannot be seen in it, whatever it looked like."""
    return not any(mark in text for mark in _TURNS)


def _part(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _scalar(text: str) -> str:
    """Return a text as a scalar of YAML 1.2 (7.3), quoted where it must be."""
    return text if _PLAIN.fullmatch(text) and "," not in text else json.dumps(text, ensure_ascii=False)

"""Every problem has its words in three languages, and every word in the catalogue is said somewhere."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from cybercoop.problems.problem import LANGUAGES, Where, catalogue, entry, problem, worded

SOURCE = Path(__file__).parent.parent / "src" / "cybercoop"
CALLS = ("problem", "refuse", "_wrong", "_unknown")
"""Functions whose first argument is the code of a problem."""

TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
PROBLEMS = catalogue()["problems"]
SENTENCES = catalogue()["sentences"]


@cache
def constants() -> set[str]:
    """Every text that stands in the code."""
    return {
        node.value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """Every call that names a problem: where it stands, the code, and the values given, None where they are unknown."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            called = _called(node)
            if isinstance(node, ast.Call) and called in CALLS and (code := _first(node)):
                values = {keyword.arg for keyword in node.keywords}
                known = called != "_unknown" and None not in values
                yield f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}", code, values - {None} if known else None  # type: ignore[misc]


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _first(node: ast.Call) -> str:
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("place", "code", "values"), [pytest.param(*call, id=f"{call[0]} {call[1]}") for call in calls()]
)
def test_what_the_code_says_is_in_the_catalogue(place: str, code: str, values: set[str] | None) -> None:
    """A code that is used has its words, and gets every value that they speak of."""
    assert code in PROBLEMS, f"{place}: add {code} to messages.yaml"
    needed = {
        name for part in ("message", "cure") for text in PROBLEMS[code][part].values() for name in placeholders(text)
    }
    assert values is None or needed <= values, f"{place}: {code} speaks of {sorted(needed - values)}"


def test_what_is_read_is_what_is_written() -> None:
    """The library reads the same entries, in the same order, as people write into messages.yaml."""
    written = yaml.safe_load((SOURCE / "problems" / "messages.yaml").read_text("utf-8"))
    assert json.dumps(catalogue()) == json.dumps(written), "run scripts/generate.py"
    assert all(entry(section, code) == said for section in written for code, said in written[section].items())


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_problem_is_used(code: str) -> None:
    """A problem of the catalogue is one that the code can find."""
    assert code in constants(), f"nothing in src says {code}: take it out of messages.yaml"


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_sentence_is_used(code: str) -> None:
    """A sentence of the catalogue is one that the code says, whole or by a beginning such as `severity-`."""
    beginnings = {text for text in constants() if text.endswith("-") and len(text) > 1}
    assert code in constants() or code.startswith(tuple(beginnings))


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_problem_speaks_three_languages(code: str) -> None:
    """Message and cure are there in each language, each a sentence of its own, with the same values."""
    for part in ("message", "cure"):
        texts = PROBLEMS[code][part]
        assert list(texts) == list(LANGUAGES)
        assert len(set(texts.values())) == len(LANGUAGES)
        assert len({frozenset(placeholders(text)) for text in texts.values()}) == 1
        assert all(text == text.strip() for text in texts.values())
        assert re.search("[\u0600-\u06ff]", texts["ar"])


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_sentence_speaks_three_languages(code: str) -> None:
    """A sentence is there in each language, with the same values."""
    texts = SENTENCES[code]
    assert list(texts) == list(LANGUAGES)
    assert len({frozenset(placeholders(text)) for text in texts.values()}) == 1


@pytest.mark.parametrize("value", ["{value}", "{0}", "{", "%s", "\x1b[2J", "x" * 10_000])
def test_values_are_only_shown(value: str) -> None:
    """What people typed is shown, cut and without what cannot be seen; it never becomes part of the words."""
    found = problem("bad-name", Where("a.yaml", 1, 1), value=value)
    assert len(found.message["en"]) < 300
    assert "\x1b" not in found.message["en"]
    if len(value) < 10 and value.isprintable():
        assert value in found.message["en"]


def test_the_catalogue_is_in_order() -> None:
    """Problems and sentences stand from A to Z."""
    assert list(PROBLEMS) == sorted(PROBLEMS)


def counted() -> Iterator[tuple[str, str, str]]:
    """Every text with forms by number: its code, its language, the forms."""
    for section, parts in (("problems", ("message", "cure")), ("sentences", (None,))):
        for code, said in catalogue()[section].items():
            for lang, text in (each for part in parts for each in (said[part] if part else said).items()):
                for _, name, spec, _ in string.Formatter().parse(text):
                    if name and spec:
                        yield code, lang, spec


@pytest.mark.parametrize(("code", "lang", "forms"), list(counted()))
def test_what_is_counted_has_every_form(code: str, lang: str, forms: str) -> None:
    """A text has as many forms as its language has by CLDR, and the number stands in those of many."""
    parts = forms.split("|")
    assert len(parts) == {"en": 2, "fr": 2, "ar": 6}[lang]
    assert all("#" in part for part in parts[-3:]) if lang == "ar" else all("#" in part for part in parts)


@pytest.mark.parametrize("code", sorted({code for code, _, _ in counted()}))
def test_what_is_counted_is_counted_in_each_language(code: str) -> None:
    """Where one language has forms by number, Arabic, in which every number has its own, has them as well."""
    langs = {lang for found, lang, _ in counted() if found == code}
    assert "fr" in langs or langs == {"ar"}


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("0", "لا صفوف"),
        ("1", "صف واحد"),
        ("2", "صفان"),
        ("3", "3 صفوف"),
        ("10", "10 صفوف"),
        ("11", "11 صفًا"),
        ("99", "99 صفًا"),
        ("100", "100 صف"),
        ("102", "102 صف"),
        ("103", "103 صفوف"),
        ("1011", "1011 صفًا"),
        ("many", "many صف"),
    ],
)
def test_arabic_numbers_have_the_forms_of_cldr(number: str, said: str) -> None:
    """Zero, one, two, few (3 to 10 of each hundred), many (11 to 99) and other (100 to 102)."""
    assert worded("{n:لا صفوف|صف واحد|صفان|# صفوف|# صفًا|# صف}", "ar", {"n": number}) == said


@pytest.mark.parametrize(("lang", "ones"), [("en", {1}), ("fr", {0, 1})])
def test_one_is_one(lang: str, ones: set[int]) -> None:
    """In French nought is one, in English it is not."""
    assert {n for n in range(30) if worded("{n:one|#}", lang, {"n": n}) == "one"} == ones

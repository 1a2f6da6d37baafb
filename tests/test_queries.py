"""Every question of the catalogue can be read in three languages, runs as it is, and has the answer that was read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pyoxigraph as ox
import pytest
import yaml

from cybercoop.ask.answer import FORMATS
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.question import TOPICS, Question, Usual, as_typed
from cybercoop.terms.names import short
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
QUESTIONS = {path.stem: path for path in sorted((ROOT / "queries").glob("*.rq"))}
CASES = {path.stem: path for path in sorted((ROOT / "tests" / "queries").glob("*.yaml"))}
LANGUAGES = ["en", "fr", "ar"]
UNBOUND = "null"
ACCEPT = "run `pytest --accept tests/test_queries.py`, then read the answer"


class Plain(yaml.SafeDumper):
    """Writes every scalar as it stands: rows hold lexical forms, and are read back as text."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


@cache
def read(path: Path) -> list[dict[str, Any]]:
    """Return the cases of one question; every scalar is text, `null` an unbound cell."""
    cases: list[dict[str, Any]] = as_typed(path.read_text(encoding="utf-8"))
    return [{**case, "params": case["params"] or {}} for case in cases]


def written(cases: list[dict[str, Any]]) -> str:
    """Return the cases as YAML, a row per line where it fits."""
    return yaml.dump(cases, Dumper=Plain, default_flow_style=None, allow_unicode=True, sort_keys=False, width=10_000)


def cells(row: list[Any]) -> list[str]:
    """Return a row as it stands in a case: short IRIs, lexical forms, `null` for what is unknown."""
    return [
        UNBOUND if term is None else short(term.value) if isinstance(term, ox.NamedNode) else term.value for term in row
    ]


def all_cases() -> list[Any]:
    """Return every case as a test parameter, named as a person would ask it."""
    return [
        pytest.param(name, index, id=" ".join([name, *(f"{key}={value}" for key, value in case["params"].items())]))
        for name, path in CASES.items()
        for index, case in enumerate(read(path))
    ]


def in_three_languages(texts: Mapping[str, str]) -> bool:
    return list(texts) == LANGUAGES and all(text.strip() for text in texts.values())


@pytest.fixture
def question(request: pytest.FixtureRequest) -> Question:
    found = Workspace(ROOT).question(request.param)
    assert found
    return found


every_question = pytest.mark.parametrize("question", QUESTIONS, indirect=True)


@every_question
def test_front_matter_is_complete_in_three_languages(question: Question) -> None:
    """A question says what it asks, who asks it, what it takes and what its columns hold, in en, fr and ar."""
    assert in_three_languages(question.question)
    assert question.asked_by
    assert question.topic in TOPICS, "the first tag is the topic under which the catalogue lists the question"
    for parameter in question.parameters.values():
        assert parameter.kind in {"iri", "date", "first-day", "year", "string"}, parameter.name
        assert in_three_languages(parameter.help), parameter.name
        assert parameter.example, parameter.name
    for column, heading in question.columns.items():
        assert in_three_languages(heading), column


USUAL = Usual.of(ROOT / "queries")
HEAD = """#+ question: {en: What?, fr: Quoi ?, ar: "ماذا؟"}
#+ tags: [project]
"""


@pytest.mark.parametrize("kind", ["parameters", "columns"])
def test_what_is_described_for_all_is_used(kind: str) -> None:
    """A parameter or column is described for all questions in three languages, and where some question has it."""
    described = as_typed(getattr(USUAL, kind))
    used = {name for question in Workspace(ROOT).questions.values() for name in getattr(question, kind)}
    assert list(described) == sorted(described, key=str.casefold)
    assert not described.keys() - used
    for name, facts in described.items():
        assert in_three_languages(facts if kind == "columns" else facts["help"]), name


def test_a_question_may_describe_things_otherwise() -> None:
    """What a question says of a parameter or a column goes before what is usually said; the help names its example."""
    front = "#+ parameters:\n#+   country?: {example: DZ}\n#+ columns:\n#+   country: {en: State}\n"
    question = Question.of("a", f"{HEAD}{front}SELECT ?country ?source {{ ?country a ?source }}", USUAL)
    assert question.columns["country"] == {"en": "State"}
    assert question.columns["source"]["fr"] == "Source"
    country = question.parameters["country"]
    assert country.optional
    assert country.example == "DZ"
    assert "(DZ)" in country.help["ar"]


@pytest.mark.parametrize(
    ("front", "head", "code", "value", "nearest"),
    [
        ("parameters: contry?", "?source", "not-described", "contry", "country"),
        ("parameters: country xyzzy", "?source", "not-described", "xyzzy", None),
        ("parameters: {asof: {example: 2024}}", "?source", "not-described", "asof", "as-of"),
        ("tags: [project]", "?sorce", "not-described", "sorce", "source"),
        ("columns: {sources: {en: By}}", "?source", "no-such-column", "sources", "source"),
    ],
)
def test_a_word_that_is_not_described_is_named(
    front: str, head: str, code: str, value: str, nearest: str | None
) -> None:
    """The file, the word and the nearest known one are named."""
    with pytest.raises(Refusal) as refusal:
        Question.of("a", f"{HEAD}#+ {front}\nSELECT {head} {{ ?s ?p ?o }}", USUAL)
    found = refusal.value.problem
    assert (found.code, found.where.file, found.value, found.nearest) == (code, "queries/a.rq", value, nearest)


@every_question
def test_a_parameter_stands_in_the_query(question: Question) -> None:
    """The query speaks of each parameter, and marks by `$` nothing else; no value of one is written in its text."""
    marked = set(re.findall(r"\$(\w+)", question.query))
    known = {parameter.variable: parameter for parameter in question.parameters.values()}
    assert marked <= known.keys()
    for variable, parameter in known.items():
        assert re.search(rf"[?$]{variable}\b", question.query), parameter.name
        assert parameter.optional or variable not in marked, f"{parameter.name} is always given: write ?{variable}"


def test_a_text_of_a_region_counts_as_one_of_its_language() -> None:
    """No question compares the tag of a language as a text: `fr-CA` is French (RFC 4647, 3.3.1)."""
    wrong = re.compile(r"LANG\([^)]*\)\s*=\s*(?:\$|LANG)", re.IGNORECASE)
    assert not [path.name for path in (ROOT / "queries").glob("*.rq") if wrong.search(path.read_text("utf-8"))]


def test_questions_are_short() -> None:
    """Questions fit in few lines, one with another, and none is longer than a page."""
    lines = {name: path.read_text("utf-8").splitlines() for name, path in QUESTIONS.items()}
    own = {name: sum(not line.startswith("#+") for line in text) for name, text in lines.items()}
    assert sum(own.values()) <= 16.5 * len(own)
    assert sum(map(len, lines.values())) - sum(own.values()) <= 8.75 * len(own)
    assert max(own.values()) < 60, max(own, key=lambda name: own[name])


@every_question
def test_rows_come_in_one_order(question: Question) -> None:
    """Every engine gives the rows in one order: it names every column that is not computed from the others."""
    order = question.text.partition("\nORDER BY ")[2]
    computed = set(re.findall(r" AS \?(\w+)\)", question.text))
    assert not [column for column in question.columns if column not in computed and f"?{column}" not in order]


@every_question
def test_example_runs(question: Question, graph: Any) -> None:
    """The examples that the help shows are taken, all together and the mandatory ones alone."""
    examples = {parameter.name: parameter.example for parameter in question.parameters.values()}
    mandatory = {name: text for name, text in examples.items() if not question.parameters[name].optional}
    for given in (mandatory, examples):
        assert graph.query(question.name, **given).columns == list(question.columns)


def test_an_answer_that_is_too_long_says_what_narrows_it(graph: Any) -> None:
    """A question whose answer has more rows than a limit allows is refused with its options, as far as it has any."""
    whole = graph.query("laws-enacted-during-projects").rows
    for rows in (len(whole), 10**30):
        assert graph.query("laws-enacted-during-projects", limits=Limits(rows=rows)).rows == whole
    for name, told in (("laws-enacted-during-projects", "--project"), ("sources", "LIMIT")):
        with pytest.raises(Refusal) as refusal:
            graph.query(name, limits=Limits(rows=len(whole) - 1 if told != "LIMIT" else 1))
        assert refusal.value.problem.code == "query-limit-rows"
        assert all(told in refusal.value.problem.cure[lang] for lang in ("en", "fr", "ar"))


@every_question
def test_no_column_is_lost_by_its_name(question: Question, graph: Any) -> None:
    """Each column of an answer with sources stands in each row, beside what is added, under a name of its own."""
    columns = list(question.columns)
    given = {each.name: each.example for each in question.parameters.values() if not each.optional}
    answer = graph.query(question.name, **given, with_sources=True)
    for row, found in zip(answer.rows, answer.to_dicts(), strict=True):
        assert [found[column] for column in columns] == [None if term is None else term.value for term in row]
        assert isinstance(found["sources"], list)
    header = FORMATS["csv"](answer).splitlines()[0].split(",")
    assert {*columns, "sources", "places"} <= {*header}
    assert len(header) == len({*header})


@pytest.mark.parametrize(("name", "index"), all_cases())
def test_answer_is_the_one_that_was_read(name: str, index: int, graph: Any, pytestconfig: pytest.Config) -> None:
    """The graph answers as it did when a person read the answer against the sources."""
    cases = read(CASES[name])
    case = cases[index]
    rows = [cells(row) for row in graph.query(name, **case["params"]).rows]
    if pytestconfig.getoption("--accept"):
        cases[index] = {"params": case["params"], "rows": rows}
        CASES[name].write_text(written(cases), encoding="utf-8")
        return
    assert rows == case.get("rows"), ACCEPT


@pytest.mark.parametrize("name", QUESTIONS)
def test_question_has_cases(name: str) -> None:
    """Every question has a case that gives rows."""
    path = f"tests/queries/{name}.yaml"
    assert name in CASES, f"{path} is missing: write `- params: {{…}}` in it, {ACCEPT}"
    assert any(case.get("rows") for case in read(CASES[name])), f"{path} has no case with rows: {ACCEPT}"


def test_cases_belong_to_questions() -> None:
    """No file of cases outlives its question."""
    assert not CASES.keys() - QUESTIONS.keys()

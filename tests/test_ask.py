"""Questions and queries stay inside this graph, whatever is typed."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import pyoxigraph as ox
import pytest

import cybercoop
from cybercoop.ask.answer import FORMATS, Answer
from cybercoop.graph import Graph
from cybercoop.judge.reports.people import said
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.sparql.grammar import columns_of
from cybercoop.sparql.question import Question
from cybercoop.terms.labels import fold
from cybercoop.terms.names import ID, XSD

TWO = """#+ question: {en: two}
#+ columns: {a: {en: a}}
#+ parameters: {a: {type: string}, b: {type: string}}
SELECT ?a { BIND(?a AS ?first) BIND(?b AS ?second) }
"""


@pytest.mark.parametrize("value", ['y" } SERVICE <x> { ?s ?p ?o } #', "VALUES ?b { }", "\\", '"""', "}", "?b { x }"])
def test_a_value_stays_a_value(value: str) -> None:
    """Whatever stands in a parameter comes out as one literal, and leaves the other parameters' blocks alone."""
    question = Question.of("two", TWO)
    text = question.bind({"a": [ox.Literal(value)], "b": [ox.Literal("z")]})
    rows = list(ox.Store().query(text))  # type: ignore[arg-type]
    assert [row["a"].value for row in rows] == [value]  # type: ignore[index, union-attr]
    assert 'VALUES ?b { "z" }' in text


def test_columns_are_those_of_the_head(graph: Graph) -> None:
    """The columns of a question are read from its head alone, however long the line is on which it stands."""
    for question in graph.questions.values():
        assert columns_of(question.text) == list(question.columns)
    assert columns_of("SELECT ?s (COUNT(*) AS ?n) { ?s ?p (1 2) } GROUP BY ?s") == ["s", "n"]


@pytest.mark.parametrize(
    ("head", "columns"),
    [
        ("SELECT ?a\n       ?b\nWHERE", ["a", "b"]),
        ("select\tdistinct ?a # ?c\n$b where", ["a", "b"]),
        ('SELECT (CONCAT(?x, " AS ?no) ", (?y)) AS ?a) ?b', ["a", "b"]),
        ("PREFIX a: <x> SELECT REDUCED(a:f(?x)\nAS\n?a)(?y AS ?b)", ["a", "b"]),
        ("# SELECT ?no\nSELECT *", []),
        ("ASK", []),
    ],
)
def test_columns_stand_on_any_lines(head: str, columns: list[str]) -> None:
    """However a head is written, its columns are told."""
    assert columns_of(f"{head} {{ ?x ?y ?z }}") == columns


def test_several_values_of_one_parameter(graph: Graph) -> None:
    """A list of countries gives the rows of each."""
    one, other = (len(graph.query("country-profile", country=code)) for code in ("MA", "DZ"))
    assert len(graph.query("country-profile", country="MA, Algeria")) == one + other


def test_a_month_means_its_first_day_as_a_beginning_and_its_last_as_an_end(graph: Graph) -> None:
    """May 2024 as begin and end holds the activities of that month."""
    answer = graph.query("activity-calendar", **{"from": "2024-05", "to": "2024-05"})
    days = {str(row["start"]) for row in answer.to_dicts()}
    assert {"2024-05-13", "2024-05-21", "2024-05-23"} <= days
    assert not {day for day in days if len(day) == 10 and not day.startswith("2024-05")}


def test_a_list_is_taken_as_values_joined_by_commas_are(graph: Graph) -> None:
    """A list in Python gives the rows of each of its values, once."""
    joined = graph.query("country-profile", country="MA, Algeria").rows
    assert graph.query("country-profile", country=["MA", "Algeria", "MA"]).rows == joined


@pytest.mark.parametrize(
    "union", ["EU", "eu", "UE", "Union européenne", "european-union", "organisation/european-union"]
)
def test_the_european_union_is_asked_about_where_a_country_is(graph: Graph, union: str) -> None:
    """By any of its names, its short name and its path, the European Union stands where a country stands."""
    rows = graph.query("treaty-status", country=union, instrument="un-cybercrime-convention").rows
    assert rows == graph.query("treaty-status", country="European Union", instrument="un-cybercrime-convention").rows
    assert {row[0].value for row in rows} == {ID + "organisation/european-union"}


def test_a_range_of_years_is_every_year_in_it(graph: Graph) -> None:
    """A range stands for each of its years, which may be given as numbers too."""
    rows = graph.query("projects-in-year", country="MA", year="2018..2020").rows
    assert rows == graph.query("projects-in-year", country="MA", year=[2018, 2019, 2020]).rows
    assert len(rows) > len(graph.query("projects-in-year", country="MA", year=2018))


@pytest.mark.parametrize(
    "year", ["2020..2018", "1..9999", "..", "2018..", "..2018", "2018...2020", "20199", "-1", "24", "2018..99999"]
)
def test_a_range_that_is_none_is_refused(graph: Graph, year: str) -> None:
    """A range that runs backwards or has no end, and what is no year of our time, is refused."""
    with pytest.raises(Refusal):
        graph.query("projects-in-year", country="MA", year=year)


@pytest.mark.parametrize(
    ("period", "ends"),
    [
        ("2024-05..2024-06", {"from": "2024-05", "to": "2024-06"}),
        ("2024-05", {"from": "2024-05", "to": "2024-05"}),
        ("2024-05..", {"from": "2024-05"}),
        ("..2007", {"to": "2007"}),
    ],
)
def test_a_period_is_its_first_and_last_day(graph: Graph, period: str, ends: dict[str, Any]) -> None:
    """`date` stands for `from` and `to` where a question has both, with an open end where one is left out."""
    rows = graph.query("activity-calendar", date=period).rows
    assert rows
    assert rows == graph.query("activity-calendar", **ends).rows


def test_a_parameter_takes_what_a_notebook_holds(graph: Graph) -> None:
    """A day of Python and a set of countries are taken; what names nothing is refused in words."""
    asked = {"instrument": "ets-185", "as_of": datetime.date(2018, 6, 29)}
    assert graph.query("treaty-status", country={"MA"}, **asked).rows
    assert graph.query("treaty-status", country="MA", **asked).rows == [
        *graph.query("treaty-status", country="MA", instrument="ets-185", as_of="2018-06-29").rows
    ]
    wrong: Any
    for wrong in (None, 2018.5, b"MA", True, [None]):
        with pytest.raises(Refusal) as caught:
            graph.query("treaty-status", country=wrong)
        assert caught.value.problem.code == "not-a-value"
    with pytest.raises(Refusal):
        cybercoop.open(lang="de")


def test_a_period_that_runs_backwards_is_refused(graph: Graph) -> None:
    """A last day before the first is refused, however both were given; one day is a period."""
    for given in (
        {"from": "2024-05-31", "to": "2024-05-01"},
        {"date": "2025..2020"},
        {"from": "2024-06", "to": "2024-05"},
    ):
        with pytest.raises(Refusal) as caught:
            graph.query("activity-calendar", **given)
        assert caught.value.problem.code == "bad-range"
    assert graph.query("activity-calendar", **{"from": "2024-05-21", "to": "2024-05-21"}).rows


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_thing_without_a_name_is_called_by_its_parts(graph: Graph, lang: str) -> None:
    """No answer shows an address of ours for a sum, a part of an activity or a place on a list."""
    asked = Graph(graph.workspace, lang)
    sums = {row["value_label"] for row in asked.query("contradictions", property="budget").to_dicts()}
    assert {"en": "5,005,000 · EUR", "fr": "5\u202f005\u202f000 · EUR", "ar": "5,005,000 · EUR"}[lang] in sums
    (thing,) = {row["thing_label"] for row in asked.query("contradictions", property="headcount").to_dicts()}
    course = asked.explain("activity/2018-11-12-tunis-introductory-judicial-course")
    assert thing.endswith(f" · {course.named(course.thing)}")
    for name in ("contradictions", "inferred-links", "single-source-claims"):
        answer = asked.query(name)
        things = {term.value for row in answer.rows for term in row if isinstance(term, ox.NamedNode)}
        assert not [
            iri for iri in things if iri.startswith(ID) and answer.labels.get(iri, lang) == iri.rsplit("/", 1)[-1]
        ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_chart_stands_in_the_order_of_names_of_the_reader(graph: Graph, lang: str) -> None:
    """Countries stand A to Z in the reader's language, as in every other answer."""
    rows = Graph(graph.workspace, lang).query("treaty-chart", instrument="ets-185").to_dicts()
    names = [fold(row["country_label"]) for row in rows]
    assert names == sorted(names)


def test_a_period_is_refused_where_a_question_has_none(graph: Graph) -> None:
    """`date` is no parameter of a question without a first and a last day."""
    with pytest.raises(Refusal) as caught:
        graph.query("project-dates", date="2018")
    assert caught.value.problem.code == "unknown-parameter"


@pytest.mark.parametrize("date", ["2024-13", "2024-02-30", "May 2024", ""])
def test_a_date_that_is_none_is_refused(graph: Graph, date: str) -> None:
    """A parameter that is not a date is refused with the forms that are."""
    with pytest.raises(Refusal):
        graph.query("activity-calendar", **{"from": date})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Algérie", "algerie"),
        ("المغرب", "المـغرب"),
        ("أمريكا", "امريكا"),
        ("قضاة", "قضاه"),
        ("Palestine*", "palestine"),
        ("ٱلقانون ٥ لسنة ٢٠١٨", "القانون 5 لسنة 2018"),
        ("مُكَافَحَة الجريمة", "مكافحه الجريمه"),
        ("علی کریم", "علي كريم"),
        ("The  `Law*` of 2018", "the 'law’ of 2018"),
    ],
)
def test_names_are_compared_without_case_accents_and_marks(left: str, right: str) -> None:
    """Case, accents, tatweel, forms of alef and ta marbuta make no difference when a name is looked up."""
    assert fold(left) == fold(right)


def test_plain_names_are_compared_as_accented_ones_are() -> None:
    """A name of plain letters takes a shorter way, with the same result."""
    text = "".join(map(chr, range(128)))
    assert fold(f"{text}e") == fold(f"{text}é")


def test_reasons_come_in_the_language_of_the_reader(graph: Graph) -> None:
    """An editorial reason stands once per row, in the language that was asked for."""
    answer = graph.query("inferred-links")
    languages = {term.language for row in answer.rows for term in row if isinstance(term, ox.Literal) and term.language}
    assert languages <= {"en"}


@pytest.mark.parametrize(("lang", "kind", "name"), [("fr", "organisation", "Ministère"), ("ar", "هيئة", "وزارة")])
def test_choices_are_called_in_the_language_of_the_reader(graph: Graph, lang: str, kind: str, name: str) -> None:
    """What may be meant stands by its path and its name in the language of the reader, and so does the class."""
    with pytest.raises(Refusal) as refusal:
        graph.query("activities-of-an-organisation", organisation="ministry of")
    found = refusal.value.problem
    assert kind in found.message[lang]
    assert found.choices
    lines = [line.strip() for line in said(found, lang).splitlines() if line.strip().startswith("organisation/")]
    assert len(lines) == len(found.choices) == len(found.to_dict(lang)["choices"])
    assert any(name in line for line in lines)


def test_what_stands_beside_columns_takes_no_name_of_theirs(graph: Graph) -> None:
    """A query whose columns are called as what is added has both, in dictionaries, tables and frames."""
    columns = ["thing", "thing_label", "sources", "places", "notice"]
    values = [ox.NamedNode(ID + "country/PS"), *map(ox.Literal, "abcd")]
    found = graph.query("partner-count", project="cybersouth-plus", with_sources=True)
    assert found.sources
    labels = graph.workspace.labels(graph.workspace.stored.open(), values)
    answer = Answer(columns, [[*values]], {}, labels, "en", True, {}, sources=found.sources[:1])
    (row,) = answer.to_dicts()
    assert [row[column] for column in columns] == [ID + "country/PS", *"abcd"]
    assert row["row_thing_label"] == "Palestine*"
    assert row["row_sources"][0]["source"]
    header, line = csv.reader(io.StringIO(FORMATS["csv"](answer)))
    assert len(header) == len({*header})
    assert dict(zip(header, line, strict=True)).items() >= dict(zip(columns[1:], "abcd", strict=True)).items()
    assert {"row_sources", "row_places", "row_notice"} < {*header}
    assert list(answer.to_pandas().columns) == header[:-1]


@pytest.mark.parametrize(
    ("value", "datatype", "told"),
    [
        ("3890000", "decimal", ("3,890,000", "3\N{NARROW NO-BREAK SPACE}890\N{NARROW NO-BREAK SPACE}000", "3,890,000")),
        ("-12345.50", "decimal", ("-12,345.50", "-12\N{NARROW NO-BREAK SPACE}345,50", "-12,345.50")),
        ("2018", "integer", ("2018", "2018", "2018")),
        ("0.5", "decimal", ("0.5", "0,5", "0.5")),
        ("true", "boolean", ("yes", "oui", "نعم")),
        ("P1Y6M", "string", ("1 year, 6 months", "1 an, 6 mois", "سنة واحدة، 6 أشهر")),
        ("P2W", "string", ("P2W", "P2W", "P2W")),
        ("2018-06-29", "date", ("2018-06-29", "2018-06-29", "2018-06-29")),
        ("٣", "integer", ("٣", "٣", "٣")),
        ("much", "decimal", ("much", "much", "much")),
    ],
)
def test_a_value_is_told_in_words_and_kept_for_programs(
    value: str, datatype: str, told: tuple[str, str, str], graph: Graph
) -> None:
    """Tables, Markdown and HTML group what people read; CSV, TSV and JSON have what the source says."""
    literal = ox.Literal(value, datatype=ox.NamedNode(XSD + datatype))
    labels = graph.workspace.labels(graph.workspace.stored.open(), [literal])
    for lang, words in zip(("en", "fr", "ar"), told, strict=True):
        answer = Answer(["amount"], [[literal]], {}, labels, lang, True, {})
        for name in ("table", "md", "html"):
            assert words in FORMATS[name](answer)
        for name in ("csv", "tsv", "json"):
            assert value in FORMATS[name](answer)

"""Questions and queries stay inside this graph, whatever is typed."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from cybercoop.graph import Graph
from cybercoop.parameters import fold
from cybercoop.problems import Refusal
from cybercoop.query import Question

TWO = """#+ question: {en: two}
#+ columns: {a: {en: a}}
#+ parameters: {a: {type: string}, b: {type: string}}
SELECT ?a { VALUES ?a { "x" } VALUES ?b { "y" } }
"""


@pytest.mark.parametrize("value", ['y" } SERVICE <x> { ?s ?p ?o } #', "VALUES ?b { }", "\\", '"""', "}", "?b { x }"])
def test_a_value_stays_a_value(value: str) -> None:
    """Whatever stands in a parameter comes out as one literal, and leaves the other parameters' blocks alone."""
    question = Question.of("two", TWO)
    text = question.bind({"a": [ox.Literal(value)], "b": [ox.Literal("z")]})
    rows = list(ox.Store().query(text))  # type: ignore[arg-type]
    assert [row["a"].value for row in rows] == [value]  # type: ignore[index, union-attr]
    assert 'VALUES ?b { "z" }' in text


def test_several_values_of_one_parameter(graph: Graph) -> None:
    """A list of countries gives the rows of each."""
    one, other = (len(graph.query("country-profile", country=code)) for code in ("MA", "DZ"))
    assert len(graph.query("country-profile", country="MA, Algeria")) == one + other


def test_a_month_means_its_first_day_as_a_beginning_and_its_last_as_an_end(graph: Graph) -> None:
    """May 2024 as begin and end holds the activities of that month."""
    answer = graph.query("activity-calendar", **{"from": "2024-05", "to": "2024-05"})
    assert len(answer) == 3


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
    ],
)
def test_names_are_compared_without_case_accents_and_marks(left: str, right: str) -> None:
    """Case, accents, tatweel, forms of alef and ta marbuta make no difference when a name is looked up."""
    assert fold(left) == fold(right)


def test_reasons_come_in_the_language_of_the_reader(graph: Graph) -> None:
    """An editorial reason stands once per row, in the language that was asked for."""
    answer = graph.query("inferred-links")
    languages = {term.language for row in answer.rows for term in row if isinstance(term, ox.Literal) and term.language}
    assert languages <= {"en"}

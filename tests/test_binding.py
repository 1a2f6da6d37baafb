"""A question is cut down to what is asked: every engine gets that and nothing else."""

from __future__ import annotations

import datetime
import re
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from cybercoop.graph import Graph
from cybercoop.sparql import tree
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.question import Question, asked
from cybercoop.terms.literals import last_day

ROOT = Path(__file__).parent.parent
QUESTIONS = sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))


def bound(group: str, *given: str, of: tuple[str, ...] = ("x", "y", "z")) -> str:
    """The group of a query with some of its parameters given, each as its name."""
    pieces = asked(f"SELECT ?a WHERE {{{group}}}", of, given)
    pieces[1::2] = (f"[{name}]" for name in pieces[1::2])
    return re.sub(r"\s+", " ", "".join(pieces).removeprefix("SELECT ?a WHERE {").removesuffix("}")).strip()


LEFT = {
    "a triple": (
        " ?a ?b ?x ",
        "x",
        "[x] ?a ?b ?x",
    ),
    "a variable that is not given is any variable": (
        " ?a ?b ?x ",
        "",
        "?a ?b ?x",
    ),
    "a triple goes": (
        " ?a ?b $x . ?a ?c ?d ",
        "",
        "?a ?c ?d",
    ),
    "what stays is parted": (
        " ?a ?c ?d FILTER(?d = $x) ?a ?e ?f ",
        "",
        "?a ?c ?d . ?a ?e ?f",
    ),
    "a filter stays": (
        " ?a ?c ?d FILTER(?d = $x) ",
        "x",
        "[x] ?a ?c ?d FILTER(?d = ?x)",
    ),
    "a filter goes whole": (
        " ?a ?c ?d FILTER EXISTS { ?d ?e $x } ",
        "",
        "?a ?c ?d",
    ),
    "seen by EXISTS": (
        " ?a ?c ?d FILTER EXISTS { ?d ?e $x } ",
        "x",
        "[x] ?a ?c ?d FILTER EXISTS { ?d ?e ?x }",
    ),
    "a branch": (
        " { ?a ?b ?x } UNION { ?a ?c ?d } ",
        "x",
        "{ [x] ?a ?b ?x } UNION { ?a ?c ?d }",
    ),
    "OPTIONAL": (
        " ?a ?b ?c OPTIONAL { ?a ?d ?x } ",
        "x",
        "?a ?b ?c OPTIONAL { [x] ?a ?d ?x }",
    ),
    "MINUS": (
        " ?a ?b ?c MINUS { ?a ?d ?x } ",
        "x",
        "[x] ?a ?b ?c MINUS { [x] ?a ?d ?x }",
    ),
    "before a graph": (
        " GRAPH ?g { ?a ?b ?x } ",
        "x",
        "[x] GRAPH ?g { ?a ?b ?x }",
    ),
    "in a graph": (
        " GRAPH ?g { ?a ?b ?c FILTER(?c = ?x) } ",
        "x",
        "GRAPH ?g { [x] ?a ?b ?c FILTER(?c = ?x) }",
    ),
    "a SELECT": (
        " { SELECT ?a WHERE { ?a ?b ?x } } ?a ?c ?y ",
        "xy",
        "[y] { SELECT ?a WHERE { [x] ?a ?b ?x } } ?a ?c ?y",
    ),
    "not given": (
        " { FILTER(BOUND($x)) ?a ?b ?c } UNION { FILTER(!BOUND($x)) ?a ?d ?e } ",
        "",
        "{ ?a ?d ?e }",
    ),
    "given": (
        " { FILTER(BOUND($x)) ?a ?b ?c } UNION { FILTER(!BOUND($x)) ?a ?d ?e } ",
        "x",
        "{ [x] ?a ?b ?c }",
    ),
    "middle": (
        " { ?a ?b ?c } UNION { FILTER(BOUND($x)) } UNION { ?a ?d ?e } ",
        "",
        "{ ?a ?b ?c } UNION { ?a ?d ?e }",
    ),
    "OPTIONAL goes whole": (
        " ?a ?b ?c OPTIONAL { FILTER(BOUND($x)) ?a ?d ?e } ",
        "",
        "?a ?b ?c",
    ),
    "MINUS goes whole": (
        " ?a ?b ?c MINUS { FILTER(BOUND($x)) ?a ?d ?e } ",
        "",
        "?a ?b ?c",
    ),
    "a group in a branch": (
        " { ?a ?b ?c { FILTER(BOUND($x)) } } UNION { ?a ?d ?e } ",
        "",
        "{ ?a ?d ?e }",
    ),
    "lines go together": (
        " ?a ?b ?c { ?c ?d ?e . FILTER(?e < $x) } ",
        "",
        "?a ?b ?c",
    ),
    "together": (
        " ?a ?b ?c . { ?c ?d ?e . FILTER(?e < $x) } ",
        "x",
        "[x] ?a ?b ?c . ?c ?d ?e . FILTER(?e < ?x)",
    ),
    "no decision": (
        " ?a ?b ?c FILTER(BOUND(?x) || ?c = 1) ",
        "",
        "?a ?b ?c FILTER(BOUND(?x) || ?c = 1)",
    ),
    "texts are no variables": (
        ' ?a ?b "$x" . ?a ?c ?y # $x\n ',
        "",
        '?a ?b "$x" . ?a ?c ?y # $x',
    ),
    "their order": (
        " ?a ?b ?x . ?a ?c ?y . ?a ?d ?z ",
        "zyx",
        "[x] [y] [z] ?a ?b ?x . ?a ?c ?y . ?a ?d ?z",
    ),
}


@pytest.mark.parametrize(("group", "given", "expected"), LEFT.values(), ids=LEFT)
def test_what_is_left_of_a_group(group: str, given: str, expected: str) -> None:
    """Each part of a query is left out or restricted by the rule in queries/README.md."""
    assert bound(group, *given) == expected


@pytest.mark.parametrize(
    ("group", "given", "said"),
    [(" ?a ?b ?c ", "x", "?x stands nowhere"), (" FILTER(BOUND($x)) ?a ?b ?c ", "", "no part of the query")],
)
def test_what_cannot_be_bound_is_an_error(group: str, given: str, said: str) -> None:
    """A parameter that the query does not speak of, and a query of which nothing is left, are mistakes in its text."""
    with pytest.raises(ValueError, match=re.escape(said)):
        bound(group, *given)


def given_ways(question: Question) -> list[tuple[str, ...]]:
    """Every choice of the parameters that may be left out, with those that may not."""
    optional = [name for name, each in question.parameters.items() if each.optional]
    needed = [name for name, each in question.parameters.items() if not each.optional]
    chosen = chain.from_iterable(combinations(optional, count) for count in range(len(optional) + 1))
    return [(*needed, *some) for some in chosen]


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_text_holds_only_what_was_asked(name: str, graph: Graph) -> None:
    """However much is given, the text can be read, gives the same columns and speaks of no parameter left out."""
    question = graph.question(name)
    own = blocks(question.query)
    for given in given_ways(question):
        text = graph.bound(name, **{each.replace("-", "_"): question.parameters[each].example or "" for each in given})
        assert parse(text).names == list(question.columns)
        said = {question.parameters[each].variable for each in (*given, "language") if each in question.parameters}
        assert blocks(text) | own == said | own
        assert not re.search(r"\$\w|UNDEF|#\+", text)
        assert not list(ox.Store().query(text))  # type: ignore[arg-type]


def blocks(text: str) -> set[str]:
    """The variables for which a query has values."""
    values = (node for node in tree.walk(parse(text)) if isinstance(node, tree.Values))
    return {variable.name for each in values for variable in each.variables}


def test_a_claim_of_a_month_is_shown_from_its_last_day_on(graph: Graph) -> None:
    """What is dated by month or year is not shown on the day before the last that it can mean, and is on that day."""
    claims = graph.sparql(
        """SELECT ?country ?instrument ?act ?date ?source WHERE {
          GRAPH ?source { ?claim coop:actionDate|coop:asOf ?date }
          ?claim coop:actionBy|coop:listedCountry ?country ;
            coop:actionOn|coop:listedFor ?instrument ;
            coop:actionKind|coop:listedAs ?act .
          FILTER(DATATYPE(?date) != xsd:date)
          FILTER(?act NOT IN (listed-status:signatory, listed-status:in-procedure))
        }"""
    ).rows
    assert len(claims) > 20
    for country, instrument, act, date, source in claims:
        last = datetime.date.fromisoformat(last_day(date.value))  # type: ignore[union-attr]
        for day, shown in ((last - datetime.timedelta(days=1), False), (last, True)):
            rows = asked_of(graph, country, instrument, day)
            assert ([act, date, source] in [[row[2], row[4], row[5]] for row in rows]) is shown


def asked_of(graph: Graph, country: Any, instrument: Any, day: datetime.date) -> list[Any]:
    """What is known of a country and a treaty by a day."""
    return graph.query("treaty-status", country=country.value, instrument=instrument.value, as_of=str(day)).rows


def test_the_query_goes_with_the_answer(graph: Graph) -> None:
    """An answer holds the text that was sent, which gives the same rows as it stands."""
    answer = graph.query("treaty-status", country="MA", instrument="ets-185", as_of="2018-07-31")
    assert answer.sparql == graph.bound("treaty-status", country="MA", instrument="ets-185", as_of="2018-07-31")
    assert sorted(map(str, graph.sparql(answer.sparql).rows)) == sorted(map(str, answer.rows))


@pytest.mark.parametrize("values", [("MA", "DZ"), ("MA", "DZ", "TN")])
def test_several_values_give_the_rows_of_each(values: tuple[str, ...], graph: Graph) -> None:
    """Whatever the question does with a parameter, several values give what each gives, in branches and MINUS too."""
    for name, given in (("treaty-status", {"instrument": "ets-185", "as_of": "2015-12-31"}), ("listed-as", {})):
        each = [row for value in values for row in graph.query(name, country=value, **given).rows]
        assert sorted(map(str, graph.query(name, country=list(values), **given).rows)) == sorted(map(str, each))

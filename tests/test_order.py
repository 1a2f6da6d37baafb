"""Rows that are put in order outside the store stand as the engine would put them."""

from __future__ import annotations

import random

import pyoxigraph as ox
import pytest

from cybercoop.engines.embedded import ordered, run, without_order
from cybercoop.terms.names import XSD
from cybercoop.terms.term import Term

PLACES: list[Term | None] = [
    None,
    *(ox.NamedNode(f"https://example.org/{name}") for name in ("m", "m/0", "m-1", "m0", "m~1", "n", "é")),
]
TEXTS: list[Term | None] = [
    None,
    *(ox.Literal(text, language=lang) for text in ("a", "B", "é") for lang in ("en", "fr")),
]
NUMBERS: list[Term | None] = [
    None,
    *(ox.Literal(text, datatype=ox.NamedNode(XSD + kind)) for text, kind in (("9", "integer"), ("10", "integer"))),
    *(ox.Literal(text, datatype=ox.NamedNode(XSD + kind)) for text, kind in (("9", "decimal"), ("9.5", "decimal"))),
]
DATES: list[Term | None] = [
    None,
    ox.Literal("2024", datatype=ox.NamedNode(XSD + "gYear")),
    ox.Literal("2024-05", datatype=ox.NamedNode(XSD + "gYearMonth")),
    ox.Literal("2024-05-21", datatype=ox.NamedNode(XSD + "date")),
]


@pytest.mark.parametrize(
    "order",
    [
        "?place ?text ?number ?date",
        "?number ?place STR(?text) LANG(?text) STR(?date)",
        'COALESCE(STR(?date), "") COALESCE(LANG(?text), "") ?number ?text ?place',
        'LANG(?place) STR(?place) COALESCE(STR(?text), STR(?date), "~") ?text ?date ?number',
        "DESC(?number) asc(?place)\n DESC(COALESCE(LANG(?text), ''))DESC(STR(?text)) (?date)",
        "(?number = 9) (!BOUND(?place)) (STR(?place) IN ('https://example.org/m0')) (?number + 1) ?text ?date ?place",
        "DESC(<http://www.w3.org/2001/XMLSchema#string>(?number)) $text ?date ?place ?number",
    ],
)
def test_rows_stand_as_the_engine_puts_them(order: str) -> None:
    """The order that is found column by column is that of one ORDER BY, also where two numbers are one value."""
    chance = random.Random(185)
    rows = [[chance.choice(values) for values in (PLACES, TEXTS, NUMBERS, DATES)] for _ in range(200)]
    columns = ["place", "text", "number", "date"]
    lines = "\n".join(f"({' '.join('UNDEF' if term is None else str(term) for term in row)})" for row in rows)
    heads = " ".join(f"?{column}" for column in columns)
    expected = run(ox.Store(), f"SELECT {heads} {{ VALUES ({heads}) {{ {lines} }} }} ORDER BY {order}", "test")[1]
    assert [said(row) for row in ordered(columns, rows, f"ORDER BY {order}")] == [said(row) for row in expected]


@pytest.mark.parametrize(
    ("text", "asked", "order", "hidden"),
    [
        ("SELECT ?a { ?a ?b ?c }\nORDER BY ?a", "SELECT ?a { ?a ?b ?c }", "ORDER BY ?a", 0),
        ("SELECT ?a { ?a ?b ?c } order  by\n ?a", "SELECT ?a { ?a ?b ?c }", "order  by\n ?a", 0),
        (
            "PREFIX x: <y:> SELECT ?a { ?a ?b ?c BIND(x:f(?a,\n x:g) AS ?d) BIND(STR(?d) AS ?e) } ORDER BY ?e DESC(?a)",
            "PREFIX x: <y:> SELECT ?a { ?a ?b ?c BIND(x:f(?a,\n x:g) AS ?d) BIND(STR(?d) AS ?e) }",
            "ORDER BY STR(<y:f>(?a,\n <y:g>)) DESC(?a)",
            0,
        ),
        ("SELECT ?a { ?a ?b ?c } ORDER BY ?c", None, "", 0),
        ("SELECT ?a { ?a ?b ?c BIND(STR(?c) AS ?d) } ORDER BY ?d", None, "", 0),
        (
            "SELECT DISTINCT (STR(?c) AS ?d) ?a { ?a ?b ?c } ORDER BY ?c ?a ?b",
            "SELECT DISTINCT ?b ?c (STR(?c) AS ?d) ?a { ?a ?b ?c }",
            "ORDER BY ?c ?a ?b",
            2,
        ),
        ("SELECT DISTINCT ?a { ?a ?b ?c } GROUP BY ?a ?b ORDER BY ?b", None, "", 0),
        ("SELECT ?a { ?a ?b ?c } ORDER BY ?a LIMIT 5", None, "", 0),
        ("SELECT ?a { { SELECT ?a { ?a ?b ?c } ORDER BY ?a LIMIT 5 } }", None, "", 0),
        ("SELECT ?a { ?a ?b 'ORDER BY ?a' } # ORDER BY ?a", None, "", 0),
        ("SELECT ?a { ?a ?b ORDER BY ?a", None, "", 0),
    ],
)
def test_which_order_is_found_outside(text: str, asked: str | None, order: str, hidden: int) -> None:
    """That of columns, and of what is made of columns alone; not where rows are cut, nor that of a SELECT within.

    What is no column becomes one, where rows are distinct.
    """
    assert without_order(text) == (asked or text, order, hidden)


def test_distinct_rows_stand_where_the_first_of_them_stood() -> None:
    """What decides on the order though it is no column is taken away, and with it what then is there twice."""
    chance = random.Random(16)
    rows = " ".join(f"({chance.randrange(20)} {chance.randrange(9)})" for _ in range(200))
    text = f"SELECT DISTINCT ?shown {{ VALUES (?shown ?hidden) {{ {rows} }} }} ORDER BY ?hidden DESC(?shown)"
    asked = without_order(text)
    assert asked.hidden == 1
    assert asked.rows(*run(ox.Store(), asked.text, "test")) == run(ox.Store(), text, "test")


def said(row: list[Term | None]) -> list[str]:
    """A row as it is compared: to an order, 9 is 9 whatever kind of number it is."""
    return [str(term).replace("#decimal", "#integer") for term in row]

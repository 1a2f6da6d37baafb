"""Files of plain lines are read without a value for each statement, to the same statements, places and problems."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cybercoop
from cybercoop import records
from cybercoop.records import lines, rdf, turtle
from cybercoop.records.reading import Reading
from cybercoop.terms.names import ID, NS, RDF_TYPE, SKOS, XSD

CONTEXT = cybercoop.open().workspace.context
SOURCES = [f"<{ID}source/some-list>", f"<{ID}source/other-list>"]
THINGS = [f"<{ID}activity/2024-first>", f"<{ID}record/some-list--activity-2024-first>", f"<{ID}activity/second>"]
WORDS = [f"<{NS}about>", f"<{NS}source>", f"<{RDF_TYPE}>", f"<{SKOS}prefLabel>", f"<{NS}headcount>"]
WRONG = [
    "<http://example.org/unknown>",
    f"<{NS}firstDay>",
    f"<{NS}Unknown>",
    '"x"@en--rtl',
    '"2024-13"',
    '"\\u200B"@en',
]
VALUES = [*THINGS, *SOURCES, f"<{NS}Activity>", f'"12"^^<{XSD}integer>', f'"a"^^<{XSD}string>', '"twelve \\"x\\""@en']
VALUES += ['"نشاط"@ar', '"tab\\tand\\nline"@fr', f'"2024-05"^^<{XSD}gYearMonth>', '"caf\\u00E9"', '"Café"@fr-ca']


def slowly(text: str, form: str) -> Reading:
    """What the reader of Turtle makes of a text."""
    quads, places, problems = turtle.parse(
        text, "a.nq", ox.RdfFormat.N_QUADS if form == "nquads" else ox.RdfFormat.N_TRIPLES
    )
    reading = rdf.take(quads, places, "a.nq", CONTEXT) if quads else Reading()
    reading.problems[:0] = problems
    return reading


TERM = st.sampled_from([*THINGS, *SOURCES])
LINE = st.tuples(st.sampled_from(THINGS), st.sampled_from(WORDS), st.sampled_from(VALUES), st.sampled_from(SOURCES))
ODD = st.tuples(TERM, st.sampled_from([*WORDS, *WRONG[:2]]), st.sampled_from([*VALUES, *WRONG]), TERM)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(LINE, min_size=1, max_size=8, unique=True),
    st.lists(ODD, max_size=1),
    st.sampled_from(["nquads", "ntriples"]),
)
def test_lines_are_read_as_turtle_is(said: list[tuple[str, ...]], odd: list[tuple[str, ...]], form: str) -> None:
    """Statements, places, records and heads are the same; what is not sound is left to the other reader."""
    count = 4 if form == "nquads" else 3
    text = "".join(f"{' '.join(line[:count])} .\n" for line in dict.fromkeys([*said, *odd]))
    text = "".join(dict.fromkeys(text.splitlines(keepends=True)))
    expected = slowly(text, form)
    found = lines.read(text.encode(), "a.nq", CONTEXT, form)
    if found is None:
        assert expected.problems
        return
    assert not expected.problems
    assert list(found.statements) == list(expected.statements)
    assert list(found.stated()) == list(expected.stated())
    assert list(found.statements.lines()) == list(expected.statements.lines())
    assert list(found.statements.rows(WORDS[:2])) == list(expected.statements.rows(WORDS[:2]))
    assert list(found.statements.spoken(WORDS[:2], THINGS[:1])) == list(
        expected.statements.spoken(WORDS[:2], THINGS[:1])
    )
    assert list(found.statements.begun()) == list(expected.statements.begun())
    assert found.statements.words() == expected.statements.words()
    assert set(found.statements.values()) == set(expected.statements.values())
    assert set(found.statements.triples()) == set(expected.statements.triples())
    assert (found.records, found.heads) == (expected.records, expected.heads)
    assert len(found.statements) == len(expected.statements)
    assert found.texts["a.nq"] == text


@pytest.mark.parametrize(
    "line",
    [
        "# only a comment\n",
        "\n",
        f"{THINGS[0]}  {WORDS[3]} 'Name'@en {SOURCES[0]} .\n",
        f'_:b {WORDS[3]} "Name"@en {SOURCES[0]} .\n',
        f'{THINGS[0]} {WORDS[3]} "Name"@EN {SOURCES[0]} .\n',
        f'{THINGS[0]} {WORDS[3]} "Name"@en {SOURCES[0]} .',
        f'<relative> {WORDS[3]} "Name"@en {SOURCES[0]} .\n',
        f'{THINGS[0]} {WORDS[3]} "Name"@en {SOURCES[0]} {SOURCES[1]} .\n',
        f'{THINGS[0]} {WORDS[3]} "Na\rme"@en {SOURCES[0]} .\n',
        f"{THINGS[0]} {WORDS[1]} {SOURCES[1]} {SOURCES[0]} .\n",
    ],
)
def test_what_is_no_plain_line_is_left_to_the_other_reader(line: str) -> None:
    """Beside sound lines, too; what is read is what it was."""
    text = f'{THINGS[0]} {WORDS[3]} "First"@en {SOURCES[0]} .\n{line}'
    assert lines.read(text.encode(), "a.nq", CONTEXT, "nquads") is None
    found, expected = records.read(text.encode(), "a.nq", CONTEXT), slowly(text, "nquads")
    assert list(found.statements) == list(expected.statements)
    assert found.problems == expected.problems


def test_what_cannot_be_seen_is_left_to_the_other_reader() -> None:
    """In a text and in a name, as a character and as an escape; lines may end as they do on Windows."""
    for value in ('"Na\u200bme"@en', '"Na\\u200Bme"@en', f"<{ID}activity/2024\u200b>", '"Na\u0007me"'):
        line = f"{THINGS[0]} {WORDS[3]} {value} {SOURCES[0]} .\n"
        assert lines.read(line.encode(), "a.nq", CONTEXT, "nquads") is None
    text = f'{THINGS[0]} {WORDS[3]} "Deux\u00a0: noms"@fr {SOURCES[0]} .\r\n'
    found = lines.read(text.encode(), "a.nq", CONTEXT, "nquads")
    assert found is not None
    assert list(found.statements) == list(slowly(text, "nquads").statements)
    assert lines.read(text.encode("latin-1"), "a.nq", CONTEXT, "nquads") is None


def test_a_tab_in_a_text_is_written_as_an_escape() -> None:
    """A line may have it as it is; the statement as text is the one that a value has."""
    text = f'{THINGS[0]} {WORDS[3]} "First\tname"@en {SOURCES[0]} .\n'
    found = lines.read(text.encode(), "a.nq", CONTEXT, "nquads")
    assert found is not None
    assert list(found.stated()) == list(slowly(text, "nquads").stated())


def test_readings_of_both_kinds_are_one_in_order() -> None:
    """Statements as values and statements as lines follow each other as they were added, however they are asked for."""
    text = f'{THINGS[0]} {WORDS[3]} "First"@en {SOURCES[0]} .\n'
    whole = Reading()
    for name in ("a.nq", "b.ttl", "c.nq"):
        part = text if name.endswith("nq") else f"{SOURCES[0][:0]}{THINGS[0]} {WORDS[1]} {SOURCES[0]} .\n"
        whole.add(records.read(part.encode(), name, CONTEXT))
    assert [each.where.file for each in whole.statements] == ["a.nq", "b.ttl", "c.nq"]
    assert [each.where.file for each in reversed(whole.statements)] == ["c.nq", "b.ttl", "a.nq"]
    assert [row[4] for row in whole.stated()] == [each.where for each in whole.statements]
    assert whole.statements[1:] == list(whole.statements)[1:]

"""What a date, a number, a truth value or an address may look like."""

from __future__ import annotations

import datetime

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cybercoop.terms.literals import date_type, first_day, iri, last_day, well_formed
from cybercoop.terms.names import XSD

GOOD = {
    "anyURI": ["https://example.org/a?b=c#d", "urn:isbn:1", "mailto:a@b"],
    "boolean": ["true", "false", "1", "0"],
    "date": ["2024-05-21", "2024-02-29", "0001-01-01", "9999-12-31"],
    "decimal": ["3890000", "3890000.50", "+1.", "-.5", "0", "123456789012345678", "1234567890.12345678"],
    "duration": ["P36M", "P3Y", "P1Y2M3D", "PT1H", "P1DT1.5S", "-P1D"],
    "gYear": ["2024", "0001", "9999"],
    "gYearMonth": ["2024-05", "2024-12"],
    "integer": ["70", "007", "+7", "-7", "123456789012345678"],
    "string": ["", "anything"],
}
BAD = {
    "anyURI": ["", "example.org", "https://a b", "https://<a>", "//a"],
    "boolean": ["yes", "True", "TRUE", "2", "", " true"],
    "date": ["2024-02-30", "2023-02-29", "2024-13-01", "2024-00-01", "2024-05", "24-05-21", "2024-05-21Z",
             "2024-5-21", "0000-01-01", "-2024-05-21", "2024-05-21T00:00:00", " 2024-05-21", "2024-05-21\n",
             "٢٠٢٤-٠٥-٢١", "20240521"],
    "decimal": ["", ".", "1,5", "1e3", "1 000", "--1", "NaN", "１", "1234567890123456789", "0.1234567890123456789"],
    "duration": ["P", "PT", "3Y", "P3", "P-3Y", "P1.5Y", "P3YT", "", "P12345678901234567890Y"],
    "gYear": ["0000", "24", "02024", "2024-05", "-2024", "٢٠٢٤", "2024\n", ""],
    "gYearMonth": ["2024-13", "2024-00", "2024-5", "0000-05", "2024-05-", "2024"],
    "integer": ["", "7.0", "1e3", "abc", "0x10", "1_000", "٧", "+", "1234567890123456789", "9" * 5000],
}  # fmt: skip


@pytest.mark.parametrize(("datatype", "lexical"), [(kind, form) for kind, forms in GOOD.items() for form in forms])
def test_forms_that_a_datatype_has(datatype: str, lexical: str) -> None:
    """A form of the datatype is known as one."""
    assert well_formed(lexical, XSD + datatype)


@pytest.mark.parametrize(
    ("datatype", "lexical"),
    [pytest.param(kind, form, id=f"{kind}-{form[:24]!r}") for kind, forms in BAD.items() for form in forms],
)
def test_forms_that_a_datatype_has_not(datatype: str, lexical: str) -> None:
    """A form that only looks like one of the datatype is not taken for one."""
    assert not well_formed(lexical, XSD + datatype)


def test_an_unknown_datatype_is_not_judged() -> None:
    """A datatype that the project does not use is left to the shapes."""
    assert well_formed("anything", "http://example.org/own")


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.dates())
def test_every_day_is_a_day(day: datetime.date) -> None:
    """A day is its own first and last day; its month and year begin before and end after it, within themselves."""
    text = day.isoformat()
    assert [date_type(form) for form in (text, text[:7], text[:4])] == [
        XSD + "date", XSD + "gYearMonth", XSD + "gYear",
    ]  # fmt: skip
    assert first_day(text) == last_day(text) == text
    for form in (text[:7], text[:4]):
        assert first_day(form) <= text <= last_day(form)
        assert first_day(form).startswith(form)
        assert last_day(form).startswith(form)
    following = datetime.date.fromisoformat(last_day(text[:7])) + datetime.timedelta(days=text[:7] != "9999-12")
    assert following.day == 1 or text[:7] == "9999-12"


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.text(alphabet="0123456789-T:Z+ ٢\n", max_size=12))
def test_what_is_taken_for_a_date_is_one(text: str) -> None:
    """Nothing else than a year, a month or a day that exists has a type, and each has at most one."""
    kind = date_type(text)
    for name in ("date", "gYear", "gYearMonth"):
        assert well_formed(text, XSD + name) == (kind == XSD + name)
    if kind is not None:
        assert datetime.date.fromisoformat(first_day(text)) <= datetime.date.fromisoformat(last_day(text))


@pytest.mark.parametrize("text", ["https://example.org/é", "urn:x:y", "https://w3id.org/cybercoop/id/country/MA"])
def test_addresses(text: str) -> None:
    """An address stays as it is."""
    assert iri(text) == ox.NamedNode(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a/b", "http://a b", "http://<", "http://[", "http://a/%zz", "http://a/\u200f", "http://a/\u061c"]
)
def test_no_addresses(text: str) -> None:
    """What is no address, or holds a mark that nobody sees, is not taken for one."""
    assert iri(text) is None

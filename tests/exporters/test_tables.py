"""Tables that a spreadsheet shows and never runs, with names beside codes and a notice beside a name."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybercoop.documents.csv import Table, plain, safe, written
from cybercoop.export import export
from cybercoop.export.headings import snake, table_name
from cybercoop.export.zips import unpacked
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.terms.context import Context
from cybercoop.terms.names import ID, NS, RDF_TYPE, XSD, expand, source_of_parts
from cybercoop.workspace.files import write_files

Rows = Callable[[str], dict[str, dict[str, str]]]


@pytest.fixture
def rows(small: Any) -> Rows:
    """Return the rows of a table by their first column."""
    archive = zipfile.ZipFile(io.BytesIO(small.export("csv")))

    def read(name: str) -> dict[str, dict[str, str]]:
        text = archive.read(f"{name}.csv").decode()
        return {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}

    return read


def claims_of(whole: Any) -> list[dict[str, str]]:
    archive = zipfile.ZipFile(io.BytesIO(whole.export("csv")))
    reader = csv.DictReader(io.StringIO(archive.read("claims.csv").decode(), newline=""))
    return [{key: plain(cell) for key, cell in row.items()} for row in reader]


def test_names_stand_beside_codes(rows: Rows) -> None:
    """Nobody needs to look up a code."""
    activity = rows("activities")["activity/2024-05-21-casablanca-dark-web"]
    assert activity["benefits"] == "country/MA | country/PS"
    assert activity["benefits_name"] == "Morocco | Palestine*"
    assert (activity["held_in"], activity["held_in_name"]) == ("place/casablanca", "Casablanca")
    assert (activity["start_date"], activity["end_date"]) == ("2024-05-21", "2024-05")
    assert activity["sources"] == "source/cybercoop-editors | source/launch-page"


def test_a_name_is_in_the_language_of_its_column(rows: Rows) -> None:
    """An empty cell says that a name is missing; it is not filled from another language."""
    activity = rows("activities")["activity/2024-05-21-casablanca-dark-web"]
    assert activity["name_en"] == "Judicial training on the dark web"
    assert activity["name_ar"] == "تدريب قضائي"
    assert activity["name_fr"] == ""


def test_values_that_differ_stand_side_by_side(rows: Rows) -> None:
    """A table of things hides no disagreement between sources."""
    assert rows("projects")["project/cybersouth-plus"]["budget"] == "amount/eur-3890000 | amount/eur-3900000"


def test_numbers_stay_numbers_and_as_written(rows: Rows) -> None:
    """A negative longitude is a number to the spreadsheet; no digit is lost."""
    place = rows("places")["place/casablanca"]
    assert (place["latitude"], place["longitude"]) == ("33.60", "-7.6")


@pytest.mark.parametrize(
    ("table", "thing"),
    [
        ("countries", "country/PS"),
        ("activities", "activity/2024-05-21-casablanca-dark-web"),
        ("projects", "project/cybersouth-plus"),
        ("sources", "source/launch-page"),
    ],
)
def test_a_row_with_the_name_has_the_notice(table: str, thing: str, rows: Rows) -> None:
    """As the thing itself, as a value, or inside a text: the notice is in the row, in three languages."""
    assert rows(table)[thing]["notice"] == (
        "* This designation is without prejudice. | * Cette désignation est sans préjudice. | "
        "* لا تخلّ هذه التسمية بأي موقف."
    )
    assert rows("countries")["country/MA"]["notice"] == ""


def test_every_row_that_shows_a_starred_name_has_the_notice(whole: Any) -> None:
    """No door is left open, in any table."""
    archive = zipfile.ZipFile(io.BytesIO(whole.export("csv")))
    starred = 0
    for name in archive.namelist():
        if name.endswith(".csv"):
            for row in csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")):
                if "Palestine*" in str(row) or "فلسطين*" in str(row):
                    starred += 1
                    assert row["notice"].count(" | ") == 2, (name, row)
    assert starred > 5


def test_the_table_of_claims_loses_no_claim(whole: Any) -> None:
    """From claims.csv alone every statement can be made again, with the source that makes it."""
    words = {term.name: term.iri for term in Context.of(whole.context).terms.values()} | {"type": RDF_TYPE}
    made = set()
    for row in claims_of(whole):
        if row["language"]:
            value: ox.NamedNode | ox.Literal = ox.Literal(row["value"], language=row["language"])
        elif row["datatype"]:
            value = ox.Literal(row["value"], datatype=ox.NamedNode(expand(row["datatype"])))
        else:
            value = ox.NamedNode(_whole(row["value"]))
        predicate = words.get(row["property"]) or _whole(row["property"])
        thing, source = _whole(row["thing"]), _whole(row["source"])
        made.add(ox.Quad(ox.NamedNode(thing), ox.NamedNode(predicate), value, ox.NamedNode(source)))
    assert made == {
        quad
        for quad in whole.quads
        if source_of_parts(quad.subject.value) is None and quad.predicate.value != NS + "source"
    }


def _whole(short: str) -> str:
    return short if short.startswith(("urn:", "mailto:")) else expand(short)


def test_a_claim_says_where_it_stands(small: Any) -> None:
    """The sections of the source are in the row, in the order of their numbers."""
    claims = [row for row in claims_of(small) if row["thing"] == "project/cybersouth-plus"]
    sections = {row["source"]: row["section"] for row in claims}
    assert sections == {"source/launch-page": "paragraph 2 | paragraph 10", "source/budget-page": ""}
    assert not [row for row in claims_of(small) if row["thing"].startswith(("record/", "passage/"))]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'=", "''@"])
def test_no_cell_is_run(start: str, small: Any) -> None:
    """Whatever a spreadsheet would run has an apostrophe before it, in every table where it stands."""
    payload = f'{start}HYPERLINK("https://example.org","x")'
    thing, text = ox.NamedNode(ID + "thing/x"), ox.Literal(payload, language="en")
    source = ox.NamedNode(ID + "source/launch-page")
    fact = ox.Quad(thing, ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel"), text, source)
    out = io.BytesIO()
    export("csv", [fact], small.context, out)
    archive = zipfile.ZipFile(out)
    shown = 0
    for name in ("claims.csv", "other_things.csv"):
        for row in csv.reader(io.StringIO(archive.read(name).decode(), newline="")):
            shown += row.count("'" + payload)
            assert payload not in row
    assert shown >= 3


@given(st.text())
def test_an_escaped_cell_can_be_read_back(text: str) -> None:
    """Taking one apostrophe away gives the text, and no escaped cell begins with a command."""
    assert plain(safe(text)) == text
    assert safe(text)[:1] not in tuple("=+@\t\r\n")


@pytest.mark.parametrize("number", ["-5", "-7.6", "-0.001", "5", "012"])
def test_a_plain_number_is_left_alone(number: str) -> None:
    """A number is no command."""
    assert safe(number) == number


@pytest.mark.parametrize("text", ["-5 countries", "+212522000000", "-1+1", "--5", "-", "+5"])
def test_what_only_begins_like_a_number_is_escaped(text: str) -> None:
    """A plus sign, a sum and a text are not plain numbers."""
    assert safe(text) == "'" + text


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_a_table_read_back_is_the_table(rows: list[list[str]]) -> None:
    """Commas, quotes, line ends and lone control characters survive."""
    text = written(Table("any", ["a", "b"], rows)).decode()
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [[plain(cell) for cell in row] for row in read] == [["a", "b"], *rows]


def test_lines_end_as_rfc_4180_says_and_excel_gets_its_mark() -> None:
    """CRLF always; the byte order mark only for Excel."""
    table = Table("any", ["a"], [["المغرب"]])
    assert written(table) == "a\r\nالمغرب\r\n".encode()
    assert written(table, excel=True) == b"\xef\xbb\xbf" + written(table)


def test_the_zip_is_the_same_everywhere(small: Any) -> None:
    """No clock, no compression library, no platform and no kind of stream shows in its bytes."""

    class Pipe(io.RawIOBase):
        content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.content += bytes(data)
            return len(data)

    pipe = Pipe()
    export("csv", small.quads, small.context, pipe)  # type: ignore[arg-type]
    assert pipe.content == small.export("csv")
    entries = zipfile.ZipFile(io.BytesIO(pipe.content)).infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {(entry.date_time, entry.compress_type, entry.create_system, entry.flag_bits) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED, 3, 0)
    }


@pytest.mark.parametrize("excel", [False, True])
def test_a_folder_holds_what_the_zip_holds(
    excel: bool, small: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same files, byte for byte; what else lies in the folder stays; nothing half-written is left."""
    (tmp_path / "mine.txt").write_text("mine")
    out = io.BytesIO()
    export("csv", small.quads, small.context, out, excel=excel)
    archive = zipfile.ZipFile(out)
    aside = tmp_path_factory.mktemp("aside")
    (aside / "made.zip").write_bytes(out.getvalue())
    write_files({tmp_path / path.name: path for path in unpacked(aside / "made.zip", aside / "files")})
    paths = [tmp_path / name for name in archive.namelist()]
    assert [path.read_bytes() for path in paths] == [archive.read(name) for name in archive.namelist()]
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", *archive.namelist()}
    shown = [path for path in paths if path.suffix != ".json"]
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") == excel for path in shown)


def test_the_metadata_describes_every_column(graph: Graph) -> None:
    """CSV on the Web: each table and column as the file has it, keys that are keys, values of their datatype."""
    archive = zipfile.ZipFile(io.BytesIO(graph.export("csv", project="cybersouth-plus")))
    described = json.loads(archive.read("csv-metadata.json"))
    assert described["@context"][0] == "http://www.w3.org/ns/csvw"
    tables = {table["url"]: table["tableSchema"] for table in described["tables"]}
    assert {*tables, "README.txt", "csv-metadata.json"} == set(archive.namelist())
    checks = {"integer": int, "decimal": float, "boolean": ["true", "false"].index, "date": date.fromisoformat}
    typed = 0
    for url, schema in tables.items():
        reader = csv.DictReader(io.StringIO(archive.read(url).decode(), newline=""))
        columns = {column["titles"]: column for column in schema["columns"]}
        assert list(columns) == list(reader.fieldnames or ())
        rows = list(reader)
        if "primaryKey" in schema:
            assert len({row[schema["primaryKey"]] for row in rows}) == len(rows)
        for title, column in columns.items():
            cells = [row[title] for row in rows if row[title]]
            values = [each for cell in cells for each in cell.split(column.get("separator") or "\0")]
            assert column.get("separator") or not [cell for cell in cells if url != "claims.csv" and " | " in cell]
            typed += len([checks[column["datatype"]](value) for value in values if column.get("datatype") in checks])
            if column.get("propertyUrl", "").startswith(NS):
                assert {title["@language"] for title in column["dc:title"]} == {"en", "fr", "ar"}
    assert typed > 20


def test_parquet_has_the_cells_of_the_tables(graph: Graph, tmp_path: Path) -> None:
    """Read back by polars, each Parquet file is the table of the same name, cell by cell; whole numbers are numbers."""
    polars = pytest.importorskip("polars", reason="pip install polars")
    pytest.importorskip("duckdb", reason="pip install cybercoop[parquet]")
    chosen = {"project": "cybersouth-plus"}
    content, numbers = graph.export("parquet", **chosen), 0
    assert content == graph.export("parquet", **chosen)
    packed, plain_tables = (zipfile.ZipFile(io.BytesIO(each)) for each in (content, graph.export("csv", **chosen)))
    tables_ = [name for name in plain_tables.namelist() if name.endswith(".csv")]
    assert packed.namelist() == [name.replace(".csv", ".parquet") for name in tables_]
    for name in tables_:
        frame = polars.read_parquet(io.BytesIO(packed.read(name.replace(".csv", ".parquet"))))
        rows = list(csv.reader(io.StringIO(plain_tables.read(name).decode(), newline="")))
        assert frame.columns == rows[0]
        read = [["" if cell is None else str(cell) for cell in row] for row in frame.rows()]
        assert read == [[plain(cell) for cell in row] for row in rows[1:]], name
        numbers += sum(kind == polars.Int64 for kind in frame.dtypes)
    assert numbers > 0
    assert content.statements == graph.export("csv", **chosen).statements


def test_parquet_without_its_extra_is_refused(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without DuckDB the extra to install is named."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(Refusal) as refused:
        graph.export("parquet", thing="ets-185")
    assert (refused.value.problem.code, refused.value.problem.value) == ("extra-missing", "parquet")


def test_the_readme_says_what_to_know_in_three_languages(small: Any) -> None:
    """Licence, escapes, separator and notice are explained where the tables lie."""
    readme = zipfile.ZipFile(io.BytesIO(small.export("csv"))).read("README.txt").decode()
    for part in readme.replace("\r\n", "\n").split("\n\n")[1:]:
        assert all(word in part for word in ("CC BY 4.0", "= + - @", "claims.csv", "notice", "|"))
    assert readme.count("CC BY 4.0") == 3


def test_properties_of_one_name_get_columns_of_their_own(small: Any) -> None:
    """Two properties never share a column, nor take one that every table has."""
    thing, source = ox.NamedNode(ID + "thing/x"), ox.NamedNode(ID + "source/s")
    predicates = ["https://example.org/a/notice", "https://example.org/b/notice", "https://example.org/id", NS + "zz"]
    quads = [
        ox.Quad(thing, ox.NamedNode(iri), ox.Literal(str(i), datatype=ox.NamedNode(XSD + "integer")), source)
        for i, iri in enumerate(predicates)
    ]
    out = io.BytesIO()
    export("csv", quads, small.context, out)
    text = zipfile.ZipFile(out).read("other_things.csv").decode()
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert len(set(header)) == len(header)
    assert [row[header.index(name)] for name in ("https_example_org_a_notice", "https_example_org_id", "zz")] == [
        "0",
        "2",
        "3",
    ]


@pytest.mark.parametrize(
    ("class_iri", "name"),
    [
        (NS + "Activity", "activities"),
        (NS + "Country", "countries"),
        (NS + "MonetaryAmount", "monetary_amounts"),
        (NS + "NationalLaw", "national_laws"),
        (NS + "ProjectStatus", "project_statuses"),
        (NS + "Treaty", "treaties"),
        (NS + "TreatyActionKind", "treaty_action_kinds"),
    ],
)
def test_a_table_is_called_by_the_plural_of_its_class(class_iri: str, name: str) -> None:
    """A person guesses the file name right."""
    assert table_name(class_iri) == name


def test_a_column_is_called_as_the_property_in_small_letters() -> None:
    """Names that programs and people can type."""
    assert [snake(name) for name in ("partnerCountry", "alpha2", "dct:license")] == [
        "partner_country",
        "alpha2",
        "dct_license",
    ]

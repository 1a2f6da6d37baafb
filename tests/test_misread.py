"""What is written otherwise than it can be read is named as what it is, and mended where that is certain."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from cybercoop.graph import Graph
from cybercoop.problems.problem import Where
from cybercoop.records import Given, misread
from cybercoop.records.reading import decode
from cybercoop.terms.names import XSD
from cybercoop.workspace.files import contributions

PLACE = Where("a.yaml", 1, 1)
HEAD = ("source", "id", "type", "section", "prefLabel@en", "prefLabel@fr", "prefLabel@ar", "activityKind", "startDate")
ROW = ("coe-cybersouth-plus-page", "activity/2024-06-11-rabat-x", "Activity", "x", "One x", "Un x", "واحد", "workshop")


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("45458", "date-serial", "2024-06-15"),
        ("04/05/2024", "date-ambiguous", "2024-05-04"),
        ("٠٤/٠٥/٢٠٢٤", "date-ambiguous", "2024-04-05"),
        ("2-6 October 2022", "date-range", "endDate: 2022-10-06"),
        ("du 2 au 6 octobre 2022", "date-range", "startDate: 2022-10-02"),
        ("من 2 إلى 6 أكتوبر 2022", "date-range", "endDate: 2022-10-06"),
        ("2022-10-02/2022-10-06", "date-range", "startDate: 2022-10-02"),
        ("2022-10-02 – 2022-10-06", "date-range", "endDate: 2022-10-06"),
        ("2018-2020", "date-range", "endDate: 2020"),
        ("13 June", "date-without-year", "no year"),
        ("13-Jun", "date-without-year", "no year"),
        ("June", "date-without-year", "no year"),
        ("13/06", "date-without-year", "no year"),
        ("١٣ يونيو", "date-without-year", "no year"),
        ("soon", "bad-literal", "soon"),
        ("2024-02-30", "bad-literal", "2024-02-30"),
        ("2024-13", "bad-literal", "2024-13"),
        ("123456", "bad-literal", "123456"),
        ("2024-05-21T09:30:00", "date-with-time", "2024-05-21"),
        ("21 mai 2024 à 9h30", "date-with-time", "2024-05-21"),
        ("2024-05-21 23:30+02:00", "date-with-time", "2024-05-21"),
        ("2024-05-21 9", "bad-literal", "21 9"),
        ("45458.5", "date-serial", "2024-06-15"),
        ("21.5.24", "date-without-century", "two digits"),
        ("n/a", "stands-for-nothing", "no value"),
        ("à confirmer", "stands-for-nothing", "no value"),
        ("لا ينطبق", "stands-for-nothing", "no value"),
    ],
)
def test_a_date_is_named_as_what_it_is(text: str, code: str, told: str) -> None:
    """A count of days, a span, two readings, a lacking year: each has its own words."""
    found = misread.bad_literal(text, "startDate", XSD + "date", PLACE)
    assert found.code == code
    assert told in " ".join((found.message["en"], found.cure["en"], found.nearest or "", *found.choices))


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("MA, TN", "several-values", "MA | TN"),
        ("MA;TN", "several-values", "[MA, TN]"),
        ("MA\nTN", "several-values", "MA | TN"),
        ("MA، TN", "several-values", "MA | TN"),
        ("Д\u005a", "strange-character", "U+0414"),
        ("activity/2024\u201305-21-x", "strange-character", "EN DASH"),
        ("activity/a\u200f", "strange-character", "RIGHT-TO-LEFT MARK"),
        ("rabat\u00a0", "strange-character", "NO-BREAK SPACE"),
        ("Côte d’Ivoire", "bad-name", "Côte"),
        ("ETS 185 !", "bad-name", "ETS"),
        ("www.coe.int/fr/-/rabat", "address-without-beginning", "whole address"),
        ("EUR 4.5 million", "amount-in-one-text", "{amount: 3890000, currency: EUR}"),
        ("4,5 millions d’euros", "amount-in-one-text", "currency"),
        ("3 890 000 €", "amount-in-one-text", "currency"),
        ("-", "stands-for-nothing", "empty"),
        ("Rabat, the capital of Morocco", "bad-name", "Rabat"),
    ],
)
def test_a_name_is_told_what_is_wrong_with_it(text: str, code: str, told: str) -> None:
    """Several values, a character that looks like another, an address and an amount are named."""
    found = misread.bad_name(text, PLACE)
    assert found.code == code
    assert told in found.message["en"] + found.cure["en"]


@pytest.mark.parametrize(
    ("written", "amount", "count"),
    [
        ("3.890.000,50", "3890000.50", None),
        ("3,890,000.50", "3890000.50", None),
        ("3\u202f890\u202f000", "3890000", "3890000"),
        ("3'890'000", "3890000", "3890000"),
        ("٣٨٩٠٠٠٠", "3890000", "3890000"),
        ("1,250", None, "1250"),  # 1.25 or 1250 euros, but no 1.25 people
        ("12,5", "12.5", "12,5"),
        ("1.250.00", None, None),
        ("3,89,0", "3,89,0", "3,89,0"),
    ],
)
def test_a_number_is_read_only_where_it_is_certain(written: str, amount: str | None, count: str | None) -> None:
    """Thousands and decimals as four languages write them; one group of three may be either, but of people."""
    assert misread.stated_number(written, XSD + "decimal") == amount
    assert misread.stated_number(written, XSD + "integer") == count


def test_a_table_is_read_with_what_people_put_into_it(graph: Graph, tmp_path: Path) -> None:
    """Totals are told as no records, empty cells in words as such; capitals of a record's form are read."""
    head = [*map(str.upper, HEAD[:4]), *HEAD[4:], "heldIn", "benefits"]
    path, made = book([tuple(head), (*ROW, "2024-06-11", "N/A", "MA"), ("Total", *[None] * 7, 1)], tmp_path)
    made.save(path)
    assert sorted(codes(graph, path)) == [("row-is-no-record", "A3"), ("stands-for-nothing", "J2")]
    text = "\n".join("|".join(map(str, row)) for row in ((*HEAD, "heldIn"), (*ROW, "2024-06-11", "rabat")))
    (tmp_path / "b.csv").write_text(text, encoding="utf-8")
    assert codes(graph, tmp_path / "b.csv") == [("csv-separator", "")]
    assert graph.mend(tmp_path / "b.csv").count == 1


@pytest.mark.parametrize("between", [", ", "; ", ";", "، ", "\n"])
def test_several_values_become_a_list(between: str, graph: Graph, tmp_path: Path) -> None:
    """Where each part is the name of a thing, the list is a certain mend, in tables as in YAML; else there is none."""
    for parts, mends in ((("MA", "TN"), 1), (("Maroc", "country/TN"), 1), (("MA", "Nowhere"), 0)):
        value = between.join(parts)
        (tmp_path / "a.csv").write_text(
            f'{",".join((*HEAD, "benefits"))}\n{",".join(ROW)},2024-06-11,"{value}"\n', encoding="utf-8"
        )
        pairs = dict(zip((*HEAD, "benefits"), (*ROW, "2024-06-11", f'"{value}"'), strict=True))
        names = {word.partition("@")[2]: pairs.pop(word) for word in list(pairs) if "@" in word}
        lines = [f"{word}: {text}" for word, text in pairs.items() if word != "section"]
        lines += ["at: {section: x}", f"prefLabel: {{{', '.join(f'{tag}: {text}' for tag, text in names.items())}}}"]
        (tmp_path / "a.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for name, listed in (("a.csv", "MA | TN"), ("a.yaml", "[MA, TN]")):
            mended = graph.mend(tmp_path / name)
            if between == "\n" and name == "a.yaml":
                continue  # a line of YAML that begins so is none of its value
            assert mended.count == mends, name
            assert all("\n" not in each.message["en"] for each in mended.report.problems)
            assert (listed in "".join(mended.after.values())) == bool(mends)


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        ("source: é", "utf-16", "UTF-16"),
        ("id: Séminaire à Fès", "cp1252", "Windows-1252"),
        ("id: ورشة عمل في الرباط", "cp1256", "Windows-1256"),
    ],
)
def test_an_encoding_is_named(text: str, encoding: str, named: str) -> None:
    """A file that is no UTF-8 is told what it seems to be, and what to do."""
    (found,) = decode(text.encode(encoding), "a.yaml")[1]
    assert all(named in said for said in (*found.message.values(), *found.cure.values()))


def book(rows: list[tuple[object, ...]], folder: Path) -> tuple[Path, openpyxl.Workbook]:
    """A workbook of one sheet with some rows, and the file for it."""
    made = openpyxl.Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    return folder / "a.xlsx", made


def codes(graph: Graph, path: Path) -> list[tuple[str, str]]:
    """The problems of a file, with the cells that they name."""
    return [(found.code, found.where.cell.rpartition("!")[2]) for found in graph.validate(path).problems]


def test_titles_stand_above_a_header(graph: Graph, tmp_path: Path) -> None:
    """A title, merged over the columns or not, and an empty line above the header are no records, in any table."""
    row = (*ROW, "2024-06-11")
    path, made = book([("Workshops of June",), (), HEAD, row], tmp_path)
    made.worksheets[0].merge_cells("A1:I1")
    notes = made.create_sheet("notes")
    notes.append(("Please call before noon.",))
    made.save(path)
    assert not codes(graph, path)
    assert len(graph.accept(path, into=tmp_path / "data").accepted) == 1
    text = "\n".join(",".join(map(str, line)) for line in (("Workshops", *[""] * 8), HEAD, row))
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert not codes(graph, tmp_path / "a.csv")
    assert len(graph.accept(tmp_path / "a.csv", into=tmp_path / "data").accepted) == 1
    bad = text.replace("2024-06-11\n", "").replace(",2024-06-11", ",2024-13")
    (tmp_path / "a.csv").write_text(bad.replace("rabat-x", "rabat-y"), encoding="utf-8")
    (found,) = graph.validate(tmp_path / "a.csv").problems[:1]
    assert found.excerpt is not None
    assert found.excerpt.title == "startDate"


def test_merged_cells_hold_for_all_their_rows(graph: Graph, tmp_path: Path) -> None:
    """A value merged over rows is that of each; merged over columns it is asked about; hidden rows are told of."""
    rows = [(*ROW[:1], f"{ROW[1]}{n}", *ROW[2:4], f"One {n}x", f"Un {n}x", f"واحد {n}", ROW[7]) for n in (1, 2)]
    path, made = book([(*HEAD, "heldIn"), (*rows[0], "2024-06-11", "rabat"), (*rows[1], "2024-06-11")], tmp_path)
    made.worksheets[0].merge_cells("J2:J3")
    made.worksheets[0].row_dimensions[3].hidden = True
    made.save(path)
    assert codes(graph, path) == [("workbook-hidden-rows", "A3")]
    written = graph.accept(path, into=tmp_path / "data").contents
    assert [b"heldIn: rabat" in content for content in written.values()] == [True, True]
    made.worksheets[0].merge_cells("H2:I2")
    made.save(path)
    assert ("workbook-merged", "H2") in codes(graph, path)


def test_a_year_that_a_program_added_is_not_believed(graph: Graph, tmp_path: Path) -> None:
    """A cell that shows a day or a month without a year states none, whatever the number in it."""
    for form in ("d-mmm", "DD/MM", "mmmm", "[$-40C]d mmmm"):
        path, made = book([HEAD, (*ROW, date(2026, 6, 13))], tmp_path)
        made.worksheets[0]["I2"].number_format = form
        made.save(path)
        assert codes(graph, path) == [("date-without-year", "I2")], form


def test_a_time_that_a_cell_does_not_show_is_none(graph: Graph, tmp_path: Path) -> None:
    """A cell that shows a day states a day, whatever hour is stored beside it; one that shows the hour has one."""
    for form, expected in (("dd/mm/yyyy", []), ("yyyy-mm-dd hh:mm", [("date-with-time", "I2")])):
        path, made = book([HEAD, (*ROW, datetime(2024, 6, 11, 9, 30))], tmp_path)
        made.worksheets[0]["I2"].number_format = form
        made.save(path)
        assert codes(graph, path) == expected, form
        cell = '<table:table-cell office:value-type="date" office:date-value="2024-06-11T09:30:00"><text:p>{}</text:p>'
        cell = cell.format("2024-06-11 09:30" if expected else "11.06.2024") + "</table:table-cell>"
        rows = ods_row(HEAD) + ods_row(ROW, cell)
        assert (
            codes(graph, opendocument(tmp_path / "a.ods", f'<table:table table:name="x">{rows}</table:table>'))
            == expected
        )


def test_a_workbook_is_told_of_columns(graph: Graph, tmp_path: Path) -> None:
    """What is wrong with a workbook is said of its cells and columns, not of commas and lines."""
    path, made = book([(*HEAD, "startDate"), (*ROW, "2024-06", "2024")], tmp_path)
    made.save(path)
    (found,) = graph.validate(path).problems
    assert (found.code, found.where.cell) == ("column-twice", "Sheet!J1")
    assert "I1" in found.message["en"]
    path, made = book([HEAD, (*ROW, "2024-06", "ask again")], tmp_path)
    made.save(path)
    assert codes(graph, path) == [("column-without-heading", "J2")]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_foreign_table_is_called_foreign(form: str, graph: Graph, tmp_path: Path) -> None:
    """A table of somebody else is one problem with the count of its rows, not one for each."""
    rows: list[tuple[object, ...]] = [("Name", "City", "Phone"), *((f"n{at}", "Rabat", at) for at in range(500))]
    path, made = book(rows, tmp_path)
    made.save(path)
    if form == "csv":
        path = tmp_path / "a.csv"
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
    (found,) = graph.validate(path).problems
    assert found.code == "foreign-table"
    assert "500" in found.message["en"]
    assert (found.where.line, found.where.column) == (1, 1)


def test_locks_and_shadows_are_no_contributions(tmp_path: Path) -> None:
    """What programs leave beside files is left out of folders, of patterns, and of patterns that a shell spells out."""
    (tmp_path / "__MACOSX").mkdir()
    for name in ("a.csv", "~$a.xlsx", "._a.csv", ".~lock.a.csv", "__MACOSX/b.csv"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    for given in ([tmp_path], [str(tmp_path / "*")], sorted(tmp_path.iterdir())):
        assert contributions(given) == [tmp_path / "a.csv"]
    assert contributions([tmp_path / "~$a.xlsx"]) == [tmp_path / "~$a.xlsx"]


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"><office:automatic-styles>
 <style:style style:name="h"><style:table-properties table:display="false"/></style:style></office:automatic-styles>
 <office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"""


def opendocument(path: Path, sheets: str) -> Path:
    """An ODS workbook with some sheets."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", ODS.format(sheets))
    return path


def ods_row(values: tuple[str, ...], *more: str, said: str = "") -> str:
    """A row of cells of text, and more that are written out."""
    cells = "".join(f"<table:table-cell><text:p>{value}</text:p></table:table-cell>" for value in values)
    return f"<table:table-row {said}>{cells}{''.join(more)}</table:table-row>"


def test_ods_is_read_as_a_workbook(graph: Graph, tmp_path: Path) -> None:
    """Titles, merged cells, hidden rows and sheets, and dates at the precision that is shown are as in XLSX."""
    day = '<table:table-cell office:value-type="date" office:date-value="2024-06-{}">'
    day += "<text:p>{}</text:p></table:table-cell>"
    place = '<table:table-cell table:number-rows-spanned="2"><text:p>rabat</text:p></table:table-cell>'
    rows = [(*ROW[:1], f"{ROW[1]}{n}", *ROW[2:4], f"One {n}x", f"Un {n}x", f"واحد {n}", ROW[7]) for n in (1, 2)]
    empty = '<table:table-row table:number-rows-repeated="1048000">'
    empty += '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    sheet = "".join(
        (
            '<table:table table:name="June">',
            ods_row(("Workshops",)),
            ods_row((*HEAD, "heldIn")),
            ods_row(rows[0], day.format(11, "11/06/2024"), place),
            ods_row(rows[1], day.format(12, "{}"), "<table:covered-table-cell/>", said='table:visibility="collapse"'),
            empty,
            "</table:table>",
        )
    )
    hidden = (
        f'<table:table table:name="old" table:style-name="h">{ods_row(HEAD)}{ods_row((*ROW, "2024-13"))}</table:table>'
    )
    path = opendocument(tmp_path / "a.ods", hidden + sheet.replace("{}", "June 2024"))
    assert codes(graph, path) == [("workbook-hidden-rows", "A4")]
    written = graph.accept(path, into=tmp_path / "data").contents
    assert [b"heldIn: rabat" in content for content in written.values()] == [True, True]
    assert [day in b"".join(written.values()) for day in (b"2024-06-11\n", b"startDate: 2024-06\n")] == [True, True]
    path = opendocument(tmp_path / "a.ods", sheet.replace("{}", "12 June"))
    assert ("date-without-year", "I4") in codes(graph, path)
    for name, content in (("content.xml", "<x"), ("other.xml", "<x/>")):
        with zipfile.ZipFile(tmp_path / "b.ods", "w") as archive:
            archive.writestr(name, content)
        assert codes(graph, tmp_path / "b.ods") == [("workbook-broken", "")]


def test_statements_that_are_compressed(graph: Graph, tmp_path: Path) -> None:
    """Compressed N-Quads, as any way of writing statements, are read, placed and accepted as what is inside."""
    whole = graph.export("nquads", source="lesafr-2024", vocabulary=False).decode()
    own = "".join(line + "\n" for line in whole.splitlines() if line.endswith("source/lesafr-2024> ."))
    (tmp_path / "a.nq").write_text(own)
    (tmp_path / "b.nq.gz").write_bytes(gzip.compress(own.encode()))
    assert graph.validate(tmp_path / "a.nq").statements == graph.validate(tmp_path / "b.nq.gz").statements > 20
    assert codes(graph, tmp_path / "a.nq") == codes(graph, tmp_path / "b.nq.gz")
    given = Given("stdin", gzip.compress(own.encode()), "nquads.gz")
    assert graph.validate(given).statements == graph.validate(tmp_path / "a.nq").statements
    contents = [graph.accept(tmp_path / name, into=tmp_path / "data").contents for name in ("a.nq", "b.nq.gz")]
    assert contents[0] == contents[1]
    bad = own.replace("2024-04-17", "soon")
    assert bad != own
    (tmp_path / "b.nq.gz").write_bytes(gzip.compress(bad.encode()))
    found = graph.validate(tmp_path / "b.nq.gz").problems[0]
    assert bad.splitlines()[found.where.line - 1].count("soon")
    (tmp_path / "c.ttl.gz").write_bytes(gzip.compress(b"<x> <y> ."))
    assert graph.validate(tmp_path / "c.ttl.gz").problems[0].code == "rdf-base"


def test_tables_of_other_endings(graph: Graph, tmp_path: Path) -> None:
    """A table divided by tabs, and one that is compressed, are read, placed and accepted as CSV is."""
    text = "\n".join(",".join(map(str, line)) for line in (HEAD, (*ROW, "2024-06-11")))
    bad = text.replace("2024-06-11", "soon").replace("rabat-x,", "rabat-y,")
    files = {"a.csv": text.encode(), "a.csv.gz": gzip.compress(text.encode())}
    files |= {"a.tsv": text.replace(",", "\t").encode(), "a.tab": text.replace(",", "\t").encode()}
    expected = None
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        assert not codes(graph, tmp_path / name)
        contents = graph.accept(tmp_path / name, into=tmp_path / "data").contents
        expected = expected or contents
        assert contents == expected
        other = bad.replace(",", "\t") if name.startswith("a.t") else bad
        (tmp_path / name).write_bytes(gzip.compress(other.encode()) if name.endswith("gz") else other.encode())
        (found,) = graph.validate(tmp_path / name).problems
        assert found.excerpt is not None
        assert (found.code, found.where.line, found.excerpt.title) == ("bad-literal", 2, "startDate")
    (tmp_path / "b.csv.gz").write_bytes(b"no gzip")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"source,id\n" * 99)[:-9])
    (tmp_path / "b.doc.gz").write_bytes(gzip.compress(b"x"))
    assert [codes(graph, tmp_path / name) for name in ("b.csv.gz", "cut.csv.gz", "b.doc.gz")] == [
        [("gzip-broken", "")],
        [("gzip-broken", "")],
        [("unknown-format", "")],
    ]

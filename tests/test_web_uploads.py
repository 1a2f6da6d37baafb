"""Files sent to the page for contributions: the verdict of the command line, the workbook with marks; nothing stays."""

from __future__ import annotations

import base64
import gzip
import html
import io
import re
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from cybercoop.documents import xlsx
from cybercoop.graph import Graph
from cybercoop.interfaces.web import contribute, uploads
from cybercoop.interfaces.web.app import made
from cybercoop.judge.reports.people import folded
from cybercoop.problems.problem import LANGUAGES, in_language, sentence
from cybercoop.records import SUFFIXES
from tests.browser import faults, opened
from tests.test_web import Page

BASE = "http://testserver/"
READERS = Path(__file__).parent / "readers"
HEAD = "source,id,type,section,prefLabel@en,prefLabel@fr,prefLabel@ar,activityKind,startDate,heldIn,benefits"
ROW = (
    "coe-cybersouth-plus-page,activity/2024-06-11-rabat-x,Activity,x,One x,Un x,واحد,workshop,11 juin 2024,rabat,Maroc"
)
HALF = "coe-cybersouth-plus-page,activity/2024-06-12-rabat-y,Activity,y,Two y,Deux y,اثنان,workshop,soon,rabat,MA"
TABLE = f"{HEAD}\n{ROW}\n{HALF}\n"
RECORD = """# kept
source: coe-cybersouth-plus-page
at: {section: x}
id: activity/2024-06-11-rabat-x
type: Activity
prefLabel: {en: One x, fr: Un x, ar: واحد}
activityKind: workshop
startDate: 11 juin 2024
benefits: Maroc
heldIn: rabat
"""


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    with TestClient(made(graph, BASE), base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files are put: at the end of a test, nothing is there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert [*folder.iterdir()] == []


def workbook() -> bytes:
    """The table as a workbook: two cells that can be mended, one that cannot."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Ateliers"
    for line in TABLE.splitlines():
        sheet.append(line.split(","))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def put(web: TestClient, lang: str, name: str, data: bytes, status: int = 200, **fields: str) -> str:
    """Send a file, and return the page that is answered."""
    answer = web.post(f"/{lang}/contribute/", files={"file": (name, data)}, data=fields)
    assert answer.status_code == status
    assert f'<html lang="{lang}"' in answer.text
    Page(answer.text)
    return answer.text


def box(text: str) -> str:
    """What stands in the box for texts."""
    return html.unescape(text.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0])


def words(text: str) -> str:
    return " ".join(Page(text).words.split())


EVERY = [f"workshop{suffix}" for suffix in SUFFIXES if (READERS / f"workshop{suffix}").is_file()]


def test_every_format_is_tried() -> None:
    assert {SUFFIXES[Path(name).suffix].name for name in [*EVERY, "x.tsv", "x.gz", "x.xlsx"]} == {
        form.name for form in SUFFIXES.values()
    }


@pytest.mark.parametrize(("lang", "name"), [*zip(cycle(LANGUAGES), [*EVERY, "x.csv", "x.tsv", "x.csv.gz", "x.xlsx"])])
def test_a_file_is_judged_as_by_the_command_line(
    graph: Graph, web: TestClient, left: Path, tmp_path: Path, lang: str, name: str
) -> None:
    """In each format, in each language: what is wrong, where, the line, how to mend it."""
    contents = {"x.csv": TABLE.encode(), "x.tsv": TABLE.replace(",", "\t").encode(), "x.xlsx": workbook()}
    contents["x.csv.gz"] = gzip.compress(contents["x.csv"])
    path = tmp_path / name
    path.write_bytes(contents[name] if name in contents else (READERS / name).read_bytes())
    text = put(web, lang, name, path.read_bytes())
    said = words(text)
    report = graph.validate(path, mends=True)
    assert report.problems
    for each in folded(report)[0].problems:
        for told in (in_language(each.message, lang), each.remedy(lang), each.where.cell):
            assert " ".join(told.split()) in said
        if each.where.line and not each.where.cell:
            assert sentence("web-place", lang, line=each.where.line, column=each.where.column) in said
        if each.excerpt and each.excerpt.line.strip():
            assert "<mark>" in text
    assert f"{name}:" in said
    assert (box(text) != "") is (SUFFIXES[path.suffix].name not in ("csv.gz", "xlsx", "ods"))
    if held := box(text):
        assert held == path.read_text("utf-8")
        assert f'<option value="{SUFFIXES[path.suffix].name}" selected' in text


@pytest.mark.parametrize("name", ["x.yaml", "x.csv", "x.tsv"])
def test_certain_mends_are_taken_at_once(graph: Graph, web: TestClient, left: Path, tmp_path: Path, name: str) -> None:
    """The button sends the text in the box; what comes back is what `--fix` writes, judged again."""
    path = tmp_path / name
    path.write_text({"x.yaml": RECORD, "x.csv": TABLE, "x.tsv": TABLE.replace(",", "\t")}[name], "utf-8")
    first = put(web, "fr", name, path.read_bytes())
    offered = sentence("web-take-all", "fr", count=2) in words(first)
    fixed = graph.mend(path)
    assert offered is bool(fixed.count)
    form = SUFFIXES[path.suffix].name
    sent = {"text": (None, box(first).replace("\n", "\r\n")), "form": (None, form), "take": (None, "all")}
    again = web.post("/fr/contribute/", files=sent).text
    assert box(again) == fixed.after[path]
    assert sentence("web-taken", "fr", count=fixed.count) in words(again)
    assert ('class="fine-verdict"' in again) is (name == "x.yaml")
    if name != "x.yaml":
        assert "soon" in box(again)
        assert 'class="wrong"' in again
    if name != "x.tsv":
        assert "11 juin" not in box(again)


def test_a_date_is_read_in_its_order(web: TestClient, left: Path) -> None:
    """In Arabic, what is quoted has a direction of its own: 2024-06-11 does not look like 11-06-2024."""
    assert "«<bdi>11 juin 2024</bdi>»" in put(web, "ar", "x.yaml", RECORD.encode())


def test_what_is_pasted_stays(web: TestClient, left: Path) -> None:
    """The text is judged as it stands, and nothing in it is changed before that is asked for."""
    for sent in ({"files": {"text": (None, RECORD), "form": (None, "yaml")}}, {"data": {"text": RECORD}}):
        text = web.post("/ar/contribute/", **sent).text  # type: ignore[arg-type]
        assert box(text) == RECORD
        assert "11 juin 2024" in box(text)
        assert 'name="take" value="all"' in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_workbook_comes_back_with_marks(
    graph: Graph, web: TestClient, left: Path, tmp_path: Path, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a link that holds it; or at once, where that is asked for; or told of, where it is too large for a link."""
    data = workbook()
    text = put(web, lang, "Ateliers de juin.xlsx", data)
    link = re.search(r'<a download="([^"]+)" href="data:([^;]+);base64,([^"]+)"', text)
    assert link is not None
    assert link[1] == "Ateliers de juin-marked.xlsx"
    assert link[2] == xlsx.TYPE
    answer = web.post(f"/{lang}/contribute/", files={"file": ("Ateliers de juin.xlsx", data)}, data={"as": "marked"})
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Ateliers%20de%20juin-marked.xlsx"
    assert answer.headers["content-type"] == xlsx.TYPE
    (tmp_path / "book.xlsx").write_bytes(data)
    own = openpyxl.load_workbook(io.BytesIO(Graph(graph.workspace, lang).mark(tmp_path / "book.xlsx").content))
    for content in (base64.b64decode(link[3]), answer.content):
        sheet = openpyxl.load_workbook(io.BytesIO(content))["Ateliers"]
        assert (sheet["I2"].value, sheet["K2"].value, sheet["I3"].value) == ("2024-06-11", "MA", "soon")
        marks = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
        assert marks.keys() == {"I2", "K2", "I3"}
        assert all(own["Ateliers"][place].comment.text == mark for place, mark in marks.items())
    monkeypatch.setattr(contribute, "_LINKED", 10)
    text = put(web, lang, "x.xlsx", data)
    assert "data:application" not in text
    assert sentence("web-marked-again", lang, button=sentence("web-judge-marked", lang)) in words(text)


def test_what_needs_no_marks_comes_back_as_a_page(web: TestClient, left: Path, root: Path) -> None:
    """Who asks for a workbook with marks and sends another file, or one with nothing wrong, is told the verdict."""
    assert "11 juin" in box(put(web, "en", "x.yaml", RECORD.encode(), **{"as": "marked"}))
    good = (root / "data" / "countries" / "MA.yaml").read_bytes()
    assert 'class="fine-verdict"' in put(web, "en", "MA.YAML", good, **{"as": "marked"})


def form(*parts: bytes, end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end


FILE = b'Content-Disposition: form-data; name="file"; filename="x.yaml"\r\n\r\nid: x'
KIND = "multipart/form-data; boundary=x"
REFUSED: dict[str, tuple[str, bytes, int, str]] = {
    "nothing chosen": (KIND, form(b'Content-Disposition: form-data; name="file"; filename=""\r\n\r\n'), 400, "empty"),
    "an empty file": (KIND, form(FILE.removesuffix(b"id: x")), 400, "empty"),
    "no part": (KIND, b"--x--\r\n", 400, "empty"),
    "another part": (KIND, form(b'Content-Disposition: form-data; name="x"\r\n\r\n1'), 400, "empty"),
    "two files": (KIND, form(FILE, FILE.replace(b"x.yaml", b"y.yaml")), 400, "several"),
    "no boundary": ("multipart/form-data", form(FILE), 400, "broken"),
    "another boundary": ("multipart/form-data; boundary=y", form(FILE), 400, "broken"),
    "a boundary too long": (f"multipart/form-data; boundary={'x' * 5000}", form(FILE), 400, "broken"),
    "an early end": (KIND, form(FILE)[:-6], 400, "broken"),
    "no body": (KIND, b"", 400, "broken"),
    "no multipart": (KIND, b"text=x", 400, "broken"),
    "a part without a name": (KIND, form(b"Content-Disposition: form-data\r\n\r\n1"), 400, "broken"),
    "a part without a head": (KIND, form(b"\r\n1"), 400, "broken"),
    "heads without end": (KIND, form(b"X: y\r\n" * 5000 + FILE), 400, "broken"),
    "parts without end": (KIND, form(*[b'Content-Disposition: form-data; name="x"\r\n\r\n1'] * 5000), 413, "many"),
    "too much": (KIND, form(FILE + b"x" * uploads.LARGEST), 413, "long"),
    "another format": (KIND, form(FILE.replace(b"x.yaml", b"x.exe")), 415, "unknown-format"),
    "no suffix": (KIND, form(FILE.replace(b"x.yaml", b"x")), 415, "unknown-format"),
    "packed, of no format": (KIND, form(FILE.replace(b"x.yaml", b"x.gz")), 415, "unknown-format"),
    "packed, of a workbook": (KIND, form(FILE.replace(b"x.yaml", b"x.xlsx.gz")), 415, "unknown-format"),
}
CODES = {"empty": "upload-empty", "several": "upload-several", "broken": "upload-broken", "many": "body-too-many"}
CODES |= {"long": "body-too-long"}


@pytest.mark.parametrize(("lang", "case"), [*zip(cycle(LANGUAGES), REFUSED)])
def test_what_cannot_be_taken_is_refused_in_words(web: TestClient, left: Path, lang: str, case: str) -> None:
    """With the status for it, as a page in the language of the reader."""
    kind, body, status, code = REFUSED[case]
    answer = web.post(f"/{lang}/contribute/", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert f'<html lang="{lang}"' in answer.text
    values = {"limit": f"{uploads.LARGEST:,}" if code == "long" else "600"}
    values |= {"value": {"another format": ".exe", "no suffix": "x", "packed, of a workbook": ".gz"}.get(case, ".gz")}
    from cybercoop.problems.problem import Where, problem

    told = problem(CODES.get(code, code), Where(""), **values, known="")
    assert " ".join(in_language(told.message, lang).split()) in words(answer.text)


BOMB = io.BytesIO()
with zipfile.ZipFile(BOMB, "w", zipfile.ZIP_DEFLATED) as packed, zipfile.ZipFile(io.BytesIO(workbook())) as sound:
    for entry in sound.namelist():
        content = sound.read(entry)
        if entry.endswith("sheet1.xml"):
            content = content.replace(b"<sheetData>", b"<sheetData>" + b"<row></row>" * 8_000_000)
        packed.writestr(entry, content)
HARMFUL = {
    "bomb.xlsx": BOMB.getvalue(),
    "zeros.csv.gz": gzip.compress(b"0" * (65 << 20)),
    "none.xlsx": b"PK\x03\x04" + bytes(range(256)),
    "none.ods": b"no workbook",
    "none.gz.csv.gz": b"\x1f\x8b none",
    "aliases.yaml": b"a: &a [x, x]\n"
    + b"".join(b"%c: &%c [*%c, *%c]\n" % (c + 1, c + 1, c, c) for c in range(97, 120)),
    "entities.rdf": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><x>&a;&b;</x>',
    "deep.json": b"[" * 100_000,
    "bytes.ttl": bytes(range(256)),
    "binary.yaml": b"\xff\xfe\x00\x00" * 100,
}


@pytest.mark.parametrize(("lang", "name"), [*zip(cycle(LANGUAGES), HARMFUL)])
def test_a_harmful_file_gets_its_verdict(web: TestClient, left: Path, lang: str, name: str) -> None:
    """What is broken or would fill the memory is told in words; nothing outside of it is read."""
    answer = web.post(f"/{lang}/contribute/", files={"file": (name, HARMFUL[name])})
    assert answer.status_code == (413 if name in ("bomb.xlsx", "zeros.csv.gz") else 200)
    assert 'class="wrong"' in answer.text
    assert "root:" not in answer.text
    assert "Traceback" not in answer.text
    assert str(left) not in answer.text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/cron.d/x.yaml", "x.yaml"),
        ("C:\\Users\\office\\x.yaml", "x.yaml"),
        ("/etc/passwd.yaml", "passwd.yaml"),
        ("<img src=x onerror=alert(1)>.yaml", "<img src=x onerror=alert(1)>.yaml"),
        ("ورشة عمل.yaml", "ورشة عمل.yaml"),
        ("a\u202elmay.yaml", "a\ufffdlmay.yaml"),
        ("n" * 500 + ".yaml", "n" * 95 + ".yaml"),
        ("..yaml", "..yaml"),
    ],
)
def test_a_name_is_only_shown(web: TestClient, left: Path, name: str, shown: str) -> None:
    """Whatever the file is called, that is a text on the page, and no place in a folder."""
    head = (
        b'Content-Disposition: form-data; name="file"; filename="' + name.replace("\\", "\\\\").encode() + b'"\r\n\r\n'
    )
    body = form(head + RECORD.encode())
    answer = web.post("/fr/contribute/", content=body, headers={"Content-Type": KIND})
    assert answer.status_code == 200
    assert "<img" not in answer.text.partition("<main")[2]
    assert " ".join(shown.split()) in words(answer.text)
    assert "cron.d" not in answer.text
    assert not Path("/etc/cron.d/x.yaml").exists()


@pytest.mark.parametrize("limit", [("SECONDS", 0.05), ("MEMORY", 64 << 20)], ids=lambda limit: limit[0])
def test_a_verdict_has_an_end(
    web: TestClient, left: Path, limit: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would take too long, or too much, is stopped, in words, with its status; nothing of it stays."""
    monkeypatch.setattr(uploads, *limit)
    assert sentence("web-upload", "fr") in words(web.get("/fr/contribute/").text)
    put(web, "fr", "x.yaml", RECORD.encode(), 503)


def test_so_many_at_once(web: TestClient, left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While as many are judged as may be, the next is asked to wait; pages are not."""
    taken = threading.BoundedSemaphore(1)
    monkeypatch.setattr(uploads, "_places", taken)
    with taken:
        answer = web.post("/ar/contribute/", files={"file": ("x.yaml", RECORD.encode())})
        assert answer.status_code == 429
        assert answer.headers["retry-after"]
        assert web.get("/ar/contribute/").status_code == 200
    put(web, "ar", "x.yaml", RECORD.encode())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_limits_are_told_before_they_are_met(web: TestClient, lang: str) -> None:
    said = words(web.get(f"/{lang}/contribute/").text)
    assert sentence("web-upload-limits", lang, megabytes=4, seconds=60) in said
    assert ".yaml" in said
    assert ".csv.gz" in said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_workbook_is_sent_and_had_back(browser: Any, base: str, tmp_path: Path, lang: str, script: bool) -> None:
    """Chosen, sent, the verdict read, the marked workbook had by its link and by its button; axe finds no fault."""
    (tmp_path / "book.xlsx").write_bytes(workbook())
    with opened(browser, base, java_script_enabled=script, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{base}{lang}/contribute/")
        page.set_input_files("#file", tmp_path / "book.xlsx")
        page.get_by_role("button", name=sentence("web-judge", lang), exact=True).first.click()
        assert page.locator("#verdict .wrong li").count() == 3
        assert "Ateliers!I3" in page.locator("#verdict").inner_text()
        if script:
            assert faults(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        with page.expect_download() as link:
            page.locator("#verdict a[download]").click()
        page.set_input_files("#file", tmp_path / "book.xlsx")
        with page.expect_download() as button:
            page.get_by_role("button", name=sentence("web-judge-marked", lang)).click()
        for got in (link.value, button.value):
            assert got.suggested_filename == "book-marked.xlsx"
            assert openpyxl.load_workbook(io.BytesIO(got.path().read_bytes()))["Ateliers"]["I2"].value == "2024-06-11"


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_a_file_is_mended_in_its_box(browser: Any, base: str, tmp_path: Path, lang: str) -> None:
    """The text of a file stands in the box; one button takes its certain mends, without a script."""
    (tmp_path / "fiche.yaml").write_text(RECORD, "utf-8")
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}{lang}/contribute/")
        page.set_input_files("#file", tmp_path / "fiche.yaml")
        page.get_by_role("button", name=sentence("web-judge", lang), exact=True).first.click()
        assert page.locator("#text").input_value() == RECORD
        page.locator("button[name=take]").click()
        assert "startDate: 2024-06-11" in page.locator("#text").input_value()
        assert page.locator(".fine-verdict").count() == 1

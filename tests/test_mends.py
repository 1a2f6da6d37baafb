"""Certain cures: what is offered mends its problem and brings none, and comments and layout stay."""

from __future__ import annotations

import datetime
import html
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cybercoop.contribute.fixes import applied, between, encoded
from cybercoop.contribute.fixes.meanings import clear
from cybercoop.contribute.fixes.spans import spots
from cybercoop.graph import Graph
from cybercoop.judge.reports import FORMATS, written
from cybercoop.problems.problem import LANGUAGES, Problem
from cybercoop.records.misread import stated_date

CASES = Path(__file__).parent / "fixtures" / "mends"
BROKEN = sorted(path for path in CASES.iterdir() if ".mended." not in path.name)
DATES = [
    ("21/05/2024", "2024-05-21"),
    ("21.05.2024", "2024-05-21"),
    ("2024/5/3", "2024-05-03"),
    ("05/05/2024", "2024-05-05"),
    ("2024-05-21T00:00:00", "2024-05-21"),
    ("21 May 2024", "2024-05-21"),
    ("May 21st, 2024", "2024-05-21"),
    ("mardi 21 mai 2024", "2024-05-21"),
    ("1er août 2023", "2023-08-01"),
    ("Mai 2024", "2024-05"),
    ("5/2024", "2024-05"),
    ("٢١ مايو ٢٠٢٤", "2024-05-21"),
    ("الثلاثاء 21 أيار 2024", "2024-05-21"),
    ("٢٠٢٤", "2024"),
    ("le jeudi 13 juin 2024", "2024-06-13"),
    ("13 حزيران/يونيو 2024", "2024-06-13"),
    ("13 تموز/يونيو 2024", None),
    ("04/05/2024", None),
    ("31/02/2024", None),
    ("21/05/24", None),
    ("2024-05-21T23:30:00Z", None),
    ("spring 2024", None),
    ("2024-13", None),
]


@pytest.mark.parametrize(("written", "meant"), DATES)
def test_a_date_is_read_only_where_it_is_certain(written: str, meant: str | None) -> None:
    """Dates in words and figures of three languages are read; what can be read in two ways, or is no date, is not."""
    assert stated_date(written) == meant


@given(st.dates(min_value=datetime.date(1000, 1, 1)))
def test_a_date_in_figures_is_itself(day: datetime.date) -> None:
    """Our own notation, and the same in Arabic digits, is read as the day that it is."""
    arabic = str(day).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert stated_date(str(day)) == stated_date(arabic) == str(day)


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("casablanka", ["casablanca", "rabat"], "casablanca"),
        ("partnerCont", ["partnerCount", "partnerCountry"], "partnerCount"),
        ("ets-186", ["ets-185", "ets-189"], None),
        ("law-2-2007", ["law-2-2006"], None),
        ("MK", ["MA", "MC"], None),
        ("training-a", ["training-b", "training-c"], None),
    ],
)
def test_a_misspelling_is_certain_when_one_word_is_near(word: str, known: list[str], meant: str | None) -> None:
    """Another number is another thing, not a misspelling; nor is a code, or a word between two others."""
    assert clear(word, known) == meant


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_a_file_is_mended(path: Path, graph: Graph) -> None:
    """What is certain is mended as the file beside it shows, with its comments; each mend says what it does, thrice."""
    mended = graph.mend(path)
    expected = path.with_suffix(f".mended{path.suffix}").read_bytes()
    assert mended.contents()[path] == expected, (
        f"if the new one is right, write it into {path.stem}.mended{path.suffix}"
    )
    offered = [found.mend for found in mended.report.problems if found.mend is not None]
    assert offered
    assert all(set(mend.title) == set(LANGUAGES) for mend in offered)


MUTATIONS = {
    "class": ("type: Activity", "type: Activitty"),
    "word": ("startDate:", "startDat:"),
    "date": ("startDate: 2024-05-21", "startDate: 21 mai 2024"),
    "reference": ("heldIn: casablanca", "heldIn: casablancaa"),
    "name": ("benefits: MA", "benefits: Royaume du Maroc"),
    "uncertain date": ("startDate: 2024-05-21", "startDate: 05/06/2024"),
}


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(names=st.sets(st.sampled_from(sorted(MUTATIONS)), min_size=1, max_size=2))
def test_what_is_offered_holds(names: set[str], graph: Graph, root: Path, tmp_path: Path) -> None:
    """Each mend that is offered, applied alone, makes its problem vanish and adds none."""
    text = (root / "data/activities/2024/2024-05-21-casablanca-dark-web.yaml").read_text("utf-8")
    for name in names:
        text = text.replace(*MUTATIONS[name])
    path = tmp_path / "copy.yaml"
    path.write_text(text, encoding="utf-8")
    problems = graph.mend(path).report.problems
    before = keys(problems)
    for found in problems:
        if found.mend is not None:
            path.write_text(applied(text, found.mend.edits), encoding="utf-8")
            after = keys(graph.validate(path).problems)
            assert not after - before
            assert after[key(found)] < before[key(found)]


def key(found: Problem) -> tuple[object, ...]:
    return found.code, found.where.line, found.thing, found.value


def keys(problems: Iterable[Problem]) -> Counter[tuple[object, ...]]:
    return Counter(key(found) for found in each(problems))


def each(problems: Iterable[Problem]) -> Iterator[Problem]:
    for found in problems:
        yield found
        yield from each(found.follows)


@given(st.lists(st.text("ab\n", max_size=12), min_size=2, max_size=2))
def test_edits_lead_from_one_text_to_another(texts: list[str]) -> None:
    """The edits between two texts, applied to the first, give the second."""
    assert applied(texts[0], between("a.yaml", *texts)) == texts[1]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_a_spot_is_what_stands_there(path: Path) -> None:
    """What a format takes apart stands in the text where it says, and is written as it was read."""
    text = path.read_text("utf-8")
    found = spots(text, path.name)
    assert found or path.name == "table.csv"
    for (line, column), spot in found.items():
        raw = text[spot.start : spot.start + spot.length]
        assert text.split("\n")[line - 1][column - 1 :].startswith(raw)
        assert spot.value in raw or "\\" in raw


def test_line_ends_and_mark_are_kept() -> None:
    """A file with Windows line ends and a byte-order mark keeps both."""
    assert encoded("a: 1\nb: 2\n", b"\xef\xbb\xbfa: 0\r\nb: 2\r\n") == b"\xef\xbb\xbfa: 1\r\nb: 2\r\n"


RECORD = """source: coe-cybersouth-plus-page
at: {section: activities}
id: activity/2024-06-13-algiers-workshop
type: Activity
prefLabel: {en: A workshop, fr: Un atelier, ar: ورشة عمل}
activityKind: workshop
startDate: 2024-06-13
heldIn: algiers
"""


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_shows_a_mend_beside_its_problem(form: str, graph: Graph, tmp_path: Path) -> None:
    """Where a mend is known, each form says what to write; where none is, no form promises one."""
    known, unknown = tmp_path / "known.yaml", tmp_path / "unknown.yaml"
    known.write_text(RECORD + "benefits: Algérie\n", encoding="utf-8")
    unknown.write_text(RECORD + "benefits: DZ\norganiser: Ministry of Justice\n", encoding="utf-8")
    for lang, write in (
        ("en", "Write “benefits: DZ”"),
        ("fr", "Écrire « benefits: DZ »"),
        ("ar", "كتابة «benefits: DZ»"),
    ):
        texts = [written(graph.validate(path, mends=FORMATS[form].mends), form, lang) for path in (known, unknown)]
        assert (write in texts[0]) == FORMATS[form].mends
        assert write[:7] not in texts[1].replace("Write kind", "")
        assert ("--fix" in texts[0], "--fix" in texts[1]) == (form == "text", False)
    assert graph.mend(unknown).count == 0


FALSE = [
    ("organiser: Ministry of Justice", "benefits: DZ"),
    ("organiser: Ministry of Justice of Jordan", "benefits: DZ"),
    ("organiser: ministry-of-justice-mr", "benefits: MR"),
    ("organiser: ministry-of-justice-mr", "benefits: [MR, JO]"),
    ("organiser: organisation/Ministry-of-Justice-JO", "benefits: DZ"),
    ("heldIn: Tunisia", "benefits: TN"),
    ("heldIn: country/tunis", "benefits: TN"),
    ("heldIn: Cartagena", "benefits: TN"),
    ("heldIn: Corea", "benefits: DZ"),
    ("benefits: Congo", ""),
    ("benefits: Alger", ""),
    ("benefits: no", ""),
    ("benefits: \u0414Z", ""),  # a letter that looks like no other
    ("benefits: \u0421\u0410", ""),  # in Cyrillic letters alone: CA, or SA as it is read
    ("endDate: 2024-06-13T23:30:00Z", "benefits: DZ"),  # elsewhere another day
]


@pytest.mark.parametrize(("fact", "beside"), FALSE)
def test_what_is_in_doubt_is_not_mended(fact: str, beside: str, graph: Graph, tmp_path: Path) -> None:
    """A generic name, a body of a country that has no part in it, a country for a place: none is changed."""
    path = tmp_path / "record.yaml"
    text = RECORD.replace("heldIn: algiers\n", "") if fact.startswith("heldIn") else RECORD
    path.write_text(f"{text}{fact}\n{beside}\n", encoding="utf-8")
    mended = graph.mend(path)
    assert not mended.report.conforms
    assert mended.count == 0


@pytest.mark.parametrize(
    ("fact", "meant"),
    [
        ("organiser: minstry-of-justice-jo", "organiser: ministry-of-justice-jo"),
        ("organiser: Ministry of Justice of Jordan", "organiser: ministry-of-justice-jo"),
        ("organiser: Counci-of-Europe", "organiser: council-of-europe"),
    ],
)
def test_a_body_of_a_country_of_the_record_is_mended(fact: str, meant: str, graph: Graph, tmp_path: Path) -> None:
    """A body is certain where its country benefits, also where the country is itself still to be mended."""
    path = tmp_path / "record.yaml"
    path.write_text(f"{RECORD}benefits: [DZ, Jordanie]\n{fact}\n", encoding="utf-8")
    assert f"{meant}\n" in graph.mend(path).after[path]
    assert sum(found.mend is not None for found in graph.validate(path, mends=True).problems) == 2


@pytest.mark.parametrize(("written", "meant"), [("504", "country/MA"), ("mar", "country/MA"), ("Congo", None)])
def test_a_suggestion_knows_what_a_mend_knows(written: str, meant: str | None, graph: Graph, tmp_path: Path) -> None:
    """What is a code, but not certain, is suggested, not what is spelt alike; of two countries, neither is."""
    path = tmp_path / "record.yaml"
    path.write_text(f"{RECORD}benefits: {written}\n", encoding="utf-8")
    found = graph.validate(path, mends=True).problems[0]
    assert found.mend is None
    assert found.nearest == meant


def test_braces_around_languages_are_put_in(graph: Graph, tmp_path: Path) -> None:
    """Languages and their texts on the line of a word can be nothing else."""
    path = tmp_path / "record.yaml"
    path.write_text(RECORD + "termUsed: en: A seminar, fr: Un séminaire\n", encoding="utf-8")
    assert "termUsed: {en: A seminar, fr: Un séminaire}\n" in graph.mend(path).after[path]


def test_the_command_line_shows_and_mends(
    root: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--diff` shows the change and writes nothing; `--fix` makes it, and what is left is judged."""
    path = tmp_path / "copy.yaml"
    path.write_bytes((CASES / "language.yaml").read_bytes())
    monkeypatch.setenv("CYBERCOOP_HOME", str(root))
    shown = command("validate", str(path), "--diff")
    assert '+termUsed: {en: "training, in person"}' in shown.text
    assert path.read_bytes() == (CASES / "language.yaml").read_bytes()
    command("validate", str(path), "--fix")
    assert path.read_bytes() == (CASES / "language.mended.yaml").read_bytes()


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_the_report_and_the_change_agree(path: Path, graph: Graph) -> None:
    """A report promises a mend exactly where `--diff` makes one, in every form that shows mends."""
    report, mended = graph.validate(path, mends=True), graph.mend(path)
    titles = [found.mend.title["en"] for found in report.problems if found.mend]
    assert bool(titles) == bool(mended.count) == bool(mended.diff())
    for form in ("text", "markdown", "json", "sarif", "github", "html", "junit"):
        text = html.unescape(written(report, form)).replace("\\", "")
        assert all(title.replace("\\", "").replace('"', "")[:40] in text.replace('"', "") for title in titles), form


@pytest.mark.parametrize(
    ("identity", "line"),
    [
        ("project/cybersouth", "activityKind: workshop"),  # a project that is there: perhaps the record is of it
        (
            "project/2024-06-13-example",
            "description: {en: A text.}",
        ),  # nothing says that it is an activity but its type
        ("country/ZZ", "activityKind: workshop"),
        ("organisations/2024-06-13-example", "activityKind: workshop"),
        ("activity/2024-05-21-Casablanca-dark-web", "activityKind: workshop"),  # another thing has it in small letters
    ],
)
def test_an_id_is_not_changed_where_it_may_be_meant(identity: str, line: str, graph: Graph, tmp_path: Path) -> None:
    """Where the type may be wrong as well, or the other id is that of a known thing, nothing is certain."""
    text = (CASES / "ids.mended.yaml").read_text("utf-8").partition("---")[0]
    path = tmp_path / "a.yaml"
    path.write_text(
        text.replace("activity/2024-06-13-example-workshop", identity).replace("activityKind: workshop", line), "utf-8"
    )
    assert graph.mend(path).after[path] == path.read_text("utf-8")

"""The command line parses, calls and prints: results on stdout, the rest on stderr, 0 fine, 1 problems, 2 wrong use."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "data" / "activities" / "2024" / "2024-05-21-casablanca-dark-web.yaml"


def run(*args: str, text: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would, in the repository."""
    return subprocess.run(
        [sys.executable, "-m", "cybercoop", *args],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1", **environment},
    )


def test_without_arguments_the_help_is_shown() -> None:
    """A bare `cybercoop` lists the commands."""
    done = run()
    assert all(command in done.stdout + done.stderr for command in ("build", "export", "query", "validate"))


def test_version() -> None:
    """`--version` prints name and version."""
    assert run("--version").stdout.startswith("cybercoop 0.")


def test_bare_query_lists_every_question() -> None:
    """`cybercoop query` lists the catalogue by topic, in the language of the reader."""
    done = run("query", "--lang", "fr")
    assert listed(done.stdout) == {path.stem for path in (ROOT / "queries").glob("*.rq")}
    assert "Quel" in done.stdout
    assert "\nTraités et lois\n" in done.stdout


@pytest.mark.parametrize("words", ["gazette", "Journal OFFICIEL loi", "الجريده الرسميه", "law GAZETTE"])
def test_a_search_lists_the_questions_that_speak_of_something(words: str) -> None:
    """`--search` finds a question by its words in any language, without regard to case, accents or Arabic spelling."""
    assert listed(run("query", "--search", words).stdout) == {"national-laws"}


def test_a_question_is_found_by_one_as_by_several() -> None:
    """What the questions speak of in the plural is found in the singular, and the other way round."""
    assert "parties-over-time" in listed(run("query", "--search", "party").stdout)
    assert "partner-theme-matrix" in listed(run("query", "--search", "themes gaps").stdout)


def test_truth_is_told_in_words() -> None:
    """A table for people says yes and no in their language; programs get the values."""
    asked = ("query", "activity-calendar", "--venue", "MA", "--date", "2024-06", "--lang", "ar")
    assert "⁨لا⁩" in run(*asked).stdout
    assert "false" not in run(*asked).stdout
    assert ",false," in run(*asked, "--format", "csv").stdout


def test_a_gap_can_be_asked_for_one_partner() -> None:
    """The matrices of a project take one of its partners."""
    for question in ("partner-theme-matrix", "partner-output-matrix"):
        done = run("query", question, "--project", "cybersouth-plus", "--partner", "Jordan", "--format", "csv")
        rows = done.stdout.splitlines()[1:]
        assert rows
        assert all(row.startswith("https://w3id.org/cybercoop/id/country/JO,") for row in rows)


def test_a_name_of_several_words_needs_no_quotes() -> None:
    """`explain` and `search` take the words of a name as they are typed; short names in daily use are known."""
    assert run("search", "budapest", "convention").stdout == run("search", "budapest convention").stdout
    assert run("explain", "اتفاقية", "بودابست", "--property", "prefLabel").returncode == 0
    assert "country/AE" in run("explain", "uae", "--property", "alpha2").stdout


def test_a_search_without_result_says_so() -> None:
    """A search that finds nothing says so, and how to see all questions."""
    assert "xylophone" in run("query", "--search", "xylophone").stdout


def listed(text: str) -> set[str]:
    """The questions that a listing names."""
    return {line.split()[0] for line in text.splitlines() if re.match("  [a-z]", line)}


def test_a_table_shows_names_not_iris() -> None:
    """The answer to a question of the catalogue is a table of names."""
    done = run("query", "country-profile", "--country", "MA")
    assert done.returncode == 0
    assert "CyberSouth+" in done.stdout
    assert "https://" not in done.stdout


@cache
def profile_of_morocco() -> str:
    """What the full IRI of a country is answered with."""
    full = "https://w3id.org/cybercoop/id/country/MA"
    return run("query", "country-profile", "--country", full, "--format", "json").stdout


@pytest.mark.parametrize("given", ["MA", "ma", "Morocco", "Maroc", "maroc", "المغرب", "country/MA", "country:MA"])
def test_a_parameter_takes_a_code_a_name_or_an_iri(given: str) -> None:
    """A country is understood by its code, by its name in three languages, and by its IRI."""
    expected = profile_of_morocco()
    assert json.loads(expected)["rows"]
    assert run("query", "country-profile", f"--country={given}", "--format", "json").stdout == expected


@pytest.mark.parametrize(
    ("args", "code", "nearest"),
    [
        (("query", "contry-profile"), "no-such-question", "country-profile"),
        (("query", "who-signed"), "no-such-question", "    treaty-chart  Who signed"),
        (("query", "country-profile", "--country", "Marocco"), "no-such-thing", "Morocco"),
        (("query", "country-profile", "--contry", "MA"), "unknown-parameter", "country"),
        (("query", "country-profile", "--name", "MA"), "unknown-parameter", "--country"),
        (("query", "country-profile"), "parameter-missing", ""),
        (("query", "country-profile", "--country", "MA", "--format", "jsn"), "unknown-choice", "json"),
        (("query", "--file", "nowhere.rq"), "file-missing", ""),
        (("query", "--sparql", "nowhere.rq"), "query-is-a-file", "cybercoop query --file nowhere.rq"),
        (("query", "some/where.sparql"), "query-is-a-file", "cybercoop query --file some/where.sparql"),
        (("export", "turtel"), "unknown-choice", "turtle"),
        (("validate", "nowhere.yaml"), "file-missing", ""),
        (("validate", "--engine", "pyshack"), "unknown-choice", "pyshacl"),
        (("query", "--lang", "de"), "unknown-choice", ""),
        (("query", "--sparql", "SELECT ?x {"), "query-syntax", ""),
        (("query", "--sparql", ""), "query-empty", ""),
        (("query", "--sparql", " # nothing\n"), "query-empty", ""),
        (("query", "-"), "query-empty", ""),
        (("query", "--file", os.devnull), "query-empty", ""),
        (("query", "--file", "data"), "file-missing", ""),
        (("query", "--sparql", "SELECT * { ?s ?p ?o }", "--with-sources"), "not-cited", ""),
        (("query", "projects-in-year", "--country", "MA", "--year", "2020..2018"), "bad-range", ""),
        (("search", "morocco", "--kind", "Contry"), "unknown-choice", "Country"),
        (("query", "--sparql", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"), "query-refused", ""),
    ],
)
def test_wrong_use(args: tuple[str, ...], code: str, nearest: str) -> None:
    """Wrong use ends with 2 and a problem on stderr with its code and, where there is one, the nearest right word."""
    done = run(*args, text="")
    assert done.returncode == 2
    assert code in done.stderr
    assert nearest in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_an_option_may_be_given_again() -> None:
    """An option that is repeated is a list, as values joined by commas are."""
    joined = run("query", "project-dates", "--project", "cybersouth,glacy-plus", "--format", "csv").stdout
    again = run("query", "project-dates", "--project", "cybersouth", "--project=glacy-plus", "--format", "csv").stdout
    assert again == joined
    assert "glacy-plus" in again


def test_help_shows_the_forms_of_each_parameter() -> None:
    """The help of a question has an example of each parameter and a command for each."""
    help_ = run("query", "activity-calendar", "--help", "--lang", "fr").stdout
    assert "cybercoop query activity-calendar --venue MA" in help_
    assert "[--date 2018..2020]" in help_
    assert "séparés par des virgules" in help_


def test_refusals_speak_the_language_asked_for() -> None:
    """A refusal is said in the language of `--lang`, or of CYBERCOOP_LANG."""
    assert "Vouliez-vous dire" in run("query", "contry-profile", "--lang", "fr").stderr
    assert "أتقصدون" in run("query", "contry-profile", CYBERCOOP_LANG="ar").stderr


def test_a_syntax_error_shows_the_place() -> None:
    """A query that cannot be read is shown with a caret under the place."""
    done = run("query", "--sparql", "SELECT ?s\n{ ?s ?p }")
    lines = done.stderr.splitlines()
    caret = next(index for index, line in enumerate(lines) if line.strip() == "^")
    assert lines[caret - 1].strip() == "{ ?s ?p }"
    assert lines[0].startswith("query:2:")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s { ?s coop:host ?o } # SERVICE <x>",
        'SELECT ?s { ?s skos:prefLabel "SERVICE"@en }',
        "SELECT ?s { ?s coop:host <https://w3id.org/SERVICE> }",
        "SELECT ?SERVICE { ?SERVICE a coop:Project }",
    ],
)
def test_the_word_service_alone_is_no_offence(text: str) -> None:
    """SERVICE in a comment, a string, an IRI or a variable is not refused."""
    assert run("query", "--sparql", text).returncode == 0


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "json", "md", "html"])
def test_formats_of_an_answer(form: str) -> None:
    """Each format of an answer carries the names and the designation notice."""
    done = run("query", "project-countries", "--project", "cybersouth-plus", "--format", form)
    assert done.returncode == 0
    assert "Palestine*" in done.stdout
    assert "recognition of a State of Palestine" in " ".join(done.stdout.split())


def test_csv_has_codes_beside_names() -> None:
    """A CSV answer has the IRI of a thing and its name beside it, in rows of equal length."""
    done = run("query", "project-countries", "--project", "cybersouth-plus", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert rows
    assert all(None not in row and None not in row.values() for row in rows)
    columns = [column for column in rows[0] if column.endswith("_label")]
    assert columns
    assert all(
        row[column.removesuffix("_label")].startswith("https://") for row in rows for column in columns if row[column]
    )


def test_sparql_from_standard_input() -> None:
    """`-` reads a query from standard input."""
    done = run("query", "-", "--format", "json", text="SELECT ?project { ?project a coop:Project }")
    assert len(json.loads(done.stdout)["results"]["bindings"]) >= 3


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_standard_input_is_utf_8(encoding: str) -> None:
    """A query that is piped in is read as UTF-8 whatever the code page, with or without a byte-order mark."""
    done = run("query", "-", "--format", "csv", text="\ufeffSELECT ('é ع' AS ?x) {}", PYTHONIOENCODING=encoding)
    assert done.stdout.split() == ["x", "é", "ع"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ("query - <&-", "file-missing"),
        ("validate - --input-format yaml <&-", "file-missing"),
        ("query - </dev/zero", "query-too-long"),
    ],
)
def test_standard_input_that_is_closed_or_has_no_end(args: str, code: str) -> None:
    """Nothing is read from a closed standard input, and no more than a file may have from one without end."""
    if not Path("/dev/zero").exists():
        pytest.skip("there is no /dev/zero here")
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m cybercoop {args}"], cwd=ROOT, capture_output=True, text=True
    )
    assert code in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if code == "empty-file" else 2)


def test_sparql_from_a_file(tmp_path: Path) -> None:
    """`--file` reads a query from a file; GRAPH tells which source says it."""
    query = tmp_path / "q.rq"
    query.write_text("SELECT DISTINCT ?source { GRAPH ?source { project:cybersouth-plus coop:partnerCountry ?c } }")
    assert "source/eu-neighbours-cybersouth-plus-page" in run("query", "--file", str(query)).stdout


@pytest.mark.parametrize(
    "text", ["ASK { ?s a coop:Project }", "CONSTRUCT WHERE { ?s a coop:Project }", "DESCRIBE country:MA"]
)
def test_other_query_forms(text: str) -> None:
    """ASK, CONSTRUCT and DESCRIBE are answered too."""
    done = run("query", "--sparql", text)
    assert done.returncode == 0
    assert done.stdout.strip()


def test_an_empty_answer_says_what_that_means() -> None:
    """An answer without rows says that nothing is known, which is not a no."""
    done = run("query", "--sparql", "SELECT ?s { ?s a coop:Nothing }")
    assert "not a “no”" in done.stdout


def test_help_of_a_question() -> None:
    """`cybercoop query NAME --help` says what the question takes, with an example."""
    done = run("query", "country-profile", "--help", "--lang", "fr")
    assert "--country MA" in done.stdout


def test_validate_speaks_json() -> None:
    """`validate --format json` prints the report as JSON and ends with 0 where there is no error."""
    done = run("validate", str(RECORD), "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["conforms"] is True


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_validate_points_at_the_line(tmp_path: Path, lang: str) -> None:
    """A record without its start date ends with 1, and shows line, code, caret and cure."""
    copy = tmp_path / "copy.yaml"
    lines = [line for line in RECORD.read_text("utf-8").splitlines() if not line.startswith("startDate")]
    copy.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("validate", str(copy), "--lang", lang)
    assert done.returncode == 1
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("id: activity/2024-05-21"))
    assert f"{copy}:{line}:" in done.stdout
    assert "activity-has-start-date" in done.stdout
    assert "2024-05-21" in done.stdout
    assert "^" in done.stdout


def test_export_to_a_file_and_to_a_pipe(tmp_path: Path) -> None:
    """`export -o` writes what the pipe gets, and says so on stderr."""
    out = tmp_path / "new" / "graph.ttl"
    done = run("export", "turtle", "-o", str(out))
    assert done.returncode == 0
    assert str(out) in done.stderr
    assert out.read_text("utf-8") == run("export", "turtle").stdout


def test_export_of_tables_into_a_folder(tmp_path: Path) -> None:
    """`export csv -o FOLDER` writes a folder of tables."""
    assert run("export", "csv", "-o", str(tmp_path / "tables")).returncode == 0
    assert (tmp_path / "tables" / "activities.csv").is_file()


def test_a_closed_pipe_is_no_error() -> None:
    """A reader that stops early (`| head`) makes no traceback."""
    script = f"{sys.executable} -m cybercoop export nquads | head -n 1"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_build_does_the_main_job() -> None:
    """`cybercoop build` validates, answers a question with real names, and leaves both exports in build/."""
    done = run("build")
    assert done.returncode == 0
    assert "Casablanca" in done.stdout
    for name in ("cybercoop.ttl", "cybercoop.jsonld"):
        assert (ROOT / "build" / name).stat().st_size > 10_000

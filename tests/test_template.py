"""A template, filled in with what it asks for, is a record without a problem, in every class, language and format."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pyoxigraph as ox
import pytest

from cybercoop.contribute import folders, json_schema
from cybercoop.contribute.fields import Field, Fields
from cybercoop.contribute.template import columns, explained
from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.records import table, yaml
from cybercoop.records.reading import Fields as Tree
from cybercoop.records.reading import Node, Scalar, listed
from cybercoop.shapes import Shapes
from cybercoop.terms import names
from cybercoop.terms.names import KINDS, NS
from cybercoop.workspace.workspace import Workspace

FIELDS = Fields(Workspace(Path(__file__).parent.parent))
SOURCE = "coe-cybersouth-plus-page"
TEXTS = {"en": "Example", "fr": "Exemple", "ar": "مثال"}
PATTERNS = {"alpha2": "AQ", "alpha3": "ATA", "m49": "010"}
PLAIN = {"date": "2024-06", "integer": "70", "decimal": "33.5", "boolean": "true", "address": "https://www.coe.int/"}
THINGS = {
    "Agent": "country/LY",
    "Country": "MA",
    "Instrument": "ets-185",
    "Organisation": "council-of-europe",
    "Place": "rabat",
    "Project": "project/cybersouth-plus",
    "Source": SOURCE,
    "Treaty": "ets-185",
}


@pytest.fixture(autouse=True)
def fields_read_once(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shapes say of fields is read once for all templates of the shipped workspace."""
    monkeypatch.setattr(
        "cybercoop.contribute.fields.Fields",
        lambda workspace: FIELDS if workspace is graph.workspace else Fields(workspace),
    )


def value(field: Field) -> str:
    """A value that a field may have, as its shapes say."""
    if field.kind == "texts":
        return "{" + ", ".join(f"{lang}: {TEXTS[lang]}" for lang in field.languages or ("en",)) + "}"
    if field.kind == "amount":
        return "{amount: 70, currency: EUR}"
    if field.kind == "code":
        return next(iter(field.codes))
    if field.kind == "thing":
        name = next(name for iri in field.classes if (name := iri.removeprefix(NS)) in THINGS)
        whole = field.term.base.endswith("/id/") and "/" not in THINGS[name]
        return f"{name.lower()}/{THINGS[name]}" if whole else THINGS[name]
    return PATTERNS.get(field.word) or PLAIN.get(field.kind, "EX-1")


def filled(name: str, text: str) -> str:
    """A YAML template with a value for each word that is required."""
    source = "cybercoop-editors" if name == "Completeness" else "gsm-launch" if FIELDS.owner(name) else SOURCE
    text = text.replace("source:\n", f"source: {source}\n").replace("{section: }", "{section: example}")
    text = text.replace("#because: {en: , fr: , ar: }", "because: {en: Why, fr: Pourquoi, ar: لماذا}")
    slug = {"Country": "AQ", "Completeness": "example--ets-185-party"}.get(name, f"example-{name.lower()}")
    text = re.sub(r"^(\s*(?:- )?id: [a-z-]+/)", rf"\g<1>{slug}", text, flags=re.MULTILINE)
    if (owner := FIELDS.owner(name)) is not None:
        known = {"Project": "cybersouth-plus", "Activity": "2024-05-21-casablanca-dark-web"}[owner[0]]
        text = text.replace(f"\nid: {owner[0].lower()}/{slug}", f"\nid: {owner[0].lower()}/{known}")
    for field in FIELDS.of(name):
        if field.asked:
            text = re.sub(rf"^(\s*){field.word}:.*$", rf"\g<1>{field.word}: {value(field)}", text, flags=re.MULTILINE)
    for each in TEXTS.values():
        text = re.sub(rf": {each}(?=[,}}])", f": {each} {name}", text)
    return text


def test_templates_filled_in_are_fine(graph: Graph, tmp_path: Path) -> None:
    """The template of every class, with what is required filled in, has no problem of its own."""
    files = []
    for number, name in enumerate(FIELDS.classes):
        text = Graph(graph.workspace, LANGUAGES[number % 3]).template(name).decode()
        path = tmp_path / f"{name}.yaml"
        assert ("source: cybercoop-editors\n\n" in text) == (name == "Source")
        path.write_text(filled(name, text), encoding="utf-8")
        files.append(path)
    own = ("described-twice", "record-replaces")  # several stand inside one project, which is there
    problems = [found for found in graph.validate(*files).problems if found.code not in own]
    assert not [(Path(found.where.file).name, found.where.line, found.code, found.value) for found in problems]


def stated(name: str, text: str) -> str:
    """A skeleton in Turtle or JSON-LD with a value for each word that is required."""
    source = "cybercoop-editors" if name == "Completeness" else "gsm-launch" if FIELDS.owner(name) else SOURCE
    owner = {"Project": "cybersouth-plus", "Activity": "2024-05-21-casablanca-dark-web"}
    whole = owner[FIELDS.owner(name)[0]] if FIELDS.owner(name) else ""  # type: ignore[index]
    slug = {"Country": "AQ", "Completeness": "example--ets-185-party"}.get(name, f"example-{name.lower()}")
    text = text.replace("SOURCE", source).replace("OWNER", whole).replace("NAME", slug)
    text = text.replace(' coop:section "" ', ' coop:section "example" ').replace(
        '"section": ""', '"section": "example"'
    )
    for lang, example in TEXTS.items():
        text = text.replace(f'""@{lang}', f'"{example}"@{lang}').replace(f'"{lang}": ""', f'"{lang}": "{example}"')
    for field in FIELDS.of(name):
        if not field.asked or field.kind == "texts":
            continue
        given = value(field)
        text = text.replace(f'"{field.word}": ""', f'"{field.word}": "{given}"')
        for base in {field.term.base, *(f"https://w3id.org/cybercoop/{kind}" for kind in KINDS.values())}:
            local = base.removeprefix("https://w3id.org/cybercoop/id/")
            last = given if field.kind == "code" else given.rpartition("/")[2]
            text = re.sub(
                rf"^(  \S*[:]\S+ )<{re.escape(local)}> ;", rf"\g<1><{local}{last}> ;", text, flags=re.MULTILINE
            )
        text = text.replace(f'"{field.word}": "2024-06"', f'"{field.word}": "2024-06-11"')
        own = '"2024-06"^^xsd:gYearMonth' if field.kind == "date" else rf'"{given}"\g<2>'
        text = re.sub(rf'^(  {names.short(field.term.iri)} )""(\S*) ;', rf"\g<1>{own} ;", text, flags=re.MULTILINE)
    return text


@pytest.mark.parametrize("form", ["turtle", "jsonld"])
def test_skeletons_of_statements_are_fine(form: str, graph: Graph, tmp_path: Path) -> None:
    """The skeleton of every class reads; those of activities, places and bodies are accepted once filled in."""
    ending = {"turtle": ".ttl", "jsonld": ".jsonld"}[form]
    for number, name in enumerate(FIELDS.classes):
        text = Graph(graph.workspace, LANGUAGES[number % 3]).template(name, form).decode()
        path = tmp_path / f"{name}{ending}"
        assert f"<{names.BASE}>" not in text
        path.write_text(stated(name, text), encoding="utf-8")
        report = graph.validate(path)
        assert report.records, name
        assert not {found.code for found in report.problems} & {"rdf-syntax", "unknown-term", "unknown-class"}, name
        if name in ("Activity", "Place", "Organisation"):
            assert not [(found.code, found.value) for found in report.problems]
            verdict = graph.accept(path, into=tmp_path / "data")
            assert not verdict.refused
            assert all(b"section: example" in text or b",example" in text for text in verdict.contents.values())


@cache
def trees() -> list[Tree]:
    """The records of the graph, and those inside others, each with its source and place."""
    found: list[Tree] = []
    for path in FIELDS.workspace.data_files():
        module = {".yaml": yaml, ".csv": table}.get(path.suffix)
        outer = module.documents(path.read_text("utf-8"), path.name)[0] if module else []
        for tree in outer:
            if isinstance(tree, Tree):
                inner = [each for _, value in tree for each in listed(value) if isinstance(each, Tree)]
                found += [tree, *(Tree((*tree.fields[:2], *each.fields), each.where) for each in inner)]
    return found


def is_a(tree: Tree, name: str) -> bool:
    """Whether a record says that its thing is of a class."""
    return name in [getattr(kind, "text", "") for kind in listed(tree.get("type") or tree)]


def fitted(tree: Tree, header: list[str]) -> Tree:
    """A record with what columns have room for: one place in the source, texts in the languages of the header."""
    kept: list[tuple[Scalar, Node]] = []
    for key, value in tree:
        if key.text == "at":
            first = listed(value)[0]
            section = first.get("section") if isinstance(first, Tree) else first
            kept += [(key, section)] if section is not None else []
        elif isinstance(value, Tree):
            texts = tuple(pair for pair in value if f"{key.text}@{pair[0].text}" in header)
            kept += [(key, Tree(texts, value.where))] if texts else []
        elif key.text in header:
            kept.append((key, value))
    return Tree(tuple(kept), tree.where)


def rows_of(name: str, header: list[str]) -> list[list[str]]:
    """Rows below a header from three real records of a class; none that names an amount, which has no column."""
    rows: list[list[str]] = []
    for tree in trees():
        amounts = any(isinstance(value, Tree) and value.get("currency") for _, value in tree)
        fit = len(rows) < 3 and is_a(tree, name) and not amounts
        text = folders.row(fitted(tree, header), header) if fit else None
        if text is not None:
            rows.append(next(csv.reader(io.StringIO(text))))
    return rows


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_filled_from_real_records_are_fine(lang: str, form: str, graph: Graph, tmp_path: Path) -> None:
    """The table of every class, filled in by machine with real records of that class, has no error.

    Each class has its turn as CSV in one language, as a workbook in another.
    """
    turn = LANGUAGES.index(lang) + (form == "csv")
    every = FIELDS.classes[turn % len(LANGUAGES) :: len(LANGUAGES)]
    for name in every:
        path = tmp_path / f"{name}.{form}"
        path.write_bytes(Graph(graph.workspace, lang).template(name, form))
        if form == "csv":
            header = next(csv.reader(io.StringIO(path.read_text("utf-8"))))
            with path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows := rows_of(name, header))
        else:
            book = openpyxl.load_workbook(path)
            sheet = book[name]
            rows = rows_of(name, [str(cell.value) for cell in sheet[1]])
            for number, row in enumerate(rows, 2):
                for column, text in enumerate(row, 1):
                    sheet.cell(number, column).value = text or None
            book.save(path)
        assert rows or name == "Contribution"  # an amount has no column
    report = graph.validate(tmp_path)
    told = [found for found in report.problems if found.severity == "error"]
    assert not [(Path(found.where.file).name, str(found.where), found.code, found.value) for found in told]
    assert report.records >= 2 * len(every)


def test_an_empty_template_is_not_fine(graph: Graph, tmp_path: Path) -> None:
    """A template that nobody filled in is refused: nothing passes by being empty."""
    path = tmp_path / "empty.yaml"
    path.write_bytes(graph.template("Activity"))
    assert not graph.validate(path).conforms


@pytest.mark.parametrize("name", FIELDS.classes)
def test_what_is_required_comes_first_and_all_is_explained(name: str, graph: Graph) -> None:
    """Required words stand open, before all others, which are commented out; each has its line of explanation."""
    for lang in LANGUAGES:
        text = Graph(graph.workspace, lang).template(name).decode()
        for field in FIELDS.of(name):
            line = rf"^ *{field.word}:" if field.asked else rf"^ *#{field.word}:"
            assert re.search(line, text, re.MULTILINE)
            assert explained(field, lang).split(". ")[0].split()[0] in text
        named = {field.word for field in FIELDS.of(name)} - {(FIELDS.owner(name) or ("", ""))[1]}
        words = [found for found in re.findall(r"^ *(#?)(\w+):", text, re.MULTILINE) if found[1] in named]
        assert [hidden for hidden, _ in words] == sorted(hidden for hidden, _ in words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Activity", ["startDate", "description"]),
        ("Contribution", ["contributed", "share"]),
        ("Participation", ["audience", "countryCount", "headcount", "office", "participant"]),
        ("Source", ["page", "identifier", "sha256"]),
        ("Treaty", ["identifier", "title"]),
    ],
)
def test_where_one_of_several_words_will_do_each_says_so(name: str, words: list[str], graph: Graph) -> None:
    """No word is said to be required where another will do: template, form and schema name them together."""
    told = {field.word: field for field in FIELDS.of(name)}
    assert [told[word].instead for word in words] == [tuple(words)] * len(words)
    assert not any(told[word].required for word in words)
    listed = {"en": ", ".join(words), "fr": ", ".join(words), "ar": "، ".join(words)}
    for lang, text in listed.items():
        yaml_text = Graph(graph.workspace, lang).template(name).decode()
        assert re.sub(r"\s+#?\s*", " ", yaml_text).count(f": {text}.") == len(words)
    schema = json.loads(json_schema.written(FIELDS))
    kinds = schema["properties"]["type"]
    assert f": {listed['en']}." in kinds["markdownEnumDescriptions"][kinds["enum"].index(name)]


def test_a_notice_is_required_of_no_country() -> None:
    """What must be given in three languages where it is given is not for that required of every country."""
    assert not next(field for field in FIELDS.of("Country") if field.word == "designationNotice").first


def test_a_table_from_a_template_is_fine(graph: Graph, tmp_path: Path) -> None:
    """The header of a CSV template, with one row below it, is a table without a problem."""
    header = next(csv.reader(io.StringIO(graph.template("TreatyAction", "csv").decode())))
    row = dict.fromkeys(header, "")
    row |= {
        "source": SOURCE,
        "id": "treaty-action/ets-185-ly-acceptance",
        "type": "TreatyAction",
        "section": "example",
    }
    row |= {field.word: value(field) for field in FIELDS.of("TreatyAction") if field.asked}
    path = tmp_path / "acts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, header).writerows([dict(zip(header, header, strict=True)), row])
    assert not graph.validate(path).problems


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_workbook_offers_the_codes(lang: str, graph: Graph) -> None:
    """The first sheet has the words with comments, its codes are chosen from lists, and Arabic runs right to left."""
    book = openpyxl.load_workbook(io.BytesIO(Graph(graph.workspace, lang).template("activity", "xlsx")))
    sheet = book["Activity"]
    assert [cell.value for cell in sheet[1]] == [word for word, _ in columns("Activity", FIELDS, lang)]
    assert sheet.sheet_view.rightToLeft == (lang == "ar")
    column = next(cell for cell in sheet[1] if cell.value == "activityKind")
    assert column.comment is not None
    choice = next(each for each in sheet.data_validations.dataValidation if f"{column.column_letter}2" in each.sqref)
    codes = [cell.value for cell in book["codes"][column.column_letter][1:] if cell.value]
    assert codes == list(next(field for field in FIELDS.of("Activity") if field.word == "activityKind").codes)
    assert choice.formula1 == f"codes!${column.column_letter}$2:${column.column_letter}${len(codes) + 1}"


@pytest.mark.parametrize(("name", "meant"), [("activité", "Activity"), ("Activity", "Activity"), ("تعهد", None)])
def test_a_class_is_found_by_its_name(name: str, meant: str | None, graph: Graph) -> None:
    """A class is asked for by its word or its name in any language; another gets the nearest, not a traceback."""
    if meant is None:
        with pytest.raises(Refusal):
            graph.template(name)
    else:
        assert f"type: {meant}\n" in graph.template(name).decode()


def test_the_command_line_writes_templates(
    root: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a class all are listed; `--out` writes a file; an unknown format is refused."""
    monkeypatch.setenv("CYBERCOOP_HOME", str(root))
    assert "Activity" in command("template", "--lang", "fr").text
    out = tmp_path / "atelier.yaml"
    assert command("template", "activity", "--lang", "fr", "--out", str(out)).code == 0
    assert "Obligatoire" in out.read_text("utf-8")
    with pytest.raises(Refusal):
        command("template", "activity", "--format", "odt")
    assert json.loads(command("template", "--json-schema").text)["title"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("NOT EXISTS { ?owner", "NOT  EXISTS {  ?owner"),
        ("NOT EXISTS { ?owner", "NOT EXISTS{\n?held"),
        ("-belongs-to-", "-stands-in-"),
        ("#output-belongs-to-a-project", "#output-has-its-project"),
    ],
)
def test_the_wording_of_a_rule_changes_no_template(old: str, new: str, root: Path) -> None:
    """What a thing stands inside is an annotation: other blanks in a rule, or another name of it, change nothing."""
    workspace = Workspace(root)
    before = workspace.shapes
    quads = ox.parse(before.whole.replace(old, new.replace("\n", "\\n")), format=ox.RdfFormat.N_TRIPLES)
    after = Shapes(quad.triple for quad in quads)
    assert after.whole != before.whole
    kept = Fields(Workspace(root))
    vars(workspace)["shapes"] = after
    fields = Fields(workspace)
    assert [fields.owner(name) for name in fields.classes] == [kept.owner(name) for name in kept.classes]
    assert Graph(workspace).template("Output") == Graph(Workspace(root)).template("Output")
    led_to = [sorted(rule.led_to_by) for shapes in (before, after) for rule in shapes.constraints.values()]
    assert sorted(led_to[: len(led_to) // 2]) == sorted(led_to[len(led_to) // 2 :])
    assert any(led_to)


def test_every_kind_of_record_has_a_template() -> None:
    """Each class whose things have records of their own can be asked for; the others are parts or only group."""
    without = {name for name, path in KINDS.items() if path.startswith("id/")} - set(FIELDS.classes)
    assert without == {"Instrument", "MonetaryAmount", "Citation", "Passage", "Record"}

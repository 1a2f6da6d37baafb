"""The same fault in every way of writing: the report and the change agree on whether a mend is certain."""

from __future__ import annotations

import gzip
import html
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from cybercoop.documents import csv
from cybercoop.graph import Graph
from cybercoop.judge.reports import FORMATS, written
from cybercoop.records import SUFFIXES
from cybercoop.terms import names

THING = "activity/2024-06-13-example-workshop"
RECORD = {
    "source": "coe-cybersouth-plus-page",
    "id": THING,
    "type": "Activity",
    "section": "activities",
    "prefLabel@en": "An example",
    "prefLabel@fr": "Un exemple",
    "prefLabel@ar": "مثال",
    "activityKind": "workshop",
    "startDate": "2024-06-13",
    "heldIn": "rabat",
    "benefits": "MA",
}
FAULTS = {
    "a date in words": ("startDate", "13 juin 2024"),
    "an ambiguous date": ("startDate", "04/06/2024"),
    "Arabic digits": ("startDate", "٢٠٢٤-٠٦-١٣"),
    "a day as it is counted": ("startDate", "45456"),
    "a time of day": ("startDate", "2024-06-13T09:30:00"),
    "a span": ("startDate", "13-15 June 2024"),
    "no day at all": ("startDate", "soon"),
    "a name for a country": ("benefits", "Maroc"),
    "a code of three letters": ("benefits", "MAR"),
    "two countries": ("benefits", "MA, TN"),
    "a letter that looks like another": ("benefits", "M\u0410"),
    "a name of two countries": ("benefits", "Congo"),
    "a misspelt place": ("heldIn", "rabatt"),
    "a misspelt code": ("activityKind", "worksop"),
    "a name for a code": ("activityKind", "atelier"),
    "capitals in an id": ("id", "activity/2024-06-13-Example-workshop"),
    "an id of another kind": ("id", "project/2024-06-13-example-workshop"),
    "a misspelt class": ("type", "Activty"),
    "a text that says nothing": ("prefLabel@fr", "TODO"),
    "an unknown body": ("organiser", "Ministry of Justice"),
}
_ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
 <table:table table:name="x">{}</table:table></office:spreadsheet></office:body></office:document-content>"""
_WORDS = {"coop": names.NS, "schema": names.PREFIXES["schema"], "skos": names.SKOS}
_LINKS = {"heldIn": "place/", "benefits": "country/", "organiser": "organisation/"}


def _rows(record: dict[str, str]) -> list[list[str]]:
    return [[*record], [*record.values()]]


def _yaml(record: dict[str, str]) -> str:
    names_ = ", ".join(f"{word[-2:]}: {text}" for word, text in record.items() if "@" in word)
    own = (f"{word}: {text}\n" for word, text in record.items() if "@" not in word and word != "section")
    return "".join(own) + f"at: {{section: {record['section']}}}\nprefLabel: {{{names_}}}\n"


def _triples(record: dict[str, str]) -> list[tuple[str, str, str]]:
    """What the record says, in the words of Turtle; a reference with a space in it as it would be written there."""
    thing, source = f"id/{record['id']}", f"id/source/{record['source']}"
    entry, passage = f"id/record/{record['source']}--{THING.replace('/', '-')}", f"id/passage/{record['source']}--x"
    found = [
        (entry, "a", f"<{names.NS}Record>"),
        (entry, "coop:source", f"<{names.BASE}{source}>"),
        (entry, "coop:about", f"<{names.BASE}{thing}>"),
        (entry, "coop:passage", f"<{names.BASE}{passage}>"),
        (passage, "a", f"<{names.NS}Passage>"),
        (passage, "coop:section", f'"{record["section"]}"'),
        (thing, "a", f"<{names.NS}{record['type']}>"),
    ]
    for word, text in record.items():
        bare, _, tag = word.partition("@")
        if tag:
            found.append((thing, f"skos:{bare}", f'"{text}"@{tag}'))
        elif bare == "startDate":
            found.append((thing, f"schema:{bare}", f'"{text}"^^<{names.XSD}date>'))
        elif bare in _LINKS:
            path = text.replace(" ", "%20")
            found.append((thing, f"coop:{bare}", f"<{names.ID}{_LINKS[bare]}{path}>"))
        elif bare == "activityKind":
            found.append((thing, f"coop:{bare}", f"<{names.SCHEME}activity-kind/{text}>"))
    return found


def _turtle(record: dict[str, str]) -> str:
    heads = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in _WORDS.items())
    return heads + "".join(f"<{names.BASE}{one}> {word} {value} .\n" for one, word, value in _triples(record))


def _whole(word: str) -> str:
    prefix, _, local = word.partition(":")
    return f"<{names.RDF_TYPE}>" if word == "a" else f"<{_WORDS[prefix]}{local}>"


def _lines(record: dict[str, str], graph: str = "") -> str:
    return "".join(f"<{names.BASE}{one}> {_whole(word)} {value}{graph} .\n" for one, word, value in _triples(record))


def _json(record: dict[str, str]) -> str:
    texts = {word[-2:]: text for word, text in record.items() if "@" in word}
    thing = {"id": record["id"], "type": record["type"], "prefLabel": texts}
    thing |= {word: text for word, text in record.items() if word in (*_LINKS, "activityKind", "startDate")}
    entry = f"record/{record['source']}--{THING.replace('/', '-')}"
    passage = {"id": f"passage/{record['source']}--x", "type": "Passage", "section": record["section"]}
    own = {"id": entry, "type": "Record", "about": record["id"], "source": record["source"], "passage": passage["id"]}
    document = {"@context": names.CONTEXT, "@graph": [thing, own, passage]}
    return json.dumps(document, ensure_ascii=False, indent=1)


def _xml(record: dict[str, str]) -> str:
    lines = []
    for one, word, value in _triples(record):
        local = "rdf:type" if word == "a" else word
        if value.startswith("<"):
            said = f'<{local} rdf:resource="{value[1:-1]}"/>'
        else:
            text, _, kind = value[1:].rpartition('"')
            more = f' xml:lang="{kind[1:]}"' if kind[:1] == "@" else f' rdf:datatype="{kind[3:-1]}"' if kind else ""
            said = f"<{local}{more}>{text}</{local}>"
        lines.append(f'<rdf:Description rdf:about="{names.BASE}{one}">\n{said}\n</rdf:Description>\n')
    spaces = "".join(f' xmlns:{name}="{iri}"' for name, iri in (*_WORDS.items(), ("rdf", names.RDF)))
    return f"<rdf:RDF{spaces}>\n{''.join(lines)}</rdf:RDF>\n"


def saved(record: dict[str, str], suffix: str, folder: Path) -> Path:
    """A record in one of the ways of writing."""
    path, source = folder / f"a{suffix}", f" <{names.ID}source/{record['source']}>"
    table = csv.lines(_rows(record))
    texts = {
        ".csv": table,
        ".tsv": "\n".join("\t".join(row) for row in _rows(record)),
        ".ttl": _turtle(record),
        ".nt": _lines(record),
        ".nq": _lines(record, source),
        ".jsonld": _json(record),
        ".rdf": _xml(record),
        ".yaml": _yaml(record),
    }
    texts |= {".yml": texts[".yaml"], ".json": texts[".jsonld"], ".tab": texts[".tsv"]}
    heads, between, body = texts[".ttl"].partition(f"<{names.BASE}id/record")
    texts[".trig"] = f"{heads}{source} {{\n{between}{body}}}\n"
    if suffix == ".gz":
        path = folder / "a.csv.gz"
        path.write_bytes(gzip.compress(table.encode()))
    elif suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in _rows(record):
            book.worksheets[0].append(row)
        book.save(path)
    elif suffix == ".ods":
        cells = (
            "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in row)
            for row in _rows(record)
        )
        rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("content.xml", _ODS.format(rows))
    else:
        path.write_text(texts[suffix], encoding="utf-8")
    return path


SAME = {".json", ".tab", ".yamlld", ".yml"}
"""Other endings of the same ways."""
WAYS = sorted(set(SUFFIXES) - SAME)


@pytest.mark.parametrize("suffix", WAYS)
def test_a_sound_record_is_sound_in_each_way_of_writing(suffix: str, graph: Graph, tmp_path: Path) -> None:
    """What is broken below has nothing wrong with it before."""
    assert not graph.validate(saved(RECORD, suffix, tmp_path)).problems


@pytest.mark.parametrize("suffix", WAYS)
def test_report_and_change_agree(suffix: str, graph: Graph, tmp_path: Path) -> None:
    """Whatever is wrong: a report shows a mend exactly where `--diff` makes one, in every form that shows mends."""
    mended = set()
    for fault, (word, bad) in FAULTS.items():
        folder = tmp_path / fault.replace(" ", "-")
        folder.mkdir()
        path = saved(RECORD | {word: bad}, suffix, folder)
        report = graph.validate(path, mends=True)
        assert report.problems, fault
        titles = [found.mend.title["en"] for found in report.problems if found.mend]
        assert bool(titles) == bool(graph.mend(path).diff()), fault
        mended |= {fault} if titles else set()
        for form in (name for name, each in FORMATS.items() if each.mends):
            text = html.unescape(written(report, form)).replace("\\", "").replace('"', "")
            assert all(title.replace('"', "")[:30] in text for title in titles), (fault, form)
            promised = "--fix" in text
            assert promised == (form == "text" and bool(titles) and suffix not in (".xlsx", ".ods")), (fault, form)
    assert (len(mended) >= 8) == (suffix not in (".gz", ".rdf", ".tab", ".tsv"))


def test_all_ways_of_writing_are_tried() -> None:
    """A new format is held to this, too."""
    assert {SUFFIXES[each].module for each in WAYS} == {form.module for form in SUFFIXES.values()}

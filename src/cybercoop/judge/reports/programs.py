"""The verdict for programs: JSON, SARIF, annotations of a change, JUnit XML, and a SHACL validation report."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from cybercoop.judge.reports import with_followers
from cybercoop.judge.reports.people import by_record, said, summary
from cybercoop.problems.problem import (
    ERROR,
    INFO,
    LANGUAGES,
    WARNING,
    Mend,
    Problem,
    Where,
    entry,
    help_link,
    in_language,
    seen,
    sentence,
)
from cybercoop.terms.names import BASE, NS, PREFIXES, RDF_TYPE, RDFS, SH, SHAPES, XSD, expand

if TYPE_CHECKING:
    from cybercoop.judge.verdict import Report

SCHEMA = BASE + "schemas/report-1.json"
"""The name of the schema; a change that breaks programs gets a new number."""


def write_json(report: Report, lang: str, hidden: Sequence[Problem]) -> str:
    """Return the report as JSON."""
    plain = report.to_dict(lang)
    problems = plain.pop("problems")
    document = {"$schema": SCHEMA, "language": lang, "summary": summary(report, lang, hidden), "hidden": len(hidden)}
    return json.dumps({**document, **plain, "problems": problems}, ensure_ascii=False, indent=2)


_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {ERROR: "error", WARNING: "warning", INFO: "note"}


def write_sarif(report: Report, lang: str, hidden: Sequence[Problem]) -> str:
    """Return the report as SARIF."""
    from importlib.metadata import version

    shown = report.problems[:_MOST_RESULTS]
    left = len(report.problems) - len(shown) + len(hidden)
    rules = {found.code: found for found in shown}
    numbers = {code: number for number, code in enumerate(rules)}
    driver = {
        "name": "cybercoop",
        "version": version("cybercoop"),
        "semanticVersion": version("cybercoop"),
        "informationUri": BASE,
        "rules": [_rule(found, lang) for found in rules.values()],
    }
    notice = {"level": "warning", "message": {"text": sentence("found-more", lang, count=left, shown=len(shown))}}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [notice] if left else []}],
        "language": lang,
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder that cybercoop was run for."}}},
        "properties": {"engine": report.engine, "records": report.records, "fine": report.fine, "hidden": len(hidden)},
        "results": [_result(found, numbers[found.code], lang) for found in shown],
    }
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


_MOST_RESULTS = 25_000
"""Results in a run that code hosts take; a notification says how many are left out (SARIF 2.1.0, 3.20.21)."""


def general(found: Problem, part: str, lang: str) -> str:
    """Return the message or the cure of a code for all problems of it: without the values of this one."""
    try:
        texts = entry("problems", found.code)[part]
    except KeyError:  # of a shape, whose texts are the same for all
        texts = found.message if part == "message" else found.cure
    return re.sub(r"\{\{|\}\}", "", re.sub(r"(?<!\{)\{[^{}]*\}(?!\})", "…", in_language(texts, lang)))


def _rule(found: Problem, lang: str) -> dict[str, Any]:
    return {
        "id": found.code,
        "shortDescription": {"text": general(found, "message", lang)},
        "help": {"text": f"{general(found, 'cure', lang)} {help_link(found.code)}"},
        "defaultConfiguration": {"level": _LEVELS[found.severity]},
    }


def _result(found: Problem, number: int, lang: str) -> dict[str, Any]:
    said = (in_language(found.message, lang), found.remedy(lang))
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": number,
        "level": _LEVELS[found.severity],
        "message": {"text": " ".join(filter(None, said))},
        "locations": [_location(found)],
        "partialFingerprints": {"problem/v1": "|".join((found.code, found.thing or "", found.value or ""))},
        "properties": {
            "messages": {said: found.message[said] for said in LANGUAGES if said in found.message},
            "value": found.value,
            "nearest": found.nearest,
            "choices": list(found.choices),
        },
    }
    if found.follows:
        result["relatedLocations"] = [
            {**_location(after), "message": {"text": in_language(after.message, lang)}} for after in found.follows
        ]
    if found.mend is not None and not found.where.cell:
        result["fixes"] = [_fix(found.mend, lang)]
    return result


def _location(found: Problem) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(found.where)}
    if found.where.line:
        physical["region"] = {"startLine": found.where.line, "startColumn": max(found.where.column, 1)}
        if found.excerpt is not None and not found.where.cell:
            physical["region"]["snippet"] = {"text": found.excerpt.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    names = [name for name in (found.thing, found.where.cell) if name]
    if names:
        location["logicalLocations"] = [{"fullyQualifiedName": name} for name in names]
    return location


def _artifact(where: Where) -> dict[str, str]:
    path = PurePath(where.file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}


def _fix(mend: Mend, lang: str) -> dict[str, Any]:
    replacements = [{"deletedRegion": edit.region(), "insertedContent": {"text": edit.text}} for edit in mend.edits]
    change = {"artifactLocation": _artifact(mend.edits[0].where), "replacements": replacements}
    return {"description": {"text": in_language(mend.title, lang)}, "artifactChanges": [change]}


_COMMANDS = {ERROR: "error", WARNING: "warning", INFO: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write_github(report: Report, lang: str, hidden: Sequence[Problem]) -> str:
    """Return one command per first cause, which counts what follows from it, and the summary."""
    lines = []
    for found in report.problems:
        properties = {"file": found.where.file, "title": found.code}
        if found.where.line:
            properties |= {"line": str(found.where.line), "col": str(found.where.column)}
        said = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items())
        cell = f"{found.where.cell}: " if found.where.cell else ""
        said_of_it = [cell + in_language(found.message, lang), found.remedy(lang)]
        if found.follows:
            said_of_it.append(sentence("followers", lang, count=len(with_followers(found.follows))))
        message = "\n".join(said_of_it)
        lines.append(f"::{_COMMANDS[found.severity]} {said}::{message.translate(_DATA)}")
    return "\n".join([*lines, summary(report, lang, hidden)])


_Case = tuple[str, list[Problem]]


def write_junit(report: Report, lang: str, hidden: Sequence[Problem]) -> str:
    """Return the report as XML, a suite for each file; what is fine is one test that passes.

    It keeps to what the schemas of Ant and of Jenkins both take: a test that fails has one failure, with the places in
    its text; warnings stand at the end of a suite. No time is measured. https://github.com/windyroad/JUnit-Schema
    """
    began = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    cases = [(where.file, (name, problems)) for name, where, problems in by_record(report)]
    suites = [(file, [case for _, case in group]) for file, group in groupby(cases, key=lambda case: case[0])]
    suites.append(("cybercoop", [(summary(report, lang, hidden), [])]))
    lines = [_suite(number, file, some, began, lang) for number, (file, some) in enumerate(suites)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *lines, "</testsuites>"])


def _suite(number: int, file: str, cases: list[_Case], began: str, lang: str) -> str:
    failures = sum(any(found.severity == ERROR for found in problems) for _, problems in cases)
    head = f'package="cybercoop" id="{number}" name={_quoted(file)} timestamp="{began}" hostname="localhost"'
    lines = [
        f'  <testsuite {head} tests="{len(cases)}" failures="{failures}" errors="0" time="0">',
        f'    <properties><property name="language" value="{lang}"/></properties>',
    ]
    for name, problems in cases:
        lines.append(f'    <testcase classname={_quoted(file)} name={_quoted(name)} time="0">')
        if grave := [found for found in problems if found.severity == ERROR]:
            title = in_language(grave[0].message, lang)
            text = _text("\n\n".join(said(found, lang) for found in grave))
            lines.append(f"      <failure type={_quoted(grave[0].code)} message={_quoted(title)}>{text}</failure>")
        lines.append("    </testcase>")
    light = (said(found, lang) for _, problems in cases for found in problems if found.severity != ERROR)
    lines += ["    <system-out>" + _text("\n\n".join(light)) + "</system-out>", "    <system-err/>"]
    return "\n".join([*lines, "  </testsuite>"])


def _text(text: str) -> str:
    return escape(seen(text))


def _quoted(text: str) -> str:
    return quoteattr(seen(text))


_SEVERITIES = {ERROR: "Violation", WARNING: "Warning", INFO: "Info"}
_SPARQL = SH + "SPARQLConstraintComponent"


def write_turtle(report: Report, lang: str, hidden: Sequence[Problem]) -> str:
    """Return the report as Turtle, in all three languages.

    What no shape finds (a misspelt word, a file that cannot be read) names the problem as its constraint component.
    """
    top = ox.BlankNode("report")
    truth = ox.Literal("false" if report.problems else "true", datatype=ox.NamedNode(XSD + "boolean"))
    triples = [
        ox.Triple(top, ox.NamedNode(RDF_TYPE), ox.NamedNode(SH + "ValidationReport")),
        ox.Triple(top, ox.NamedNode(SH + "conforms"), truth),
    ]
    for number, found in enumerate(with_followers(report.problems), 1):
        node = ox.BlankNode(f"result{number}")
        triples.append(ox.Triple(top, ox.NamedNode(SH + "result"), node))
        triples += [ox.Triple(node, ox.NamedNode(predicate), value) for predicate, value in _facts(found)]
    used = {name: PREFIXES[name] for name in ("coop", "coopsh", "rdfs", "sh", "xsd")}
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used) or b"").decode()


def _facts(found: Problem) -> list[tuple[str, ox.NamedNode | ox.Literal]]:
    shape = ox.NamedNode(SHAPES + found.code)
    facts: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (RDF_TYPE, ox.NamedNode(SH + "ValidationResult")),
        (RDFS + "label", ox.Literal(seen(str(found.where)))),
        (SH + "resultSeverity", ox.NamedNode(SH + _SEVERITIES[found.severity])),
        (SH + "focusNode", _focus(found)),
        (SH + "sourceConstraintComponent", ox.NamedNode(found.component) if found.component else shape),
    ]
    if found.component is not None:
        facts.append((SH + ("sourceConstraint" if found.component == _SPARQL else "sourceShape"), shape))
    if found.property is not None:
        facts.append((SH + "resultPath", ox.NamedNode(found.property)))
    if (value := _value(found)) is not None:
        facts.append((SH + "value", value))
    facts += [(SH + "resultMessage", ox.Literal(text, language=said)) for said, text in found.message.items()]
    facts += [(NS + "cure", ox.Literal(text, language=said)) for said, text in found.cure.items()]
    return facts


def _focus(found: Problem) -> ox.NamedNode | ox.Literal:
    try:
        return ox.NamedNode(expand(found.thing)) if found.thing else ox.Literal(found.where.file)
    except ValueError:
        return ox.Literal(found.thing or found.where.file)


def _value(found: Problem) -> ox.NamedNode | ox.Literal | None:
    if found.term is None:
        return None if found.value is None else ox.Literal(found.value)
    line = f"<x:> <x:> {found.term} ."
    value = next(iter(ox.parse(line.encode(), format=ox.RdfFormat.N_TRIPLES))).object
    return value if isinstance(value, (ox.NamedNode, ox.Literal)) else None

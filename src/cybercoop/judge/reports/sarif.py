"""The verdict as SARIF 2.1.0, the exchange format of tools that check text."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cybercoop.problems.problem import ERROR, INFO, LANGUAGES, WARNING, Mend, Problem, Where, help_link, in_language

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {ERROR: "error", WARNING: "warning", INFO: "note"}


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as SARIF."""
    rules = {found.code: found for found in report.problems}
    numbers = {code: number for number, code in enumerate(rules)}
    driver = {"name": "cybercoop", "rules": [_rule(found, lang) for found in rules.values()]}
    run = {
        "tool": {"driver": driver},
        "language": lang,
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder that cybercoop was run for."}}},
        "properties": {"engine": report.engine, "records": report.records, "fine": report.fine, "hidden": hidden},
        "results": [_result(found, numbers[found.code], lang) for found in report.problems],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(found: Problem, lang: str) -> dict[str, Any]:
    return {
        "id": found.code,
        "shortDescription": {"text": in_language(found.message, lang)},
        "help": {"text": f"{in_language(found.cure, lang)} {help_link(found.code)}"},
        "defaultConfiguration": {"level": _LEVELS[found.severity]},
    }


def _result(found: Problem, number: int, lang: str) -> dict[str, Any]:
    said = (in_language(found.message, lang), found.certain(lang), in_language(found.cure, lang))
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
    if found.mend is not None:
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

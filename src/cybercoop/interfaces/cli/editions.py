"""Commands for a graph over time: what changed from one to another, and an edition that others can cite."""

from __future__ import annotations

import sys

from cybercoop.interfaces.cli import put
from cybercoop.interfaces.cli.commands import LANG, NEEDED, OUT, Given, Option, a_folder, command
from cybercoop.judge.reports.changes import FORMATS, written
from cybercoop.problems.problem import one_of, refuse

_SIDES = "now, the folder of a graph, a release or records, an RDF file, an edition or a revision of git."


@command(
    Option("BEFORE", _SIDES, NEEDED),
    Option("[AFTER]", "The same.", "now"),
    Option("--format TEXT", ", ".join(FORMATS) + ".", "text", choices=FORMATS),
    Option("--max NUMBER", "Tell of no more things than this for each kind of change.", take=int, least=1),
    OUT,
    LANG,
)
def compare(given: Given) -> None:
    """Say in words what was added, withdrawn and changed from one graph to another, by thing and source.

    Exit code, as of diff: 0: both say the same; 1: they differ; 2: wrong use.

    Examples:
      cybercoop compare HEAD~1
      cybercoop compare cybercoop-before.nq cybercoop.nq --format patch

    """
    from cybercoop.workspace.files import apart

    one_of(given.format, FORMATS)
    if given.out is not None:
        apart([given.out], given.graph.workspace.inputs())
    found = given.graph.compare(given.before, given.after)
    put(written(found, given.format, given.max), given.out)
    sys.exit(0 if found.same else 1)


@command(
    Option("VERSION", "Three numbers: 0.2.0.", NEEDED),
    Option("-o, --output PATH", "The folder to make.", NEEDED, a_folder),
    Option("--date TEXT", "The day of the edition; without it, that of the commit.", take=str),
    Option("--before TEXT", "The edition to compare with, or the folder of its release; without it, the latest."),
    Option("--record", "Keep note of the edition in docs/editions/, so that it can be asked and made again."),
    LANG,
)
def release(given: Given) -> None:
    """Make an edition that others can cite: all formats, vocabulary, shapes, questions, changes, checksums.

    An edition that is kept note of is made again from its commit. The bytes are the same on every machine.

    Example: cybercoop release 0.2.0 -o build/release
    """
    import json

    from cybercoop.terms.literals import date_type
    from cybercoop.terms.names import XSD
    from cybercoop.workspace.files import write_files

    graph, out = given.graph, given.output
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise refuse("folder-not-empty", value=str(out))
    if given.date is not None and date_type(given.date) != XSD + "date":
        raise refuse("release-undated", value=given.date)
    files = graph.release(given.version, date=given.date, before=given.before)
    write_files({out / name: content for name, content in files.items()})
    note = json.loads(files["edition.json"])
    whole = note["whole"]
    told = {"file": out, "files": len(files), "count": whole["statements"], "sha256": whole["sha256"]}
    given.say("released", version=note["version"], **told)
    if given.record:
        kept = graph.workspace.root / "docs" / "editions" / f"{note['version']}.json"
        write_files({kept: files["edition.json"]})
        given.say("edition-kept", file=graph.workspace.relative(kept))

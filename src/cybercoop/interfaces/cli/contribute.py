"""Commands for who writes records: the verdict, with mends and acceptance; the one way to write them; skeletons."""

from __future__ import annotations

import sys
from pathlib import Path

from cybercoop.interfaces.cli import put
from cybercoop.interfaces.cli.commands import LANG, OUT, Given, Option, a_folder, a_path, command, texts
from cybercoop.judge.reports import FORMATS, SEVERITIES
from cybercoop.judge.reports.people import said
from cybercoop.problems.problem import Where, refuse, sentence
from cybercoop.records import NAMES

_PATHS = "Files, folders or patterns (records/*.yaml); - for standard input; without any, the whole graph."
_SEVERITY = "Show problems of this severity and graver: " + ", ".join(SEVERITIES) + "."


@command(
    Option("[PATH]...", _PATHS, [], texts),
    Option("--format TEXT", ", ".join(FORMATS) + ".", "text", choices=FORMATS),
    OUT,
    Option("-q, --quiet", "Print nothing when there is no problem."),
    Option("--severity TEXT", _SEVERITY, SEVERITIES[-1], choices=SEVERITIES),
    Option("--max NUMBER", "Show no more problems than this.", take=int, least=1),
    Option("--baseline PATH", "Leave out the problems of an earlier report (--format json).", take=Path),
    Option("--since REVISION", "Leave out the problems that there were at this revision of git."),
    Option("--input-format TEXT", "Format of standard input: " + ", ".join(NAMES) + ".", choices=NAMES),
    Option("--engine TEXT", "fast (default) or pyshacl; for the whole graph also columns."),
    Option("--endpoint URL", "Judge what the lake of a cluster holds: sc://host:15002."),
    Option("--cache, --no-cache", "Keep the verdict, and take it where nothing has changed, as usual; or judge.", True),
    Option("--fix", "Mend in the files what can be mended with certainty."),
    Option("--diff", "Show what --fix would change; write nothing."),
    Option("--accept-into PATH", "Write the records without a problem below this folder.", take=a_folder),
    Option("--replace", "With --accept-into: let a record take the place of what its source says of the thing."),
    Option("--add", "With --accept-into: add a record to what its source says of the thing."),
    LANG,
)
def validate(given: Given) -> None:
    """Say what is wrong, on which line, and how to mend it.

    Exit code 0: fine; 1: problems found; 2: wrong use.

    Example: cybercoop validate my-workshop.yaml --lang fr
    """
    from cybercoop.judge.reports import baseline, check, earlier, key, worse, written
    from cybercoop.workspace.files import apart, contributions, on_disk

    check(given.format, given.severity)
    if (given.replace or given.add) and (given.accept_into is None or (given.replace and given.add)):
        raise refuse("accept-how")
    graph, paths, out = given.graph, given.path, given.out
    if out is not None:
        apart([out], [*graph.workspace.inputs(), *on_disk(path for path in paths if path != "-")])
    if out is not None and out.suffix.lower() == ".xlsx":
        _mark(given)
    if given.fix or given.diff:
        _mend(given)
    if given.accept_into is not None:
        _accept(given)
    mends = FORMATS[given.format].mends
    if given.endpoint and (paths or given.engine):
        raise refuse("endpoint-whole", value=str(paths[0]) if paths else f"--engine {given.engine}")
    if given.endpoint:
        from cybercoop.interfaces.cli.ask import say_of_edition

        say_of_edition(graph, given)
    how = {"engine": given.endpoint or given.engine, "input_format": given.input_format}
    report = graph.validate(*paths, **how, mends=mends, cache=given.cache)
    if given.baseline is not None:
        report, count = worse(report, baseline(given.baseline))
        given.say("baseline-known", count=count, file=given.baseline)
    if given.since is not None:
        files = contributions(path for path in paths if path != "-") if paths else None
        before = earlier(graph.workspace, files, given.since, given.engine)
        report, count = worse(report, map(key, before.problems))
        given.say("baseline-known", count=count, file=given.since)
    if not (given.quiet and not report.problems and given.format == "text"):
        put(written(report, given.format, given.lang, severity=given.severity, most=given.max), out)
        if out is not None:
            given.say("wrote-report", file=out)
    cells = (found for found in report.problems if found.where.cell and found.where.file.lower().endswith(".xlsx"))
    if given.format == "text" and any(cells):
        given.say("try-marked")
    sys.exit(0 if report.conforms else 1)


def _mark(given: Given) -> None:
    """Write the sender's own workbook with marks and mends, show the verdict on it as it was, and leave."""
    from cybercoop.judge.reports import written

    if [path.lower().endswith(".xlsx") for path in given.path] != [True]:
        raise refuse("marked-of-a-workbook", value=str(given.out))
    marked = given.graph.mark(given.path[0], given.engine)
    put(written(marked.report, given.format, given.lang, severity=given.severity, most=given.max))
    put(marked.content, given.out)
    counts = {"marked": marked.marked, "mended": marked.mended}
    given.say("wrote-marked", file=given.out, **counts)
    sys.exit(0 if marked.report.conforms else 1)


def _mend(given: Given) -> None:
    """Write the mends into the files and go on; or show them as a diff and leave."""
    from cybercoop.workspace.files import write_files

    mended = given.graph.mend(*(given.path or [str(given.graph.workspace.root / "data")]), engine=given.engine)
    counts = {"count": mended.count, "files": len(mended.changed)}
    if given.diff:
        put(mended.diff())
        if mended.count or not mended.sheets:
            given.say("could-mend" if mended.count else "could-mend-nothing", **counts)
        if mended.sheets:
            given.say("could-mend-cells", count=len(mended.sheets))
        sys.exit(0 if mended.report.conforms else 1)
    write_files(mended.contents())
    given.say("mended", **counts)


def _accept(given: Given) -> None:
    """Write the good records below a folder, say why the others are not among them, and leave."""
    graph, into, lang = given.graph, given.accept_into, given.lang
    if not given.path:
        raise refuse("accept-nothing", value=str(into))
    verdict = graph.accept(*given.path, into=into, engine=given.engine, replaces=given.replace, adds=given.add)
    told = [*verdict.report.problems, *(found for entry in verdict.refused for found in entry.problems)]
    texts = dict.fromkeys(said(found, lang, graph.workspace.line(found.where)) for found in told)
    put("".join(f"{text}\n\n" for text in texts))
    verdict.write()
    counts = {"accepted": len(verdict.accepted), "refused": len(verdict.refused), "files": len(verdict.contents)}
    put(
        "\n".join([sentence("accepted", lang, folder=into, **counts), *map(graph.workspace.relative, verdict.contents)])
        + "\n"
    )
    if verdict.refused and not given.fix and graph.mend(*given.path, engine=given.engine).count:
        put(sentence("try-mends", lang) + "\n")
    sys.exit(1 if verdict.refused or not verdict.report.conforms else 0)


@command(
    Option("[PATH]...", "Files or folders; without any, data/.", [], texts),
    Option("--check", "Write nothing; exit code 1 if a file would change."),
    Option("--diff", "Write nothing; show what would change."),
    LANG,
)
def tidy(given: Given) -> None:
    """Write records the one way: order of words, quotation marks, spaces and dates; comments are kept.

    YAML and CSV are formatted, other files are left as they are. Exit code 1: a file cannot be read.

    Example: cybercoop format data/ --check
    """
    from cybercoop.workspace.files import write_files

    graph, lang, dry = given.graph, given.lang, given.check or given.diff
    tidied = graph.format(*given.path)
    for found in tidied.problems:
        print(said(found, lang, graph.workspace.line(found.where)) + "\n", file=sys.stderr)
    if given.diff:
        put(tidied.diff())
    if not dry:
        write_files({path: tidied.after[path] for path in tidied.changed})
    for path in tidied.changed:
        given.say("would-format" if dry else "formatted", file=graph.workspace.relative(path))
    sys.exit(1 if tidied.problems or (tidied.changed and dry) else 0)


@command(
    Option("[NAME]", "A class, such as activity; without it, all are listed.", ""),
    Option("--format TEXT", "yaml, csv, xlsx, turtle or jsonld.", "yaml"),
    OUT,
    Option("--json-schema", "Print the JSON Schema of records, for editors."),
    Option("--from-iati PATH", "Propose records from a file of IATI activities.", take=a_path),
    Option("--id TEXT", "With --from-iati: only these iati-identifiers, by commas.", ""),
    LANG,
)
def template(given: Given) -> None:
    """Write a commented skeleton of a record: what is required first, then all else that it may say.

    In a workbook, codes are chosen from lists. From a file of IATI, projects of the field are proposed as records, and
    what is left out is told on standard error.

    Example: cybercoop template activity --format yaml --lang fr -o atelier.yaml
    """
    from cybercoop.workspace.files import apart

    graph = given.graph
    if given.from_iati is not None:
        _propose(given)
        return
    if given.id:
        known = "--format --json-schema --out --lang"
        raise refuse("unknown-option", value="--id", nearest="", command="cybercoop template NAME", known=known)
    if not given.name and not given.json_schema:
        for each, label in graph.record_classes().items():
            print(f"{each:<16}{label}")
        return
    apart([given.out] if given.out else [], graph.workspace.inputs())
    if given.json_schema:
        put(graph.editor_schema(), given.out)
    else:
        _begin(graph.template(given.name, given.format), given.out)


def _begin(made: str | bytes, out: Path | None) -> None:
    """Write what a record begins with; raises `Refusal` where something else stands in its file already."""
    data = made.encode() if isinstance(made, str) else made
    if out is not None and out.is_file() and out.read_bytes() not in (b"", data):
        raise refuse("output-there", Where(str(out)), value=str(out))
    put(made, out)


def _propose(given: Given) -> None:
    """Write the records that a file of IATI gives reason for; tell what is left out."""
    from cybercoop.workspace.files import apart

    beside = "--json-schema" if given.json_schema else "--format" if given.format != "yaml" else given.name
    if beside:
        known, command = "--id --out --lang", "cybercoop template --from-iati"
        raise refuse("unknown-option", value=beside, nearest="", command=command, known=known)
    graph = given.graph
    if given.out is not None and given.out.resolve().is_relative_to(graph.workspace.root / "data"):
        raise refuse("iati-into-data", value=str(given.out))
    apart([given.out] if given.out else [], [given.from_iati])
    made = graph.from_iati(given.from_iati, [*filter(None, map(str.strip, given.id.split(",")))])
    _begin(made.text, given.out)
    counts = {"activities": made.activities, "count": made.proposed, "left": made.activities - made.proposed}
    print(*made.left_out, sentence("iati-proposed", given.lang, **counts), sep="\n", file=sys.stderr)

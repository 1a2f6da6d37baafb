"""Commands by which the graph leaves the house: in a format, onto a server, as pages, as the main job."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from cybercoop.export import ABOUT, EVERY, IATI
from cybercoop.interfaces.cli import put
from cybercoop.interfaces.cli.commands import EDITION, LANG, NEEDED, OUT, Given, Option, a_folder, command, texts
from cybercoop.problems.problem import Where, one_of, refuse, sentence

_BUILD = Option("WHAT", "", NEEDED, lambda text: one_of(text, ("build",)), choices=("build",))
_XML = (".xml", ".xml.gz")
_REASONS = 30
"""How many reasons are told for which something is left out, those that hold for most."""
_PART = (
    Option("--thing TEXT", "Only this thing, with what stands inside of it."),
    Option("--project TEXT", "Only this project and everything that names it."),
    Option("--country TEXT", "Only this country and everything that names it."),
    Option("--class TEXT", "Only things of this class."),
    Option("--source TEXT", "Only what this source says."),
    Option("--graph TEXT", "Only this graph: a source, ns (the vocabulary) or scheme (concepts)."),
    Option("--as-of DATE", "Only what had happened by this day, or has no date."),
)
_IATI_KNOWS = "--project --iati-identifier --edition --output --lang"
_FILE = "Write to this file (compressed where it ends in .gz), or for tables and frames a folder; - is standard output."


@command(
    Option("[FORMAT]", "One of: " + ", ".join([*EVERY, *ABOUT, IATI]) + ".", "", choices=[*EVERY, *ABOUT, IATI]),
    OUT._replace(shown="-o, --output PATH", help=_FILE),
    *_PART,
    Option("--excel", "CSV with a byte-order mark, for Excel."),
    Option("--with-vocabulary, --without-vocabulary", "With what words mean, as in all but tables; or without."),
    Option("--iati-identifier TEXT", "With iati: what its reporter calls the activity.", ""),
    EDITION,
    LANG,
)
def export(given: Given) -> None:
    """Write the graph as Turtle, JSON-LD, CSV tables and more; one project as IATI 2.03.

    Without FORMAT the formats are listed. The same graph gives the same bytes on every machine. Options narrow what is
    exported, all of them together; several values are joined by commas. What is left comes with its sources, passages,
    names and notices.

    Example: cybercoop export turtle --country MA -o morocco.ttl
    """
    form, out = given.format, given.output
    if not form:
        about = [(name, title, extension) for name, (title, extension, _) in ABOUT.items()]
        formats = [(entry.name, entry.title, entry.extension) for entry in EVERY.values()]
        for name, title, extension in (*formats, *about, (IATI, "IATI 2.03, of one project", "xml")):
            print(f"{name:<19}{title} (.{extension})")
        return
    if form == IATI:
        _iati(given)
        return
    if given.iati_identifier:
        known = " ".join(option.names[-1] for option in _PART)
        command = f"cybercoop export {form}"
        raise refuse("unknown-option", value="--iati-identifier", nearest="", command=command, known=known)
    import tempfile
    from pathlib import Path

    from cybercoop.ask.selection import packed
    from cybercoop.graph import open as open_graph
    from cybercoop.workspace.files import apart, takes_bytes, write_files

    graph = open_graph(lang=given.lang, edition=given.edition)  # `given.graph` is what --graph names
    apart([out] if out else [], graph.workspace.inputs())
    folder = form in ("csv", "parquet", "frames") and out is not None and out.suffix != ".zip" and not takes_bytes(out)
    chosen = {option.word: value for option in _PART if (value := getattr(given, option.word)) is not None}
    with tempfile.TemporaryDirectory() as aside:
        made = Path(aside) / "made"
        with packed(made, out) as file:
            count = graph.write_export(form, file, excel=given.excel, vocabulary=given.with_vocabulary, **chosen)
        if not count and form in EVERY:
            given.say("exported-nothing")
        if out is not None and folder:
            from cybercoop.export.zips import unpacked

            contents = {out / path.name: path for path in unpacked(made, Path(aside) / "files")}
            apart(contents, graph.workspace.inputs())
            write_files(contents)
        else:
            put(made, out)
    if out is not None:
        given.say("wrote" if form in EVERY else "wrote-report", file=out, count=count)


def _iati(given: Given) -> None:
    """Write one project as an IATI activity, or refuse with what the standard demands and no source says."""
    from cybercoop.graph import open as open_graph
    from cybercoop.workspace.files import apart

    if not given.project:
        raise refuse("iati-of-what")
    others_given = [option.names[0] for option in _PART if option.word != "project" and getattr(given, option.word)]
    if others_given or given.excel or given.with_vocabulary is not None:
        value = next(iter(others_given), "--excel" if given.excel else "--with-vocabulary")
        raise refuse("unknown-option", value=value, nearest="", command="cybercoop export iati", known=_IATI_KNOWS)
    graph = open_graph(lang=given.lang, edition=given.edition)
    apart([given.output] if given.output else [], graph.workspace.inputs())
    made = graph.to_iati(given.project, given.iati_identifier)
    put(made, given.output)
    for word in made.no_place:
        given.say("iati-no-place", term=word)
    given.say("iati-judged")


_QUESTION = "project-activities"
_EXPORTS = {"turtle": "cybercoop.ttl", "jsonld": "cybercoop.jsonld"}


@command(LANG)
def build(given: Given) -> None:
    """Do the main job: validate the graph, answer one question, write Turtle and JSON-LD into build/."""
    from cybercoop.ask.answer import FORMATS
    from cybercoop.judge.reports.people import said

    graph, lang = given.graph, given.lang
    report = graph.validate()
    for found in report.problems:
        print(said(found, lang) + "\n", file=sys.stderr)
    if not report.conforms:
        sys.exit(1)
    counts = {name: value for name, value in report.to_dict().items() if name != "problems"}
    answer = graph.query(_QUESTION, project="cybersouth-plus")
    said_first = sentence("conforms", lang, **counts)
    put("\n\n".join((said_first, answer.question.get(lang, ""), FORMATS["table"](answer))) + "\n")
    for form, name in _EXPORTS.items():
        out = graph.workspace.build / name
        made = graph.export(form, out)
        put(sentence("wrote", lang, file=graph.workspace.relative(out), count=made.statements) + "\n")


@command(
    Option("--endpoint URL", "The server's address for queries.", NEEDED),
    Option("--update URL", "Its address for SPARQL Update: up to 48 MiB at once."),
    Option("--graph-store URL", "Its Graph Store address: graph by graph."),
    LANG,
)
def publish(given: Given) -> None:
    """Have a SPARQL 1.1 server hold the graph, and read it back from there; may be repeated at any time.

    User and password are taken from CYBERCOOP_ENDPOINT_USER and CYBERCOOP_ENDPOINT_PASSWORD.

    Example: cybercoop publish --endpoint http://localhost:7878/query --update http://localhost:7878/update
    """
    from cybercoop.engines.remote.publish import size
    from cybercoop.problems.progress import is_watched, tell

    graph = given.graph
    length = size(graph.workspace.stored.each_quad()) if is_watched() else 0
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        tell("progress-write", done, length)

    progress = more if length else None
    made = graph.publish(given.endpoint, graph_store=given.graph_store, update=given.update, progress=progress)
    given.say("published", graphs=made.graphs, count=made.statements, digest=made.digest)
    if not made.hidden:
        given.say("published-in-steps")
    if made.merged:
        given.say("published-merged", count=made.merged)


@command(
    _BUILD._replace(help="build: make the snapshot in columns."),
    Option("[FILE]...", "With --endpoint: files or patterns, as the cluster sees them.", [], texts),
    Option("--endpoint URL", "Make it in the lake of a cluster: sc://host:15002."),
    Option("--derive", "With --endpoint: derive all that follows from the statements there, anew."),
    Option("--every", "Of files of IATI, take every activity, not only those that concern the field."),
    LANG,
)
def lake(given: Given) -> None:
    """Make the snapshot of the graph in columns, from which long answers come sooner.

    Needs the extra lake: pip install cybercoop[lake]. It lies beside the store, for the graph as it is now; of a
    graph that has changed, it is not used. With --endpoint (and the extra spark) Apache Spark makes it, where it
    shares it: another edition of the lake, asked as soon as it is whole. Files of N-Quads (.nq, .nq.gz) are then
    taken in the place of the graph; files of IATI (.xml, .xml.gz) become claims beside it.

    Examples:
      cybercoop lake build
      cybercoop lake build --endpoint sc://localhost:15002
      cybercoop lake build '/shared/iati/*.xml.gz' --endpoint sc://localhost:15002

    """
    import time

    start = time.monotonic()
    if given.endpoint:
        _build_there(given, start)
        return
    if given.file or given.derive or given.every:
        raise refuse("lake-build-there", value=" ".join(given.file) or ("--derive" if given.derive else "--every"))
    from cybercoop.engines.columns.snapshot import build

    made = build(given.graph.workspace.stored)
    size, seconds = f"{made.file.stat().st_size / 1e6:,.1f}", f"{time.monotonic() - start:.1f}"
    shown = given.graph.workspace.relative(made.file)
    given.say("lake-built", file=shown, size=size, seconds=seconds, count=made.uses[""])


def _build_there(given: Given, start: float) -> None:
    """Have a cluster make an edition of its lake, and say what was left out of it."""
    import time

    from cybercoop.workspace.lake import LINES, build

    workspace, read = given.graph.workspace, None
    others = [path for path in given.file if not path.lower().endswith(LINES)]
    for path in others:
        if not path.lower().endswith(_XML):
            raise refuse("unknown-format", Where(path), value=path, known=" ".join((*LINES, *_XML)))
    if others:
        try:
            from cybercoop.contribute.iati.bulk import Claims
        except ImportError:
            raise refuse("extra-missing", value="iati") from None
        from cybercoop.contribute.iati.known import Known

        read = Claims(Known(workspace), every=given.every)
    held, left = build(workspace, given.endpoint, given.file, read, derived=given.derive)
    counts = {"activities": 0, "taken": 0} | {why: times for why, _, _, times in left if why in ("activities", "taken")}
    reasons = [each for each in left if each[0] not in counts]
    for why, values, shown, times in reasons[:_REASONS]:
        named = sentence("iati-and-more", given.lang, value=shown, count=times - 1) if times > 1 else shown
        reason = values.get(given.lang) or sentence(why, given.lang, **_listed(values, given.lang))
        given.say("iati-line", value=named, reason=reason)
    if more := reasons[_REASONS:]:
        given.say("iati-more-reasons", count=len(more), most=more[0][3])
    if others:
        given.say("iati-claimed", **counts)
    seconds = f"{time.monotonic() - start:.1f}"
    given.say("lake-built-there", place=held.folder, seconds=seconds, count=held.statements)


def _listed(values: Mapping[str, Any], lang: str) -> dict[str, str]:
    from cybercoop.problems.problem import listed

    return {name: each if isinstance(each, str) else listed(each, lang) for name, each in values.items()}


@command(
    Option("--host ADDRESS", "The address of this machine to serve at; 0.0.0.0 for all.", "127.0.0.1"),
    Option("--port NUMBER", "The port; 0 takes any that is free.", 8000, take=int, least=0),
    Option("--workers NUMBER", "How many processes answer.", 1, take=int, least=1),
    Option("--query-seconds NUMBER", "How long a query in SPARQL may take.", 15.0, float, 0.01),
    Option("--base URL", "The address that the world knows the pages by, behind a proxy.", ""),
    LANG,
)
def serve(given: Given) -> None:
    """Serve the graph as pages in English, French and Arabic, until Ctrl-C.

    Needs the extra web: pip install cybercoop[web]. Nothing is written but pages that are kept beside the store, and no
    other site is called.

    Example: cybercoop serve --port 8080
    """
    try:
        from cybercoop.interfaces.web.serve import serve as serving
    except ImportError:
        raise refuse("extra-missing", value="web") from None

    def say(address: str) -> None:
        print(sentence("serving", given.lang, address=address), flush=True)

    serving(given.host, given.port, given.workers, given.base, given.query_seconds, say)


@command(
    _BUILD._replace(help="build: write the pages into a folder."),
    Option("-o, --out FOLDER", "The folder to write into.", NEEDED, take=a_folder),
    LANG,
)
def site(given: Given) -> None:
    """Write the pages into a folder, for any host, or to be opened without one; search works there, too.

    Needs the extra web: pip install cybercoop[web]. Where scripts/browser has built the npm part, queries in SPARQL are
    answered in the reader's own browser.

    Example: cybercoop site build -o build/site
    """
    try:
        from cybercoop.interfaces.web.folder import build
    except ImportError:
        raise refuse("extra-missing", value="web") from None
    count = build(given.graph, given.out)
    given.say("site-built", folder=given.out, count=count)

"""Engines that are programs of their own: `oxigraph serve`, Virtuoso and Jena, each started and stopped here."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from bench.cases import Case
from bench.engines import RUNS, Absent, Times
from bench.graphs import FOLDER, Base, Loaded, disk, finished, peak
from bench.serving import OXIGRAPH, Running, free_port, virtuoso
from cybercoop.engines.embedded import without_order
from cybercoop.sparql.rewriting import in_dialect, with_variable_graphs, within_sources
from cybercoop.terms.names import UNION

LOAD_SECONDS = 1800
_BUFFERS, _ROWS, _QUERY_SECONDS = 340_000, 10_000_000, 600
"""What Virtuoso may take, and the limits that it sets itself."""

_RESULTS = "application/sparql-results+json, application/n-triples;q=0.9"


class Server:
    """An engine that is asked by HTTP on the loopback interface; it is started anew where a query hangs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = free_port()
        self.form: dict[str, str] = {}
        self._running: Running | None = None

    def start(self, command: Sequence[str | Path], folder: Path) -> None:
        """Start the server in a folder, and wait until it listens."""
        self._command, self._folder = command, folder
        self._running = Running(command, self.port, folder)

    def close(self) -> None:
        """Stop the server by its own number."""
        if self._running is not None:
            self._running.close()

    def text(self, case: Case) -> str:
        """Return a query as this server takes it."""
        return case.text

    def times(self, case: Case, limit: float) -> Times:
        """Ask over HTTP and read the answer to its end, rows counted."""
        found, begun = Times(), time.perf_counter()
        try:
            while len(found.seconds) <= RUNS and (left := begun + limit - time.perf_counter()) > 0:
                start = time.perf_counter()
                found.rows = _rows(*self._answer(self.text(case), left))
                found.seconds.append(time.perf_counter() - start)
        except urllib.error.HTTPError as error:
            found.fault = f"{error.code}: {' '.join(error.read(600).decode('utf-8', 'replace').split())}"[:200]
        except (OSError, ValueError, KeyError):
            self._recover()
        found.memory = self._memory()
        found.seconds = found.seconds[1:] or found.seconds
        return found

    def _answer(self, text: str, limit: float) -> tuple[str, bytes]:
        body = urllib.parse.urlencode({"query": text, **self.form}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.path}", body, {"Accept": _RESULTS})
        with urllib.request.urlopen(request, timeout=limit) as reply:  # noqa: S310
            return reply.headers.get("Content-Type", ""), reply.read()

    path = "/query"

    def _memory(self) -> float:
        """Return how much memory the server took at most."""
        return peak(self._running.process.pid) if self._running else 0.0

    def _recover(self) -> None:
        """Have a server that may still be at work on a query start afresh."""
        self.close()
        self.start(self._command, self._folder)


class Oxigraph(Server):
    """`oxigraph serve-read-only` on the very store that the library opens."""

    def load(self, base: Base) -> Loaded:
        """Start on the embedded store."""
        if not OXIGRAPH.is_file():
            raise Absent("`oxigraph` is not installed (`pip install oxigraph`)")
        bind = f"127.0.0.1:{self.port}"
        self.start([OXIGRAPH, "serve-read-only", "--location", base.store, "--bind", bind], base.folder)
        return base.loaded


class Virtuoso(Server):
    """Virtuoso with the rewriting that `--endpoint` does for it; the union is a graph of its own."""

    path = "/sparql"

    def load(self, base: Base) -> Loaded:
        """Load both files with the bulk loader of the server."""
        client = shutil.which("isql-vt") or shutil.which("isql")
        folder = base.folder / "virtuoso"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        sql = free_port()
        limits = {"buffers": _BUFFERS, "rows": _ROWS, "seconds": _QUERY_SECONDS}
        command = virtuoso(folder, sql, self.port, **limits, files=base.folder)
        if command is None or client is None:
            raise Absent("Virtuoso is not installed (`apt-get install virtuoso-opensource-7`)")
        (folder / "quads.nq").symlink_to(base.quads)
        union = base.union()
        self.form = {"default-graph-uri": UNION}
        self.start(command, folder)
        start = time.perf_counter()
        for name, graph in ((base.quads, "urn:none"), (union, UNION)):
            self._told(client, sql, f"ld_dir('{name.parent}', '{name.name}', '{graph}');")
        self._told(client, sql, "rdf_loader_run();")
        self._told(client, sql, "checkpoint;")
        seconds = time.perf_counter() - start
        union.unlink()
        return Loaded(seconds, self._memory(), disk(folder))

    def text(self, case: Case) -> str:
        """Return what `--endpoint` would send."""
        if not case.catalogued:
            return case.text
        return in_dialect(with_variable_graphs(within_sources(without_order(case.text).text)), "virtuoso")

    def _told(self, client: str, port: int, words: str) -> None:
        finished([client, str(port), "dba", "dba", f"exec={words}"], LOAD_SECONDS)


def _rows(form: str, body: bytes) -> int:
    """Return how many rows, or triples, an answer has."""
    if "json" not in form:
        return sum(1 for line in body.splitlines() if line.strip() and not line.startswith(b"#"))
    result = json.loads(body)
    return 1 if "boolean" in result else len(result["results"]["bindings"])


class Jena:
    """Jena's TDB2 by its command line: one Java machine for a query, which warms up and repeats it there."""

    name = "Jena TDB2"

    def load(self, base: Base) -> Loaded:
        """Load the named graphs; their union is a switch of TDB2."""
        self._base = base
        shutil.rmtree(base.folder / "jena", ignore_errors=True)
        command = java("tdb2.tdbloader", "--loader=phased", f"--loc={base.folder / 'jena'}", str(base.quads))
        _, seconds, memory = finished(command, LOAD_SECONDS)
        return Loaded(seconds, memory, disk(base.folder / "jena"))

    def times(self, case: Case, limit: float) -> Times:
        """Ask in a Java machine, whose own clock tells each run; a run that warms up is not told."""
        query = self._base.folder / "query.rq"
        query.write_text(case.text, "utf-8")
        try:
            said, _, memory = finished([*jena(self._base, query), "--time", f"--repeat=1,{RUNS}"], limit + 2)
        except OSError as error:
            return Times(fault=str(error)[:200])
        seconds = [float(found) for found in re.findall(r"^Time: ([\d.]+) sec", said, re.MULTILINE)]
        counted = re.findall(r"^Count = (\d+)", said, re.MULTILINE)
        return Times(seconds, int(counted[-1]) if counted else -1, memory)

    def close(self) -> None:
        """Do nothing: each query had a process of its own."""


def jena(base: Base, query: Path) -> list[str]:
    """Return the command that asks Jena a query, and counts the rows."""
    union = "--set=tdb2:unionDefaultGraph=true"
    return java("tdb2.tdbquery", f"--loc={base.folder / 'jena'}", union, "--results=count", f"--query={query}")


_JARS = Path("/usr/share/java")
_NEEDED = """
jena-arq jena-base jena-cmds jena-core jena-dboe-base jena-dboe-index jena-dboe-storage jena-dboe-trans-data
jena-dboe-transaction jena-iri jena-rdfconnection jena-shacl jena-shex jena-tdb jena-tdb2 commons-cli commons-
codec commons-compress commons-csv commons-io commons-lang3 dexx.collection gson guava httpclient httpclient-
cache httpcore jackson-annotations jackson-core jackson-databind jcl-over-slf4j jsonld-java protobuf slf4j-api
slf4j-nop thrift titanium-json-ld
"""
_LACKING = ("xerces/impl/xpath/regex/message.properties", "xerces/impl/msg/XMLSchemaMessages.properties")


def java(program: str, *arguments: str) -> list[str]:
    """Return the command of one of Jena's programs; Debian's package lacks two files of words, which may be empty."""
    machine = shutil.which("java")
    if machine is None or not (_JARS / "jena-tdb2.jar").is_file():
        raise Absent("Jena is not installed (`apt-get install libapache-jena-java default-jre-headless`)")
    words = FOLDER / "jena-words"
    for name in _LACKING:
        (words / name).parent.mkdir(parents=True, exist_ok=True)
        (words / name).touch()
    path = ":".join(map(str, [words, *(_JARS / f"{jar}.jar" for jar in _NEEDED.split())]))
    return [machine, "-Xmx6g", "-cp", path, program, *arguments]


SERVERS = (Oxigraph("oxigraph serve"), Virtuoso("Virtuoso"), Jena())
"""Servers, and what is started for each query."""

"""Load the pages and the SPARQL endpoint, beside other servers on the same graph, and print what was measured.

    python -m bench.web --rdflib-endpoint PATH

`PATH` is the command of rdflib-endpoint in an environment of its own, with oxrdflib; without it, it is left out.
Everything runs on this machine, what asks too: run it where nothing else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

import psutil

import cybercoop
from bench.hostile import CORPUS, written_out
from bench.http_load import Clients, Times
from bench.serving import OXIGRAPH, Running, free_port
from cybercoop.interfaces.web.kept import Shelf
from cybercoop.interfaces.web.site import LISTED, Site, class_of, thing_of
from cybercoop.terms import names

ROOT = Path(__file__).parent.parent
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
QUICK = "SELECT ?p ?o { <IRI> ?p ?o }"
_BESIDE = 5
"""How many clients read while slow queries run."""


def things() -> list[str]:
    """Return the path of every thing, in an order that mixes their kinds."""
    graph = cybercoop.open(ROOT)
    lists = [[names.short(thing_of(row)) for row in graph.things(class_of(kind)).rows] for kind in LISTED]
    return [path for turn in range(max(map(len, lists))) for found in lists for path in found[turn : turn + 1]]


@contextmanager
def served(*more: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run the pages; give their port and process."""
    command = [sys.executable, "-m", "cybercoop", "serve", "--port", "0", *more]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None
        try:
            yield int(found.group(1)), psutil.Process(process.pid)
        finally:
            process.terminate()


def query(text: str) -> str:
    """Return the end of an address that asks a query."""
    return f"?query={quote(text)}"


def quick(paths: Iterable[str]) -> list[str]:
    """Return queries that are answered at once, one for each thing."""
    return [query(QUICK.replace("IRI", names.expand(path))) for path in paths]


async def under_slow_queries(port: int, paths: Iterator[str], address: str, seconds: float) -> Times:
    """Return how long readers wait while four queries run that never end by themselves, each asked again at its end."""
    slow, readers = Clients(port, 4), Clients(port, _BESIDE)
    asking = asyncio.create_task(slow.run(cycle([address + query(SLOW)]), seconds + 5))
    await asyncio.sleep(2)
    times = await readers.run(paths, seconds)
    asking.cancel()
    return times


def pages(given: argparse.Namespace, paths: Sequence[str]) -> None:
    """Measure the pages: anew and kept, statements, queries; and what a page waits while slow queries run."""
    html, other, third = ([f"/{lang}/{path}" for path in paths[: given.anew]] for lang in ("en", "fr", "ar"))
    said = [f"/data/{path}.jsonld" for path in paths]
    shelf = Shelf.of(Site(cybercoop.open(ROOT), ""))
    print(f"made ahead, on disk: {'all pages' if shelf.whole else 'not all pages'}")
    for workers in (1, 2):
        with served("--workers", str(workers)) as (port, _):
            clients = Clients(port, given.clients)
            name = f"cybercoop, {workers} process{'es' if workers > 1 else ''}"
            show(f"{name}: pages anew", asyncio.run(clients.run(iter(html), 600)))
            for _ in range(3 * workers - 2):
                asyncio.run(clients.run(iter(html), 600))
            show(f"{name}: pages kept", asyncio.run(clients.run(cycle(html), given.seconds)))
            show(f"{name}: JSON-LD", asyncio.run(clients.run(cycle(said), given.seconds)))
            asked = [f"/sparql{each}" for each in quick(paths)]
            show(f"{name}: queries, 4 clients", asyncio.run(Clients(port, 4).run(cycle(asked), given.seconds)))
            few = Clients(port, _BESIDE)
            show(f"{name}: pages kept, {_BESIDE} clients", asyncio.run(few.run(cycle(html), given.seconds)))
            kept = asyncio.run(under_slow_queries(port, cycle(html), "/sparql", given.seconds))
            show(f"{name}: the same beside 4 slow queries", kept)
            show(f"{name}: pages anew, {_BESIDE} clients", asyncio.run(few.run(iter(other), 600)))
            fresh = asyncio.run(under_slow_queries(port, iter(third), "/sparql", 600))
            show(f"{name}: the same beside 4 slow queries", fresh)


def others(given: argparse.Namespace, paths: Sequence[str], folder: Path) -> None:
    """Measure other servers: queries, and what one waits while slow queries run."""
    graph = cybercoop.open(ROOT)
    file = folder / "graph.nt"
    file.write_bytes(graph.export("ntriples"))
    commands: dict[str, tuple[list[str], str]] = {}
    store = str(graph.workspace.stored.folder / "store")
    port = str(free_port())
    bind = ["--bind", f"127.0.0.1:{port}"]
    commands["oxigraph serve"] = ([str(OXIGRAPH), "serve-read-only", "--location", store, *bind], "/query")
    if given.rdflib_endpoint:
        told = ["--host", "127.0.0.1", "--port", port, "--store", "Oxigraph", str(file)]
        commands["rdflib-endpoint"] = ([given.rdflib_endpoint, "serve", *told], "/")
    for name, (command, address) in commands.items():
        with Running(command, int(port), folder):
            asked = [address + each for each in quick(paths)]
            show(
                f"{name}: queries, {given.clients} clients",
                asyncio.run(_run(port, given.clients, asked, given.seconds)),
            )
            show(f"{name}: queries, 4 clients", asyncio.run(_run(port, 4, asked, given.seconds)))
            times = asyncio.run(under_slow_queries(int(port), cycle(asked), address, given.seconds))
            show(f"{name}: the same beside 4 slow queries", times)


async def _run(port: str, count: int, paths: Sequence[str], seconds: float) -> Times:
    return await Clients(int(port), count).run(cycle(paths), seconds)


def memory(given: argparse.Namespace, paths: Sequence[str]) -> None:
    """Print how much memory the pages take while many are asked for."""
    mixed = [f"/{lang}/{path}" for path in paths for lang in ("en", "fr", "ar")]
    mixed += [f"/data/{path}.ttl" for path in paths] + [f"/en/search?q={path[:8]}" for path in paths[:50]]
    with served() as (port, process):
        clients, done = Clients(port, given.clients), 0
        print(f"memory at the start: {process.memory_info().rss >> 20} MiB", flush=True)
        endless = cycle(mixed)
        while done < given.requests:
            times = asyncio.run(clients.run(islice(endless, given.requests // 10), 3600))
            done += len(times.seconds)
            print(f"memory after {done:,} requests: {process.memory_info().rss >> 20} MiB", flush=True)


def hostile() -> None:
    """Ask every hostile query, each beside a page, and print how they ended."""
    with served("--query-seconds", "0.5") as (port, _):
        asyncio.run(Clients(port, 1).run(iter(["/en/country/MA"]), 60))
        ends: dict[str, int] = {}
        longest, slowest, otherwise = 0.0, 0.0, []
        for path in CORPUS:
            text = written_out(path, 9)
            expected = text.splitlines()[0].removeprefix("# expects: ").split()
            times, page, end = asyncio.run(_beside(port, text))
            ends[end] = ends.get(end, 0) + 1
            longest, slowest = max(longest, times), max(slowest, page)
            if end not in expected and not end.startswith("query-limit-"):
                otherwise.append(path.stem)
        print(f"{len(CORPUS)} hostile queries: {ends}; ended otherwise than expected: {otherwise or 'none'}")
        print(f"the longest took {longest:.2f} s, a page beside one at most {slowest * 1000:.0f} ms")


async def _beside(port: int, text: str) -> tuple[float, float, str]:
    """Return how long a query took, the longest that a page beside it took, and how the query ended."""
    asking = asyncio.create_task(Clients(port, 1).post("/sparql", text.encode("utf-8", "surrogatepass")))
    page = 0.0
    while not asking.done():
        [took] = (await Clients(port, 1).run(iter(["/en/country/MA"]), 60)).seconds
        page = max(page, took)
        await asyncio.sleep(0.01)
    seconds, status, body = asking.result()
    code = re.search(rb'"code": "([\w-]+)"', body) if status != 200 else None
    return seconds, page, code.group(1).decode() if code else "answer"


def show(name: str, times: Times) -> None:
    """Print one line."""
    print(f"{name}: {times}; load {os.getloadavg()[0]:.1f}", flush=True)


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10, help="how long each part is measured")
    parser.add_argument("--anew", type=int, default=600, help="how many pages are made anew")
    parser.add_argument("--requests", type=int, default=100_000, help="how many requests memory is watched over")
    parser.add_argument("--rdflib-endpoint", help="its command")
    parser.add_argument("--only", choices=("pages", "others", "memory", "hostile"))
    given = parser.parse_args()
    paths = things()
    print(f"{len(paths)} things; {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        for name, part in {
            "pages": lambda: pages(given, paths),
            "others": lambda: others(given, paths, Path(folder)),
            "memory": lambda: memory(given, paths),
            "hostile": hostile,
        }.items():
            if given.only in (None, name):
                begun = time.monotonic()
                part()
                print(f"{name}: {time.monotonic() - begun:.0f} s in all", flush=True)


if __name__ == "__main__":
    main()

"""Write a large graph of our own ontology: the shipped records, again and again under other names, with known faults.

    python -m bench.make_graph 1000000 graph.nq --faults 200

writes about a million statements as N-Quads (to `graph.nt`: as N-Triples, sources left out) and, to
`graph.nq.faults`, one line for each fault: the name of the constraint that is violated and the number that ends the
name of the thing that violates it. The faults are the bad examples of `tests/fixtures/invalid`. Fewer statements than
the shipped graph has are a part of it: never less than the vocabulary, the faults and what these name, some 10,000
to 15,000. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count, cycle, islice
from pathlib import Path

import pyoxigraph as ox

import cybercoop
from cybercoop.terms.names import ID, NS
from cybercoop.workspace.derive import days
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
BAD = ROOT / "tests" / "fixtures" / "invalid"
KINDS = (
    "activity completeness contribution instrument listing objective output participation programme project series "
    "recommendation treaty-action"
)
COPIED = tuple(f"<{ID}{kind}/" for kind in KINDS.split())
RECORD = f"<{ID}record/"
PARTS = "about contribution objective output participation recommendation"
OWNED = tuple(f"<{NS}{name}>" for name in PARTS.split())
"""The properties by which a record names its thing, and a thing its parts: neither of the two is good alone."""
FAULT = ".fault-"

Line = tuple[str, str, str, str]
"""Subject, property, value and graph, as N-Quads writes them."""


def main() -> None:
    """Write the graph and the list of its faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("triples", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--faults", type=int, default=0)
    given = parser.parse_args()
    print(make(cybercoop.open(ROOT).workspace, given.triples, given.out, given.faults), "statements")


def make(workspace: Workspace, triples: int, path: Path, wrong: int) -> int:
    """Write a graph and the list of its faults; return the number of statements."""
    written, form = 0, "{0} {1} {2} .\n" if path.suffix == ".nt" else "{0} {1} {2} {3} .\n"
    with path.open("w", encoding="utf-8") as out, Path(f"{path}.faults").open("w", encoding="ascii") as known:
        for number, (code, lines) in enumerate(islice(faults(workspace), wrong)):
            written += len(lines)
            out.writelines(form.format(*line) for line in lines)
            known.write(f"{code} {number}\n")
        for lines in copies(workspace, triples - written):
            written += len(lines)
            out.writelines(form.format(*line) for line in lines)
    return written


def copies(workspace: Workspace, triples: int) -> Iterator[list[Line]]:
    """Yield statements until there are so many: the shipped graph or a part of it, then copies of its records."""
    every = [_line(quad) for quad in workspace.stored.quads()]
    named = {line[2] for _, lines in bad_examples(workspace) for line in lines}
    first = every if len(every) <= triples else _part(every, named, triples)
    yield first
    left = triples - len(first)
    copied = {line[0] for line in every if line[0].startswith(COPIED)}
    copied |= {line[0] for line in every if line[0].startswith(RECORD) and line[2] in copied}
    again = [line for line in every if line[0] in copied]
    names = _apart(copied)
    for number in count(2):
        more = again if len(again) <= left else _part(again, set(), left)
        yield _renamed(more, names if more is again else _apart({line[0] for line in more}), f".copy-{number}")
        left -= len(again)
        if left <= 0:
            return


def faults(workspace: Workspace) -> Iterator[tuple[str, list[Line]]]:
    """Yield each bad example with the name of the constraint that it violates, and so on without end."""
    for number, (code, lines) in enumerate(cycle(bad_examples(workspace))):
        yield code, _renamed(lines, {line[0]: (line[0][:-1], ">") for line in lines}, f"{FAULT}{number}")


def bad_examples(workspace: Workspace) -> list[tuple[str, list[Line]]]:
    """Return the bad examples that stay what they are beside others: acts and codes of countries would clash."""
    clash = [f"<{NS}{name}>" for name in ("actionBy", "alpha2", "alpha3", "m49")]
    stated = [(path.name, list(workspace.read([path]).quads())) for path in sorted(BAD.iterdir())]
    read = [(name, [_line(quad) for quad in (*quads, *days(quads))]) for name, quads in stated]
    return [(name.partition(".")[0], lines) for name, lines in read if not any(line[1] in clash for line in lines)]


def _part(lines: list[Line], first: set[str], triples: int) -> list[Line]:
    """Return the vocabulary, the things that go first, and as many others as that leaves room for.

    Each comes with all that it leads to, with its records, and with what it is a part of: the cut breaks nothing.
    """
    about: dict[str, list[Line]] = {}
    owners: dict[str, list[str]] = {}
    for line in lines:
        about.setdefault(line[0], []).append(line)
        if line[1] in OWNED:
            owners.setdefault(line[2], []).append(line[0])

    def closed(things: Iterable[str], known: Collection[str] = ()) -> set[str]:
        found, ahead = set[str](), [*things]
        while ahead:
            thing = ahead.pop()
            if thing in about and thing not in found and thing not in known:
                found.add(thing)
                ahead += [*(line[2] for line in about[thing]), *owners.get(thing, ())]
        return found

    chosen = closed([*first, *(thing for thing in about if not thing.startswith(f"<{ID}"))])
    size = sum(len(about[thing]) for thing in chosen)
    for seed in sorted(about, key=lambda thing: (not thing.startswith(COPIED), thing)):
        more = closed([seed], chosen)
        room = sum(len(about[thing]) for thing in more)
        if size + room <= triples:
            chosen, size = chosen | more, size + room
    return [line for line in lines if line[0] in chosen]


def _line(quad: ox.Quad) -> Line:
    return str(quad.subject), str(quad.predicate), str(quad.object), str(quad.graph_name)


def _apart(own: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return what stands before and behind the ending in the names of copies.

    The id of an act or of a place on a list begins with the treaty that it speaks of, so the ending stands behind that.
    """
    treaties = sorted((term[:-1].rpartition("/")[2] for term in own if "/instrument/" in term), key=len, reverse=True)
    of_treaty = re.compile(
        rf"(.*[/-](?:listing|treaty-action)[/-](?:.*--)?(?:{'|'.join(map(re.escape, treaties))}))(-.*)"
    )
    matched = ((term, of_treaty.fullmatch(term)) for term in own)
    return {term: (match[1], match[2]) if match else (term[:-1], ">") for term, match in matched}


def _renamed(lines: Iterable[Line], own: Mapping[str, tuple[str, str]], ending: str) -> list[Line]:
    """Return lines about copies of their own things, which have names and outside addresses of their own."""

    def named(term: str) -> str:
        return ending.join(own[term]) if term in own else term

    def told(subject: str, predicate: str, value: str) -> str:
        if subject not in own or not predicate.endswith(("#prefLabel>", "/sameAs>", "#exactMatch>", "/page>")):
            return named(value)
        text, quote, language = value.rpartition('"')
        return f"{text} {ending}{quote}{language}" if quote else f"{value[:-1]}{ending}>"

    return [(named(one), predicate, told(one, predicate, value), graph) for one, predicate, value, graph in lines]


if __name__ == "__main__":
    main()

"""What an engine takes by itself for what a command does, as a whole process; printed is nothing.

python -m bench.alone load STORE QUADS TRIPLES     Oxigraph loads named graphs and their union in bulk
python -m bench.alone ask STORE QUERY              Oxigraph finds the rows of a query and reads them
python -m bench.alone judge TRIPLES                SHACL on all shapes, rules across records included
python -m bench.alone write QUADS FORM OUT         Oxigraph reads N-Quads and writes a format
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyoxigraph as ox

FORMS = {
    "turtle": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nquads": ox.RdfFormat.N_QUADS,
}


def load(store: str, quads: str, triples: str) -> None:
    """Load a store from files, both parts of it, and pack it."""
    opened = ox.Store(store)
    opened.bulk_load(path=quads, format=ox.RdfFormat.N_QUADS)
    opened.bulk_load(path=triples, format=ox.RdfFormat.N_TRIPLES)
    opened.flush()
    opened.optimize()


def ask(store: str, query: str) -> None:
    """Read every row of a query."""
    for _ in ox.Store.read_only(store).query(Path(query).read_text("utf-8")):  # type: ignore[union-attr]
        pass


def judge(triples: str) -> None:
    """Judge a file of N-Triples."""
    import cybercoop
    from cybercoop.shapes.engines import engine

    for _ in engine("fast").file(Path(triples), cybercoop.open().workspace.shapes):
        pass


def write(quads: str, form: str, out: str) -> None:
    """Write what a file says; Turtle has no named graphs, so that a triple stands as often as sources state it."""
    found = ox.parse(path=quads, format=ox.RdfFormat.N_QUADS)
    ox.serialize((quad.triple for quad in found) if form == "turtle" else found, output=out, format=FORMS[form])


if __name__ == "__main__":
    {each.__name__: each for each in (load, ask, judge, write)}[sys.argv[1]](*sys.argv[2:])

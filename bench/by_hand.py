"""Time whole commands of long answers beside SQL that was written by hand over the same columns; print a table.

python -m bench.by_hand                          a million statements, three runs each, in turns
python -m bench.by_hand --size 100000 --runs 5

The SQL gives the same rows as CSV, with a name beside each thing, in the order of the question; each run is a process
of its own that begins with an import of DuckDB. It takes any name in English where several sources give one, so that
rows which are ordered by names may stand in another order.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from pathlib import Path

from bench.columns import OURS, run
from bench.graphs import base
from cybercoop.engines.store import Stored, file_of
from cybercoop.terms.names import EDITORS, NS, RDF_TYPE, SKOS

NAMED = """WITH named AS MATERIALIZED (
  SELECT s, substr(min(text), 5) AS name, lower(strip_accents(substr(min(text), 5))) AS folded
  FROM triples JOIN terms ON id = o WHERE p = {prefLabel} AND starts_with(text, '@en"') GROUP BY s),
"""
SHOWN = """SELECT {cells} FROM found {joins} ORDER BY {order}"""
VALUE = """CREATE TEMP MACRO said(text) AS regexp_replace(text, '^[^"]*"', '')"""
FOUND = {
    "single-source-things": (
        """found AS (
  SELECT t.o AS kind, t.s AS thing, min(q.g) AS source,
    (SELECT string_agg(DISTINCT substr(text, 5), ' ') FROM quads JOIN terms ON id = o
      WHERE p = {designationNotice} AND starts_with(text, '@en"')) AS notice
  FROM triples t JOIN quads q ON q.p = {about} AND q.o = t.s AND q.g <> {editors}
  WHERE t.p = {type} AND t.o IN ({Activity}, {Organisation}, {Programme}, {Project}, {TreatyAction})
  GROUP BY t.o, t.s HAVING count(DISTINCT q.g) = 1)""",
        ("kind", "thing", "source"),
        ("notice",),
        "kind_name.folded, kind_term.text, thing_name.folded, thing_term.text",
    ),
    "activities-by-theme": (
        """days AS (
  SELECT s, day FROM (SELECT s, said(text) AS day
    FROM triples JOIN terms ON id = o WHERE p = {startDate})
  QUALIFY rank() OVER (PARTITION BY s ORDER BY length(day) DESC, day) = 1),
found AS (
  SELECT DISTINCT q.o AS topic, q.s AS activity, day, q.g AS source FROM quads q
  SEMI JOIN (SELECT s FROM triples WHERE p = {type} AND o = {Activity}) k ON k.s = q.s
  LEFT JOIN days ON days.s = q.s
  WHERE q.p IN ({agendaTopic}, {theme}))""",
        ("topic", "activity", "source"),
        ("day",),
        "topic_name.folded, topic_term.text, coalesce(day, ''), activity_term.text, source_term.text",
    ),
    "laws-enacted-during-projects": (
        """laws AS (
  SELECT DISTINCT j.o AS country, q.s AS law, q.p AS step, said(text) AS date, q.g AS source
  FROM triples j JOIN quads q ON q.s = j.s JOIN terms ON id = q.o WHERE j.p = {jurisdiction} AND q.p IN (
    {adoptedOn}, {enteredIntoForce}, {issuedOn}, {promulgatedOn}, {ratifiedOn})),
projects AS (
  SELECT DISTINCT c.o AS country, c.s AS project, said(f.text) AS first, said(l.text) AS last
  FROM triples c JOIN triples k ON k.s = c.s AND k.p = {type} AND k.o = {Project}
  JOIN triples a ON a.s = c.s AND a.p = {firstDay} JOIN triples b ON b.s = c.s AND b.p = {lastDay}
  JOIN terms f ON f.id = a.o JOIN terms l ON l.id = b.o WHERE c.p = {partnerCountry}),
found AS (
  SELECT laws.*, project, first, last FROM laws JOIN projects ON projects.country = laws.country
  WHERE date || '-99' >= first AND date <= last)""",
        ("country", "law", "step", "project", "source"),
        ("date", "first", "last"),
        "country_name.folded, country_term.text, date, law_term.text, step_term.text, first, last, project_term.text,"
        " source_term.text",
    ),
}
"""Question → the rows, the things in them, what else they show, and their order."""


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="statements")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        by_hand(Path(given.one[0]), given.one[1])
        return
    on = base(given.size)
    around = {**os.environ, "CYBERCOOP_CACHE": str(on.cache)}
    file = file_of(Stored(on.stored))
    if not file.is_file():
        run([str(OURS), "lake", "build"], around)
    start = os.getloadavg()[0]
    print("| question | rows | by hand, s | columns, s | ratio | store, s | ratio |\n|---|---|---|---|---|---|---|")
    for question in FOUND:
        ours = [str(OURS), "query", question, "--format", "csv", "--engine"]
        commands = {
            "hand": [sys.executable, "-m", "bench.by_hand", "--one", str(file), question],
            "columns": [*ours, "columns"],
            "store": [*ours, "store"],
        }
        runs = [{name: run(line, around) for name, line in commands.items()} for _ in range(given.runs)]
        rows = {one[name][3].count("\n") - 1 for one in runs for name in one}
        hand, columns, store = (statistics.median(one[name][1] for one in runs) for name in commands)
        cells = [f"{each:.2f}" for each in (hand, columns, columns / hand, store, store / hand)]
        print(f"| `{question}` | {rows.pop() if len(rows) == 1 else rows:,} | {' | '.join(cells)} |", flush=True)
    print(f"\nprocessor time; load {start:.1f} to {os.getloadavg()[0]:.1f}; medians of {given.runs} runs")


def by_hand(file: Path, question: str) -> None:
    """Print the answer to a question from the columns in a file, as CSV."""
    import duckdb

    lake = duckdb.connect(":memory:")
    lake.execute(f"ATTACH '{file}' AS lake (READ_ONLY)")
    lake.execute(VALUE)
    lake.execute("USE lake")
    found, things, others, order = FOUND[question]
    cells = [f"substr({each}_term.text, 2) AS {each}, {each}_name.name AS {each}_label" for each in things]
    joins = [
        f"JOIN terms {each}_term ON {each}_term.id = {each} LEFT JOIN named {each}_name ON {each}_name.s = {each}"
        for each in things
    ]
    shown = SHOWN.format(cells=", ".join([*cells, *others]), joins=" ".join(joins), order=order)
    own = "about Activity Organisation Programme Project TreatyAction agendaTopic theme jurisdiction adoptedOn "
    own += "enteredIntoForce issuedOn promulgatedOn ratifiedOn firstDay lastDay partnerCountry designationNotice"
    words = {word: NS + word for word in own.split()}
    words |= {"type": RDF_TYPE, "editors": EDITORS, "prefLabel": SKOS + "prefLabel"}
    words["startDate"] = "https://schema.org/startDate"
    texts = [f"<{iri}" for iri in words.values()]
    known = dict(lake.execute("SELECT text, id FROM terms WHERE text IN (SELECT unnest($t))", {"t": texts}).fetchall())
    numbers = {word: known.get(f"<{iri}", -1) for word, iri in words.items()}
    lake.execute(f"COPY ({(NAMED + found).format(**numbers)} {shown}) TO '/dev/stdout' (FORMAT csv, HEADER)")


if __name__ == "__main__":
    main()

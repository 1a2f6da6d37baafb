"""The commands that bench/large.py times, as people type them."""

from __future__ import annotations

from typing import NamedTuple

AT_HAND = ", with columns at hand"


class Case(NamedTuple):
    """A command; what its engine does of it alone; whether the store is built anew; whether others have it, too.

    A snapshot in columns is out of sight but where it is to be `at_hand`.
    """

    line: str
    alone: str = ""
    anew: bool = False
    beside: bool = True
    at_hand: bool = False

    @property
    def shown(self) -> str:
        """How it stands in a table."""
        line = self.line.partition(" -o ")[0].replace("{free}", "bench/free_queries").replace("{one}", "FILE")
        return f"`{line}`{', with the build of the store' if self.anew else AT_HAND if self.at_hand else ''}"


LOOK_UP = "query project-countries --project cybersouth-plus"
LONG = "query treaty-status --format csv"
CASES = (
    Case(LOOK_UP, "load {new} {quads} {triples}", anew=True),
    Case(LOOK_UP, "ask {store} {query}"),
    Case("query treaty-status --country MA --instrument ets-185 --with-sources", "ask {store} {query}", beside=False),
    Case("search casablanca"),
    Case("explain country/MA"),
    Case("query country-profile --country MA --format csv", "ask {store} {query}"),
    Case(LONG, "ask {store} {query}", beside=False),
    Case("query --file {free}/count-by-group.rq --format csv", "ask {store} {query}"),
    Case("validate {one} --no-cache"),
    Case("validate --no-cache", "judge {triples}"),
    *(Case(f"export {form} -o {{out}}", f"write {{quads}} {form} {{out}}") for form in ("nquads", "turtle", "jsonld")),
    *(Case(f"export {form} -o {{out}}") for form in ("ntriples", "rdfxml")),
    Case("export csv -o {out}.zip"),
    Case("export turtle --country MA -o {out}"),
    Case("export schema-org-things -o {out}"),
    Case("lake build", beside=False),
    Case(LONG, beside=False, at_hand=True),
)

"""Bring the reference table of treaty acts and lists into `data/`; with --check, only compare and account."""

from __future__ import annotations

import sys
from pathlib import Path

from import_countries import COLUMNS as COUNTRIES
from importing import ROOT, Account, Cells, Row, address, rows, settle, slug, stop
from treaty_mappings import (
    ACTS,
    ALSO,
    AS_OF,
    INSTRUMENTS,
    LISTINGS,
    NAMES,
    ORGANISATIONS,
    ROWS,
    SECTIONS,
    TERRITORIES,
)

ACT = [
    *("source", "id", "type", "actionBy", "actionOn", "actionKind", "actionDate"),
    *("extendsTo", "designates", "authorityFunction", "section"),
]
LISTING = ["source", "id", "type", "listedCountry", "listedFor", "listedAs", "asOf", "section"]
DATES = {"signature": "signature", "ratification_or_accession": "", "entry_into_force": "entry-into-force"}
LEFT = {
    "quote": "evidence for the curator; sentences are not copied",
    "retrieved_copy_note": "a note for the curator; the dates and acts that it states are in the mappings",
}
CARD = ["source", "id", "page"]
COLUMNS = ["treaty", "country_iso2", "kind", "source_id", "source_url", *DATES, *LEFT]


def main() -> None:
    """Read, account, write or compare."""
    account, acts, lists, cards = Account("treaties.csv"), list[Cells](), list[Cells](), dict[str, Cells]()
    named, also = names_of_countries(), dict(ALSO)
    for row in rows("treaties.csv", COLUMNS):
        account.rows += 1
        about = About(row, named, also)
        for column, reason in LEFT.items():
            account.left[f"{column}: {reason}"] += bool(row.pop(column))
        page = address(row.pop("source_url"))
        cards[page] = {"source": "cybercoop-editors", "id": f"source/{about.source}", "page": page}
        before = len(acts), len(lists)
        read(row, about, acts, lists)
        row.close()
        if (len(acts), len(lists)) == before:
            stop(f"{row.place}: nothing came of it")
        account.taken[f"rows of kind {about.kind}"] += 1
    if also:
        stop(f"treaty_mappings.py: no row for {sorted(also)}")
    acts, lists = one_row_each(acts, "actionDate"), one_row_each(lists, "")
    account.taken["records of acts written from them"] = len(acts)
    account.taken["records of listings written from them"] = len(lists)
    tables: dict[Path, tuple[list[str], list[Cells]]] = {}
    for instrument in sorted(INSTRUMENTS.values()):
        for folder, header, cells, on in (
            ("treaty-actions", ACT, acts, "actionOn"),
            ("listings", LISTING, lists, "listedFor"),
        ):
            if wanted := [row for row in cells if row[on] == instrument]:
                tables[ROOT / "data" / folder / f"{instrument}.csv"] = header, wanted
    account.taken["addresses compared with the cards of the sources"] = len(cards)
    settle(
        account,
        dict(tables),
        lambda cells: (cells["id"], cells["source"]),
        check="--check" in sys.argv,
        by_hand={ROOT / "data" / "sources": (CARD, list(cards.values()))},
    )


class About:
    """Who, what and where of one row; `also` is used up by the rows that it is about."""

    def __init__(self, row: Row, named: dict[str, str], also: dict[tuple[str, str, str], list[Cells]]) -> None:
        treaty, code = row.pop("treaty"), row.pop("country_iso2")
        self.kind, self.reference = row.pop("kind"), row.pop("source_id")
        if treaty not in INSTRUMENTS or code not in named:
            stop(f"{row.place}: unknown treaty or country: {treaty}, {code}")
        if self.kind not in ACTS and self.kind not in LISTINGS:
            stop(f"{row.place}: unknown kind: {self.kind}")
        self.source, self.instrument = slug(self.reference), INSTRUMENTS[treaty]
        self.code, self.who = code, ORGANISATIONS.get(code, f"country/{code}")
        single = SECTIONS.get(self.reference, "article")
        listed = ROWS.get(self.reference, single).format(name=named[code])
        notice = self.kind in ACTS and self.kind != "in_force" and self.reference in SECTIONS
        self.section = single if notice else listed
        self.also = also.pop((self.reference, treaty, code), [])

    def act(self, kind: str, date: str, actor: str, name: str = "", **more: str) -> Cells:
        """Return the row of one act."""
        who = actor.split("/")[1].lower() if actor.startswith("country/") else "eu"
        base = {"source": self.source, "id": f"treaty-action/{self.instrument}-{who}-{name or kind}"}
        said = {"type": "TreatyAction", "actionBy": actor, "actionOn": self.instrument, "actionKind": kind}
        return {**base, **said, "actionDate": date, **more, "section": self.section}

    def listing(self, status: str) -> Cells:
        """Return the row of one place on a list."""
        made = f"listing/{self.source}--{self.instrument}-{self.code.lower()}-{status}"
        said = {"type": "Listing", "listedCountry": self.who, "listedFor": self.instrument, "listedAs": status}
        date = AS_OF.get(self.reference, "")
        return {"source": self.source, "id": made, **said, "asOf": date, "section": self.section}


def read(row: Row, about: About, acts: list[Cells], lists: list[Cells]) -> None:
    """Add what a row says to the acts and lists."""
    dates = {column: row.pop(column) for column in DATES}
    if about.kind in LISTINGS:
        if any(dates.values()):
            stop(f"{row.place}: a place on a list has no dates")
        lists.append(about.listing(LISTINGS[about.kind]))
    for column, date in dates.items() if about.kind in ACTS else ():
        kind = DATES[column] or ACTS[about.kind]
        if date and not kind:
            stop(f"{row.place}: a date in {column} of a row of kind {about.kind}")
        if kind == "territorial-extension":
            holder = f"country/{TERRITORIES[about.code]}"
            name = f"{kind}-{about.code.lower()}"
            acts.append(about.act(kind, date, holder, name, extendsTo=about.code))
        elif kind and (date or kind in (about.kind, ACTS[about.kind])):
            acts.append(about.act(kind, date, about.who))
    for more in about.also:
        if status := more.get("listedAs"):
            lists.append(about.listing(status))
        else:
            rest = {key: value for key, value in more.items() if key not in ("actionKind", "actionDate")}
            acts.append(about.act(more["actionKind"], more.get("actionDate", ""), about.who, **rest))


def names_of_countries() -> dict[str, str]:
    """Return the English name of each code of the reference tables."""
    return {row.pop("iso2"): row.pop("cldr_en") for row in rows("countries.csv", COUNTRIES)} | NAMES


def one_row_each(cells: list[Cells], several: str) -> list[Cells]:
    """Return one row for each source and thing; the values of one column, when they differ, stand side by side."""
    found: dict[tuple[str, str], Cells] = {}
    for row in cells:
        first = found.setdefault((row["source"], row["id"]), row)
        if first is row:
            continue
        if several and first[several] != row[several] and {**first, several: ""} == {**row, several: ""}:
            first[several] = " | ".join(filter(None, [first[several], row[several]]))
        elif first != row:
            stop(f"{row['source']} says two things of {row['id']}")
    return [{key: value for key, value in row.items() if value} for row in found.values()]


if __name__ == "__main__":
    main()

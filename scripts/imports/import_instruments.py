"""Compare the reference table of treaties with the records in `data/instruments/`, which are written by hand."""

from __future__ import annotations

from importing import ROOT, Account, Cells, rows, settle, slug, stop
from treaty_mappings import INSTRUMENTS

HEADER = [
    *("source", "id", "type", "identifier", "title@en", "title@fr", "altLabel@en", "adoptedOn", "openedForSignature"),
    *("openedIn", "enteredIntoForce", "depositary", "supplements", "consentsRequired"),
]
DEPOSITARIES = {
    "African Union": "african-union",
    "Council of Europe": "council-of-europe",
    "League of Arab States": "league-of-arab-states",
    "United Nations": "united-nations",
}
IDENTIFIERS = {
    "A/RES/79/243; MTDSG XVIII-16": "A/RES/79/243 | MTDSG XVIII-16",
    "CETS No. 224": "CETS No. 224",
    "ETS No. 185 (also cited CETS No. 185)": "ETS No. 185",
    "ETS No. 189": "ETS No. 189",
}
PLACES = {
    "Budapest": "budapest",
    "Cairo": "cairo",
    "New York (adoption 24 December 2024); open for signature Hanoi 25-26 October 2025": "hanoi",
    "Strasbourg": "strasbourg",
}
ADOPTED = {"AU-MALABO"}
"""Treaties whose date and place in the table are those of their adoption."""

ALSO_ADOPTED = {"UNCAC-CYBER": "2024-12-24"}
"""Dates of adoption that stand in the column of places."""

OUR_DEPOSITARY = {"AU-MALABO"}
"""Treaties whose depositary is a judgement of the editors: the source does not name it."""

CONDITIONS = {
    "15 ratifications, then 30 days": "15",
    "30 days after deposit by seven Arab States": "7",
    "5 ratifications": "5",
    "5 ratifications (not reached in the stored copies: Japan, Serbia, then Hungary)": "5",
    "5 ratifications including at least 3 member States of the Council of Europe": "5",
    "90th day after the 40th instrument (art. 65(1)); open for signature until 31 December 2026": "40",
}
"""Conditions of entry into force → how many consents they ask for; their other words are in the descriptions."""

LEFT = {
    "quote": "evidence for the curator; sentences are not copied",
    "short_name": "in the names of the treaty",
}
OTHER_TITLES = {
    ("CETS224", "title_fr"): "shorter than the official title, which the record bears",
    ("UNCAC-CYBER", "title_en"): "abbreviated; the record bears the title in full",
}
OURS = "cybercoop-editors"
COLUMNS = [
    *("id", "number", "depositary_body", "place", "opened_or_adopted", "entry_into_force", "protocol_to", "source_id"),
    *("conditions", "title_en", "title_fr", *LEFT),
]


def main() -> None:
    """Read, account and compare."""
    account, wanted = Account("instruments.csv"), list[Cells]()
    for row in rows("instruments.csv", COLUMNS):
        treaty = row.pop("id")
        thing = {"id": f"instrument/{INSTRUMENTS[treaty]}"}
        said = {"source": slug(row.pop("source_id")), **thing}
        ours = {"source": OURS, **thing}
        for column, reason in LEFT.items():
            account.left[f"{column}: {reason}"] += bool(row.pop(column))
        for column, term in (("title_en", "title@en"), ("title_fr", "title@fr")):
            if reason := OTHER_TITLES.get((treaty, column), ""):
                account.left[f"{column} of {treaty}: {reason}"] += bool(row.pop(column))
            else:
                ours[term] = row.pop(column).replace("'", "’")
        number, place, date = row.pop("number"), row.pop("place"), row.pop("opened_or_adopted")
        said["identifier"] = IDENTIFIERS[number] if number else ""
        (ours if treaty in OUR_DEPOSITARY else said)["depositary"] = DEPOSITARIES[row.pop("depositary_body")]
        said["adoptedOn"] = date if treaty in ADOPTED else ALSO_ADOPTED.get(treaty, "")
        if treaty in ADOPTED:
            account.left[f"place of {treaty}: the place of its adoption, in its description"] += 1
        else:
            said |= {"openedForSignature": date, "openedIn": PLACES[place]}
        said["enteredIntoForce"] = row.pop("entry_into_force")
        said["consentsRequired"] = CONDITIONS[row.pop("conditions")]
        main_treaty = row.pop("protocol_to")
        said["supplements"] = INSTRUMENTS[main_treaty] if main_treaty else ""
        row.close()
        account.rows += 1
        account.taken["treaties, with the claims of their source and titles of the editors"] += 1
        wanted += [said, ours]
    if account.rows != len(INSTRUMENTS):
        stop(f"instruments.csv: {account.rows} rows for {len(INSTRUMENTS)} treaties")
    settle(
        account,
        {},
        lambda cells: (cells["id"],),
        check=True,
        by_hand={ROOT / "data" / "instruments": (HEADER, wanted)},
    )


if __name__ == "__main__":
    main()

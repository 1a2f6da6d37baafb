"""Compare the reference table of national laws with the records written by hand; with --draft, print the claims."""

from __future__ import annotations

import sys

from importing import ROOT, Account, Cells, Row, address, as_csv, rows, settle, slug, stop

HEADER = [
    *("source", "id", "type", "identifier", "title@ar", "title@en", "title@fr", "termUsed@en", "termUsed@fr"),
    *("jurisdiction", "adoptedOn", "enteredIntoForce", "publishedIn@en", "publishedIn@fr", "page"),
]
COLUMNS = [
    *("country_iso2", "law_number", "date", "title_original", "title_en", "kind", "entry_into_force"),
    *("official_gazette", "status", "source_url", "source_id", "quote", "note"),
]
OURS = "cybercoop-editors"
NUMBERLESS = {"Cybersecurity Law": "jo-cybersecurity-law"}
NUMBERS = {("DZ", "09-04", "leg_dz_jil"): "09/04"}
TITLES = {
    "Law for Combating ICT Crimes (Anti-Cyber and Information Technology Crimes)": "Law for Combating ICT Crimes",
    "Law No. 5 of 2022 (Cybercrime Law)": "Cybercrime Law",
    "Law by Decree No. 28 of 2020 (amends article 15)": "Law by Decree No. 28 of 2020",
    "Law no. 60 of 2014 (cybercrime)": "Law no. 60 of 2014",
}
"""Titles in the words of the source, where the table has the curator's."""

TITLES_OF_OURS = {"leg_dz_djaz"}
"""Sources that do not give the title in full: the editors do."""

TRANSLATED = {("TN", "leg_tn_icnl"): "the source is the French text; the name in English is the editors'"}
DATES = {("AE", "2/2006"): "2006-02"}
"""Dates that the quoted words of the source give more precisely than the table."""

LANGUAGES = {"DZ": "fr", "MA": "fr", "TN": "fr"}
KINDS = {
    "decree-law": {"en": "decree-law", "fr": "décret-loi"},
    "law": {"en": "law", "fr": "loi"},
    "prime ministerial decree": {"en": "prime ministerial decree"},
}
WITHOUT_KIND = {("DZ", "leg_dz_jil"), ("EG", "octopus_eg")}
"""Rows whose kind is plain from another row of the same law."""

GAZETTES: dict[str, Cells] = {
    "": {},
    "Bulletin officiel n° 6970, 18 mars 2021 (Arabic text: 11 January 2021)": {
        "publishedIn@fr": "Bulletin officiel n° 6970, 18 mars 2021"
    },
    "JORT n° 103, 16 septembre 2022, p. 2655": {"publishedIn@fr": "JORT n° 103, 16 septembre 2022, p. 2655"},
    "Official Gazette vol. 32 (bis) (c), 14 Aug. 2018": {
        "publishedIn@en": "Official Gazette vol. 32 (bis) (c), 14 August 2018"
    },
    "Palestinian Official Gazette (Issue 14), 9 July 2017": {
        "publishedIn@en": "Palestinian Official Gazette, issue 14, 9 July 2017"
    },
    "dahir 1-07-129": {},
    "dahir 1-09-15": {},
}
"""Gazettes; a dahir is the act that promulgates a law, no gazette, and stands in the description."""

STATUSES = {
    "": "",
    "amended by Law 17/2023": "in the description",
    "amended by Law by Decree No. 28 of 2020": "in the description",
    "in force since 2023-09-12": "the date of entry into force, which the record has",
    "replaces Federal Decree-Law No. 5 of 2012": "in the description, in the graph of leg-ae, which states it",
}
ALWAYS_LEFT = {
    "quote": "evidence for the curator; sentences are not copied",
    "note": "for the curator; what it states of the law is in a record, or is a doubt of the curator",
}


def claims(row: Row, account: Account) -> list[Cells]:
    """Return what a row says, as rows of a table of records, and note what was left out."""
    country, number, reference = row.pop("country_iso2"), row.pop("law_number"), row.pop("source_id")
    original, english = row.pop("title_original"), row.pop("title_en")
    name = f"{country.lower()}-{slug(number).replace('/', '-')}" if number else NUMBERLESS[english]
    file = ROOT / "data" / "instruments" / f"{name}.yaml"
    if not file.is_file():
        stop(f"{row.place}: there is no {file.relative_to(ROOT)}")
    account.taken[f"rows in {file.relative_to(ROOT).as_posix()}"] += 1
    law = {"source": slug(reference), "id": f"instrument/{name}"}
    said = {**law, "type": "NationalLaw", "jurisdiction": country}
    said["identifier"] = NUMBERS.get((country, number, reference), number)
    wanted = [said]
    if original:
        language = "ar" if reference == "leg_dz_jil" else LANGUAGES[country]
        title = {f"title@{language}": original.replace("'", "’")}
        wanted.append({**law, **title} | ({"source": OURS} if reference in TITLES_OF_OURS else {}))
    if english and (reason := TRANSLATED.get((country, reference))):
        account.left[f"title_en of {name}: {reason}"] += 1
    elif english:
        said["title@en"] = TITLES.get(english, english)
    language = "fr" if original else "en"
    kind = KINDS[row.pop("kind")][language]
    if (country, reference) in WITHOUT_KIND:
        account.left["kind: plain from another row of the same law"] += 1
    else:
        said[f"termUsed@{language}"] = kind
    date = row.pop("date")
    said["adoptedOn"] = DATES.get((country, number), date) if date else ""
    said["enteredIntoForce"] = row.pop("entry_into_force")
    gazette = row.pop("official_gazette")
    said |= GAZETTES[gazette]
    if gazette and not GAZETTES[gazette]:
        account.left["official_gazette: a dahir, which promulgates, is no gazette; in the description"] += 1
    if reason := STATUSES[row.pop("status")]:
        account.left[f"status: {reason}"] += 1
    page = {"source": OURS, "id": f"source/{slug(reference)}", "page": address(row.pop("source_url"))}
    for column, why in ALWAYS_LEFT.items():
        account.left[f"{column}: {why}"] += bool(row.pop(column))
    return [*wanted, page]


def main() -> None:
    """Read, account and compare."""
    account, wanted = Account("national_laws.csv"), list[Cells]()
    for row in rows("national_laws.csv", COLUMNS):
        wanted += claims(row, account)
        row.close()
        account.rows += 1
    if "--draft" in sys.argv:
        print(as_csv(HEADER, wanted))
    settle(account, {}, lambda cells: (cells["id"],), check=True, by_hand={ROOT / "data": (HEADER, wanted)})


if __name__ == "__main__":
    main()

"""Bring the reference table of countries into `data/countries.csv`; with --check, only compare and account."""

from __future__ import annotations

import sys

from importing import ROOT, Account, Cells, rows, settle

FILE = ROOT / "data" / "countries.csv"
LANGUAGES = ("en", "fr", "ar")
HEADER = [
    *("source", "id", "type", "alpha2", "alpha3", "m49"),
    *(f"prefLabel@{lang}" for lang in LANGUAGES),
    *(f"altLabel@{lang}" for lang in LANGUAGES),
    "exactMatch",
]
CODES, NAMES, CONCEPTS, OURS = "country-codes-dataset", "unicode-cldr", "eurovoc-yaml", "cybercoop-editors"
LEFT = {
    "eu_authority_basis": "how the address of the EU authority was found: all are links of the editors",
    "in_seeds": "a note for the curator",
    "un_region": "follows from the M49 code",
    "un_subregion": "follows from the M49 code",
    "unterm_formal_en": "the long form in English only; its asterisks stand for footnotes that the table lacks",
}
USUAL = {
    "AE": {"en": "UAE", "fr": "EAU", "ar": "الإمارات"},
    "GB": {"en": "UK", "ar": "بريطانيا"},
    "SA": {"ar": "السعودية"},
    "US": {"en": "USA"},
}
"""Short names in daily use, which people type and the table lacks."""

COLUMNS = [
    *("iso2", "iso3", "m49", "wikidata_iri", "eu_authority_iri", "geonames_iri", "eurovoc_iri"),
    *(f"{name}_{lang}" for name in ("cldr", "un_name") for lang in LANGUAGES),
    *LEFT,
]
SOURCES = [CODES, NAMES, CONCEPTS, OURS]


def main() -> None:
    """Read, account, write or compare."""
    account, wanted = Account("countries.csv"), list[Cells]()
    for row in rows("countries.csv", COLUMNS):
        base = {"id": f"country/{row.fields['iso2']}", "type": "Country"}
        cldr = {lang: row.pop(f"cldr_{lang}") for lang in LANGUAGES}
        other = {lang: row.pop(f"un_name_{lang}") for lang in LANGUAGES}
        found: dict[str, Cells] = {
            CODES: {"alpha2": row.pop("iso2"), "alpha3": row.pop("iso3"), "m49": row.pop("m49")},
            NAMES: {f"prefLabel@{lang}": name for lang, name in cldr.items()},
            CONCEPTS: {"exactMatch": row.pop("eurovoc_iri")},
            OURS: {
                "exactMatch": row.pop("eu_authority_iri"),
                **{f"altLabel@{lang}": name for lang, name in USUAL.get(base["id"][-2:], {}).items()},
            },
        }
        found[CODES] |= {f"altLabel@{lang}": name for lang, name in other.items() if name != cldr[lang]}
        found[CODES]["exactMatch"] = " | ".join(filter(None, [row.pop("wikidata_iri"), row.pop("geonames_iri")]))
        for column, reason in LEFT.items():
            account.left[f"{column}: {reason}"] += bool(row.pop(column))
        row.close()
        account.rows += 1
        for source, cells in found.items():
            if filled := {key: value for key, value in cells.items() if value}:
                account.taken[f"record of {source}"] += 1
                wanted.append({"source": source, **base, **filled})
    settle(
        account,
        {FILE: (HEADER, wanted)},
        lambda cells: (cells["id"], SOURCES.index(cells["source"])),
        check="--check" in sys.argv,
    )


if __name__ == "__main__":
    main()

"""What the import of treaty acts has to be told: words of the reference table, and where a row stands in its source."""

from __future__ import annotations

INSTRUMENTS = {
    "ARAB2010": "arab-convention-2010",
    "AU-MALABO": "malabo-convention",
    "CETS224": "cets-224",
    "ETS185": "ets-185",
    "ETS189": "ets-189",
    "UNCAC-CYBER": "un-cybercrime-convention",
}

NAMES = {"EU": "European Union", "PS": "Palestine*"}
"""Names in places of sources, where they are not those of the table of countries."""

ORGANISATIONS = {"EU": "organisation/european-union"}
"""Codes in the column of countries that stand for organisations."""

TERRITORIES = {"CW": "NL"}
"""Territories to which a country extends a treaty, and that country."""

ACTS = {
    "accession": "accession",
    "accession_approved": "executive-approval",
    "announcement": "announcement",
    "in_force": "",
    "invitation": "invitation",
    "parliament_approval": "parliamentary-approval",
    "ratification": "ratification",
    "request": "request",
    "signature": "",
    "territorial_extension": "territorial-extension",
}
"""Kinds of row about acts → the kind of the act that the second date is of; the first and third date say theirs."""

LISTINGS = {
    "listed_contracting_state": "contracting-state",
    "listed_invited": "invited",
    "listed_party": "party",
    "listed_ratified": "ratified",
    "listed_signatory": "signatory",
    "no_status": "no-status",
    "not_listed": "not-listed",
    "not_signed": "not-signed",
    "party_with_declaration": "party",
    "ratification_recommended": "in-procedure",
    "relies_on": "relies-on",
}
"""Kinds of row about lists → the status that they give."""

AS_OF = {
    "cybercrimelaw": "2015-09",
    "cyberlaw189": "2008-04",
    "nl_009852_w1": "2026-01-14",
    "nl_013891": "2025-11-19",
    "uk_notif": "2011-06-01",
    "watan_bh": "2016",
}
"""The date up to which the list of a source is current, where the reference says it; the others are undated."""

ALL_THREE = "extradition-authority | central-authority | contact-point-24-7"
"""The authorities of articles 24, 27 and 35 of the Convention on Cybercrime, in that order."""

ALSO: dict[tuple[str, str, str], list[dict[str, str]]] = {
    ("aviso_mt", "ETS185", "MT"): [{"actionKind": "ratification", "actionDate": "2012-04-12"}],
    ("grok_185", "ETS185", "US"): [{"listedAs": "signatory"}],
    ("legilux_ma", "ETS185", "MA"): [
        {
            "actionKind": "authority-designation",
            "name": "authority-designation-central-authority",
            "designates": "criminal-affairs-and-amnesty-department-ma",
            "authorityFunction": "central-authority",
        },
        {
            "actionKind": "authority-designation",
            "name": "authority-designation-contact-point-24-7",
            "authorityFunction": "contact-point-24-7",
        },
    ],
    ("nl_009852_w1", "ETS185", "EC"): [
        {"actionKind": "declaration", "actionDate": "2025-12-04", "authorityFunction": ALL_THREE},
    ],
    ("octopus_ma", "ETS185", "MA"): [
        {"actionKind": "declaration", "authorityFunction": ALL_THREE},
        {"listedAs": "party"},
    ],
}
"""What the note of a row states beyond its columns: further acts, a second date of the same act, a place on a list."""

ROWS = {
    "cipit_malabo": "list of ratifying States, {name}",
    "coe185_2015": "chart, row {name}",
    "coe_185_parties": "list of Parties, {name}",
    "cybercrimelaw": "list of ratifications, {name}",
    "cyberlaw189": "ratification status, {name}",
    "de_bgbl189": "entry into force for other States, {name}",
    "inview_185": "parties, row {name}",
    "netlawgic": "chart, row {name}",
    "nl_009852_w": "changes, {name}",
    "nl_009852_w1": "latest changes, {name}",
    "nl_013833": "parties, row {name}",
    "nl_013833b": "parties, row {name}",
    "nl_013891": "parties, row {name}",
    "pbip": "article on the Convention, list, {name}",
    "trb2007_10": "parties, row {name}",
    "uk_notif": "list of States, {name}",
    "untc_xviii16": "participants, row {name}",
    "watan_bh": "article, list, {name}",
    "wipolex_19810": "parties, row {name}",
}
"""Sources that are lists → the place of a row in them."""

SECTIONS = {
    "aviso_at": "notice",
    "aviso_ca": "notice",
    "aviso_cz189": "notice",
    "aviso_mt": "notice",
    "at_bgbl": "notice",
    "be_decl": "heading of the declarations",
    "coe_br": "gallery text",
    "de_bgbl189": "notice",
    "es_185": "treaty sheet",
    "gddc_185": "treaty sheet",
    "gddc_189": "treaty sheet",
    "legilux_ma": "notice",
    "legilux_mc": "notice",
    "octopus_dz": "status box",
    "octopus_jo2": "status box",
    "octopus_ma": "country profile",
    "thegfce_cs": "description of the project",
    "uk_notif": "notification",
    "update_2018q1": "news of the quarter",
    "update_2019q4": "news of the quarter",
    "watan_bh": "article",
}
"""Other places of acts and listings; where a source has none, it is an article."""

"""Compare the reference table of projects with the records written by hand; with --draft, print the claims."""

from __future__ import annotations

import sys

from importing import ROOT, Account, Cells, Row, address, as_csv, rows, settle, slug, stop

HEADER = [
    *("source", "id", "type", "prefLabel@en", "prefLabel@fr", "altLabel@en", "altLabel@fr", "identifier", "startDate"),
    *(
        "endDate",
        "partOf",
        "funder",
        "implementer",
        "partnerCountry",
        "objective",
        "output",
        "follows",
        "page",
        "budget",
    ),
    *("contribution", "contributor", "share", "contributed", "amount", "currency"),
]
COLUMNS = [
    *("project_id", "title", "acronym", "start", "end", "budget_amount", "budget_currency", "funders", "implementer"),
    *("countries_iso2", "objective", "outputs_or_components", "follow_up_of", "web_address", "source_url", "source_id"),
    *("quote", "note"),
]
OURS = "cybercoop-editors"
SEEDS = {
    "seed0": "coe-cybersouth-plus-page",
    "seed2": "eu-neighbours-cybersouth-plus-page",
    "seed3": "pogar-casablanca-2007-report",
}
"""Rows that repeat one of the four documents, recorded from the document itself."""

PROJECTS = {
    "arabniaba": "project/modernisation-public-prosecution",
    "cybercrimeeap": "project/cybercrime-eap",
    "cybercrimeipa": "project/cybercrime-ipa",
    "cybereast": "project/cybereast",
    "cybereastplus": "project/cybereast-plus",
    "cyberoctopus": "project/cybercrime-octopus",
    "cybersee": "project/cybersee",
    "cybersouth": "project/cybersouth",
    "cybersouthplus": "project/cybersouth-plus",
    "cyberspex": "project/cyberspex",
    "cyberua": "project/cyberua",
    "ec-oc2019-c1": "project/organised-crime-2019-cybercrime",
    "endocsea": "project/endocsea-europe",
    "glacy": "project/glacy",
    "glacye": "project/glacy-e",
    "glacyplus": "project/glacy-plus",
    "globalproject3": "project/global-project-cybercrime-3",
    "iproceeds": "project/iproceeds",
    "iproceeds2": "project/iproceeds-2",
    "octopusproject": "project/octopus-project",
    "pogar": "programme/pogar",
}
PROSECUTION = "Project on the Modernization of Public Prosecution Offices"
TITLES = {
    ("arabniaba", "pogar_pp"): {"prefLabel@en": PROSECUTION, "partOf": "programme/rule-of-law-arab-states"},
    ("arabniaba", "seed3"): {"prefLabel@en": PROSECUTION, "partOf": "programme/rule-of-law-arab-states"},
    ("cybercrimeeap", "coe_cybereast"): {"prefLabel@en": "Cybercrime@EaP"},
    ("cybereastplus", "europesays_ce"): {"prefLabel@en": "CyberEast+"},
    ("cybersouth", "cs_summary"): {
        "prefLabel@en": "CyberSouth - Cooperation on cybercrime in the Southern Neighbourhood",
        "identifier": "2017/DG1/JP/3692",
    },
    ("cybersouth", "eun_rabat2018"): {"altLabel@fr": "CyberSud"},
    ("cybersouthplus", "seed0"): {"prefLabel@en": "CyberSouth+"},
    ("cybersouthplus", "seed2"): {"altLabel@fr": "CyberSouth+ Coopération sur la cybercriminalité"},
    ("glacyplus", "coe_glacyplus"): {"altLabel@en": "GLACY+"},
    ("glacyplus", "interpol_glacyplus"): {"altLabel@en": "GLACY+"},
    ("glacyplus", "update_2018q1"): {"altLabel@en": "GLACY+"},
    ("iproceeds2", "coe_ip2_close"): {"altLabel@en": "iPROCEEDS-2"},
}
"""Titles that a record bears otherwise than as its name in English: split, or as another name."""

ACRONYMS: dict[tuple[str, str], Cells | str] = {
    ("cybercrimeeap", "coe_cybereast"): {"prefLabel@en": "Cybercrime@EaP"},
    ("cybersouth", "eun_rabat2018"): "the curator's key; the article says CyberSud",
    ("cybersouthplus", "seed2"): {"prefLabel@fr": "CyberSouth+"},
}
COUNCIL, OFFICE, UNION = "council-of-europe", "cybercrime-programme-office", "european-union"
BOTH = {"funder": f"{COUNCIL} | {UNION}"}
PARTS = {"90": "european-union", "10": "council-of-europe"}
FUNDERS: dict[str, Cells | str] = {
    "": {},
    "Council of Europe;European Union": BOTH,
    "European Union": {"funder": UNION},
    "European Union (ENI East) 90%;Council of Europe 10%": BOTH | {"share": "90 10"},
    "European Union (IPA II multi-country action programme 2014);Council of Europe": BOTH,
    "European Union (Instrument Contributing to Peace and Stability);Council of Europe": BOTH,
    "European Union (Instrument contributing to Stability and Peace);Council of Europe": BOTH,
    "European Union (NDICI-Global Europe);Council of Europe": BOTH,
    "European Union 90%;Council of Europe 10%": BOTH | {"share": "90 10"},
    "European Union;Council of Europe": BOTH,
    "UNDP": {"funder": "undp"},
    "UNDP Regional Bureau for Arab States": {"funder": "undp-regional-bureau-for-arab-states"},
    "United Kingdom (GBP 100,000) and others": {"contribution": "gb country/GB gbp 100000"},
    "voluntary contributions": "voluntary contributions: a way of paying, not a funder; in the description",
}
IMPLEMENTERS = {
    "": "",
    "Council of Europe": COUNCIL,
    "Council of Europe (indirect management)": COUNCIL,
    "Council of Europe C-PROC": OFFICE,
    "Council of Europe;INTERPOL": f"{COUNCIL} | interpol",
    "Cybercrime Programme Office of the Council of Europe (C-PROC, Bucharest)": OFFICE,
    "UNDP": "undp",
    "UNDP-POGAR": "undp-pogar",
}
GIVEN = {
    ("cybereast", "eufd_cybereast"): "european-union-2 organisation/european-union",
    ("cybereastplus", "europesays_ce"): "european-commission organisation/european-commission",
}
"""Sums that the table has as budgets, and that their sources call the contribution of one contributor."""

ELSEWHERE = {
    ("arabniaba", "seed3", "funders"): "pogar-pp",
    ("cybercrimeeap", "coe_cybereast", "countries_iso2"): OURS,
    ("cybereast", "coe_cybereast", "countries_iso2"): "eufd-cybereast",
    ("cybereastplus", "europesays_ce", "objective"): "eun-cybereastplus",
    ("cybereastplus", "europesays_ce", "title"): "eun-cybereastplus",
    ("cybersouthplus", "seed0", "funders"): OURS,
    ("cybersouthplus", "seed0", "implementer"): OURS,
    ("cybersouthplus", "seed0", "web_address"): OURS,
    ("glacy", "coe_glacy", "countries_iso2"): "gfce-glacyplus",
}
"""Values that another source than that of the row states, as the notes of the table say, or that are our judgement."""

FOLLOWS = {("cybereastplus", "europesays_ce"): "europesays-ce"}
"""Predecessors that a source states; all others are judgements of the editors, with their reasons."""

OUTPUTS = {("cybersouthplus", "seed0"), ("cybersouthplus", "seed2")}
LEFT = {
    ("arabniaba", "seed3", "start"): "the day of the launching conference, which is an activity of its own",
    ("iproceeds2", "coe_ip2_close", "end"): "the day of the closing event, which is not said to be the last day",
}
ALWAYS_LEFT = {
    "quote": "evidence for the curator; sentences are not copied",
    "note": "for the curator; what it states of the project is in a record",
}


class Project:
    """One row on its way to claims."""

    def __init__(self, row: Row, account: Account) -> None:
        self.row, self.account = row, account
        self.name, self.reference = row.pop("project_id"), row.pop("source_id")
        self.thing = PROJECTS[self.name]
        self.source = SEEDS.get(self.reference) or slug(self.reference)
        self.wanted: list[Cells] = []

    def take(self, column: str) -> str:
        """Take a field, unless it is left out for a reason."""
        reason = LEFT.get((self.name, self.reference, column))
        return self.account.take(self.row, column, f"{self.name} in {self.reference}", reason)

    def say(self, column: str, cells: Cells, thing: str = "") -> None:
        """Note a claim about the project, or about something inside it, in the graph that states it."""
        source = ELSEWHERE.get((self.name, self.reference, column), self.source)
        if any(cells.values()):
            self.wanted.append({"source": source, "id": thing or self.thing, **cells})

    def sum(self, column: str, amount: str, currency: str) -> str:
        """Note an amount of money and return its name."""
        name = f"amount/{currency.lower()}-{amount}"
        self.say(column, {"amount": amount, "currency": currency}, name)
        return name

    def contribution(self, column: str, part: str, cells: Cells) -> None:
        """Note what one contributor gives."""
        name = f"contribution/{self.thing.partition('/')[2]}-{part}"
        self.say(column, {"contribution": name})
        self.say(column, cells, name)

    def names(self) -> None:
        """Take title and acronym."""
        title, acronym = self.take("title"), self.take("acronym")
        names = TITLES.get((self.name, self.reference), {"prefLabel@en": title})
        self.wanted.append({"source": self.source, "id": self.thing, **names})
        if (self.name, self.reference, "title") in ELSEWHERE:
            self.say("title", {"prefLabel@en": title})
        special = ACRONYMS.get((self.name, self.reference))
        if isinstance(special, str):
            self.account.left[f"acronym of {self.name} in {self.reference}: {special}"] += 1
        elif special:
            self.say("acronym", special)
        elif acronym and acronym not in names.values():
            self.say("acronym", {"altLabel@en": acronym})

    def money(self) -> None:
        """Take funders and budget."""
        funders = FUNDERS[self.take("funders")]
        if isinstance(funders, str):
            self.account.left[f"funders of {self.name}: {funders}"] += 1
            funders = {}
        self.say("funders", {"funder": funders.get("funder", "")})
        for share in funders.get("share", "").split():
            self.contribution("funders", PARTS[share], {"contributor": f"organisation/{PARTS[share]}", "share": share})
        if given := funders.get("contribution"):
            part, contributor, currency, amount = given.split()
            sum_ = self.sum("funders", amount, currency.upper())
            self.contribution("funders", part, {"contributor": contributor, "contributed": sum_})
        amount, currency = self.take("budget_amount"), self.take("budget_currency")
        if amount:
            sum_ = self.sum("budget_amount", amount, currency)
            if given := GIVEN.get((self.name, self.reference)):
                part, contributor = given.split()
                self.contribution("budget_amount", part, {"contributor": contributor, "contributed": sum_})
            elif self.name == "ec-oc2019-c1":
                self.say("budget_amount", {"budget": sum_}, "programme/fighting-organised-crime-2019")
            else:
                self.say("budget_amount", {"budget": sum_})

    def rest(self) -> None:
        """Take dates, partners, objective, outputs, predecessor and addresses."""
        self.say("start", {"startDate": self.take("start"), "endDate": self.take("end")})
        self.say("implementer", {"implementer": IMPLEMENTERS[self.take("implementer")]})
        self.say("countries_iso2", {"partnerCountry": self.take("countries_iso2").replace(";", " | ")})
        own = self.thing.partition("/")[2]
        if self.take("objective"):
            self.say("objective", {"objective": f"objective/{own}"})
        if self.take("outputs_or_components"):
            if (self.name, self.reference) in OUTPUTS:
                self.say("outputs_or_components", {"output": " | ".join(f"output/{own}-{n}" for n in range(1, 5))})
            else:
                self.account.taken["components without numbers as outputs, in our words, in descriptions"] += 1
        if before := self.take("follow_up_of"):
            source = FOLLOWS.get((self.name, self.reference), OURS)
            self.wanted.append({"source": source, "id": self.thing, "follows": PROJECTS[before]})
        self.say("web_address", {"page": self.take("web_address")})
        page = self.row.pop("source_url")
        self.wanted.append({"source": OURS, "id": f"source/{self.source}", "page": address(page)})
        for column, reason in ALWAYS_LEFT.items():
            self.account.left[f"{column}: {reason}"] += bool(self.row.pop(column))

    def file(self) -> str:
        """Return the file that holds the records of the project."""
        kind, _, name = self.thing.partition("/")
        file = ROOT / "data" / f"{kind}s" / f"{name}.yaml"
        if not file.is_file():
            stop(f"{self.row.place}: there is no {file.relative_to(ROOT)}")
        return file.relative_to(ROOT).as_posix()


def main() -> None:
    """Read, account and compare."""
    account, wanted = Account("projects.csv"), list[Cells]()
    for row in rows("projects.csv", COLUMNS):
        project = Project(row, account)
        project.names()
        project.money()
        project.rest()
        row.close()
        account.rows += 1
        already = ", already recorded by hand from the document" if project.reference in SEEDS else ""
        account.taken[f"rows in {project.file()}{already}"] += 1
        wanted += project.wanted
    if "--draft" in sys.argv:
        print(as_csv(HEADER, wanted))
    settle(account, {}, lambda cells: (cells["id"],), check=True, by_hand={ROOT / "data": (HEADER, wanted)})


if __name__ == "__main__":
    main()

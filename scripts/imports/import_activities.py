"""Compare the reference table of activities with the records written by hand; with --draft, print the claims."""

from __future__ import annotations

import sys

import activity_mappings as words
from importing import ROOT, Account, Cells, Row, address, as_csv, rows, settle, slug, stop

HEADER = [
    *("source", "id", "type", "prefLabel@en", "prefLabel@fr", "termUsed@en", "activityKind", "partOf", "startDate"),
    *("endDate", "heldIn", "host", "organiser", "supporter", "benefits", "attendedBy", "audience", "participation"),
    *("headcount", "theme", "agendaTopic", "concerns", "inCountry", "page"),
]
COLUMNS = [
    *("activity_id", "project_id", "title", "type", "start", "end", "city", "country_iso2", "host_or_organiser"),
    *("beneficiary_countries_iso2", "beneficiaries", "participants", "themes", "source_url", "source_id", "quote"),
    "note",
]
WHOLES = {
    "": "",
    "arabniaba": "project/modernisation-public-prosecution",
    "cybersouth": "project/cybersouth",
    "cybersouthplus": "project/cybersouth-plus",
}
ALWAYS_LEFT = {
    "quote": "evidence for the curator; sentences are not copied",
    "note": "for the curator; what it states of the activity is in a record",
}


class Activity:
    """One row on its way to claims."""

    def __init__(self, row: Row, account: Account) -> None:
        self.row, self.account = row, account
        self.name, self.reference = row.pop("activity_id"), row.pop("source_id")
        self.key = (self.name, self.reference)
        self.thing = f"activity/{words.ACTIVITIES[self.name]}"
        self.source = words.SEEDS.get(self.reference) or slug(self.reference)
        self.wanted: list[Cells] = []

    def take(self, column: str) -> str:
        """Take a field, unless it is left out for a reason."""
        return self.account.take(self.row, column, self.name, words.LEFT.get((*self.key, column)))

    def say(self, cells: Cells, thing: str = "", source: str = "") -> None:
        """Note a claim about the activity, or about another thing, in the graph that states it."""
        if any(cells.values()):
            self.wanted.append({"source": source or self.source, "id": thing or self.thing, **cells})

    def when_and_where(self) -> None:
        """Take title, kind, project, dates and place."""
        title = self.take("title")
        self.say(words.TITLES.get(self.key, {"prefLabel@en": title}))
        self.say({"activityKind": words.KINDS[self.take("type")], "partOf": WHOLES[self.take("project_id")]})
        dates = {"startDate": self.take("start"), "endDate": self.take("end")}
        self.say(dates, source=words.DATED_BY.get(self.key, ""))
        place, self.country = words.PLACES[self.take("city")], self.take("country_iso2")
        self.say({"heldIn": place})
        if place:
            self.say({"inCountry": self.country}, f"place/{place}", words.COUNTRY_SAID_BY.get(place, words.OURS))
        elif self.country:
            stop(f"{self.row.place}: a country without a place; say in LEFT what becomes of it")

    def who(self) -> None:
        """Take hosts, beneficiaries and numbers."""
        cells = words.ORGANISERS[self.take("host_or_organiser")]
        cells = {key: value.format(country=self.country.lower()) for key, value in cells.items()}
        self.say({key: value for key, value in cells.items() if key != "source"}, source=cells.get("source", ""))
        countries = [code for code in self.take("beneficiary_countries_iso2").split(";") if code]
        if self.key in words.PRESENT:
            self.say({"attendedBy": " | ".join(f"country/{code}" for code in countries)})
        else:
            self.say({"benefits": " | ".join(countries)})
        self.say(words.BENEFICIARIES[self.take("beneficiaries")])
        if number := self.take("participants"):
            people = f"participation/{words.PEOPLE[self.name]}"
            self.say({"participation": people})
            self.say({"headcount": number}, people)

    def rest(self) -> None:
        """Take themes and address."""
        self.say(words.THEMES[self.take("themes")])
        if page := self.take("source_url"):
            self.say({"page": address(page)}, f"source/{self.source}", words.OURS)
        for column, reason in ALWAYS_LEFT.items():
            self.account.left[f"{column}: {reason}"] += bool(self.take(column))

    def file(self) -> str:
        """Return the file that holds the records of the activity."""
        found = sorted((ROOT / "data" / "activities").glob(f"*/{words.ACTIVITIES[self.name]}.yaml"))
        if len(found) != 1:
            stop(f"{self.row.place}: there is no one file of {self.thing}")
        return found[0].relative_to(ROOT).as_posix()


def main() -> None:
    """Read, account and compare."""
    account, wanted = Account("activities.csv"), list[Cells]()
    for row in rows("activities.csv", COLUMNS):
        activity = Activity(row, account)
        activity.when_and_where()
        activity.who()
        activity.rest()
        row.close()
        account.rows += 1
        already = ", already recorded by hand from the document" if activity.reference in words.SEEDS else ""
        account.taken[f"rows in {activity.file()}{already}"] += 1
        wanted += activity.wanted
    if "--draft" in sys.argv:
        print(as_csv(HEADER, wanted))
    settle(account, {}, lambda cells: (cells["id"],), check=True, by_hand={ROOT / "data": (HEADER, wanted)})


if __name__ == "__main__":
    main()

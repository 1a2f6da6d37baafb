"""Records proposed from an IATI activity file: what concerns the field, under the publisher's file as source.

Nothing is merged and nothing written: who reviews a proposal compares it with the file, describes the project in own
words, and has `cybercoop validate --accept-into` write it. See the
[activity standard](https://iatistandard.org/en/iati-standard/203/activity-standard/).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from cybercoop.contribute import folders
from cybercoop.contribute.iati.known import Known
from cybercoop.contribute.iati.left_out import LeftOut
from cybercoop.problems.problem import LANGUAGES, Where, in_language, nearest, refuse, sentence
from cybercoop.records.reading import Fields, Node, fields, scalar, some
from cybercoop.terms import names
from cybercoop.terms.iati import COMMITMENTS, DAC5
from cybercoop.terms.names import ID

if TYPE_CHECKING:
    from cybercoop.records.iati import File
    from cybercoop.records.iati_activity import Activity, Money
    from cybercoop.workspace.workspace import Workspace

_LONGEST = 60

Line = tuple[str, dict[str, str]]
"""What is left out: the code of a sentence, and what it is filled with."""


class Proposal(NamedTuple):
    """Records as documents of YAML, a line for whatever is left out, and how many activities there were."""

    text: str
    left_out: tuple[str, ...]
    proposed: int
    activities: int


def propose(workspace: Workspace, path: Path, wanted: Collection[str] = (), lang: str = "en") -> Proposal:
    """Return the records that a file of IATI activities gives reason for, or those of the identifiers `wanted`.

    An activity is a candidate where it goes through the Council of Europe or UNODC (CRS channel codes), speaks of
    cybercrime or electronic evidence, or is for a country that is a partner of one of our projects and speaks of, or
    has a sector code of, a theme that stands against IATI. Raises `Refusal` for what cannot be read, and for an
    identifier that the file does not have.
    """
    try:
        from cybercoop.records import iati
    except ImportError:
        raise refuse("extra-missing", value="iati") from None
    try:
        data = path.read_bytes()
    except (OSError, ValueError):
        raise refuse("file-missing", Where(str(path)), value=str(path)) from None
    file = iati.read(data, str(path))
    there = [each.identifier for each in file.activities]
    for each in wanted:
        if each not in there:
            raise refuse("iati-no-such", Where(str(path)), value=each, nearest=nearest(each, filter(None, there)))
    return Proposing(Known(workspace), file, path.name).proposal(set(wanted), lang)


class Proposing:
    """One file on its way into records."""

    def __init__(self, known: Known, file: File, name: str) -> None:
        self.known = known
        self.file = file
        self.name = name
        self.left = LeftOut()
        self.named = set(known.ids)
        self.digest = hashlib.sha256(file.data).hexdigest()
        reporters = dict.fromkeys(each.reporter for each in file.activities if any(each.reporter[:2]))
        self.reporter = next(iter(reporters)) if len(reporters) == 1 else None
        stem = (self.reporter.ref or self.reporter.name) if self.reporter else PurePath(name).name.partition(".")[0]
        known_source = known.sources.get(self.digest)
        self.source = (
            names.short(known_source).partition("/")[2] if known_source else names.slug(f"iati {stem} {file.made}")
        )
        self.is_new = known_source is None

    def proposal(self, wanted: Collection[str], lang: str) -> Proposal:
        """Return the records as documents, and what is left out in `lang`."""
        documents, count = list[str](), 0
        for activity in self.taken(wanted):
            count += 1
            documents += self._documents(activity)
        if documents and self.is_new:
            documents.insert(0, folders.document(fields(self.card())))
        return Proposal("---\n".join(documents), tuple(self.left.lines(lang)), count, len(self.file.activities))

    def taken(self, wanted: Collection[str]) -> Iterator[Activity]:
        """Yield the activities that a record is made of; why the others are not is noted."""
        for line, message in self.file.broken:
            self.left.tell(f"{self.name}:{line}", "iati-mended", reason=message)
        seen = Counter[str]()
        for activity in self.file.activities:
            shown = activity.identifier or f"{self.name}:{activity.line}"
            seen[activity.identifier] += 1
            if why := self._unfit(activity, wanted, seen):
                self.left.tell(shown, why[0], **why[1])
            else:
                yield activity

    def _unfit(self, activity: Activity, wanted: Collection[str], seen: Counter[str]) -> Line | None:
        """Return why no record of an activity is proposed."""
        if not activity.identifier:
            return "iati-no-identifier", {}
        if seen[activity.identifier] > 1:
            return "iati-twice", {}
        if wanted:
            return None if activity.identifier in wanted else ("iati-not-asked", {})
        themes = self.known.themes(activity.texts)
        if activity.channels or themes & self.known.field:
            return None
        if not themes and not self._sectors(activity):
            return "iati-no-theme", {}
        if self.known.partners.isdisjoint(activity.countries):
            return "iati-no-partner", {}
        return None

    def _sectors(self, activity: Activity) -> list[str]:
        return [code for kind, code in activity.sectors if kind in DAC5 and code in self.known.sectors]

    def _documents(self, activity: Activity) -> list[str]:
        """Return what the file says of one project and, of one that is new, a place for the names it does not give."""
        known = self.known.projects.get(activity.identifier)
        thing = names.short(known or self._named(activity))
        said = folders.document(fields(self._record(activity, thing)))
        if known:
            self.left.tell(activity.identifier, "iati-known", thing=thing)
        missing = ", ".join(f"{lang}: " for lang in LANGUAGES if lang not in activity.titles)
        if known or not missing:
            return [said]
        return [said, f"source: cybercoop-editors\nid: {thing}\ntype: Project\nprefLabel: {{{missing}}}\n"]

    def _record(self, activity: Activity, thing: str) -> list[tuple[str, Node]]:
        shown = activity.identifier
        if set(activity.titles) & {"und"} or not activity.titles:
            self.left.tell(shown, "iati-no-language" if activity.titles else "iati-no-title")
        said: list[tuple[str, Node]] = [("prefLabel", _map(activity.titles))] if activity.titles else []
        said += [("identifier", scalar(shown)), *self._days(activity), *self._status(activity)]
        said += self._bodies(activity)
        said += self._money(activity, thing.partition("/")[2])
        said += self._places(activity)
        themes = self.known.themes(activity.texts) | set(activity.ours["theme"])
        said += _several("theme", (names.short(iri).partition("/")[2] for iri in sorted(themes)))
        for code in dict.fromkeys(self._sectors(activity)):
            near = tuple(names.short(iri).partition("/")[2] for iri in self.known.sectors[code])
            self.left.tell(shown, "iati-sector", value=code, known=near)
        for what in activity.unread:
            self.left.tell(shown, "iati-unread", term=what)
        for what, value in activity.wrong:
            self.left.tell(shown, "iati-wrong", term=what, value=value)
        place = self.known.place
        head: list[tuple[str, Node]] = [("source", scalar(self.source)), ("at", _map({"section": shown}))]
        head += [("id", scalar(thing)), ("type", scalar("Project"))]
        return [*head, *sorted(said, key=lambda pair: place(pair[0]))]

    def _named(self, activity: Activity) -> str:
        title = in_language(activity.titles, "en") or activity.identifier
        stem = names.slug(title)[:_LONGEST].strip("-")
        thing = f"{ID}project/{stem}"
        if thing in self.named:
            thing += "-" + names.slug(activity.identifier)
        self.named.add(thing)
        return thing

    def _days(self, activity: Activity) -> Iterator[tuple[str, Node]]:
        """Yield start and end: what happened, else what was planned."""
        start, end = (next((kind for kind in kinds if kind in activity.dates), "") for kinds in ("21", "43"))
        if start:
            yield "startDate", scalar(activity.dates[start])
        if end and (not start or activity.dates[end] >= activity.dates[start]):
            yield "endDate", scalar(activity.dates[end])
        elif end:
            self.left.tell(activity.identifier, "iati-end-before-start", value=activity.dates[end])
        planned = [word for word, kind in (("startDate", start), ("endDate", end)) if kind in ("1", "3")]
        for word in planned:
            self.left.tell(activity.identifier, "iati-planned", term=word)
        if not {start, end}.issuperset(activity.dates):
            self.left.tell(activity.identifier, "iati-other-date")

    def _status(self, activity: Activity) -> Iterator[tuple[str, Node]]:
        end = activity.dates.get("4") or activity.dates.get("3") or self.file.made
        if activity.status == "2" and end < self.file.made:
            self.left.tell(activity.identifier, "iati-stale", value=activity.status)
        elif found := self.known.codes.get(("ActivityStatus", activity.status)):
            yield "status", scalar(found[0].rpartition("/")[2])
        elif activity.status:
            self.left.tell(activity.identifier, "iati-status", value=activity.status)

    def _bodies(self, activity: Activity) -> Iterator[tuple[str, Node]]:
        for role, word in (("1", "funder"), ("4", "implementer")):
            found = []
            for body in (each for each in activity.organisations if each.role == role):
                iri = self.known.organisation(body)
                if not body.ref and body.name.lower() in ("", *_itself(activity)):
                    self.left.tell(activity.identifier, "iati-placeholder", term=word, value=body.name or "–")
                elif iri is None:
                    self.left.tell(activity.identifier, "iati-no-record", term=word, value=body.name or body.ref or "–")
                else:
                    found.append(iri.rpartition("/")[2])
            yield from _several(word, dict.fromkeys(found))
        for body in activity.organisations:
            if body.role not in ("1", "4"):
                self.left.tell(
                    activity.identifier, "iati-role", term=body.role or "–", value=body.name or body.ref or "–"
                )

    def _money(self, activity: Activity, slug: str) -> Iterator[tuple[str, Node]]:
        """Yield the budget; where there is none, what its providers committed."""
        shown = activity.identifier
        budgets = [each for each in activity.budgets if each.value]
        if activity.budgets and not budgets:
            self.left.tell(shown, "iati-zero-budget")
        if len({"2" if each.kind == "2" else "1" for each in budgets}) > 1:
            self.left.tell(shown, "iati-two-budgets")
        elif total := self._total(shown, "budget", budgets):
            yield "budget", total
            if len(budgets) > 1:
                yield "description", _said("iati-sum-of-budgets", count=len(budgets), years=_years(budgets))
        kinds = Counter(each.kind or "–" for each in activity.transactions)
        committed = [each for each in activity.transactions if each.kind in COMMITMENTS and each.value]
        if not budgets and committed:
            yield from self._committed(activity, committed, slug)
        left = sum(kinds.values()) - (len(committed) if not budgets else 0)
        if left:
            self.left.tell(shown, "iati-transactions")

    def _committed(self, activity: Activity, given: list[Money], slug: str) -> Iterator[tuple[str, Node]]:
        funders = [each for each in activity.organisations if each.role == "1"]
        by: dict[str, list[Money]] = {}
        for each in given:
            provider = each.provider if any(each.provider[:2]) else funders[0] if len(funders) == 1 else None
            iri = self.known.organisation(provider) if provider else None
            if iri is None:
                value = (provider.name or provider.ref) if provider else "–"
                self.left.tell(activity.identifier, "iati-no-record", term="contribution", value=value)
            else:
                by.setdefault(iri, []).append(each)
        found: list[Node] = []
        for iri, amounts in by.items():
            if total := self._total(activity.identifier, "contribution", amounts):
                body = names.short(iri)
                identity = f"contribution/{slug}-{body.rpartition('/')[2]}"
                found.append(
                    fields(
                        [
                            ("id", scalar(identity)),
                            ("type", scalar("Contribution")),
                            ("contributor", scalar(body)),
                            ("contributed", total),
                        ]
                    )
                )
        if found:
            yield "contribution", some(found)
            yield "description", _said("iati-sum-of-commitments", count=len(given), years=_years(given))

    def _total(self, shown: str, term: str, amounts: list[Money]) -> Node | None:
        """Return the sum of amounts in one currency, none of which is negative; None where there is none to sign."""
        currencies = {each.currency for each in amounts}
        if len(currencies) != 1 or "" in currencies or any((each.value or 0) < 0 for each in amounts):
            if amounts:
                self.left.tell(shown, "iati-no-sum", term=term, value=" ".join(sorted(currencies)) or "–")
            return None
        total = sum((each.value for each in amounts if each.value), start=Decimal())
        return _map({"amount": _plain(total), "currency": currencies.pop()})

    def _places(self, activity: Activity) -> Iterator[tuple[str, Node]]:
        known = [code for code in activity.countries if code in self.known.countries]
        for code in activity.countries:
            if code not in self.known.countries:
                self.left.tell(activity.identifier, "iati-no-record", term="partnerCountry", value=code)
        yield from _several("partnerCountry", known)
        yield from _several("region", (names.short(iri).partition("/")[2] for iri in activity.ours["region"]))
        for code in activity.regions:
            self.left.tell(activity.identifier, "iati-region" if known else "iati-region-only", value=code)

    def card(self) -> list[tuple[str, Node]]:
        """Return the card of the file."""
        whom = (self.reporter.name or self.reporter.ref) if self.reporter else self.name
        iri = self.known.organisation(self.reporter) if self.reporter else None
        if iri is None:
            self.left.tell(self.source, "iati-no-record", term="publisher", value=whom)
        called = self.known.called(iri) if iri else dict.fromkeys(LANGUAGES, whom)
        said = {lang: sentence("iati-card", lang, value=called[lang], date=self.file.made or "–") for lang in LANGUAGES}
        card: list[tuple[str, Node]] = [
            ("source", scalar("cybercoop-editors")),
            ("id", scalar(f"source/{self.source}")),
        ]
        card += [("type", scalar("Source")), ("prefLabel", _map(said)), ("description", _said("iati-card-how"))]
        card += [("publisher", scalar(iri.rpartition("/")[2]))] if iri else []
        card += [("sourceKind", scalar("dataset"))]
        card += [("issued", scalar(self.file.made))] if self.file.made else []
        return [*card, ("sha256", scalar(self.digest))]


def _itself(activity: Activity) -> tuple[str, str]:
    """Return how a reporter writes itself where it has no implementer to name: by its reference, or the end of that."""
    ref = activity.reporter.ref.lower()
    return ref, ref.rpartition("-")[2]


def _years(amounts: list[Money]) -> str:
    years = sorted({each.year for each in amounts if each.year})
    return "–".join(dict.fromkeys((years[0], years[-1]))) if years else "–"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _said(code: str, **values: object) -> Fields:
    return _map({lang: sentence(code, lang, **values) for lang in LANGUAGES})


def _several(word: str, texts: Iterable[str]) -> list[tuple[str, Node]]:
    found = [scalar(text) for text in texts]
    return [(word, some(found))] if found else []


def _map(texts: Mapping[str, str]) -> Fields:
    return fields((key, scalar(text)) for key, text in texts.items())

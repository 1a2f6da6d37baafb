"""What docs/data.md says: what is in the graph, and what is known to be missing, counted in the graph itself."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from cybercoop import __version__
from cybercoop.ask.answer import Answer
from cybercoop.graph import Graph
from cybercoop.terms.labels import NAME, OTHER_NAME
from cybercoop.terms.names import short
from cybercoop.terms.term import Term

MADE = "<!-- Made by scripts/generate.py; do not edit. -->\n"
LISTED = 15
"""How many things a gap names before it only counts them."""

CLASSES = """
SELECT ?class (COUNT(DISTINCT ?thing) AS ?things) (COUNT(DISTINCT ?source) AS ?sources) {
  ?class a owl:Class .
  GRAPH ?source { ?thing a ?class }
  ?source coop:sourceKind ?kind .
  FILTER NOT EXISTS { ?own rdfs:subClassOf+ ?class . ?thing a ?own }
  FILTER NOT EXISTS { ?class rdfs:subClassOf* skos:Concept }
} GROUP BY ?class ORDER BY ?class"""

SCHEMES = """
SELECT ?scheme (COUNT(DISTINCT ?concept) AS ?concepts) {
  ?concept skos:inScheme ?scheme
} GROUP BY ?scheme ORDER BY ?scheme"""

SOURCES = """
SELECT ?source ?kind ?publisher ?issued ?language {
  ?source coop:sourceKind ?kind .
  OPTIONAL { ?source dct:publisher ?publisher }
  OPTIONAL { ?source dct:issued ?issued }
  OPTIONAL { ?source dct:language ?language }
} ORDER BY ?source"""

LICENCES = """
SELECT ?licence (COUNT(DISTINCT ?source) AS ?sources) {
  ?source coop:sourceKind ?kind .
  OPTIONAL { ?source dct:license ?licence }
} GROUP BY ?licence ORDER BY DESC(?sources) ?licence"""

PERIODS = """
SELECT ?class (COUNT(DISTINCT ?thing) AS ?dated) (MIN(?day) AS ?first) (MAX(?day) AS ?last) {
  VALUES ?class {
    coop:Activity coop:EntryIntoForce coop:Invitation coop:Project coop:Programme coop:TreatyAction
  }
  ?thing a ?class ; coop:firstDay|coop:lastDay ?day
} GROUP BY ?class ORDER BY ?class"""

POSITIONS = """
SELECT ?treaty ?position ?evidence (COUNT(DISTINCT ?who) AS ?number) {
  ?step coop:positionOn ?treaty ; coop:positionKind ?position ; coop:positionOf ?who ; coop:evidence ?evidence .
  MINUS { ?step coop:followedBy ?further }
} GROUP BY ?treaty ?position ?evidence ORDER BY ?treaty ?position ?evidence"""

UNDATED = """
SELECT ?treaty ?who ?verdict {
  VALUES ?weak { evidence:list evidence:undated-act }
  ?verdict coop:positionOn ?treaty ; coop:positionOf ?who ; coop:evidence ?weak ;
    coop:positionKind position-kind:consented .
  MINUS { ?verdict coop:followedBy ?further }
} ORDER BY ?treaty ?who"""

ACTIVITIES = """
SELECT ?activity ?project ?country ?day ?reported {
  ?activity a coop:Activity .
  OPTIONAL { ?activity coop:partOf ?project }
  OPTIONAL { ?activity coop:attendedBy|coop:benefits ?country . ?country a coop:Country }
  OPTIONAL { ?activity coop:firstDay ?first }
  OPTIONAL { ?activity coop:lastDay ?last }
  BIND(COALESCE(?first, ?last) AS ?day)
  BIND(EXISTS {
    GRAPH ?source { ?activity coop:activityKind ?kind }
    FILTER NOT EXISTS { GRAPH ?source { ?activity coop:announced true } }
  } AS ?reported)
}"""

READINGS = """
SELECT ?thing ?source ?whole ?date ?text {
  ?reading coop:readFor ?thing ; coop:readSource ?source ; coop:readWhole ?whole ; dct:description ?text .
  FILTER(LANG(?text) = "en")
  OPTIONAL { ?reading coop:asOf ?date }
} ORDER BY ?thing ?source"""

COMPLETE = """
SELECT ?source ?instrument ?status ?date {
  ?statement a coop:Completeness ; coop:listSource ?source ; coop:listedFor ?instrument ; coop:listedAs ?status .
  OPTIONAL { ?statement coop:asOf ?date }
} ORDER BY ?instrument ?status ?source"""

GAPS = {
    "projects without a start date": "?thing a coop:Project FILTER NOT EXISTS { ?thing schema:startDate ?value }",
    "projects without an end date": "?thing a coop:Project FILTER NOT EXISTS { ?thing schema:endDate ?value }",
    "projects without a budget": "?thing a coop:Project FILTER NOT EXISTS { ?thing coop:budget ?value }",
    "projects without a funder": "?thing a coop:Project FILTER NOT EXISTS { ?thing coop:funder ?value }",
    "projects without a partner country": """
        ?thing a coop:Project FILTER NOT EXISTS { ?thing coop:partnerCountry ?value }""",
    "projects without an activity": "?thing a coop:Project FILTER NOT EXISTS { ?value coop:partOf ?thing }",
    "partner countries of projects with no activity that they held, attended or benefited from": """
        ?project coop:partnerCountry ?thing
        FILTER NOT EXISTS { ?activity a coop:Activity ; coop:attendedBy|coop:benefits ?thing }
        FILTER NOT EXISTS { ?activity a coop:Activity ; coop:heldIn|coop:host|coop:organiser ?body .
                            ?body coop:inCountry ?thing }""",
    "activities without a place": "?thing a coop:Activity FILTER NOT EXISTS { ?thing coop:heldIn ?value }",
    "activities without a number of participants": """
        ?thing a coop:Activity FILTER NOT EXISTS { ?thing coop:participation ?part . ?part coop:headcount ?value }""",
    "treaty acts without a date": "?thing a coop:TreatyAction FILTER NOT EXISTS { ?thing coop:actionDate ?value }",
    "sources without a date": "?thing coop:sourceKind ?kind FILTER NOT EXISTS { ?thing dct:issued ?value }",
    "sources without an address": "?thing coop:sourceKind ?kind FILTER NOT EXISTS { ?thing foaf:page ?value }",
    "things named in one language only": """
        ?thing skos:prefLabel ?name FILTER(STRSTARTS(STR(?thing), "https://w3id.org/cybercoop/"))
        FILTER NOT EXISTS { ?thing skos:prefLabel ?other FILTER(LANG(?other) != LANG(?name)) }""",
}
"""What may be missing, as it is said, and the pattern that finds where it is."""


def data_text(graph: Graph) -> str:
    """Return docs/data.md."""
    page = _Page(graph)
    return "\n".join(
        [
            MADE,
            "# The data\n",
            f"What version {__version__} of the graph holds, counted in the graph itself. "
            "How records are written is in [data/README.md](../data/README.md), every word in [model.md](model.md).\n",
            *page.classes(),
            *page.sources(),
            *page.languages(),
            *page.periods(),
            *page.positions(),
            *page.declarations(),
            *page.coverage(),
            *page.gaps(),
            "## Licence and citation\n",
            "The data are licensed under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/); "
            "the cards of the sources name those from which codes, names and coordinates come.\n",
            "> cybercoop: the knowledge graph of international cooperation against cybercrime, "
            f"version {__version__}, <https://w3id.org/cybercoop/>.\n",
            "Cite a single fact with its source as well: "
            "`cybercoop explain THING` names source and place of every claim.\n",
        ]
    )


class _Page:
    """The sections of the page, each a list of lines."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.claims: dict[str, int] = {}
        self.things: dict[str, set[str]] = {}
        self.names: dict[str, int] = {}
        for quad in graph.quads():
            source = str(quad.graph_name)[1:-1]
            self.claims[source] = self.claims.get(source, 0) + 1
            self.things.setdefault(source, set()).add(str(quad.subject))
            if quad.predicate.value in (NAME, OTHER_NAME) and isinstance(quad.object, ox.Literal):
                language = quad.object.language or ""
                self.names[language] = self.names.get(language, 0) + 1

    def classes(self) -> list[str]:
        """Return the counts of things per class, and of concepts per scheme."""
        found, schemes = self.graph.sparql(CLASSES), self.graph.sparql(SCHEMES)
        return [
            "## Things\n",
            *_table(["class", "", "things", "sources"], ([_code(row[0]), *_cells(found, row)] for row in found.rows)),
            "## Concepts\n",
            *_table(["scheme", "concepts"], (_cells(schemes, row) for row in schemes.rows)),
        ]

    def sources(self) -> list[str]:
        """Return every source with its kind, publisher, date and weight; and their number per kind."""
        found, licences = self.graph.sparql(SOURCES), self.graph.sparql(LICENCES)
        cards: dict[str, list[set[str]]] = {}
        for source, *facts in found.rows:
            card = cards.setdefault(_text(source), [set() for _ in facts])
            for known, fact in zip(card, facts, strict=True):
                known.add(_name(found, fact))
        rows = []
        kinds: dict[str, list[int]] = {}
        for iri, card in cards.items():
            claims = self.claims.get(iri, 0)
            said = [", ".join(sorted(known - {""})) for known in card]
            rows.append([found.labels.get(iri, "en"), *said, str(claims), str(len(self.things.get(iri, ())))])
            kinds.setdefault(said[0], []).append(claims)
        summary = ([kind, str(len(weights)), str(sum(weights))] for kind, weights in sorted(kinds.items()))
        return [
            "## Sources\n",
            "A claim is one statement in the graph of its source.\n",
            *_table(["kind", "sources", "claims"], summary),
            *_table(["source", "kind", "publisher", "date", "languages", "claims", "things"], rows),
            *_notices(found),
            "Under which licence a source gives itself, where what was read of it says so. "
            "What is taken over from any of them are facts, names and numbers.\n",
            *_table(["licence", "sources"], ([_text(row[0]) or "not stated", _text(row[1])] for row in licences.rows)),
        ]

    def languages(self) -> list[str]:
        """Return how many names there are in each language."""
        ordered = sorted(self.names.items(), key=lambda entry: (-entry[1], entry[0]))
        return [
            "## Names by language\n",
            *_table(["language", "names"], ([lang or "–", str(n)] for lang, n in ordered)),
        ]

    def periods(self) -> list[str]:
        """Return the days between which things lie."""
        found = self.graph.sparql(PERIODS)
        return [
            "## Dates\n",
            "The first and the last day that the stated dates allow.\n",
            *_table(["class", "with a date", "first day", "last day"], (_cells(found, row) for row in found.rows)),
        ]

    def positions(self) -> list[str]:
        """Return on what evidence positions on treaties rest, who is bound without a date, and stated totals."""
        counted, undated = self.graph.sparql(POSITIONS), self.graph.sparql(UNDATED)
        totals = self.graph.query("stated-totals", language="en")
        return [
            "## Positions on treaties\n",
            "Where each stands, by the strongest evidence; `cybercoop query treaty-positions` names them.\n",
            *_table(["treaty", "position", "evidence", "how many"], (_cells(counted, row) for row in counted.rows)),
            "Those that have consented to be bound, by lists or undated acts, with no day of consent nor of force:\n",
            *_table(["treaty", "who", "verdict"], (_cells(undated, row) for row in undated.rows)),
            *_notices(undated),
            "Totals that sources state, beside those who are known by name. A total lies between those known by then "
            "and these with those whose day is open, or above them by those that no source read names. A total of a "
            "part, or without a date, is not compared.\n",
            *_table(
                [totals.heading(column) for column in totals.columns], (_cells(totals, row) for row in totals.rows)
            ),
        ]

    def declarations(self) -> list[str]:
        """Return how many declarations, reservations and the like there are, and of how many no more is told."""
        found = self.graph.query("treaty-declarations", language="en")
        counts: dict[tuple[str, str], list[int]] = {}
        for row in found.rows:
            cell = dict(zip(found.columns, row, strict=True))
            count = counts.setdefault((_name(found, cell["instrument"]), _name(found, cell["act"])), [0, 0])
            count[0] += 1
            count[1] += cell["says"] is None
        return [
            "What was declared, reserved or notified under each treaty, and whom it names: "
            "`cybercoop query treaty-declarations`. Pages of the depositary were read in excerpts, for some Parties: "
            "that nothing stands of a Party here does not say that it declared nothing.\n",
            *_table(
                ["treaty", "act, or function of an authority", "statements", "of these, nothing more told"],
                ([*key, *map(str, count)] for key, count in sorted(counts.items())),
            ),
        ]

    def coverage(self) -> list[str]:
        """Return how many activities there are by project, country and year, and how far lists of them were read."""
        found = self.graph.sparql(ACTIVITIES)
        counts: list[dict[str, dict[str, set[str]]]] = [{}, {}, {}]
        for activity, project, country, day, reported in found.rows:
            year, told = _text(day)[:4] or "no year", "reported" if _text(reported) == "true" else "only announced"
            names = (_name(found, project) or "no project", _name(found, country) or "no country", year)
            for count, name in zip(counts, names, strict=True):
                kinds = count.setdefault(name, {})
                for kind in (told, "no year" if year == "no year" else ""):
                    kinds.setdefault(kind, set()).add(_text(activity))
        lines = [
            "## Activities by project, country and year\n",
            "An activity of two projects, or for two countries, counts for both; the countries are those that it "
            "is for, and those that were there. What sources only announce may not have been held.\n",
        ]
        heads = ("reported", "only announced", "no year")
        for head, count in zip(("project or programme", "country", "year"), counts, strict=True):
            shown = ([name, *(str(len(told.get(kind, ()))) for kind in heads)] for name, told in sorted(count.items()))
            lines += _table([head, *heads], shown)
        read = self.graph.sparql(READINGS)
        rows = [
            [
                _name(read, thing),
                _name(read, source),
                "whole" if _text(whole) == "true" else "in part",
                _text(date),
                _text(text),
            ]
            for thing, source, whole, date, text in read.rows
        ]
        return [
            *lines,
            *_notices(found),
            "Lists of activities, and how far they were read: what is not in a list read in part may have been held.\n",
            *_table(["activities of", "source", "read", "up to", "what is missing"], rows),
            *_notices(read),
            "Of every other project or programme, and of each country, no list was read: what stands comes from pages",
            "on single activities, and its absence says nothing. More could be had from the country profiles of 2020",
            "and the quarterly updates of the Council of Europe, and from the pages of the projects.\n",
        ]

    def gaps(self) -> list[str]:
        """Return what is known to be missing, where sources contradict each other, and which lists are whole."""
        rows = []
        notices: dict[str, None] = {}
        for said, pattern in GAPS.items():
            found = self.graph.sparql(f"SELECT DISTINCT ?thing {{ {pattern} }} ORDER BY ?thing")
            listed = len(found) <= LISTED
            rows.append(
                [said, str(len(found)), "; ".join(_name(found, row[0]) for row in found.rows) if listed else ""]
            )
            notices.update(dict.fromkeys(_notices(found) if listed else ()))
        contradicted = {(str(row[0]), str(row[1])) for row in self.graph.query("contradictions").rows}
        single = len(self.graph.query("single-source-claims"))
        rows += [
            [
                "facts on which sources contradict each other",
                str(len(contradicted)),
                "`cybercoop query contradictions`",
            ],
            ["claims that rest on one source", str(single), "`cybercoop query single-source-claims`"],
        ]
        complete = self.graph.sparql(COMPLETE)
        lines = [
            "## What is missing\n",
            "Where no source was read, nothing is known: an empty answer is not a “no”.\n",
            *_table(["what", "how many", f"which, up to {LISTED}"], rows),
            *notices,
        ]
        if complete.rows:
            heads = ["source", "instrument", "status", "as of"]
            lines += ["Lists that are complete, so that a country not on them can be said not to be on them:\n"]
            lines += [*_table(heads, (_cells(complete, row) for row in complete.rows)), *_notices(complete)]
        return lines


def _table(header: list[str], rows: Iterable[list[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return [
        *("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines),
        "",
    ]


def _notices(answer: Answer) -> list[str]:
    return [f"\\* {name}: {notice}\n" for name, notice in answer.notices()]


def _cells(answer: Answer, row: list[Term | None]) -> list[str]:
    return [_name(answer, term) for term in row]


def _name(answer: Answer, term: Term | None) -> str:
    return answer.labels.get(term.value, "en") if isinstance(term, ox.NamedNode) else _text(term)


def _text(term: Term | None) -> str:
    return "" if term is None or isinstance(term, ox.Triple) else term.value


def _code(term: Term | None) -> str:
    return f"`{short(_text(term))}`"

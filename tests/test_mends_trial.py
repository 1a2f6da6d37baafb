"""No mend is wrong: thousands of damaged references, made by machine from all that the graph has names for."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.contribute.fixes.meanings import Known
from cybercoop.graph import Graph
from cybercoop.terms import names
from cybercoop.terms.labels import NAME, OTHER_NAME, fold

SLIPS = ("dropped", "doubled", "changed", "put in", "swapped")
SEED = int(os.environ.get("CYBERCOOP_TRIAL_SEED", "14"))
PASSES = int(os.environ.get("CYBERCOOP_TRIAL", "1"))
"""How often all things of the graph are damaged, each time in other ways: a larger number makes a longer trial."""

OTHERS = ("dz", "ma", "jo", "fr", "us", "mar", "dza", "jor", "algeria", "morocco", "rabat", "tunis", "tunisia", "oman")
CLASSES = ("Organisation", "Place", "Country", "Instrument", "Project", "Programme")
GENERIC = (
    "Ministry of Justice|Ministry of Interior|High Court|Supreme Court|Police|National Police|Judicial Council"
    "|Central Bank|Ministère de la Justice|Garde nationale|Police judiciaire|Gendarmerie|DGSN|DGST|ISF|Parliament"
    "|Prosecution Office|Police Academy|Internal Security Forces|Armed Forces|National Guard|Judicial Institute"
    "|General Intelligence Directorate|Institut Supérieur de la Magistrature|High Judicial Council|Carabinieri"
    "|Ministry of Telecommunication|Regional Bureau for Arab States|Cybercrime Programme Office|Police (DGSN)"
    "|Ministère de l’Intérieur|Ministère public|Cour suprême|Cour de cassation|Banque centrale|Police nationale|Parquet"
    "|Direction générale de la sûreté nationale|Sûreté nationale|Douanes|Parlement|Code pénal"
    "|المحكمة العليا|النيابة العامة|البنك المركزي|البرلمان|الدرك الوطني|الأمن الوطني|الجمارك|قانون العقوبات|DGSI|PJ"
    "|وزارة العدل|وزارة الداخلية|الشرطة|المجلس القضائي|Second Additional Protocol|Cybercrime Convention|Criminal Code"
)
AMBIGUOUS = (
    "Congo|Korea|Corée|الكونغو|Guinea|Guinée|Virgin Islands|Samoa|Sudan"
    "|Nigeri|Dominican|Micronesi|Guyan|Irelan"
    "|no|ar|et|504|212|Saint Martin|Indies|Arab"
)


class Damaged(NamedTuple):
    """A damaged reference: the thing that it was made from, the class that is asked for, how, and what it says."""

    iri: str
    kind: str
    how: str
    text: str


def things(known: Known) -> list[tuple[str, str]]:
    """Every thing that has a name and may be referred to, with its class."""
    kinds = [*CLASSES, *(kind for kind, path in names.KINDS.items() if path.startswith("scheme/"))]
    return [(iri, kind) for kind in kinds for iri in sorted(known.certain.of(names.NS + kind).words)]


def called(known: Known, iri: str) -> list[str]:
    """All names of a thing."""
    found = (
        quad.object.value
        for predicate in (NAME, OTHER_NAME)
        for quad in known.store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(predicate), None, ox.DefaultGraph())
        if isinstance(quad.object, ox.Literal)
    )
    return sorted(set(found))


def codes(known: Known, iri: str) -> list[str]:
    """The code of three letters of a country."""
    word = ox.NamedNode(names.NS + "alpha3")
    found = known.store.quads_for_pattern(ox.NamedNode(iri), word, None, ox.DefaultGraph())
    return [quad.object.value for quad in found if isinstance(quad.object, ox.Literal)]


def slips(text: str, by: random.Random) -> Iterator[tuple[str, str]]:
    """Yield a text with one slip of the pen of each kind."""
    at = by.randrange(len(text))
    other = by.choice("abcdefghijklmnopqrstuvwxyz")
    yield "dropped", text[:at] + text[at + 1 :]
    yield "doubled", text[: at + 1] + text[at:]
    yield "changed", text[:at] + other + text[at + 1 :]
    yield "put in", text[:at] + other + text[at:]
    yield "swapped", text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def writings(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text as others may write it, who mean the same."""
    yield "case", text.upper()
    yield "case", text.title()
    yield "spaces", f" {text} "
    yield "hyphens", text.replace("-", " ")
    yield "hyphens", text.replace("-", "_")
    yield "apostrophes", text.replace("’", "'")
    for dash in "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}":
        yield "dashes", text.replace("-", dash)


def damaged(known: Known, by: random.Random) -> Iterator[Damaged]:
    """Yield damaged references to all things, the same ones each time that the test is run."""
    every = things(known)
    for _ in range(PASSES):
        for iri, kind in every:
            slug = iri.rsplit("/", 1)[-1]
            parts = slug.split("-")
            for how, text in (*slips(slug, by), *writings(slug)):
                yield Damaged(iri, kind, how, text)
            if digits := [at for at, letter in enumerate(slug) if letter.isdigit()]:
                at = by.choice(digits)
                text = f"{slug[:at]}{(int(slug[at]) + by.randrange(1, 10)) % 10}{slug[at + 1 :]}"
                yield Damaged(iri, kind, "figure", text)
            for place in {0, len(parts) // 2, len(parts) - 1}:
                other = by.choice(OTHERS)
                text = "-".join([*parts[:place], other, *parts[place + 1 :]])
                yield Damaged(iri, kind, "country part", text)
                yield Damaged(iri, kind, "country part", "-".join([*parts[:place], other, *parts[place:]]))
                yield Damaged(iri, kind, "country part", "-".join([*parts[:place], *parts[place + 1 :]]))
            for place, part in enumerate(parts):
                if len(part) == 2 and part.isalpha() and part != part[::-1]:
                    text = "-".join([*parts[:place], part[::-1], *parts[place + 1 :]])
                    yield Damaged(iri, kind, "country part", text)
            wrong = by.choice([each for each in ("place", "country", "organisation") if f"/{each}/" not in iri])
            yield Damaged("", kind, "kind", f"{wrong}/{slug}")
            for name in called(known, iri):
                yield Damaged(iri, kind, "name", name)
                yield from (Damaged(iri, kind, how, text) for how, text in writings(name))
                yield from (Damaged(iri, kind, how, text) for how, text in slips(name, by))
                bracket = r"|\s*\(" if countries(known, iri) else ""
                generic = re.split(rf" (?:of|from|in|du|de|d’|des|au|à) ?(?=[A-ZÉ])| ال\w+${bracket}", name)[0]
                if generic != name and kind in ("Organisation", "Instrument"):
                    yield Damaged("", kind, "generic", generic)
        for kind in ("Organisation", "Instrument"):
            yield from (Damaged("", kind, "generic", text) for text in GENERIC.split("|"))
        yield from (Damaged("", "Country", "ambiguous", text) for text in AMBIGUOUS.split("|"))
        for iri, kind in every:
            for name in called(known, iri) if kind in ("Country", "Place") else ():
                yield Damaged("", "Place" if kind == "Country" else "Country", "kind", name)


def countries(known: Known, iri: str) -> set[str]:
    """The countries of a body, law or place, as the graph states them."""
    said = (names.NS + word for word in ("inCountry", "jurisdiction"))
    return {
        str(quad.object)[1:-1]
        for word in said
        for quad in known.store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(word), None, ox.DefaultGraph())
    }


def wrong(known: Known, tried: Damaged, found: str) -> bool:
    """Whether nobody could be sure that a damaged reference means what was found."""
    slug = found.rsplit("/", 1)[-1]
    named = fold(tried.text.strip()) in {fold(each) for each in (*called(known, found), *codes(known, found), slug)}
    generic = tried.kind in ("Organisation", "Instrument") and fold(tried.text.strip()) in map(fold, GENERIC.split("|"))
    if generic or tried.how in ("generic", "ambiguous", "kind"):
        return True
    if named:
        return False
    if tried.how in ("country part", "figure") or found != tried.iri:
        return True
    in_id = fold(tried.text.strip()).replace(" ", "-").replace("_", "-").replace("\N{EN DASH}", "-")
    return re.fullmatch(r"[\w-]+", in_id) is not None and short(in_id) != short(slug.lower()) and tried.how in SLIPS


def short(slug: str) -> list[str]:
    """The parts of an id that may be codes or figures."""
    return [part for part in slug.split("-") if part and (len(part) <= 3 or not part.isalpha())]


def test_no_mend_is_wrong(graph: Graph) -> None:
    """No damaged reference is mended to another thing, in a record of its own countries, of others or of none."""
    known, by = Known(graph.workspace), random.Random(SEED)
    ours = {names.ID + "country/" + code for code in ("DZ", "MA", "JO", "TN", "LB", "EG")}
    told: Counter[str] = Counter()
    mends: Counter[str] = Counter()
    false = []
    for tried in damaged(known, by):
        own = countries(known, tried.iri) if tried.iri else ours
        told[tried.how] += 1
        for where in (own, ours, set[str]()):
            found = known.thing(tried.text, names.NS + tried.kind, where)
            if found is None:
                continue
            foreign = tried.kind in ("Organisation", "Instrument") and not countries(known, found) <= where
            if foreign or wrong(known, tried, found):
                false.append((tried, found))
            mends[tried.how] += found == tried.iri and where is own
    share = {how: f"{mends[how]} of {count}" for how, count in sorted(told.items())}
    print(f"{sum(told.values())} damaged values, {sum(mends.values())} mended, {len(false)} wrong: {share}")
    assert not false, f"{len(false)} false mends, such as {list(dict.fromkeys(false))[:9]}"
    assert sum(told.values()) > 5000
    assert mends["case"] and mends["name"] and mends["dropped"]

"""Where every IRI of the project is made, shortened and read back."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

BASE = "https://w3id.org/cybercoop/"
NS = BASE + "ns#"
SHAPES = BASE + "shapes#"
ID = BASE + "id/"
SCHEME = BASE + "scheme/"
CONTEXT = BASE + "context.jsonld"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SH = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCT = "http://purl.org/dc/terms/"

RDF_TYPE = RDF + "type"
LANG_STRING = RDF + "langString"
SAME_AS = "https://schema.org/sameAs"

LANGUAGE = "http://id.loc.gov/vocabulary/iso639-1/"
"""The beginning of the IRIs of languages, as DCAT asks (Vocabulary, 6.4.12); a code of two letters ends them."""

PREFIXES = {
    "coop": NS,
    "coopsh": SHAPES,
    "dct": DCT,
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL,
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "https://schema.org/",
    "sh": SH,
    "skos": SKOS,
    "xsd": XSD,
}
"""Prefixes that every query, shape and export of the project knows."""

KINDS = {
    "Activity": "id/activity/",
    "ActivityKind": "scheme/activity-kind/",
    "Audience": "scheme/audience/",
    "AuthorityFunction": "scheme/authority-function/",
    "Citation": "id/citation/",
    "Completeness": "id/completeness/",
    "Contribution": "id/contribution/",
    "Country": "id/country/",
    "EntryIntoForce": "id/entry-into-force/",
    "Evidence": "scheme/evidence/",
    "Instrument": "id/instrument/",
    "Invitation": "id/invitation/",
    "Knowledge": "scheme/knowledge/",
    "ListedStatus": "scheme/listed-status/",
    "Listing": "id/listing/",
    "MonetaryAmount": "id/amount/",
    "NationalLaw": "id/instrument/",
    "Objective": "id/objective/",
    "Organisation": "id/organisation/",
    "OrganisationKind": "scheme/organisation-kind/",
    "Output": "id/output/",
    "Participation": "id/participation/",
    "Passage": "id/passage/",
    "Place": "id/place/",
    "PositionKind": "scheme/position-kind/",
    "Programme": "id/programme/",
    "Project": "id/project/",
    "ProjectStatus": "scheme/project-status/",
    "Protocol": "id/instrument/",
    "Reading": "id/reading/",
    "Recommendation": "id/recommendation/",
    "Record": "id/record/",
    "Region": "id/region/",
    "Role": "scheme/role/",
    "Series": "id/series/",
    "Source": "id/source/",
    "SourceKind": "scheme/source-kind/",
    "StatedTotal": "id/stated-total/",
    "Theme": "scheme/theme/",
    "Treaty": "id/instrument/",
    "TreatyAction": "id/treaty-action/",
    "TreatyActionKind": "scheme/treaty-action-kind/",
}
"""Class name → the path, below BASE, of the things of that class."""

FORMER = "FormerAddress"
"""The class of addresses that things had before; they are of every kind."""
REPLACED = DCT + "isReplacedBy"

QUERY_PREFIXES = {**PREFIXES, **{path.split("/")[1]: BASE + path for path in KINDS.values()}}
"""Prefixes that a query may use without declaring them: `country:MA`, `theme:dark-web` and the vocabularies."""

BARE = frozenset({"Country", "Instrument", "Organisation", "Place", "Region", "Source", "Treaty"}) | frozenset(
    (*(name for name, path in KINDS.items() if path.startswith("scheme/")), DCT + "LinguisticSystem")
)
"""Classes whose things are written by their slug alone where a property expects them."""

EDITORS = ID + "source/cybercoop-editors"
DERIVED = ID + "source/cybercoop-derived"

EDITION = BASE + "edition"
"""On a server: the graph, and the thing, that says which edition of the whole is published there."""

UNION = BASE + "union"
"""On a server whose default graph is not ours: the graph that holds each triple once."""

COMPUTED = frozenset(
    NS + name
    for name in (
        *("contradictedBy", "evidence", "firstDay", "followedBy", "lastDay", "noEarlierThan", "noLaterThan"),
        *("positionKind", "positionOf", "positionOn", "rank", "reachedBy", "reachedOn", "restsOn"),
    )
)
"""Properties that stand in the graph `DERIVED` alone: no source states them."""

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
PATH = re.compile(rf"{SLUG.pattern}(?:/{SLUG.pattern})*")


def slug(text: str) -> str:
    """Return the lower-case ASCII words of `text` joined by hyphens; a text in another script gives a digest of it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = "-".join(re.findall(r"[a-z0-9]+", plain.lower()))
    if words:
        return words
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:12]


def kind_of(iri: str) -> str:
    """Return the beginning that a thing shares with its kind: `…/id/instrument/`; for another, all up to its last /."""
    found = re.match(rf"{re.escape(BASE)}(?:id|scheme)/[^/]+/", iri)
    return found.group() if found else iri.rpartition("/")[0] + "/"


UNSAID = re.compile(r"~[a-z0-9-]+~")
"""What stands in for a name that a record does not say; no slug looks like it."""


def unsaid(place: str) -> str:
    """Return what stands in for the name that is missing in the record at a place."""
    return f"~{slug(place)}~"


def source(name: str) -> str:
    """Return the IRI of a source, which is also the name of its graph, from its slug, its path or its IRI."""
    return f"{ID}source/{name.removeprefix(ID).removeprefix('source/')}"


def record(source_iri: str, thing_iri: str) -> str:
    """Return the IRI of what one source says of one thing."""
    thing = thing_iri.removeprefix(ID).removeprefix(SCHEME)
    return f"{ID}record/{_last(source_iri)}--{re.sub(r'[^A-Za-z0-9.~-]+', '-', thing)}"


def passage(source_iri: str, section: str, chars: tuple[str, str] | None) -> str:
    """Return the IRI of a place in a source: by its characters, else by the name of its section."""
    place = "-".join(chars) if chars else slug(section)
    return f"{ID}passage/{_last(source_iri)}--{place}"


def citation(record_iri: str, passage_iri: str) -> str:
    """Return the IRI of what one record takes from one passage."""
    return f"{ID}citation/{_last(record_iri)}--{passage_iri.rpartition('--')[2]}"


def amount(value: str, currency: str) -> str:
    """Return the IRI of an amount of money, made from the value itself."""
    return f"{ID}amount/{slug(currency)}-{value}"


def source_of_parts(iri: str) -> str | None:
    """Return the slug of the source inside the IRI of a record, passage or citation, else None."""
    for kind in ("record/", "passage/", "citation/"):
        if iri.startswith(ID + kind):
            return iri[len(ID + kind) :].split("--")[0]
    return None


def short(iri: str) -> str:
    """Return the form that people read: `activity/2024-…`, `theme/dark-web`, `coop:Activity`, or the IRI itself."""
    for base in (ID, SCHEME):
        if iri.startswith(base):
            return iri[len(base) :]
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def expand(text: str) -> str:
    """Return the IRI that `text` stands for: an IRI, a prefixed name, or a path below the project's base."""
    if "://" in text or text.startswith("urn:"):
        return text
    prefix, colon, local = text.partition(":")
    if colon and prefix in QUERY_PREFIXES:
        return QUERY_PREFIXES[prefix] + local
    if text.split("/")[0] in _SCHEMES:
        return SCHEME + text
    return ID + text


SCHEMES = {BASE.replace("https:", "http:"): BASE, "http://schema.org/": PREFIXES["schema"]}
"""How addresses begin that are taken for ours, or for those of schema.org → how they begin in truth."""


def secure(iri: str) -> str:
    """Return an address of ours or of schema.org with `https`, where it has `http`."""
    found = next((begins for begins in SCHEMES if iri.startswith(begins)), None)
    return SCHEMES[found] + iri[len(found) :] if found else iri


def direct(iri: str) -> str:
    """Return the IRI that is meant where a path with its kind was completed by a kind: `…/id/place/place/rabat`."""
    found = _completed().fullmatch(iri)
    return direct(expand(found[1])) if found else iri


def is_named_as(thing: str, kind: str) -> bool:
    """Return whether the name of a thing is that of one of a class, such as `Activity` or `coop:Activity`."""
    path = KINDS.get(kind.rpartition(":")[2])
    return path is not None and expand(thing).startswith(BASE + path)


@lru_cache(maxsize=512)
def class_path(class_iri: str) -> str | None:
    """Return the base IRI of the things of a class, or None when it is not one with things of its own."""
    if class_iri == DCT + "LinguisticSystem":
        return LANGUAGE
    path = KINDS.get(class_iri.removeprefix(NS))
    return BASE + path if path and class_iri.startswith(NS) else None


def _last(iri: str) -> str:
    return iri.rstrip("/").rsplit("/", 1)[-1]


@cache
def _completed() -> re.Pattern[str]:
    """Return the pattern of such an IRI; questions need none."""
    kinds = "|".join(sorted({path.split("/")[1] for path in KINDS.values()}))
    return re.compile(rf"{re.escape(BASE)}(?:id|scheme)/[^/]+/((?:{kinds})/.+)")


_SCHEMES = {path.split("/")[1] for path in KINDS.values() if path.startswith("scheme/")}


_WORD = re.compile(r"[A-Za-z]*[A-Z][A-Za-z]*")


def candidates(text: str, path: str | None) -> list[str]:
    """Return the IRIs that a text may be, or be the end of; `path` begins those of the class that is asked for.

    Without a class, a text with a capital, such as `actionDate`, may be a word of the ontology.
    """
    found = [expand(text)] if ":" in text or "/" in text else []
    found += [NS + text] if path is None and _WORD.fullmatch(text) else []
    return [*found, *([path + text, path + text.upper(), path + text.lower()] if path else [])]

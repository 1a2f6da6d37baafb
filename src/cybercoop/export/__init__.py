"""The formats in which the graph leaves the house."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol, cast

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
NOTE = (
    "cybercoop: the knowledge graph of international cooperation against cybercrime",
    f"Licence: CC BY 4.0, {LICENCE}",
    "What the data set is (DCAT-AP, VoID): https://w3id.org/cybercoop/data/dcat.ttl",
    "A name with an asterisk is to be read with its coop:designationNotice.",
)
"""What stands first in a file whose format has comments; N-Triples and N-Quads have none, as they are canonical."""

if TYPE_CHECKING:
    import pyoxigraph as ox
    import rdflib

    from cybercoop.export.statements import Statements
    from cybercoop.terms.labels import Order


class Writer(Protocol):
    """What each format is written by: `write_` and its name, in the module that stands with it in the table."""

    def __call__(self, said: Statements, context: Mapping[str, object], out: BinaryIO, **given: Any) -> int:
        """Write the graph to `out` and return how many statements that are, of tables how many claims.

        What has one name a thing is given the `order` of the sources
        that name things; tables are, too, `excel`, and the names of `words`.
        """


class Format(NamedTuple):
    """One format: how it is asked for, how its files are called, and the module that writes it.

    `shows_names` says that it is for people and has tables, `is_union` that it holds each fact once, without who states
    it.
    """

    name: str
    title: str
    extension: str
    media_type: str
    module: str
    shows_names: bool = False
    is_union: bool = False

    def writer(self) -> Writer:
        """Return the function that writes this format; its module is imported only now."""
        return cast(Writer, getattr(import_module(f"{__name__}.{self.module}"), f"write_{self.name}"))


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("turtle", "Turtle", "ttl", "text/turtle", "turtle", is_union=True),
        Format("trig", "TriG", "trig", "application/trig", "turtle"),
        Format("ntriples", "N-Triples", "nt", "application/n-triples", "turtle", is_union=True),
        Format("nquads", "N-Quads", "nq", "application/n-quads", "turtle"),
        Format("jsonld", "JSON-LD", "jsonld", "application/ld+json", "jsonld"),
        Format("rdfxml", "RDF/XML", "rdf", "application/rdf+xml", "rdfxml", is_union=True),
        Format("csv", "CSV tables", "zip", "application/zip", "tables", shows_names=True),
    )
}
"""Every format by the name that people type, but for `parquet`."""

PARQUET = Format("parquet", "Parquet tables", "zip", "application/zip", "parquet", shows_names=True)
"""A format that needs the extra of the same name; the pages do not offer it."""

EVERY = {**FORMATS, PARQUET.name: PARQUET}
"""Every format that a command may name."""

ABOUT: dict[str, tuple[str, str, str]] = {
    "dcat": ("DCAT-AP 3 and VoID: what the graph is as a data set", "ttl", "text/turtle"),
    "schema-org": ("schema.org Dataset, for search engines", "jsonld", "application/ld+json"),
    "schema-org-things": ("each thing in schema.org, by our alignment", "jsonld", "application/ld+json"),
    "frames": ("a JSON-LD frame for each class, for trees", "zip", "application/zip"),
    "questions": ("the questions as sh:SPARQLExecutable, with examples", "ttl", "text/turtle"),
}
"""What describes the graph instead of holding it: name → title, extension, media type."""

IATI = "iati"
"""What one project is asked for by, as an activity of the International Aid Transparency Initiative."""


def export(
    name: str,
    quads: Iterable[ox.Quad] | Statements,
    context: Mapping[str, object],
    out: BinaryIO,
    order: Order | None = None,
    *,
    excel: bool = False,
    words: Sequence[ox.Quad] = (),
) -> int:
    """Write the graph to `out` in the format of that name: the same bytes for the same facts, whatever their order.

    Returns how many statements were written, of tables how many claims. Turtle, N-Triples and RDF/XML hold each fact
    once, and of each thing one preferred name in a language, the first in `order`; TriG, N-Quads and JSON-LD also say
    which source states it, and keep the names that each source prefers; CSV is a zip of tables, each of which begins
    with a byte-order mark where it is for `excel`; what is said of `words` describes their columns. Raises
    `ValueError` for a name that is not in `FORMATS`, and `facts.ExportError`, a `ValueError` too, for a fact that the
    format has no way to carry.
    """
    if name not in EVERY:
        raise ValueError(f"{name!r} is not a format; the formats are {', '.join(EVERY)}")
    from cybercoop.export.statements import Statements

    form = EVERY[name]
    said = quads if isinstance(quads, Statements) else Statements.of(quads)
    if form.shows_names:
        given = {name: value for name, value in {"order": order, "excel": excel, "words": words}.items() if value}
        return form.writer()(said, context, out, **given)
    return form.writer()(said, context, out, **({"order": order} if form.is_union else {}))


def described(name: str, lines: bytes, context: Mapping[str, object], order: Order | None = None) -> bytes:
    """Return what sorted lines of N-Quads say of one thing in the format of that name; as JSON-LD, one object."""
    from cybercoop.export.statements import Statements

    said = Statements(partial(io.BytesIO, lines))
    if name == "jsonld":
        from cybercoop.export.jsonld import written

        return written(said, context, order)
    out = io.BytesIO()
    export(name, said, context, out, order)
    return out.getvalue()


def as_rdflib(nquads: bytes, context: Mapping[str, object]) -> rdflib.Dataset:
    """Return N-Quads as an rdflib Dataset whose default graph is the union, literals as written, with our prefixes."""
    import rdflib

    dataset = rdflib.Dataset(default_union=True)
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        dataset.parse(data=nquads.decode(), format="nquads")
    finally:
        rdflib.NORMALIZE_LITERALS = before
    for prefix, namespace in context.items():
        if isinstance(namespace, str) and namespace.endswith(("/", "#")) and not prefix.startswith("@"):
            dataset.bind(prefix, namespace)
    return dataset

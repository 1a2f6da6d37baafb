"""The canonical form of a dataset, its digest, and the RDF patch that makes one dataset of another.

Blank nodes have the labels that RDFC-1.0 gives them, in both datasets and in the patch between them: of a node whose
surroundings changed, all statements are taken out and put in again under its new label.
https://www.w3.org/TR/rdf-canon/ · https://afs.github.io/rdf-patch/
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

import pyoxigraph as ox

_ALIKE = 6
"""How many blank nodes that nothing tells apart may surround one: all their orders are tried (RDFC-1.0, 4.8)."""


def canonical(quads: Iterable[ox.Quad]) -> list[str]:
    """Return a dataset as lines of canonical N-Quads, sorted, without line ends (RDFC-1.0, 5).

    Raises `ValueError` where too many blank nodes look alike for labels to be found in time.
    """
    every = list(quads)
    if blank := _blank(every):
        if _tangled(blank):
            raise ValueError("too many blank nodes look alike")
        dataset = ox.Dataset(every)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_256)
        every = list(dataset)
    return sorted({_line(quad) for quad in every})


def digest(lines: Iterable[str]) -> str:
    """Return the SHA-256 of canonical lines, as hexadecimal digits: the hash of the dataset (RDFC-1.0, 1)."""
    found = hashlib.sha256()
    for line in lines:
        found.update(f"{line}\n".encode())
    return found.hexdigest()


def parsed(lines: Iterable[str]) -> list[ox.Quad]:
    """Return the statements of lines of N-Quads, blank nodes under their labels."""
    return list(ox.parse("\n".join(lines).encode(), format=ox.RdfFormat.N_QUADS, rename_blank_nodes=False))


def written(before: Collection[str], after: Collection[str]) -> str:
    """Return the RDF patch that makes one canonical dataset of another, what is taken out before what is put in.

    Its head names the digests of both as `prev` and `id`.
    """
    old, new = set(before), set(after)
    lines = [f"H id <urn:sha256:{digest(sorted(new))}> .", f"H prev <urn:sha256:{digest(sorted(old))}> .", "TX ."]
    lines += [f"D {line}" for line in sorted(old - new)]
    lines += [f"A {line}" for line in sorted(new - old)]
    return "\n".join([*lines, "TC .", ""])


def applied(patch: str, before: Iterable[str]) -> list[str]:
    """Return the canonical lines of the dataset that a patch makes of another.

    Raises `ValueError` where the patch is for another dataset, or does not lead to the one that it names.
    """
    lines = set(before)
    heads = {}
    for line in patch.split("\n"):
        kind, _, rest = line.partition(" ")
        if kind == "H":
            name, _, value = rest.removesuffix(" .").partition(" ")
            heads[name] = value.removeprefix("<urn:sha256:").removesuffix(">")
            if name == "prev" and heads[name] != digest(sorted(lines)):
                raise ValueError("the patch is for another dataset")
        elif kind == "D":
            lines.discard(rest)
        elif kind == "A":
            lines.add(rest)
    found = sorted(lines)
    if heads.get("id") != digest(found):
        raise ValueError("the patch does not make the dataset that it names")
    return found


def _line(quad: ox.Quad) -> str:
    graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else f"{quad.graph_name} "
    return f"{quad.subject} {quad.predicate} {quad.object} {graph}."


def _blank(quads: Iterable[ox.Quad]) -> dict[ox.BlankNode, list[tuple[str, ox.BlankNode | None]]]:
    """Return what surrounds each blank node: (what is said, with which other blank node, if any)."""
    found: defaultdict[ox.BlankNode, list[tuple[str, ox.BlankNode | None]]] = defaultdict(list)
    for quad in quads:
        terms = (quad.subject, quad.object, quad.graph_name)
        blank = [term for term in terms if isinstance(term, ox.BlankNode)]
        for node in set(blank):
            shown = " ".join(
                "." if term == node else "_" if isinstance(term, ox.BlankNode) else str(term) for term in terms
            )
            others: list[ox.BlankNode | None] = [other for other in blank if other != node]
            for other in others or [None]:
                found[node].append((f"{quad.predicate} {shown}", other))
    return found


def _tangled(around: dict[ox.BlankNode, list[tuple[str, ox.BlankNode | None]]]) -> bool:
    """Return whether a blank node has more neighbours of one colour than can be tried in every order."""
    colours: dict[ox.BlankNode, str] = dict.fromkeys(around, "")
    kinds = 0
    while len(set(colours.values())) > kinds:
        kinds = len(set(colours.values()))
        colours = {
            node: hashlib.sha256(
                repr((colours[node], sorted((said, colours[other] if other else "") for said, other in near))).encode()
            ).hexdigest()
            for node, near in around.items()
        }
    for near in around.values():
        counts = Counter((said, colours[other]) for said, other in set(near) if other)
        if any(count > _ALIKE for count in counts.values()) and any(
            len([None for _, further in around[other] if further]) > 1 for _, other in near if other
        ):
            return True
    return False

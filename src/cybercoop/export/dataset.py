"""The graph as rdflib knows it."""

from __future__ import annotations

from collections.abc import Mapping

import rdflib


def as_rdflib(nquads: bytes, context: Mapping[str, object]) -> rdflib.Dataset:
    """Return N-Quads as an rdflib Dataset whose default graph is the union, literals as written, with our prefixes."""
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

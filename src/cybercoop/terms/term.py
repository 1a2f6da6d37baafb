"""A term of RDF as engines give it, and the address of a thing.

See https://www.w3.org/TR/rdf11-concepts/#section-rdf-graph.
"""

from __future__ import annotations

import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

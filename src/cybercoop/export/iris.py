"""How a document shortens an IRI: to a prefixed name, or to a path below a base."""

from __future__ import annotations

import re

from cybercoop.terms.names import PREFIXES

_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}
_LOCAL = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_PATH = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")


def split(iri: str) -> tuple[str, str]:
    """Return the namespace of an IRI, to its last `#` or `/`, and the name inside it."""
    end = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:end], iri[end:]


def prefixed(iri: str) -> str | None:
    """Return the IRI as `prefix:name` where that needs no escape in any format, else None."""
    namespace, local = split(iri)
    prefix = _PREFIX_OF.get(namespace)
    return f"{prefix}:{local}" if prefix and _LOCAL.fullmatch(local) else None


def relative(iri: str, base: str) -> str | None:
    """Return the path of the IRI below `base` where every reader makes the same IRI of it again, else None."""
    path = iri[len(base) :]
    return path if iri.startswith(base) and _PATH.fullmatch(path) else None

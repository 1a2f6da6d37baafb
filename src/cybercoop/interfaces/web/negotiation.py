"""What a reader prefers among what there is: proactive negotiation after RFC 9110, 12.5."""

from __future__ import annotations

from collections.abc import Sequence

_RANGES = 64
"""How many ranges of a header are heard; a longer one is nobody's preference."""


def weights(header: str) -> list[tuple[str, float]]:
    """Return the ranges of an Accept header with their weights; one that cannot be read weighs nothing.

    >>> weights("text/html, text/turtle;q=0.5")
    [('text/html', 1.0), ('text/turtle', 0.5)]
    """
    found = []
    for part in header.split(",", _RANGES)[:_RANGES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            number = float(weight)
        except ValueError:
            number = 0.0
        if name:
            found.append((name, number if 0 <= number <= 1 else 0.0))
    return found


def preferred(header: str, offered: Sequence[str]) -> str:
    """Return what is offered that weighs most, the earlier of equals; nothing where all of it is refused.

    >>> preferred("text/*;q=0.3, text/turtle", ("text/html", "text/turtle"))
    'text/turtle'
    >>> preferred("fr-CA, en;q=0.8", ("en", "fr"))
    'fr'
    """
    asked = weights(header) or [("*/*", 1.0), ("*", 1.0)]
    best, most = "", 0.0
    for each in offered:
        fit = [(_fit(name, each), number) for name, number in asked if _fit(name, each)]
        weight = max(fit, default=(0, 0.0))[1]  # the closest range counts (RFC 9110, 12.5.1)
        if weight > most:
            best, most = each, weight
    return best


def _fit(asked: str, offered: str) -> int:
    """Return how closely a range names what is offered; 0 where it does not."""
    if asked == offered:
        return 3
    if asked.split("-")[0] == offered or (asked.endswith("/*") and offered.startswith(asked[:-1]) and asked != "*/*"):
        return 2
    return int(asked in ("*/*", "*"))

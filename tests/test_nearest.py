"""The known word that was meant by one that is not known."""

from __future__ import annotations

import difflib

from hypothesis import example, given
from hypothesis import strategies as st

from cybercoop.problems.problem import nearest

WORD = st.text("ab-1", max_size=8).filter(lambda word: "no-" not in word and "not-" not in word)


@given(WORD, st.lists(WORD, max_size=12))
@example("signed", ["sign", "signs", "singed"])
def test_it_is_the_first_of_those_that_are_most_alike(word: str, known: list[str]) -> None:
    """As the standard library finds it, which compares all of them."""
    assert nearest(word, known) == next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.65)), "")


def test_a_word_is_not_taken_for_its_contrary() -> None:
    """Neither way, however alike they are."""
    assert nearest("signd", ["not-signed", "signed"]) == "signed"
    assert nearest("not-signd", ["signed"]) == ""
    assert nearest("a" * 1000, ["a" * 1000]) == "", "what is longer than is shown is no word"

"""Articles, ordinals and lists of messages."""

from __future__ import annotations

import pytest

from cnnsize.text.english import ordinal


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "first"), (10, "tenth"), (11, "11th"), (21, "21st"), (32, "32nd"), (112, "112th")],
)
def test_ordinals(number: int, word: str) -> None:
    assert ordinal(number) == word

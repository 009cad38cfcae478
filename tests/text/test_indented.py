"""Indented JSON is that of the standard library."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from cnnsize.text.indented import indented_json
from tests.helpers import examples

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DATA = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(DATA)
@examples(200)
def test_it_is_that_of_json_dumps(data: object) -> None:
    assert indented_json(data) == json.dumps(data, indent=2)

"""Records and named tuples, which are made without ``dataclasses`` and ``typing.NamedTuple``."""

from __future__ import annotations

import pickle
from inspect import signature

import pytest

from cnnsize.layers.conv import Conv
from cnnsize.layers.volume import Sizing, Volume, Window
from cnnsize.record import copier, replace


def test_a_named_tuple_is_a_tuple_with_names() -> None:
    window = Window(3, S=2)
    assert window == (3, 2, 0, 0, 1, False) and window.F == 3 and window.before == 0
    assert window._replace(S=1) == Window(3) and Window._make(window) == window
    assert repr(Sizing(None)) == "Sizing(output=None, remainder=None, faults=())"
    assert pickle.loads(pickle.dumps(Volume(1, 2, 3))) == Volume(1, 2, 3)
    assert str(signature(Window)).startswith("(F: 'int', S: 'int' = 1, before: 'int' = 0")
    match Volume(4, 5, 6):
        case Volume(W, _, D):
            assert (W, D) == (4, 6)


def test_a_named_tuple_refuses_other_fields() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'H'"):
        Volume(1, D=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Volume has no field Q"):
        Volume(1, 2, 3)._replace(Q=4)  # type: ignore[call-arg]


def test_a_copy_has_one_other_value() -> None:
    conv = Conv(K=8, windows=(Window(3), Window(3)), G=2)
    assert copier(Conv, "K")(conv, 16) == replace(conv, K=16) and conv.K == 8
    assert copier(Conv)(conv) == conv

"""The cells that a tiling draws as unread are those to which PyTorch passes no gradient."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize.pictures.axis import LARGE
from cnnsize.pictures.figure import Figure

torch = pytest.importorskip("torch")
UNREAD = ("bad", "other")
TEXTS = (
    "INPUT[10x10x1] -> CONV3-1(S=2, P=0)",
    "INPUT[16x16x1] -> CONV3-1(S=2, P=1, D=3)",
    "INPUT[12x9x1] -> CONV2-1(S=3, P=0)",
    "INPUT[13x20x1] -> CONV3x5-1(S=2, P=1)",
    "INPUT[11x11x1] -> CONV4-1(S=3, P=2, D=2)",
    "INPUT[9x9x1] -> CONV1-1(S=2)",
)


def drawn_states(figure: Figure) -> list[list[str]]:
    """Return the roles of the real cells of each axis, in order."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for mark in figure.canvas.marks:
        attributes = dict(mark.attributes)
        is_cell = mark.tag == "rect" and attributes["height"] == LARGE.height
        if is_cell and attributes["fill"] not in ("paper", "none"):
            x, y, fill = attributes["x"], attributes["y"], attributes["fill"]
            assert isinstance(x, (int, float))
            assert isinstance(y, (int, float))
            rows.setdefault(y, []).append((x, str(fill)))
    return [[fill for _, fill in sorted(row)] for _, row in sorted(rows.items())]


@pytest.mark.parametrize("text", TEXTS)
def test_cells_drawn_unread_have_no_gradient(text: str) -> None:
    network = cnnsize.parse(text).sized()
    W, H, _ = network.input
    image = torch.ones(1, 1, H, W, requires_grad=True)
    model = network.to_torch()
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
    model(image).sum().backward()
    read = image.grad[0, 0] != 0
    expected = [read.any(0).tolist(), read.any(1).tolist()]
    states = drawn_states(network.figure("tiling"))
    drawn = [[role not in UNREAD for role in row] for row in states]
    assert drawn == (expected[:1] if len(drawn) == 1 else expected)
    assert len(drawn) == 2 or expected[0] == expected[1]

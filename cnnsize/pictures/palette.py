"""The colours of figures, by role. The tests recompute their contrast and their distances."""

from __future__ import annotations

from typing import NamedTuple


class Shade(NamedTuple):
    """A colour in the light and in the dark theme."""

    light: str
    dark: str


FILLS = {  # of the kinds of layers
    "conv": Shade("#a3d3f7", "#1a6489"),
    "pool": Shade("#fdda97", "#593d03"),
    "fc": Shade("#f2a6c4", "#8d3465"),
    "join": Shade("#80ba96", "#2a543d"),
    "shape": Shade("#9798ea", "#422773"),
    "other": Shade("#edf1f8", "#2a2c2e"),
}
BAD = Shade("#f8c3ac", "#7a2c0e")
LINES = {
    "conv-line": Shade("#0a5397", "#79b8f5"),
    "pool-line": Shade("#8a5a00", "#f0bc4a"),
    "fc-line": Shade("#8c2f68", "#f0a3d0"),
    "join-line": Shade("#00664a", "#5fd3a8"),
    "shape-line": Shade("#54479c", "#b7adf5"),
    "other-line": Shade("#57606a", "#9aa4af"),
    "bad-line": Shade("#b23c00", "#ff9466"),
}
STEPS = {  # five steps from little to much; texts on the last two have the colour of the paper
    "step-0": Shade("#e8f1fa", "#12263a"),
    "step-1": Shade("#b7d3ee", "#1d4468"),
    "step-2": Shade("#7fb0de", "#2f6da3"),
    "step-3": Shade("#3574ad", "#5ba0da"),
    "step-4": Shade("#0b4a86", "#a6d2fb"),
}
INKS = dict(zip(STEPS, ("ink", "ink", "ink", "paper", "paper"), strict=True))
PAGE = {
    "paper": Shade("#ffffff", "#0d1117"),
    "panel": Shade("#f4f6f8", "#161b22"),
    "ink": Shade("#1f2328", "#e6edf3"),
    "dim": Shade("#57606a", "#9aa4af"),
    "rule": Shade("#d0d7de", "#3d444d"),
    "track": Shade("#e9edf1", "#21262d"),
}


def mixed(first: str, second: str, percent: int) -> str:
    """Return a colour with ``percent`` of the first and the rest of the second."""
    pairs = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{(a * percent + b * (100 - percent) + 50) // 100:02x}" for a, b in pairs)


def _faces() -> dict[str, Shade]:
    """Return the colours of the top and the side of a box, of each kind."""
    faces = {}
    paper = PAGE["paper"]
    for name, fill in (*FILLS.items(), ("bad", BAD)):
        line = LINES[f"{name}-line"]
        faces[f"{name}-top"] = Shade(*(mixed(fill[i], paper[i], 55) for i in (0, 1)))
        faces[f"{name}-side"] = Shade(*(mixed(fill[i], line[i], 80) for i in (0, 1)))
    return faces


ROLES = {**PAGE, **STEPS, **FILLS, "bad": BAD, **LINES, **_faces()}
KINDS = {
    **dict.fromkeys(("CONV", "DWCONV"), "conv"),
    **dict.fromkeys(("POOL", "AVGPOOL", "GAP", "GMP"), "pool"),
    "FC": "fc",
    **dict.fromkeys(("ADD", "CAT", "MUL", "OUTPUT"), "join"),
    **dict.fromkeys(("TCONV", "UP", "PIXELSHUFFLE"), "shape"),
}
WORDS = {  # of the legend
    "conv": "convolution",
    "pool": "pooling",
    "fc": "fully connected",
    "join": "join",
    "shape": "upsampling",
    "other": "input, other",
}

"""The input sizes that fit a network, in words."""

from __future__ import annotations

from cnnsize.inputs.fitting import Fitting, Side
from cnnsize.inputs.sizes import Sizes
from cnnsize.text.terminal import Style

LEVELS = (  # attribute of Side, label
    ("exact", "exact"),
    ("whole", "no loss"),
    ("works", "works"),
)
LABEL_WIDTH = 10
LEGEND = {
    "fits": "no window leaves a remainder",
    "exact": "no window leaves a remainder",
    "no loss": (
        "only padding goes unread at the far edge; cells that strides or\n"
        "          dilations skip do not count"
    ),
    "works": "PyTorch runs it, and rounds sizes down",
}


def inputs_text(result: Fitting, style: Style) -> str:
    """Return a line for each kind of fit, and the smallest input that works."""
    from textwrap import wrap

    lines: list[str] = []
    used: set[str] = set()
    for side in result.sides:
        if side.other is not None:
            lines.append(f"{side.axis}, for {'H' if side.axis == 'W' else 'W'} = {side.other}:")
        rows = [
            (label, fitting_sizes(getattr(side, attribute), side)) for attribute, label in LEVELS
        ]
        exact, whole, works = rows
        if exact[1] == whole[1]:
            rows = [("fits", exact[1]), works]
        smallest, smallest_whole = side.works.smallest, side.whole.smallest
        if smallest is not None:
            rows.append(("smallest", f"{square(result, side, smallest)} works"))
        if smallest_whole is not None and smallest_whole != smallest:
            fits = "fits" if exact[1] == whole[1] else "has no loss"
            rows.append(("", f"{square(result, side, smallest_whole)} {fits}"))
        used.update(label for label, _ in rows)
        for label, text in rows:
            width = max(30, style.width - LABEL_WIDTH)
            first, *others = wrap(text, width, break_long_words=False) or [""]
            lines.append(f"{label:<{LABEL_WIDTH}}{first}")
            lines += [" " * (LABEL_WIDTH + 2) + other for other in others]
    legend = [f"{label:<{LABEL_WIDTH}}{text}" for label, text in LEGEND.items() if label in used]
    notes = [f"{'note':<{LABEL_WIDTH}}{note}" for note in result.notes]
    return "\n".join([*lines, "", *legend, *notes])


def square(result: Fitting, side: Side, size: int) -> str:
    """Return the W x H of the input that has this size along a side."""
    volume = result.volume(side, size)
    return f"{volume.W}x{volume.H}"


def fitting_sizes(sizes: Sizes, side: Side) -> str:
    """Return sizes in words: ``W = 32k + 3 for k >= 2; nearest to 224: 195, 227``."""
    words = sizes.words(side.letter)
    if not sizes:
        return words
    is_included = side.written in sizes
    if is_included and sizes.period == 1 and not sizes.runs:
        return words
    neighbours = [
        str(size)
        for size in (sizes.below(side.written), sizes.above(side.written))
        if size is not None
    ]
    if is_included:
        next_to_it = f", and next to it {', '.join(neighbours)}" if neighbours else ""
        return f"{words}; {side.written} fits{next_to_it}"
    return f"{words}; nearest to {side.written}: {', '.join(neighbours)}"

"""Which inputs fit, in words and as plain data."""

from __future__ import annotations

from typing import Any

from cnnsize.patterns.inputs.fitting import Fitting, Side
from cnnsize.patterns.inputs.sizes import Sizes
from cnnsize.text.terminal import Style

LEVELS = (("exact", "exact"), ("whole", "loses nothing"), ("works", "works"))


def inputs_text(found: Fitting, style: Style) -> str:
    """A line for each kind of fit, and the smallest input that works."""
    from textwrap import wrap

    lines: list[str] = []
    for side in found.sides:
        if side.other is not None:
            lines.append(f"{side.axis}, with {'H' if side.axis == 'W' else 'W'} = {side.other}:")
        rows = [(word, said(getattr(side, name), side)) for name, word in LEVELS]
        if rows[0][1] == rows[1][1]:
            exactly = " (exact: no window leaves a remainder)" if side.exact else ""
            rows[:2] = [("fits", rows[0][1] + exactly)]
        for word, name in (("smallest", "works"), ("", "whole")):
            least = getattr(side, name).smallest
            if least is not None and (word or least != side.works.smallest):
                volume = found.volume(side, least)
                rows.append(
                    (
                        word,
                        f"{volume.W}x{volume.H} {'works' if name == 'works' else 'loses nothing'}",
                    )
                )
        for word, text in rows:
            folded = wrap(text, max(30, style.width - 15), break_long_words=False) or [""]
            lines.append(f"{word:<15}{folded[0]}")
            lines += [" " * 17 + line for line in folded[1:]]
    lines += [
        "",
        "exact: every window fits a whole number of times. loses nothing: only padding is left over at",
        "the far edge; what strides and dilations skip is not counted. works: torch runs it, and rounds down.",
    ]
    return "\n".join(lines)


def said(sizes: Sizes, side: Side) -> str:
    """``W = 32k + 3 for k >= 2; nearest to 224: 195, 227``"""
    text = sizes.words(side.letter)
    if not sizes:
        return text
    if sizes.period == 1 and not sizes.runs and side.written in sizes:
        return text
    near = [
        str(one)
        for one in (sizes.below(side.written), sizes.above(side.written))
        if one is not None
    ]
    if side.written in sizes:
        return f"{text}; {side.written} fits" + (f", next to it {', '.join(near)}" if near else "")
    return f"{text}; nearest to {side.written}: {', '.join(near)}"


def inputs_dict(found: Fitting) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "text": found.architecture.text,
        "input": list(found.input),
        "sides": [
            {"axis": side.axis, "written": side.written, "other": side.other}
            | {
                word.replace(" ", "_"): sizes_dict(getattr(side, name), side)
                for name, word in LEVELS
            }
            for side in found.sides
        ],
    }


def sizes_dict(sizes: Sizes, side: Side) -> dict[str, Any]:
    return {
        "words": sizes.words(side.letter),
        "period": sizes.period,
        "progressions": [{"remainder": r, "from": start} for r, start in sizes.starts.items()],
        "others": [
            [run.start, run.stop - 1 if run.step == 1 else run[-1], run.step] for run in sizes.runs
        ],
        "fits": side.written in sizes,
        "below": sizes.below(side.written),
        "above": sizes.above(side.written),
        "smallest": sizes.smallest,
    }

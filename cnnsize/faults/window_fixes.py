"""Find changes that make a window fit: another input, F, S, P or D. Each one is verified.

An option is first tried in the formula, which rejects most values without parsing a text again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from cnnsize.faults.conditions import (
    axes_are_exact,
    is_exact,
    is_exact_up_to_here,
    reads_everything,
)
from cnnsize.faults.edit import layer_edits, with_option
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.verify import Candidate
from cnnsize.language.tree import LayerNode
from cnnsize.layers.conv import pair_text
from cnnsize.layers.volume import Volume, Window
from cnnsize.record import replace
from cnnsize.sizing.rows import unread_cells
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import Edit
from cnnsize.text.english import article

MAX_TRIED_VALUES = 128  # of an option or a side, on one side of the written value

FaultCondition = Callable[[FaultContext, SizedNetwork], bool]
OptionValues = Iterable[tuple[str, Any]]  # (option, value)


class WindowFixes(NamedTuple):
    """Fixes that leave no remainder, and paddings that leave only padding unread."""

    exact: list[Candidate]
    lossless: list[Candidate]


def find_window_fixes(fault: FaultContext) -> WindowFixes:
    """Return the nearest inputs and F below and above, a smaller S and D, and the smallest P."""
    exact = list(input_fixes(fault))
    if not fault.slides_window:
        return WindowFixes(exact, [])
    window = fault.window
    exact += option_fixes(fault, _smaller_filters(fault), is_exact)
    if fault.problem.sizing.output is not None:
        exact += option_fixes(
            fault, _values("F", range(window.F + 1, window.F + MAX_TRIED_VALUES)), is_exact
        )
    exact += option_fixes(fault, _values("S", range(window.S - 1, 0, -1)), is_exact)
    paddings = min(window.F_eff // 2 + 1, MAX_TRIED_VALUES)  # more would see nothing but padding
    values = list(_values("P", (P for P in range(paddings) if window.before != P)))
    padded = list(option_fixes(fault, values, is_exact))
    exact += padded
    exact += option_fixes(fault, _values("D", range(window.D - 1, 0, -1)), is_exact)
    lossless = [] if padded else list(option_fixes(fault, values, reads_everything))
    return WindowFixes(exact, lossless)


def _values(option: str, values: Iterable[int]) -> OptionValues:
    return ((option, value) for value in values)


def _smaller_filters(fault: FaultContext) -> OptionValues:
    """Yield the F below the written one, from the largest that fits, which skip no cells."""
    window = fault.window
    largest_that_fits = (fault.side + window.before + window.after - 1) // window.D + 1
    top = window.F - 1 if window.F - largest_that_fits < MAX_TRIED_VALUES else largest_that_fits
    least = 2 if fault.is_pool else -(-(window.S - 1) // window.D) + 1  # POOL1 does nothing
    return _values("F", range(top, least - 1, -1))


def option_fixes(
    fault: FaultContext, values: OptionValues, condition: FaultCondition, limit: int = 1
) -> Iterator[Candidate]:
    """Yield the first values of options, at most ``limit``, with which ``condition`` holds."""
    node = fault.item.node
    if not isinstance(node, LayerNode):
        return
    count = 0
    for option, value in islice(values, MAX_TRIED_VALUES):
        if fault.verifier.exhausted():
            return
        if not _is_possible(fault, option, value, condition):
            continue
        text, new_value = _for_faulty_axes(fault, option, value)
        edits = layer_edits(fault.architecture, fault.item, with_option(node, option, new_value))
        if not edits:
            return
        network = fault.verifier.edited(edits)
        if fault.verifier.stopped:
            return
        if network is None or not condition(fault, network):
            continue
        if fault.verifier.accepts(network):
            yield Candidate(option, text, _proposal(fault, option, text), edits)
            count += 1
            if count == limit:
                return


def _is_possible(fault: FaultContext, option: str, value: Any, condition: FaultCondition) -> bool:
    """Return False where the formula alone shows that the value will not do.

    Outside a later iteration the input of a layer does not depend on the layer itself.
    """
    fields = {"F": "F", "S": "S", "D": "D", "P": "before"}
    if condition not in (is_exact, reads_everything) or option not in fields:
        return True
    if any(iteration.number for iteration in fault.problem.iterations):
        return True
    for problem in fault.problems:
        facts = dict(problem.fault.facts)
        window: Window = facts["window"]._replace(**{fields[option]: value})
        if option == "P":
            window = window._replace(after=value)
        positions, remainder = window.fit(facts["size"])
        fits = positions >= 1 and not window.unread(facts["size"])
        has_remainder = condition is is_exact and remainder > 0
        if not fits or has_remainder:
            return False
    return True


def _for_faulty_axes(fault: FaultContext, option: str, value: Any) -> tuple[str, Any]:
    """Return an option's text and value; the axis without a fault keeps the value that it has."""
    is_per_axis = option in ("F", "S", "P", "D") and isinstance(value, int)
    windows = getattr(fault.layer, "windows", None)
    if is_per_axis and not fault.on_both_axes and windows is not None:
        other: Window = windows[1 - fault.axes[0]]
        kept = {"F": other.F, "S": other.S, "P": other.before, "D": other.D}[option]
        value = (value, kept) if fault.letter == "W" else (kept, value)
    if isinstance(value, int):
        return str(value), value
    return pair_text(value), value


def input_fixes(fault: FaultContext) -> Iterator[Candidate]:
    """Yield the nearest inputs below and above the written one that are exact up to the fault.

    Both sides change together if the input is square.
    """
    search = _one_step_at_a_time if fault.is_square or not fault.on_both_axes else _side_by_side
    for direction in (-1, 1):
        for input in search(fault, direction):
            if fault.verifier.exhausted():
                return
            network = fault.verifier.sized(fault.architecture, input)
            if network is None or not is_exact_up_to_here(fault, network):
                continue
            if not fault.verifier.accepts(network):
                continue
            edits = _input_edits(fault, input)
            if edits is None:
                continue
            text = f"{input.W}x{input.H}"
            option, value = fault.letter, str(input[fault.axes[0]])
            if fault.on_both_axes and not fault.is_square:
                option, value = "W x H", text
            yield Candidate(option, value, f"use {article(text)} {text} input", edits)
            break


def _one_step_at_a_time(fault: FaultContext, direction: int) -> Iterator[Volume]:
    w, h, d = fault.network.input
    on_w, on_h = 0 in fault.axes, 1 in fault.axes
    for step in range(direction, direction * (MAX_TRIED_VALUES + 1), direction):
        input = Volume(w + step if on_w else w, h + step if on_h else h, d)
        if min(input) < 1:
            return
        yield input


def _side_by_side(fault: FaultContext, direction: int) -> Iterator[Volume]:
    """Yield the input of which each side is the nearest that its own axis accepts."""
    w, h = _nearest_side(fault, 0, direction), _nearest_side(fault, 1, direction)
    if w and h:
        yield Volume(w, h, fault.network.input.D)


def _nearest_side(fault: FaultContext, axis: int, direction: int) -> int:
    """Return the nearest side of the input with which an axis is exact; 0 if there is none."""
    w, h, d = fault.network.input
    for step in range(direction, direction * (MAX_TRIED_VALUES + 1), direction):
        input = Volume(w + step, h, d) if axis == 0 else Volume(w, h + step, d)
        if input[axis] < 1:
            return 0
        network = fault.verifier.sized(fault.architecture, input)
        if network is not None and axes_are_exact(fault, network, (axis,)):
            return input[axis]
    return 0


def _input_edits(fault: FaultContext, input: Volume) -> tuple[Edit, ...] | None:
    """Return the edit of INPUT, none if the text does not say it; None if the edit fails."""
    if not fault.verifier.input_is_written:
        return ()
    first = fault.architecture.chain.items[0]
    assert isinstance(first.node, LayerNode)
    shape = first.node.shape or fault.network.input
    node = replace(first.node, shape=(input.W, input.H, *shape[2:]))
    edits = layer_edits(fault.architecture, first, node)
    network = fault.verifier.edited(edits) if edits else None
    return edits if network is not None and is_exact_up_to_here(fault, network) else None


# -- in words ----------------------------------------


def _proposal(fault: FaultContext, option: str, value: str) -> str:
    size = value if "x" in value else f"{value}x{value}"
    return {
        "F": f"use {article(size)} {size} {fault.window_word}",
        "S": f"use stride {value}",
        "P": f"use padding {value}",
        "D": f"use dilation {value}",
        "G": f"use {value} groups" if value != "1" else "use one group",
        "K": f"use {value} filters",
        "in": f"write in={value}",
    }[option]


def values_in_words(fixes: Iterable[Candidate]) -> tuple[str, ...]:
    """Return the values of options in one line: ``G = 2 or 4, or K = 64``."""
    values: dict[str, list[str]] = {}
    for fix in fixes:
        values.setdefault(fix.option, []).append(fix.value)
    line = ", or ".join(f"{option} = {' or '.join(words)}" for option, words in values.items())
    return (line,) if line else ()


def help_lines(fault: FaultContext, fixes: WindowFixes) -> tuple[str, ...]:
    """Return the exact fixes in one line, then the paddings that lose nothing."""
    volume = fault.problem.volume
    reads_input = volume is not None and volume[:2] == fault.network.input[:2]
    named = [
        fix
        if reads_input or fix.option not in ("W", "H")
        else fix._replace(option=f"input {fix.option}")
        for fix in fixes.exact
    ]
    lines = [f"{_fit_word(fault)}: {line}" for line in values_in_words(named)]
    if fixes.lossless:
        paddings = " or ".join(f"P = {fix.value}" for fix in fixes.lossless)
        lines.append(f"{paddings} also works: only padding goes unread")
    return tuple(lines)


def _fit_word(fault: FaultContext) -> str:
    """Return ``exact``, or ``fits`` where cells along the other axis stay unread even so."""
    network = fault.network
    others = [axis for axis in (0, 1) if axis not in fault.axes]
    is_whole = not any(unread_cells(row)[axis] for row in fault.rows_in(network) for axis in others)
    return "exact" if is_whole and fault.problem.sizing.output is not None else "fits"

"""Find changes that make a window fit: another P, S, F or D. Each one is verified.

An option is first tried in the formula, which rejects most values without parsing a text again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from cnnsize.faults.conditions import is_exact, is_gone, reads_everything
from cnnsize.faults.edit import layer_edits, with_option
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.input_fixes import input_fixes
from cnnsize.faults.verify import Candidate
from cnnsize.language.format import layer_text
from cnnsize.language.tree import LayerNode
from cnnsize.layers.conv import pair_text
from cnnsize.layers.volume import Window
from cnnsize.record import NamedTuple
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.strip import Strip, unread_cells
from cnnsize.text.english import article

MAX_TRIED_VALUES = 128  # of an option or a side, on one side of the written value

FaultCondition = Callable[[FaultContext, SizedNetwork], bool]
OptionValues = Iterable[tuple[str, Any]]  # (option, value)


class WindowFixes(NamedTuple):
    """Fixes of one layer, those that people choose first in front."""

    lossless: list[Candidate]  # a padding that leaves only padding unread
    exact: list[Candidate]  # options that leave no remainder
    whole_map: list[Candidate]  # a global pool in place of the layer
    inputs: list[Candidate]  # with which this layer fits, where none fits them all

    @property
    def all(self) -> list[Candidate]:
        """All fixes in the order in which ``--unsafe-fixes`` tries them."""
        return [*self.whole_map, *self.lossless, *self.exact, *self.inputs]


def find_window_fixes(fault: FaultContext) -> WindowFixes:
    """Return the smallest P, a global pool, the nearest S, F and D, and inputs."""
    if not fault.slides_window:
        return WindowFixes([], [], [], list(input_fixes(fault)))
    if fault.verifier.exhausted():
        return WindowFixes([], [], [], [])
    window = fault.window
    paddings = min(window.F_eff // 2 + 1, MAX_TRIED_VALUES)  # more would see nothing but padding
    values = list(_values("P", (P for P in range(paddings) if window.before != P)))
    exact = list(option_fixes(fault, values, is_exact))
    lossless = [] if exact else list(option_fixes(fault, values, reads_everything))
    exact += option_fixes(fault, _values("S", range(window.S - 1, 0, -1)), is_exact)
    exact += option_fixes(fault, _smaller_filters(fault), is_exact)
    if fault.problem.sizing.output is not None:
        larger = range(window.F + 1, window.F + _usual_change(window.F) + 1)
        exact += option_fixes(fault, _values("F", larger), is_exact)
    exact += option_fixes(fault, _values("D", range(window.D - 1, 0, -1)), is_exact)
    return WindowFixes(lossless, exact, whole_map_pool(fault), list(input_fixes(fault)))


def _usual_change(F: int) -> int:
    """Return by how much a filter may change: a 109x109 pool does not replace one of 7x7."""
    return max(2, F // 2)


def whole_map_pool(fault: FaultContext) -> list[Candidate]:
    """Return GAP or GMP in place of a pool that covers most of its map, and has one position."""
    output, item = fault.problem.sizing.output, fault.item
    has_one_position = output is None or output[:2] == (1, 1)
    covers_map = fault.window.F > 3 and fault.side < 2 * fault.window.F
    if not (fault.is_pool and has_one_position and covers_map):
        return []
    assert isinstance(item.node, LayerNode)
    kind = "GAP" if item.node.kind == "AVGPOOL" else "GMP"
    node = item.node.changed(kind=kind, kernel=None, options=())
    edits = layer_edits(fault.architecture, item, node)
    message = f"`{kind}` in place of {layer_text(item.node)} reads the whole map"
    candidate = Candidate(kind, kind, message, edits)
    return fault.verifier.verified([candidate], lambda network: is_gone(fault, network))


def _values(option: str, values: Iterable[int]) -> OptionValues:
    return ((option, value) for value in values)


def _smaller_filters(fault: FaultContext) -> OptionValues:
    """Yield the F below the written one, from the largest that fits, which skip no cells."""
    window = fault.window
    largest_that_fits = (fault.side + window.before + window.after - 1) // window.D + 1
    top = window.F - 1 if window.F - largest_that_fits < MAX_TRIED_VALUES else largest_that_fits
    least = 2 if fault.is_pool else -(-(window.S - 1) // window.D) + 1  # POOL1 does nothing
    if fault.problem.sizing.output is not None:
        least = max(least, window.F - _usual_change(window.F))
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
        strip = Strip(facts["size"], window)
        has_remainder = condition is is_exact and strip.remainder > 0
        if strip.unread() or has_remainder:
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
    """Return the fixes of one layer as lines of help."""
    volume = fault.problem.volume
    reads_input = volume is not None and volume[:2] == fault.network.input[:2]
    lines = [fix.message for fix in fixes.whole_map]
    if fixes.lossless:
        paddings = " or ".join(f"P = {fix.value}" for fix in fixes.lossless)
        lines.append(f"{paddings} works: only padding goes unread")
    named = [
        fix if reads_input else fix._replace(option=f"input {fix.option}") for fix in fixes.inputs
    ]
    lines += [f"{_fit_word(fault)}: {line}" for line in values_in_words([*fixes.exact, *named])]
    return tuple(lines)


def _fit_word(fault: FaultContext) -> str:
    """Return ``exact``, or ``fits`` where cells along the other axis stay unread even so."""
    network = fault.network
    others = [axis for axis in (0, 1) if axis not in fault.axes]
    is_whole = not any(unread_cells(row)[axis] for row in fault.rows_in(network) for axis in others)
    return "exact" if is_whole and fault.problem.sizing.output is not None else "fits"

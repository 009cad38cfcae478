"""Windows that do not fit: CNN101, CNN102, CNN103, CNN105 and CNN109 in words."""

from __future__ import annotations

from cnnsize.faults.conditions import is_gone, reads_everything
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.input_fixes import input_fixes
from cnnsize.faults.repetitions import (
    fewer_iterations,
    iteration_start,
    sizes_after_iterations,
    sizes_on_the_way,
)
from cnnsize.faults.verify import Candidate
from cnnsize.faults.window_fixes import (
    WindowFixes,
    find_window_fixes,
    help_lines,
    option_fixes,
    values_in_words,
)
from cnnsize.layers.conv import Conv, TransposedConv, pair_text
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Volume, Window
from cnnsize.sizing.formula import window_arithmetic
from cnnsize.sizing.settings import severity
from cnnsize.sizing.strip import Strip
from cnnsize.text.diagnostic import Diagnostic, Label
from cnnsize.text.english import ordinal

UNIT = Volume(1, 1, 1)
MAX_NAMED_CELLS = 6  # unread columns or rows that are named one by one


def fractional(fault: FaultContext) -> Diagnostic:
    """Describe CNN101: (W - F + 2P)/S + 1 is not a whole number, and real cells go unread."""
    outputs = dict.fromkeys(str(dict(problem.fault.facts)["out"]) for problem in fault.problems)
    framework = "Keras" if fault.network.settings.target == "tensorflow" else "PyTorch"
    rounded = (
        f"{framework} rounds down to {' and '.join(outputs)}, so {_unread_cells(fault)} never read"
    )
    fixes = find_window_fixes(fault)
    return fault.diagnostic(
        "the output size is not a whole number",
        label=_arithmetic(fault),
        related=fault.input_label(),
        notes=(rounded, *_effective_filter(fault.window), *sizes_on_the_way(fault)),
        help=help_lines(fault, fixes),
        fixes=fixes.all,
        facts={**fault.window_facts(), "unread": fault.strip.unread()},
    )


def too_small(fault: FaultContext) -> Diagnostic:
    """Describe CNN102, a window larger than its input, or CNN103 for a POOL repeated too often."""
    if fault.is_pool and fault.repetition is not None:
        return pooled_away(fault)
    window, side, repetition = fault.window, fault.side, fault.repetition
    has = side + window.before + window.after
    related = fault.input_label()
    if repetition is not None and repetition.item.suffix.count_span is not None:
        start = iteration_start(fault, repetition)
        if start is not None:
            text = f"the {ordinal(repetition.number + 1)} iteration starts at {start.W}x{start.H}"
            related = (Label(repetition.item.suffix.count_span, text),)
    fewer = _as_list(fewer_iterations(fault, repetition))
    fixes = find_window_fixes(fault)
    F = "F" if window.D == 1 else "F_eff"
    return fault.diagnostic(
        f"the {fault.window_word} is larger than its input",
        label=f"needs {fault.letter} + 2P >= {window.F_eff}, has {side} + {_padding(window)} = {has}",
        related=related,
        notes=(*sizes_on_the_way(fault), *_effective_filter(window)),
        help=(*(fix.message for fix in fewer), *help_lines(fault, fixes)),
        fixes=(*fewer, *fixes.all),
        facts={**fault.window_facts(), "needs": f"{F} <= {fault.letter} + 2P"},
    )


def pooled_away(fault: FaultContext) -> Diagnostic:
    """Describe CNN103: a later iteration of a repetition has nothing left to pool."""
    repetition = fault.repetition
    assert repetition is not None and repetition.item.suffix.count_span is not None
    count = repetition.number
    sizes = ", ".join(map(str, sizes_after_iterations(fault, repetition)))
    formula = window_arithmetic(fault.side, fault.window)
    fewer = _as_list(fewer_iterations(fault, repetition))
    fixes = WindowFixes([], [], [], list(input_fixes(fault)))
    return fault.diagnostic(
        "repeated pooling leaves nothing to pool",
        code="CNN103",
        span=repetition.item.suffix.count_span,
        label=f"at most *{count}",
        related=(*fault.input_label(), Label(fault.item.span, f"iteration {count + 1}: {formula}")),
        notes=(f"size after each iteration: {sizes}; then nothing is left to pool",)
        if sizes
        else (),
        help=(*(fix.message for fix in fewer), *help_lines(fault, fixes)),
        fixes=(*fewer, *fixes.all),
        facts={**fault.window_facts(), "passes": count},
    )


def transposed_too_small(fault: FaultContext) -> Diagnostic:
    """Describe CNN102: the padding of a TCONV cuts away all of its output."""
    layer, side, out = fault.facts["layer"], fault.side, fault.facts["out"]
    axis = fault.axes[0]
    F, S, P, D = (option[axis] for option in (layer.F, layer.S, layer.P, layer.D))
    extra = layer.output_padding[axis]
    last_cell = (side - 1) * S + D * (F - 1) + extra  # of the output without padding
    paddings = (("P", value) for value in range(min(last_cell // 2, P - 1), -1, -1))
    fixes = list(option_fixes(fault, paddings, is_gone))
    return fault.diagnostic(
        "the transposed convolution has no output",
        label=f"({side} - 1)*{S} - 2*{P} + {D}*({F} - 1) + {extra} + 1 = {out}",
        notes=("its padding is cut off the output: (W - 1)S - 2P + D(F - 1) + output_padding + 1",),
        help=tuple(f"P = {fix.value} leaves an output" for fix in fixes),
        fixes=fixes,
        facts={fault.letter: side, "F": F, "S": S, "P": P, "D": D, "out": out},
    )


def crop_too_small(fault: FaultContext) -> Diagnostic:
    """Describe CNN102: a CROP reaches beyond its input."""
    side, start, size = fault.side, fault.facts["start"], fault.facts["side"]
    return fault.diagnostic(
        "the crop extends beyond its input",
        label=f"{start} + {size} > {fault.letter} = {side}",
        facts={fault.letter: side, "start": start, "side": size},
    )


def too_much_padding(fault: FaultContext) -> Diagnostic:
    """Describe CNN105: the padding of a pool is more than half its window."""
    window = fault.window
    skips_by_design = window.F_eff < window.S  # cells go unread with any P
    paddings = (("P", value) for value in range(window.F // 2, -1, -1))
    fixes = list(option_fixes(fault, paddings, is_gone if skips_by_design else reads_everything))
    return fault.diagnostic(
        "the padding of a pool must be at most half its window",
        label=f"2P = {2 * window.before} > F = {window.F}",
        notes=("PyTorch refuses more, because a window could lie mostly in the padding",),
        help=tuple(f"use {line}" for line in values_in_words(fixes)),
        fixes=fixes,
        facts=fault.window_facts(),
    )


def same_with_stride(fault: FaultContext) -> Diagnostic:
    """Describe CNN109: P=same where PyTorch has no such padding, and TensorFlow pads unevenly."""
    S = fault.facts["S"]
    stride = pair_text(S)
    if severity(fault.problem.fault, fault.network.settings) == "warning":
        return fault.diagnostic(
            f"P=same with stride {stride} pads unevenly; PyTorch has no such padding",
            label=f"S = {stride}",
            facts={"S": list(S)},
        )
    layer = fault.layer
    fixes: list[Candidate] = []
    padding: tuple[int, int] | None
    if isinstance(layer, TransposedConv):
        message = "PyTorch has no P=same for a transposed convolution"
        same = layer.tensorflow(UNIT)
        padding = same.P if same.output_padding == (0, 0) else None
    else:
        assert isinstance(layer, (Conv, Pool))
        padding = symmetric_padding(layer, fault.facts["volume"])
        if isinstance(layer, Conv):
            message = (
                f"P=same keeps the size and stride {stride} does not; "
                "PyTorch refuses the combination"
            )
        else:
            message = (
                f"P=same with stride {stride} pads by the size of the input, and PyTorch's pools "
                "cannot"
            )
    if padding is not None:
        fixes += option_fixes(fault, [("P", padding)], is_gone)
    if isinstance(layer, Conv):
        fixes += option_fixes(fault, [("S", 1)], is_gone)
    return fault.diagnostic(
        message,
        label=f"S = {stride}",
        help=(*(f"use {line}" for line in values_in_words(fixes)), same_in_tensorflow(layer)),
        fixes=fixes,
        facts={"S": list(S)},
    )


def symmetric_padding(layer: Conv | Pool, volume: Volume) -> tuple[int, int] | None:
    """Return the padding on both sides that gives W/S rounded up; None where there is none."""
    padding = []
    for window, side in zip(layer.windows, volume[:2], strict=True):
        for P in ((window.F_eff - 1) // 2, window.F_eff // 2):
            if window._replace(before=P, after=P).fit(side)[0] == -(-side // window.S):
                padding.append(P)
                break
    return (padding[0], padding[1]) if len(padding) == 2 else None


def same_in_tensorflow(layer: Conv | Pool | TransposedConv) -> str:
    """Return the setting with which P=same means what it means in Keras."""
    output = "W*S" if isinstance(layer, TransposedConv) else "W/S rounded up"
    return (
        f'for Keras\' P=same, where the output is {output}, set target = "tensorflow", as in '
        "--config target=tensorflow"
    )


# -- pieces ----------------------------------------


def _as_list(fix: Candidate | None) -> list[Candidate]:
    return [fix] if fix is not None else []


def _padding(window: Window) -> str:
    return (
        f"2*{window.before}"
        if window.before == window.after
        else f"{window.before} + {window.after}"
    )


def _effective_filter(window: Window) -> tuple[str, ...]:
    """Return the size that a dilated filter spans, as a note."""
    if window.D == 1:
        return ()
    return (f"F_eff = D(F - 1) + 1 = {window.D}*({window.F} - 1) + 1 = {window.F_eff}",)


def _arithmetic(fault: FaultContext) -> str:
    """Return the formula with its numbers, for each axis if they differ."""
    formulas = {}
    for problem in fault.problems:
        facts = dict(problem.fault.facts)
        formulas[problem.fault.axis] = window_arithmetic(facts["size"], facts["window"])
    if len(set(formulas.values())) == 1:
        return next(iter(formulas.values()))
    return ", ".join(f"{axis}: {formula}" for axis, formula in formulas.items())


def _unread_cells(fault: FaultContext) -> str:
    """Return ``the last column and row are``; cells that lie elsewhere are numbered."""
    counts: list[str] = []
    numbers: list[str] = []
    are_last = True
    for problem in fault.problems:
        facts = dict(problem.fault.facts)
        strip = Strip(facts["size"], facts["window"])
        count = strip.unread()
        word = "column" if problem.fault.axis == "W" else "row"
        counts.append(f"{count} {word}{'s' if count > 1 else ''}")
        numbers.append(_cell_numbers(strip, count))
        are_last = are_last and count == strip.cut_off
    verb = "is" if counts in (["1 column"], ["1 row"]) else "are"
    if are_last:
        return f"the last {' and '.join(_without_leading_one(counts))} {verb}"
    if len(set(numbers)) == 1:
        return f"{' and '.join(counts)} ({numbers[0]}, counted from 0) {verb}"
    named = [f"{count} ({cells})" for count, cells in zip(counts, numbers, strict=True)]
    return f"{' and '.join(named)}, counted from 0, {verb}"


def _cell_numbers(strip: Strip, count: int) -> str:
    """Return ``1, 13 and 15``, the cells that no window reads; ``1, 3, 5, ..., 15`` of many."""
    if count > MAX_NAMED_CELLS:
        first = ", ".join(str(strip.unread_cell(index)) for index in range(3))
        return f"{first}, ..., {strip.unread_cell(count - 1)}"
    *cells, last = [str(strip.unread_cell(index)) for index in range(count)]
    return f"{', '.join(cells)} and {last}" if cells else last


def _without_leading_one(counts: list[str]) -> list[str]:
    """Return ``column``, ``row`` for 1 of each, ``2 columns``, ``rows`` for equal counts."""
    first, *rest = counts
    if len({count.split(" ")[0] for count in counts}) == 1:
        return [first.removeprefix("1 "), *(count.split(" ", 1)[1] for count in rest)]
    return [first.removeprefix("1 "), *rest]

"""The findings about windows that are larger than their input, in words."""

from __future__ import annotations

import ast

from cnnsize.layers.volume import AXES, Window
from cnnsize.models.source.findings.finding import Case, Finding, ancestors, is_part, last_change
from cnnsize.models.source.findings.words import place_of

WEIGHTED = frozenset(["out_channels", "filters", "depth_multiplier"])  # arguments of convolutions


def window(case: Case) -> Finding:
    """Describe CNN102, a window larger than its input, or CNN103 for a pool that runs again."""
    error, machine = case.error, case.machine
    facts = dict(error.facts)
    letter = str(facts["axis"])
    own: object = facts.get("window")
    if not isinstance(own, Window):
        label = f"the output would have {facts.get('out')} rows or columns"
        message = f"{case.name} has no output"
        return Finding("CNN102", message, case.node, label, case.related())
    size = int(facts["size"])
    has = size + own.before + own.after
    before = ancestors(machine, case.tensor.node)
    runs = [index for index in before if machine.places[index].constructor is case.layer.node]
    word = "filter" if WEIGHTED.intersection(case.layer.arguments) else "window"
    is_repeated = word == "window" and len(runs) > 0
    is_inside = error.node is not None and is_part(case.layer.node, error.node)
    node = error.node if is_repeated and error.node is not None and not is_inside else case.node
    sides = " or ".join(name for name in AXES if name == letter)
    return Finding(
        "CNN103" if is_repeated else "CNN102",
        "repeated pooling leaves nothing to pool"
        if is_repeated
        else f"the {word} of {case.name} is larger than its input",
        node,
        f"needs {sides} + 2P >= {own.F_eff}, has {size} + {own.before + own.after} = {has}",
        case.related(*sizes_before(case)),
        notes=(case.for_input(),),
        facts=window_facts(own, letter, size),
    )


def sizes_before(case: Case) -> list[tuple[ast.AST | None, str]]:
    """Return which layer gives a map of Keras its size."""
    if not case.machine.is_keras:
        return []
    index = last_change(case.machine, case.tensor.node)
    return [(place_of(case.machine, index), f"gives {case.output_of(index)}")]


def window_facts(own: Window, letter: str, size: int) -> dict[str, int]:
    """Return the facts from which the tiling is drawn."""
    return {
        letter: size,
        "F": own.F,
        "S": own.S,
        "P": own.before,
        "D": own.D,
        "F_eff": own.F_eff,
    }

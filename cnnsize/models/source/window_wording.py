"""The findings about windows that are larger than their input, in words."""

from __future__ import annotations

from cnnsize.layers.volume import AXES, Window
from cnnsize.models.source.findings import Case, Finding


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
    runs = [place for place in machine.places if place.constructor is case.layer.node]
    word = "filter" if "out_channels" in case.layer.arguments else "window"
    is_repeated = word == "window" and len(runs) > 0
    sides = " or ".join(name for name in AXES if name == letter)
    return Finding(
        "CNN103" if is_repeated else "CNN102",
        "repeated pooling leaves nothing to pool"
        if is_repeated
        else f"the {word} of {case.name} is larger than its input",
        case.node if not is_repeated or error.node is None else error.node,
        f"needs {sides} + 2P >= {own.F_eff}, has {size} + {own.before + own.after} = {has}",
        case.related(),
        notes=(case.for_input(),),
        facts=window_facts(own, letter, size),
    )


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

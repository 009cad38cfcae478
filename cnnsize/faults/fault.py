"""Words the faults: why a window does not fit, and what would make it fit, each change sized again.

The same Diagnostic feeds the text, the JSON and the editors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import islice
from types import MappingProxyType
from typing import Any

from cnnsize.faults.edit import architecture_text, changed, items
from cnnsize.faults.joins import JOIN_TRIES, SHOWN, projection
from cnnsize.faults.verify import Budget, Candidate, reading_order, unread
from cnnsize.language import tree
from cnnsize.language.arithmetic import evaluate
from cnnsize.language.format import layer_text, size_text
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Group, Item, Join, end_of
from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Volume, Window
from cnnsize.record import replace
from cnnsize.sizing.formula import decimal, window_arithmetic
from cnnsize.sizing.outline import path_text
from cnnsize.sizing.rows import Fork, Iteration, Part, Problem, Row, rows_of
from cnnsize.sizing.rows import unread as unread_cells
from cnnsize.sizing.settings import severity
from cnnsize.sizing.size import size
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix, Label
from cnnsize.text.english import article, ordinal
from cnnsize.text.span import Span

SCAN = 128  # how far from what is written a value that fits is looked for
CELLS = 6  # unread columns or rows that are named one by one
DIVISORS = 10_000  # how far divisors are looked for one by one


class Fault:
    """One fault being worded."""

    def __init__(
        self,
        network: SizedNetwork,
        problems: tuple[Problem, ...],
        order: dict[int, int],
        budget: Budget,
    ) -> None:
        self.network = network
        self.problem = problems[0]
        self.problems = problems
        self.item = self.problem.item
        self.layer = self.problem.layer
        self.facts: dict[str, Any] = dict(self.problem.fault.facts)
        self.order = order
        self.budget = budget
        self.stopped = False  # was the search for fixes cut short?

    # -- shared pieces ----------------------------------------

    @property
    def axis(self) -> str:
        """``W = H`` where both axes have the same fault, else the one that has it."""
        first, last = self.problem.fault, self.problems[-1].fault
        if first.axis is None or (first.axis != last.axis and first.facts == last.facts):
            return "W = H"
        return first.axis if first.axis == last.axis else "W and H"

    @property
    def letter(self) -> str:
        return "H" if self.axis == "H" else "W"

    @property
    def both(self) -> bool:
        """Do both axes have the fault?"""
        return len(self.axis) > 1

    def in_pass(self) -> str:
        """``, in pass 3 of 3`` of every repeat around the layer, and the block it stands in."""
        passes = [one for one in self.problem.iterations if one.of > 1]
        text = "".join(f", in pass {one.number + 1} of {one.of}" for one in reversed(passes))
        for call in self.problem.calls[-1:]:
            text += f", in {call.name}({', '.join(map(str, call.values.values()))})"
        return text

    def call_labels(self) -> tuple[Label, ...]:
        """Where the block was called, and where the block that calls it, from the inside out."""
        labels = [Label(call.item.span, call.words) for call in reversed(self.problem.calls)]
        return tuple(labels if len(labels) <= 3 else [*labels[:2], labels[-1]])

    def make(
        self,
        message: str,
        *,
        code: str | None = None,
        span: Span | None = None,
        label: str = "",
        related: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
        fixes: Iterable[Candidate] = (),
        facts: dict[str, Any] | None = None,
    ) -> Diagnostic:
        fault = self.problem.fault
        level = severity(fault, self.network.settings)
        if self.stopped:
            notes = (*notes, self.budget.stopped)
        return Diagnostic(
            code or fault.code,
            message,
            span or self.item.span,
            label,
            (*related, *self.call_labels()),
            notes,
            help,
            tuple(Fix(one.message, one.edits) for one in fixes if one.edits),
            path_text(self.problem.path),
            MappingProxyType(facts or {}),
            level,
        )

    def input_label(self) -> tuple[Label, ...]:
        """INPUT's size, where it stands in the text."""
        first = self.network.architecture.chain.items[0]
        if not (isinstance(first.node, tree.LayerNode) and first.node.kind == "INPUT"):
            return ()
        w, h, _ = self.network.input
        said = f"W = H = {w}" if w == h else f"W = {w}, H = {h}"
        return (Label(first.span, said),)

    # -- by code ----------------------------------------

    def diagnostic(self) -> Diagnostic:
        code, why = self.problem.fault.code, self.problem.fault.why
        if code == "CNN101":
            return self.fractional()
        if code == "CNN102":
            if why == "transposed":
                return self.transposed()
            if why == "crop":
                return self.crop()
            if (
                self.layer is not None
                and self.layer.kind in ("POOL", "AVGPOOL")
                and self.repeat() is not None
            ):
                return self.pooled_away()
            return self.too_small()
        if code == "CNN104":
            return self.groups()
        if code in ("CNN106", "CNN107"):
            return self.branches()
        if code == "CNN105":
            return self.padding()
        if code == "CNN108":
            return self.declared()
        if code == "CNN109":
            return self.same()
        if code == "CNN009":
            out = "x".join(map(str, self.facts["out"]))
            return self.make(
                "a side of more than 18 digits comes out" + self.in_pass(),
                label=out if len(out) < 60 else f"{out[:57]}...",
            )
        assert code == "CNN004"
        if why == "slice":
            D, to = self.facts["D"], self.facts["to"]
            return self.make(
                f"SLICE reaches channel {to} of {D}" + self.in_pass(),
                label=f"D = {D}",
                facts={"D": D, "to": to},
            )
        kind = self.layer.kind if self.layer is not None else ""
        return self.make(
            f"{kind} needs more than one value to normalize over" + self.in_pass(),
            label=f"W x H = {volume_text(self.problem.volume)}",
            notes=("the mean of one value is that value: nothing would be left",),
        )

    def window_facts(self) -> tuple[int, Window, dict[str, Any]]:
        size_, window = self.facts["size"], self.facts["window"]
        n = window.span(size_)
        facts = {
            self.letter: size_,
            "F": window.F,
            "S": window.S,
            "P": window.before,
            "D": window.D,
            "F_eff": window.F_eff,
            "n": n,
            "r": self.facts.get("r", n % window.S),
            "axis": self.axis,
        }
        if "out" in self.facts:
            facts["out"] = self.facts["out"]
        return size_, window, facts

    def fractional(self) -> Diagnostic:
        """CNN101: (W - F + 2P)/S + 1 is no whole number, and real cells go unread."""
        size_, window, facts = self.window_facts()
        facts["unread"] = window.unread(size_)
        outs = list(dict.fromkeys(str(dict(one.fault.facts)["out"]) for one in self.problems))
        notes = [f"PyTorch rounds down to {' and '.join(outs)}, so {self.lost()} never read"]
        if window.D > 1:
            notes.append(f"F_eff = D(F - 1) + 1 = {window.D}*({window.F} - 1) + 1 = {window.F_eff}")
        notes += self.ladder()
        exact, lossless = self.window_fixes(size_, window)
        return self.make(
            f"{_what(self.layer)} does not fit its input a whole number of times" + self.in_pass(),
            label=self.arithmetic(),
            related=self.input_label(),
            notes=tuple(notes),
            help=_help(exact, lossless, self, window),
            fixes=(*exact, *lossless),
            facts=facts,
        )

    def lost(self) -> str:
        """``the last column and row are``: what no window reads; with their numbers where they lie
        elsewhere.
        """
        counts: list[str] = []
        which: list[str] = []
        far = True
        for one in self.problems:
            facts = dict(one.fault.facts)
            size_, window = facts["size"], facts["window"]
            count = window.unread(size_)
            counts.append(
                f"{count} {'column' if one.fault.axis == 'W' else 'row'}{'s' if count > 1 else ''}"
            )
            which.append(_cells(window, size_, count))
            far = far and count == facts["r"] - window.after
        be = "is" if counts in (["1 column"], ["1 row"]) else "are"
        if far:
            return f"the last {' and '.join(_without_one(counts))} {be}"
        if len(set(which)) == 1:
            return f"{' and '.join(counts)} ({which[0]}, counted from 0) {be}"
        named = [f"{count} ({cells})" for count, cells in zip(counts, which, strict=True)]
        return f"{' and '.join(named)}, counted from 0, {be}"

    def fit_word(self) -> str:
        """What to call fixes that leave no remainder: exact only where the axis without the fault
        is read whole.
        """
        other = () if self.both else (1,) if self.letter == "W" else (0,)
        whole = all(
            unread_cells(row)[axis] == 0 for row in self.here(self.network) for axis in other
        )
        return "exact" if whole and self.problem.sizing.output is not None else "fits"

    def arithmetic(self) -> str:
        """The formula with its numbers; for each axis where they differ."""
        parts = {
            one.fault.axis: window_arithmetic(
                dict(one.fault.facts)["size"], dict(one.fault.facts)["window"]
            )
            for one in self.problems
        }
        if len(set(parts.values())) == 1:
            return next(iter(parts.values()))
        return ", ".join(f"{axis}: {text}" for axis, text in parts.items())

    def too_small(self) -> Diagnostic:
        """CNN102: the window is larger than what it slides over."""
        size_, window, facts = self.window_facts()
        has = size_ + window.before + window.after
        need = window.F_eff
        P = (
            f"2*{window.before}"
            if window.before == window.after
            else f"{window.before} + {window.after}"
        )
        F = "F" if window.D == 1 else "F_eff"
        label = f"needs {self.letter} + 2P >= {need}, has {size_} + {P} = {has}"
        related: tuple[Label, ...] = self.input_label()
        around = self.repeat()
        notes = list(self.ladder())
        if window.D > 1:
            notes.append(f"F_eff = D(F - 1) + 1 = {window.D}*({window.F} - 1) + 1 = {need}")
        if around is not None and around.item.suffix.count_span is not None:
            begins = self.pass_start(around)
            if begins is not None:
                said = f"the {ordinal(around.number + 1)} pass starts from {begins.W}x{begins.H}"
                related = (Label(around.item.suffix.count_span, said),)
        exact, lossless = self.window_fixes(size_, window)
        count = self.fewer_passes(around)
        help = [*([count.message] if count else []), *_help(exact, lossless, self, window)]
        return self.make(
            f"{_what(self.layer)} is larger than its input" + self.in_pass(),
            label=label,
            related=related,
            notes=tuple(notes),
            help=tuple(help),
            fixes=(*([count] if count else []), *exact, *lossless),
            facts={**facts, "needs": f"{F} <= {self.letter} + 2P"},
        )

    def pooled_away(self) -> Diagnostic:
        """CNN103: nothing is left to pool in a later pass of a repeat."""
        size_, window, facts = self.window_facts()
        around = self.repeat()
        assert around is not None and around.item.suffix.count_span is not None
        sizes = self.sizes_after_passes(around)
        count = self.fewer_passes(around)
        notes: tuple[str, ...] = ()
        if sizes:
            notes = (
                f"after each pass: {', '.join(map(str, sizes))}, then nothing is left to pool",
            )
        related = (
            *self.input_label(),
            Label(self.item.span, f"pass {around.number + 1}: {window_arithmetic(size_, window)}"),
        )
        at_most = f"at most *{around.number}"
        exact, lossless = self.window_fixes(size_, window, inputs_only=True)
        return self.make(
            "pooled past 1x1",
            code="CNN103",
            span=around.item.suffix.count_span,
            label=at_most,
            related=related,
            notes=notes,
            help=tuple(one.message for one in ([count] if count else []))
            + _help(exact, lossless, self, window),
            fixes=(*([count] if count else []), *exact, *lossless),
            facts={**facts, "passes": around.number},
        )

    def transposed(self) -> Diagnostic:
        layer, size_, out = self.facts["layer"], self.facts["size"], self.facts["out"]
        axis = 0 if self.letter == "W" else 1
        F, S, P, D, op = (
            layer.F[axis],
            layer.S[axis],
            layer.P[axis],
            layer.D[axis],
            layer.output_padding[axis],
        )
        label = f"({size_} - 1)*{S} - 2*{P} + {D}*({F} - 1) + {op} + 1 = {out}"
        most = (size_ - 1) * S + D * (F - 1) + op
        fixes = list(
            self.layer_fixes(
                (("P", p) for p in range(min(most // 2, P - 1), -1, -1)), self.holds, 1
            )
        )
        return self.make(
            "nothing comes out of the transposed convolution" + self.in_pass(),
            label=label,
            notes=("its padding cuts cells off: (W - 1)S - 2P + D(F - 1) + output_padding + 1",),
            help=tuple(f"{one.letter} = {one.value} leaves something" for one in fixes),
            fixes=fixes,
            facts={self.letter: size_, "F": F, "S": S, "P": P, "D": D, "out": out},
        )

    def crop(self) -> Diagnostic:
        size_, start, side = self.facts["size"], self.facts["start"], self.facts["side"]
        return self.make(
            f"the crop reaches past its input{self.in_pass()}",
            label=f"{start} + {side} > {self.letter} = {size_}",
            facts={self.letter: size_, "start": start, "side": side},
        )

    def groups(self) -> Diagnostic:
        """CNN104: groups must divide the channels that come in and those that go out."""
        if self.problem.fault.why == "pixel-unshuffle":
            side, k = self.facts["size"], self.facts["k"]
            near = [m * k for m in (side // k, side // k + 1) if m > 0]
            return self.make(
                f"{self.axis} = {side} is no multiple of the factor {k}" + self.in_pass(),
                label=f"{side} / {k} = {decimal(Fraction(side, k))}",
                help=(f"a side of {' or '.join(map(str, near))} divides",),
                facts={self.letter: side, "factor": k},
            )
        D, K, G = self.facts["D"], self.facts.get("K"), self.facts.get("G")
        if G is None:
            k = self.facts["k"]
            near = [m * k * k for m in (D // (k * k), D // (k * k) + 1) if m > 0]
            return self.make(
                f"the depth {D} is no multiple of {k}*{k}" + self.in_pass(),
                label=f"{D} / {k * k} = {decimal(Fraction(D, k * k))}",
                help=(f"a depth of {' or '.join(map(str, near))} divides",),
                facts={"D": D, "factor": k},
            )
        wrong = [
            f"{name} = {value} is no multiple of G = {G}"
            for name, value in (("D", D), ("K", K))
            if value is not None and value % G
        ]
        divisors = _divisors(D, K, G)
        fixes = list(self.layer_fixes((("G", g) for g in divisors), self.holds, 2))
        if K is not None and D % G == 0:
            near = [m for m in (K // G * G, (K // G + 1) * G) if m > 0]
            fixes += list(self.layer_fixes((("K", k) for k in near), self.holds, 2))
        return self.make(
            "the groups do not divide the channels" + self.in_pass(),
            label="; ".join(wrong),
            help=_choices(fixes),
            fixes=fixes,
            facts={"D": D, "G": G, **({"K": K} if K is not None else {})},
        )

    def padding(self) -> Diagnostic:
        _, window, facts = self.window_facts()
        most = window.F // 2
        # a stride longer than the window skips cells by design, whatever P
        good = self.holds if window.F_eff < window.S else self.lossless
        fixes = list(self.layer_fixes((("P", p) for p in range(most, -1, -1)), good, 1))
        return self.make(
            "the padding of a pool is at most half its window" + self.in_pass(),
            label=f"2P = {2 * window.before} > F = {window.F}",
            notes=("torch refuses more: a window must not lie mostly in the padding",),
            help=_choices(fixes),
            fixes=fixes,
            facts=facts,
        )

    def declared(self) -> Diagnostic:
        why = self.problem.fault.why
        if why == "unflatten":
            to, volume = self.facts["to"], self.problem.volume
            assert volume is not None
            has, wants = volume.W * volume.H * volume.D, to.W * to.H * to.D
            return self.make(
                f"UNFLATTEN makes {wants:,} values of {has:,}" + self.in_pass(),
                label=f"{to.W}*{to.H}*{to.D} = {wants}, not {has}",
                facts={"said": list(to), "is": has},
            )
        said, computed = self.facts["said"], self.facts["is"]
        if why == "in":
            assert self.layer is not None
            what = "values" if self.layer.kind == "FC" else "channels"
            fixes = list(self.layer_fixes([("in", computed)], self.holds, 1))
            return self.make(
                f"{said} {what} are said to come in, but it is {computed}" + self.in_pass(),
                label=f"{computed} here",
                help=tuple(f"say {one.value}" for one in fixes),
                fixes=fixes,
                facts={"said": said, "is": computed},
            )
        span = self.item.suffix.declared_span
        assert span is not None
        text = "x".join(map(str, computed[: len(said)]))
        here = self.network.architecture.original(span)
        opened = self.network.architecture.text[here.start : here.end].startswith("[")
        edit = Edit(here, f"[{text}]" if opened else text)
        fixes = self.verified([Candidate("shape", text, f"declare {text}", (edit,))], self.holds)
        return self.make(
            "the declared shape is not what comes out" + self.in_pass(),
            span=span,
            label=f"{'x'.join(map(str, said))} is declared, {text} comes out",
            related=(Label(self.item.span, "of this"),),
            help=_choices(fixes),
            fixes=fixes,
            facts={"said": list(said), "is": list(computed)},
        )

    def same(self) -> Diagnostic:
        S = self.facts["S"]
        layer = self.layer
        stride = S[0] if S[0] == S[1] else f"{S[0]}x{S[1]}"
        if severity(self.problem.fault, self.network.settings) == "warning":
            return self.make(
                f"P=same with stride {stride} pads unevenly; torch has no such padding",
                label=f"S = {stride}",
                facts={"S": list(S)},
            )
        fixes: list[Candidate] = []
        if isinstance(layer, Conv):
            half = (layer.windows[0].F_eff // 2, layer.windows[1].F_eff // 2)
            fixes = list(self.layer_fixes([("P", half)], self.holds, 1))
        fixes += list(self.layer_fixes([("S", 1)], self.holds, 1))
        return self.make(
            "P=same keeps the size, and a stride does not: torch refuses the two together",
            label=f"S = {stride}",
            help=_choices(fixes),
            fixes=fixes,
            facts={"S": list(S)},
        )

    # -- joins ----------------------------------------

    def branches(self) -> Diagnostic:
        """CNN106, CNN107: what the branches of a join give does not go together."""
        join = self.item.node
        assert isinstance(join, Join)
        volumes: tuple[Volume, ...] = self.facts["volumes"]
        op = join.op
        related = tuple(
            Label(branch.span, str(volume))
            for branch, volume in zip(join.branches[:SHOWN], volumes, strict=False)
        )
        wrong = [
            axis
            for axis, sides in zip("WHD", zip(*volumes, strict=True), strict=True)
            if len(set(sides)) > 1
        ]
        if op == "CAT":
            message, wrong = (
                "CAT stacks along depth, and its branches differ",
                [axis for axis in wrong if axis != "D"],
            )
            notes = ("W and H must be equal; the depths add up",)
        else:
            message = f"{op} works value by value, and its branches differ"
            notes = ("W, H and D must be equal",)
            if op == "MUL":
                notes = (
                    "W, H and D must be equal; a 1x1xD branch weighs all positions of the others",
                )
        parts = []
        maps = [
            volume for volume in volumes if op != "MUL" or volume[:2] != (1, 1)
        ]  # a gate has no W and H of its own
        for axis in wrong:
            sides = dict.fromkeys(
                str(volume["WHD".index(axis)]) for volume in (volumes if axis == "D" else maps)
            )
            if len(sides) < 2:
                continue
            shown = [*sides][: SHOWN - 1] + (["..."] if len(sides) >= SHOWN else [])
            parts.append(f"{axis} = {', '.join(shown[:-1])} and {shown[-1]}")
        fixes = self.verified(islice(self.projections(join, volumes), JOIN_TRIES), self.joins, 3)
        return self.make(
            message + self.in_pass(),
            span=Span(self.item.start, self.item.start + len(op)),
            label=", ".join(parts),
            related=related,
            notes=notes,
            help=tuple(one.message for one in fixes),
            fixes=fixes,
            facts={"volumes": [list(volume) for volume in volumes]},
        )

    def joins(self, network: SizedNetwork) -> bool:
        """Does this join hold there, and all that stands in it and before it?"""
        before = {(one.path, one.fault.code) for one in self.network.problems}
        here = self.problem.path
        return not any(
            one.path[: len(here)] == here
            or (one.path < here and (one.path, one.fault.code) not in before)
            for one in network.problems
        )

    def projections(self, join: Join, volumes: tuple[Volume, ...]) -> Iterator[Candidate]:
        """Changes of one branch that might give what another gives: the shortcut first, then the
        shortest.
        """
        count = len(volumes)
        gates = [join.op == "MUL" and volume[:2] == (1, 1) for volume in volumes]
        order = sorted(range(count), key=lambda i: (not gates[i], len(join.branches[i].items), i))
        near = max(map(max, volumes)) < 1.5 * min(min(volume[:2]) for volume in volumes)
        if near and (join.op == "CAT" or len({volume.D for volume in volumes}) == 1):
            yield from self.crops(join, volumes)
        for i in order:
            for j in reversed(order):
                goal = volumes[j]
                if join.op == "CAT":
                    goal = goal._replace(D=volumes[i].D)
                elif gates[i] or gates[j]:
                    goal = volumes[i]._replace(D=goal.D)
                if i == j or goal == volumes[i]:
                    continue
                width = self.width_of(join.branches[j], goal.D)
                if volumes[i][:2] == goal[:2] and join.branches[i].items:
                    yield from self.widened(join.branches[i], goal.D, width)
                    if gates[i]:
                        continue
                layers = projection(volumes[i], goal, width)
                if layers is None and near and volumes[i].W >= goal.W and volumes[i].H >= goal.H:
                    layers = f"CONV1-{width} -> CROP"
                if layers is None:
                    continue
                branch = join.branches[i]
                span = self.branch_span(branch)
                written = self.network.architecture.text[span.start : span.end]
                if branch.items:
                    edit = Edit(Span(span.end, span.end), f" -> {layers}")
                    message = f"`{layers}` behind the branch of {volumes[i]}"
                else:
                    edit = Edit(span, layers)
                    message = f"`{layers}` in the place of {written}"
                yield Candidate("branch", layers, f"{message} gives {goal}", (edit,))
        if join.op == "CAT" and not near:
            yield from self.crops(join, volumes)

    def branch_span(self, branch: tree.Chain) -> Span:
        """The span of a branch in the text as written, with the count of its last item."""
        end = max([branch.span.end, *map(end_of, branch.items[-1:])])
        return self.network.architecture.original(Span(branch.span.start, end))

    def crops(self, join: Join, volumes: tuple[Volume, ...]) -> Iterator[Candidate]:
        """CROP behind every branch that is larger than the smallest (U-Net)."""
        least = (min(volume.W for volume in volumes), min(volume.H for volume in volumes))
        edits = []
        for branch, volume in zip(join.branches, volumes, strict=True):
            if volume[:2] != least:
                span = self.branch_span(branch)
                edits.append(
                    Edit(Span(span.end, span.end), " -> CROP")
                    if branch.items
                    else Edit(span, "CROP")
                )
        text = f"{least[0]}x{least[1]}"
        yield Candidate(
            "branch", "CROP", f"CROP behind the larger branches cuts them to {text}", tuple(edits)
        )

    def width_of(self, branch: tree.Chain, D: int) -> str:
        """A depth as the branch that has it says it: the letter of a block, rather than its
        value.
        """
        values = self.problem.calls[-1].values if self.problem.calls else self.network.values
        for item in reversed(branch.items):
            node = item.node
            if isinstance(node, tree.LayerNode) and node.size is not None:
                try:
                    return size_text(node.size) if evaluate(node.size, values) == D else str(D)
                except ArchitectureError:
                    return str(D)
        return str(D)

    def widened(self, branch: tree.Chain, D: int, width: str) -> Iterator[Candidate]:
        """The last layer of a branch that sets the depth, with another number of filters."""
        for item in reversed(branch.items):
            node = item.node
            if not isinstance(node, tree.LayerNode):
                return
            if node.kind in ("CONV", "TCONV", "FC"):
                if isinstance(node.size, int):
                    here = self.network.architecture.original(
                        node.span_of("size").shifted(item.start)
                    )
                    edits: tuple[Edit, ...] = (Edit(here, width),)
                elif node.size is None:
                    edits = self.edits_of(item, changed(node, "K", D))
                else:
                    return  # a letter is there for a reason
                what = "units" if node.kind == "FC" else "filters"
                yield Candidate(
                    "K",
                    str(D),
                    f"{width} {what} in the branch that ends with {layer_text(node)}",
                    edits,
                )
                return

    # -- repeats ----------------------------------------

    def repeat(self) -> Iteration | None:
        """The innermost repeat around the layer that is past its first pass."""
        for one in reversed(self.problem.iterations):
            if one.number > 0:
                return one
        return None

    def rows(self) -> list[Row]:
        """The rows walked up to the fault, each pass of a Loop once."""
        found: list[Row] = []

        def add(parts: tuple[Part, ...]) -> bool:
            """Adds rows; true once the fault was met. Branches beside the way to it are no part of
            the way.
            """
            for part in parts:
                if isinstance(part, Row):
                    found.append(part)
                    if part.path == self.problem.path and part.item is self.item:
                        return True
                elif isinstance(part, Fork):
                    before = len(found)
                    for branch in part.branches:
                        if add(branch):
                            return True
                        del found[before:]
                    found.append(part.join)
                    if part.join.path == self.problem.path and part.join.item is self.item:
                        return True
                elif add(part.body):
                    return True
            return False

        add(self.network.rows)
        return found

    def ladder(self) -> tuple[str, ...]:
        """28 -CONV-> 24 -POOL-> 12 ...: the sizes that lead to the fault, where it sits in a
        repeat.
        """
        if self.repeat() is None:
            return ()
        at = 0 if self.letter == "W" else 1
        size = self.network.input[at]
        parts = [str(size)]
        for row in self.rows()[:-1]:
            output = row.sizing.output
            if output is not None and output[at] != size:
                size = output[at]
                parts.append(f"-{row.layer.kind}-> {size}")
        if len(parts) > 10:
            parts = [parts[0], "...", *parts[-8:]]
        size_, window, _ = self.window_facts()
        assert self.layer is not None
        parts.append(f"-{self.layer.kind}-> {window_arithmetic(size_, window)}")
        return (" ".join(parts),)

    def pass_start(self, around: Iteration) -> Volume | None:
        """The volume that the faulty pass begins with."""
        prefix = self.problem.path[: around.depth + 1]
        for row in self.rows():
            if row.path[: len(prefix)] == prefix:
                return row.inputs[0]
        return None

    def sizes_after_passes(self, around: Iteration) -> list[int]:
        at = 0 if self.letter == "W" else 1
        cut = around.depth
        after: dict[int, int] = {}
        for row in self.rows():
            if (
                row.path[:cut] == self.problem.path[:cut]
                and len(row.path) > cut
                and row.sizing.output is not None
            ):
                after[row.path[cut]] = row.sizing.output[at]
        sizes = [after[index] for index in sorted(after) if index < around.number]
        return sizes if len(sizes) <= 12 else sizes[:2] + sizes[-8:]

    def fewer_passes(self, around: Iteration | None) -> Candidate | None:
        """The largest count of the repeat that holds."""
        if (
            around is None
            or not isinstance(around.item.suffix.repeat, int)
            or around.item.suffix.count_span is None
        ):
            return None
        span = self.network.architecture.original(around.item.suffix.count_span)
        written = self.network.architecture.text[span.start : span.end]
        text = re.sub(r"[0-9]+", str(around.number), written, count=1)
        edit = Edit(span, text)
        checked = self.resized((edit,))
        if checked is None or not self.sized_there(checked):
            return None
        repeat = self.problem.path[: around.depth]
        ends = [
            row.sizing.output for row in rows_of(checked.rows) if row.path[: around.depth] == repeat
        ]
        return Candidate(
            "count", str(around.number), f"`*{around.number}` ends at {ends[-1]}", (edit,)
        )

    # -- fixes: change, size again, keep what holds ----------------------------------------

    def window_fixes(
        self, size_: int, window: Window, inputs_only: bool = False
    ) -> tuple[list[Candidate], list[Candidate]]:
        """(exact ones, those that lose nothing): inputs below and above, F below and above, the
        largest smaller S and D, the smallest P up to half the filter."""
        exact: list[Candidate] = []
        lossless: list[Candidate] = []
        inputs = list(self.input_fixes())
        exact += inputs
        if inputs_only or self.layer is None or not isinstance(self.layer, (Conv, Pool)):
            return exact, lossless
        F, S = window.F, window.S
        # a filter smaller than its stride would skip rows, and a 1x1 pool would do nothing
        pool = self.layer.kind in ("POOL", "AVGPOOL")
        least = max(2 if pool else 1, 1 if pool else -(-(S - 1) // window.D) + 1)
        most = (size_ + window.before + window.after - 1) // window.D + 1  # that fits
        top = F - 1 if F - most < SCAN else most
        below = (("F", f) for f in range(top, max(least - 1, top - SCAN), -1))
        above = (("F", f) for f in range(F + 1, F + 1 + SCAN))
        impossible = self.problem.sizing.output is None
        exact += self.layer_fixes(below, self.exact, 1)
        if not impossible:
            exact += self.layer_fixes(above, self.exact, 1)
        exact += self.layer_fixes(
            (("S", s) for s in range(S - 1, max(0, S - 1 - SCAN), -1)), self.exact, 1
        )
        paddings = [("P", p) for p in range(min(window.F_eff // 2 + 1, SCAN)) if p != window.before]
        padded = list(self.layer_fixes(paddings, self.exact, 1))
        exact += padded
        exact += self.layer_fixes((("D", d) for d in range(window.D - 1, 0, -1)), self.exact, 1)
        if not padded:
            lossless += self.layer_fixes(paddings, self.lossless, 1)
        return exact, lossless

    def input_fixes(self) -> Iterator[Candidate]:
        """The nearest fitting inputs below and above the written one; both axes together where
        square.
        """
        network = self.network
        first = network.architecture.chain.items[0]
        w, h, d = network.input
        square = w == h and self.axis == "W = H"
        for direction in (-1, 1):
            for step in range(1, SCAN + 1):
                change = direction * step
                at = Volume(
                    w + change if self.both or self.letter == "W" else w,
                    h + change if self.both or self.letter == "H" else h,
                    d,
                )
                if self.both and not square:  # each axis goes its own way
                    at = Volume(self.nearest_side(0, direction), self.nearest_side(1, direction), d)
                if min(at) < 1:
                    break
                sized = self.sized(network.architecture, at)
                if sized is None or not self.exact(sized, whole=True):
                    if self.both and not square:
                        break
                    continue
                text = f"{at.W}x{at.H}"
                edits: tuple[Edit, ...] = ()
                if (
                    isinstance(first.node, tree.LayerNode)
                    and first.node.kind == "INPUT"
                    and not network.overridden
                ):
                    shape = first.node.shape or network.input
                    edits = self.edits_of(
                        first, replace(first.node, shape=(at.W, at.H, *shape[2:]))
                    )
                    if (
                        not edits
                        or (checked := self.resized(edits)) is None
                        or not self.exact(checked, whole=True)
                    ):
                        continue
                value = (
                    text if self.both and not square else str(at.W if self.letter == "W" else at.H)
                )
                yield Candidate(
                    "W x H" if self.both and not square else self.letter,
                    value,
                    f"use {article(text)} {text} input",
                    edits,
                )
                break

    def nearest_side(self, axis: int, direction: int) -> int:
        """The nearest size of one side of the input with which that axis leaves no remainder; 0 for
        none.
        """
        w, h, d = self.network.input
        for step in range(1, SCAN + 1):
            side = (w, h)[axis] + direction * step
            if side < 1:
                return 0
            sized = self.sized(
                self.network.architecture, Volume(side, h, d) if axis == 0 else Volume(w, side, d)
            )
            if sized is not None and self.clean(sized, (axis,)):
                return side
        return 0

    def layer_fixes(
        self, values: Iterable[tuple[str, Any]], good: Callable[[SizedNetwork], bool], most: int
    ) -> Iterator[Candidate]:
        """The first ``most`` values of an option of this layer with which it holds."""
        node = self.item.node
        if not isinstance(node, tree.LayerNode):
            return
        found = 0
        for letter, value in islice(values, SCAN):
            if self.spent():
                return
            text = (
                value
                if isinstance(value, int)
                else (str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}")
            )
            if letter in "FSPD" and not self.both and isinstance(value, int):
                text, value = self.one_axis(letter, value)
            edits = self.edits_of(self.item, changed(node, letter, value))
            if not edits:
                return
            checked = self.resized(edits)
            if self.stopped:
                return
            if checked is None or not good(checked):
                continue
            yield Candidate(letter, str(text), _says(letter, str(text), self.layer), edits)
            found += 1
            if found == most:
                return

    def one_axis(self, letter: str, value: int) -> tuple[str, Any]:
        """The value for the faulty axis alone, the other axis as it is."""
        layer = self.layer
        windows = getattr(layer, "windows", None)
        if windows is None:
            return str(value), value
        other = windows[1 if self.letter == "W" else 0]
        kept = {"F": other.F, "S": other.S, "P": other.before, "D": other.D}[letter]
        pair = (value, kept) if self.letter == "W" else (kept, value)
        return (str(value) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"), pair

    def edits_of(self, item: Item, node: tree.LayerNode) -> tuple[Edit, ...]:
        """The smallest edit of the written text that makes an item that layer; none where what was
        written is more than the one layer."""
        architecture = self.network.architecture
        span = architecture.original(item.span)
        written = architecture.text[span.start : span.end]
        text = layer_text(node)
        if written != architecture_text(architecture, item):
            for other in items(architecture):
                if other is not item and not isinstance(other.node, (Group, Join)):
                    place = architecture.original(other.span)
                    if place.start < span.end and span.start < place.end:
                        return ()
            return (Edit(span, text),)
        old = re.findall(r"[0-9]+|[A-Za-z_]+|.", written, re.DOTALL)
        new = re.findall(r"[0-9]+|[A-Za-z_]+|.", text, re.DOTALL)
        front = 0
        while front < min(len(old), len(new)) and old[front] == new[front]:
            front += 1
        back = 0
        while back < min(len(old), len(new)) - front and old[-1 - back] == new[-1 - back]:
            back += 1
        start = span.start + len("".join(old[:front]))
        end = span.end - len("".join(old[len(old) - back :]))
        return (Edit(Span(start, end), "".join(new[front : len(new) - back])),)

    def resized(self, edits: tuple[Edit, ...]) -> SizedNetwork | None:
        """The network with the edits made in its text, read and sized again."""
        from cnnsize.reading.document import (
            reread,
        )  # reaches up: fixes are proved on the text itself

        architecture = self.network.architecture
        text = architecture.text
        for edit in sorted(edits, key=lambda one: one.span, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        if text == architecture.text or self.spent():
            return None
        self.budget.spent += 1 + len(text) // 8
        try:
            changed_ = reread(architecture, text)
        except ArchitectureError:
            return None
        first = architecture.chain.items[0].node
        has_input = (
            isinstance(first, tree.LayerNode)
            and first.kind == "INPUT"
            and not self.network.overridden
        )
        return self.sized(changed_, None if has_input else self.network.input)

    def spent(self) -> bool:
        """Is there nothing left to verify fixes with? The search then ends, and the finding says
        so.
        """
        self.stopped = self.stopped or self.budget.spent > self.budget.most
        return self.stopped

    def sized(self, architecture: ParsedArchitecture, input: Volume | None) -> SizedNetwork | None:
        if self.spent():
            return None
        try:
            found = size(architecture, input, self.network.values, self.network.settings)
        except ArchitectureError as wrong:
            if (
                wrong.diagnostic.code == "CNN009"
            ):  # too much to count once is too much to count again
                self.budget.spent = self.budget.most + 1
            return None
        self.budget.spent += found.walked
        return found

    def verified(
        self, candidates: Iterable[Candidate], good: Callable[[SizedNetwork], bool], most: int = 1
    ) -> list[Candidate]:
        """The first ``most`` candidates that hold."""
        holding = (
            one
            for one in candidates
            if (found := self.resized(one.edits)) is not None and good(found)
        )
        said: dict[str, Candidate] = {}
        for one in holding:
            said.setdefault(one.message, one)
            if len(said) == most:
                break
        return list(said.values())

    def holds(self, network: SizedNetwork) -> bool:
        """Is this item without fault there in every pass, and no other one worse off than
        before?
        """
        order = reading_order(network.architecture)
        if len(order) != len(self.order):
            return False
        before = {
            (self.order[one.item.start], one.fault.code, one.fault.axis): unread(one)
            for one in self.network.problems
        }
        here = self.order[self.item.start]
        for one in network.problems:
            key = (order[one.item.start], one.fault.code, one.fault.axis)
            if key[0] == here or key not in before or unread(one) > before[key]:
                return False
        return True

    def sized_there(self, network: SizedNetwork) -> bool:
        """Is every volume known there, and no fault new?"""
        order = reading_order(network.architecture)
        before = {(self.order[one.item.start], one.fault.code) for one in self.network.problems}
        return network.output is not None and all(
            (order[one.item.start], one.fault.code) in before for one in network.problems
        )

    def exact(self, network: SizedNetwork, whole: bool = False) -> bool:
        """Does it hold there with no remainder at all, in every pass? ``whole``: and so does all
        before it.
        """
        if not self.holds(network) or (
            whole
            and any(
                reading_order(network.architecture)[one.item.start] < self.order[self.item.start]
                for one in network.problems
            )
        ):
            return False
        return self.clean(network, (0, 1) if self.both else (0,) if self.letter == "W" else (1,))

    def lossless(self, network: SizedNetwork) -> bool:
        """Does it hold there, and is every cell that comes in read, in every pass?"""
        return self.holds(network) and not any(any(unread_cells(row)) for row in self.here(network))

    def clean(self, network: SizedNetwork, axes: tuple[int, ...]) -> bool:
        """Does this item leave no remainder and no cell unread on these axes, in every pass?"""
        return not any(
            row.sizing.remainder is None
            or any(row.sizing.remainder[axis] or unread_cells(row)[axis] for axis in axes)
            for row in self.here(network)
        )

    def here(self, network: SizedNetwork) -> Iterator[Row]:
        """The rows of this item there."""
        here = self.order[self.item.start]
        order = reading_order(network.architecture)
        return (row for row in rows_of(network.rows) if order[row.item.start] == here)


def _what(layer: Layer | None) -> str:
    return "the window" if layer is not None and layer.kind in ("POOL", "AVGPOOL") else "the filter"


def volume_text(volume: Volume | None) -> str:
    return "unknown" if volume is None else f"{volume.W}x{volume.H}"


def _divisors(D: int, K: int | None, G: int) -> list[int]:
    """The groups that divide both, nearest first; of large numbers not those with two large
    factors.
    """
    from math import gcd, isqrt

    both = D if K is None else gcd(D, K)
    small = [g for g in range(1, min(isqrt(both), DIVISORS) + 1) if both % g == 0]
    return sorted({*small, *(both // g for g in small)}, key=lambda g: (abs(g - G), g))


def _cells(window: Window, size_: int, count: int) -> str:
    """``1, 13 and 15``: the cells that no window reads; ``1, 3, 5, ..., 15`` where they are
    many.
    """
    if count > CELLS:
        first = ", ".join(str(window.unread_cell(size_, index)) for index in range(3))
        return f"{first}, ..., {window.unread_cell(size_, count - 1)}"
    *cells, last = [str(window.unread_cell(size_, index)) for index in range(count)]
    return f"{', '.join(cells)} and {last}" if cells else last


def _says(letter: str, value: str, layer: Layer | None) -> str:
    window = "window" if layer is not None and layer.kind in ("POOL", "AVGPOOL") else "filter"
    sized = value if "x" in value else f"{value}x{value}"
    return {
        "F": f"use {article(sized)} {sized} {window}",
        "S": f"use stride {value}",
        "P": f"pad with {value}",
        "D": f"use dilation {value}",
        "G": f"use {value} groups" if value != "1" else "use one group",
        "K": f"use {value} filters",
        "in": f"write in={value}",
    }[letter]


def _choices(fixes: Iterable[Candidate]) -> tuple[str, ...]:
    """The fixes as one line: G = 2 or 4, K = 64."""
    by_letter: dict[str, list[str]] = {}
    for one in fixes:
        by_letter.setdefault(one.letter, []).append(one.value)
    if not by_letter:
        return ()
    if set(by_letter) == {"shape"}:
        return (f"declare [{by_letter['shape'][0]}]",)
    return (", ".join(f"{letter} = {' or '.join(values)}" for letter, values in by_letter.items()),)


def _help(
    exact: list[Candidate], lossless: list[Candidate], fault: Fault, window: Window
) -> tuple[str, ...]:
    """The exact fixes in one line, then what loses nothing."""
    lines: list[str] = []
    network = fault.network
    direct = fault.problem.volume is not None and fault.problem.volume[:2] == network.input[:2]
    by_letter: dict[str, list[str]] = {}
    for one in exact:
        by_letter.setdefault(one.letter, []).append(one.value)
    parts = []
    for letter, values in by_letter.items():
        ordered = " or ".join(values)
        if letter in ("W", "H") and not direct:
            parts.append(f"input {letter} = {ordered}")
        else:
            parts.append(f"{letter} = {ordered}")
    if parts:
        lines.append(f"{fault.fit_word()}: {', '.join(parts)}")
    if lossless:
        paddings = " or ".join(f"P = {one.value}" for one in lossless)
        lines.append(f"{paddings} also works: only padding goes unread")
    return tuple(lines)


def _without_one(counts: list[str]) -> list[str]:
    """``column and row`` for ``1 column and 1 row``, ``2 columns and rows`` where both counts are
    equal.
    """
    numbers = [count.split(" ")[0] for count in counts]
    if len(set(numbers)) == 1:
        first, *rest = counts
        return [first.removeprefix("1 "), *(count.split(" ", 1)[1] for count in rest)]
    return [count.removeprefix("1 ") if count == counts[0] else count for count in counts]

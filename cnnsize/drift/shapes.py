"""CNN127: comments with shapes that the layers beside them do not have."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnnsize.drift.code_network import SourceFile, forget_letters, interpreted
from cnnsize.drift.shape_comments import Claim, Written, expression, find_claims
from cnnsize.drift.shape_findings import Checked, Shape, Verdict, diagnostic_of, own_items
from cnnsize.models.source.evidence import DECLARED, Evidence
from cnnsize.models.source.input_comments import declared_input, input_comments
from cnnsize.models.source.keras.builders import KerasNet
from cnnsize.models.source.machine import Observation, TooLongError
from cnnsize.models.source.nets import Net
from cnnsize.models.source.read import UnreadableSourceError
from cnnsize.models.source.runs import Run
from cnnsize.models.source.solve import (
    COMMON,
    MAX_BOUNDED_LAYERS,
    run_sized,
    run_vector,
    solved,
)
from cnnsize.models.source.values.number import depends_on_input, sign_of
from cnnsize.models.source.values.objects import NotReadError
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source
from cnnsize.text.span import Span

# Parts of the names of parameters on which the width and height of a map may depend.
SIZES = ("kernel", "ksize", "stride", "pad", "pool", "dilation", "size", "height", "width", "res")
MAX_INPUTS = 16  # that are tried where the comments of a class fit no input that is given


class Reading(NamedTuple):
    """The comments of one network on one input."""

    run: Run
    checked: tuple[Checked, ...]

    def with_verdict(self, verdict: Verdict) -> list[Checked]:
        """Return the shapes with this verdict."""
        return [shape for shape in self.checked if shape.verdict == verdict]

    @property
    def explains_all(self) -> bool:
        """Whether every comment agrees, some of them with a shape that depends on the input."""
        return not self.with_verdict("differs") and self.agreeing_sizes > 0

    @property
    def agreeing_sizes(self) -> int:
        """How many comments agree with a shape that depends on the input."""
        return sum(shape.is_sized for shape in self.with_verdict("agrees"))


def check_shapes(
    text: str,
    file: str | None,
    only: str | None = None,
    input: tuple[int, int, int] | None = None,
    inputs: Sequence[tuple[str, tuple[int, int, int]]] = (),
) -> list[Diagnostic]:
    """Return the comments of a Python file whose shapes differ from those of the layers.

    ``only`` names one network of the file; ``input`` is W x H x D, and ``inputs`` are those of the
    configuration by the names of networks. A file that is not Python has none.
    """
    claims, stated_inputs = find_claims(text)
    if not claims:
        return []
    try:
        source_file = interpreted(text, file, only)
    except (UnreadableSourceError, NotReadError, RecursionError):
        return []
    given = None if input is None else Evidence(input[2], input[1], input[0], "--input", DECLARED)
    checker = Checker(source_file, claims, stated_inputs)
    wrong: dict[Span, tuple[Checked, Run]] = {}
    agreeing: set[Span] = set()
    for net in source_file.nets:
        if isinstance(net, KerasNet):  # its comments may have other meanings
            continue
        try:
            comments = input_comments(text, source_file.tree)
            given_input = given or declared_input(comments, source_file.machine, net, inputs)
            reading, reported = checker.check(net, given_input)
        except TooLongError:
            break
        except (NotReadError, RecursionError):
            continue
        agreeing |= {shape.written.span for shape in reading.with_verdict("agrees")}
        for shape in reported:
            if not checker.may_be_default(shape):
                wrong.setdefault(shape.written.span, (shape, reading.run))
    source = Source(text, file)
    return [
        diagnostic_of(shape, run, source)
        for span, (shape, run) in sorted(wrong.items())
        if span not in agreeing
    ]


class Checker:
    """Compares the comments of a file with its networks."""

    def __init__(self, file: SourceFile, claims: list[Claim], inputs: list[Written]) -> None:
        self.file = file
        self.machine = file.machine
        self.claims = claims
        self.inputs = inputs
        self.constants = constants_of(file.tree)
        self.defaults = defaults_of(file.tree)
        lines = {claim.line for claim in claims}
        nodes = ast.walk(file.tree)
        self.nodes = frozenset(
            id(node) for node in nodes if getattr(node, "end_lineno", None) in lines
        )

    def check(self, net: Net, given: Evidence | None) -> tuple[Reading, list[Checked]]:
        """Return the comments of a network, and those that are wrong. Raises NotReadError."""
        forget_letters(self.machine)
        reading = self.reading(net, solved(self.machine, net, given, self.file.others))
        wrong = reading.with_verdict("differs")
        if not wrong:
            return reading, []
        sized = [shape for shape in wrong if shape.is_sized]
        if given is not None:
            is_for_other_input = len(sized) > 1 and reading.agreeing_sizes == 0
            return reading, [] if is_for_other_input else wrong
        alternatives = list(self.alternatives(net))
        if any(other.explains_all for other in alternatives):
            is_sure = reading.run.is_given and reading.agreeing_sizes >= len(wrong)
            return reading, wrong if is_sure else []
        if reading.run.is_given:
            return reading, wrong
        best = max([reading, *alternatives], key=lambda reading: reading.agreeing_sizes)
        wrong = best.with_verdict("differs")
        is_sure = best.agreeing_sizes > max(1, len(wrong))
        return best, wrong if is_sure else []

    def may_be_default(self, shape: Checked) -> bool:
        """Return whether a shape may be different where a default of a constructor is replaced."""
        sizes = list(shape.actual[1:])
        for value in shape.values:
            if value in sizes:
                sizes.remove(value)
        for name, default in self.defaults:
            if any(part in name for part in SIZES) and shape.is_sized:
                return True
            if default > 1 and any(int(size) % default == 0 for size in sizes):
                return True
        return False

    def alternatives(self, net: Net) -> Iterator[Reading]:
        """Yield the readings on the inputs that comments say, then on common ones."""
        sides: dict[tuple[int, int], None] = {}
        for shape in [*self.inputs, *(claim.input for claim in self.claims if claim.input)]:
            numbers = [int(word) for word, _ in shape.items if word.isdecimal()]
            for side in numbers:
                if numbers.count(side) > 1:
                    sides[side, side] = None
        if len(self.machine.nodes) <= MAX_BOUNDED_LAYERS:
            sides |= dict.fromkeys((side, side) for side in COMMON)
        for W, H in list(sides)[:MAX_INPUTS]:
            try:
                yield self.reading(net, run_sized(self.machine, net, Evidence(None, H, W, "")))
            except TooLongError:
                raise
            except (NotReadError, RecursionError):
                continue

    def reading(self, net: Net, run: Run) -> Reading:
        """Return the comments on the input of a run, which runs again with an eye on their lines."""
        machine = self.machine
        volume = run.flow.nodes[0].volume
        assert volume is not None
        machine.watched = self.nodes
        try:
            if run.source == "the input is a vector":
                again = run_vector(machine, net, volume.D)
            else:
                again = run_sized(machine, net, Evidence(volume.D, volume.H, volume.W, ""))
        finally:
            machine.watched = frozenset()
        is_generator = volume[:2] == (1, 1)  # its first layer makes a map
        by_line: dict[int, list[Observation]] = {}
        for item in machine.observed:
            by_line.setdefault(item.line, []).append(item)
        checked = [
            result._replace(is_sized=is_sized(result.actual, is_generator=is_generator))
            for claim in self.claims
            if claim.line in by_line
            for result in self.compared(claim, by_line[claim.line])
        ]
        run = again._replace(source=run.source, strength=run.strength)
        return Reading(run, tuple(checked))

    def compared(self, claim: Claim, observed: list[Observation]) -> Iterator[Checked]:
        """Yield the shapes of a comment, each with the observed shape, if that is unique."""
        statements = [item for item in observed if not item.is_module]
        if claim.is_bare and not (statements or claim.output.names_batch):
            return  # beside a constructor, it may be the shape of its weights
        last = statements or at_span(observed, last_span(observed))
        first = statements or at_span(observed, first_span(observed))
        outputs = list(dict.fromkeys(item.output for item in last))
        inputs = list(dict.fromkeys(shape for item in first for shape in item.inputs))
        results = [self.checked(claim.output, shape) for shape in outputs]
        agreeing = [result for result in results if result.verdict == "agrees"]
        if agreeing or len(results) == 1:
            result = (agreeing or results)[0]
            may_be_input = claim.is_bare and any(
                self.checked(claim.output, shape).verdict == "agrees" for shape in inputs
            )
            is_unclear = result.verdict == "differs" and may_be_input
            yield result._replace(verdict="unread") if is_unclear else result
        if claim.input is not None and len(inputs) == 1:
            yield self.checked(claim.input, inputs[0])._replace(is_input=True)

    def checked(self, written: Written, actual: Shape) -> Checked:
        """Compare a shape in a comment, whose sizes may be in any order, with a computed shape."""
        values = tuple(self.value(word) for word, _ in own_items(written, actual))
        return Checked(written, actual, verdict_of(values, actual), values)

    def value(self, word: str) -> int | None:
        """Return the number that an item of a shape means; None if that is not known."""
        node = expression(word)
        return None if node is None else self.evaluate(node)

    def evaluate(self, node: ast.expr) -> int | None:
        """Return the value of an expression of numbers and names of the file."""
        if isinstance(node, ast.Constant):
            return node.value if type(node.value) is int else None
        if isinstance(node, ast.Name):
            letter = self.machine.letters.get(node.id)
            if letter is not None or node.id not in self.constants:
                return letter
            value = self.machine.top.names.get(node.id)
            return value if type(value) is int else None
        if not isinstance(node, ast.BinOp):
            return None
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Add):
            return left + right
        is_division = isinstance(node.op, (ast.Div, ast.FloorDiv))
        if is_division and int(right) and int(left) % int(right) == 0:
            return left // right
        return None


def constants_of(tree: ast.Module) -> set[str]:
    """Return the names of a file that mean one number everywhere: assigned once, no parameters."""
    counts: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            counts[node.id] = counts.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            counts[node.arg] = counts.get(node.arg, 0) + 2
    return {name for name, count in counts.items() if count == 1 and len(name) > 1}


def defaults_of(tree: ast.Module) -> list[tuple[str, int]]:
    """Return the parameters of constructors and factories with a number as their default."""
    result: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.FunctionDef) and may_construct(node)):
            continue
        parameters = [*node.args.posonlyargs, *node.args.args]
        named = [
            *zip(reversed(parameters), reversed(node.args.defaults), strict=False),
            *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
        ]
        for parameter, default in named:
            values = default.elts if isinstance(default, (ast.Tuple, ast.List)) else [default]
            result += [
                (parameter.arg, value.value)
                for value in values
                if isinstance(value, ast.Constant) and type(value.value) is int
            ]
    return result


def may_construct(node: ast.FunctionDef) -> bool:
    """Return whether a function is a constructor, or returns what it builds."""
    return node.name == "__init__" or any(
        isinstance(inner, ast.Return) and inner.value is not None for inner in node.body
    )


def is_sized(shape: Shape, *, is_generator: bool) -> bool:
    """Return whether a shape depends on the width or height of the input."""
    return any(map(depends_on_input, shape)) or (is_generator and max(shape[2:], default=1) > 1)


def verdict_of(values: Sequence[int | None], actual: Shape) -> Verdict:
    """Return whether the sizes of a comment are those that were computed, in any order."""
    known = [value for value in values if value is not None]
    sizes = list(actual[1:])
    if len(known) != len(values):
        return "unread"
    if len(sizes) == 1 and len(known) == 3:
        known = [value for value in known if value != 1] or [1]  # a vector as 1x1x400
    if len(known) != len(sizes):
        return "unread"
    rest: list[int] = []
    for value in known:
        same = next((index for index, size in enumerate(sizes) if sign_of(value - size) == 0), None)
        if same is None:
            rest.append(value)
        else:
            del sizes[same]
    is_open = any(sign_of(value - size) is None for value in rest for size in sizes)
    return "agrees" if not rest else "unread" if is_open else "differs"


def last_span(observed: Iterable[Observation]) -> tuple[int, int]:
    """Return the span of the module that ends last on a line; of those, the outermost."""
    return max((item.span for item in observed), key=lambda span: (span[1], -span[0]))


def first_span(observed: Iterable[Observation]) -> tuple[int, int]:
    """Return the span of the module that begins first on a line; of those, the outermost."""
    return min((item.span for item in observed), key=lambda span: (span[0], -span[1]))


def at_span(observed: Iterable[Observation], span: tuple[int, int]) -> list[Observation]:
    """Return what was observed of one module of a line."""
    return [item for item in observed if item.span == span]

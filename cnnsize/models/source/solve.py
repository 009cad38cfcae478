"""Run a network on an input: one that is given, or one that its layers fit."""

from __future__ import annotations

import ast

from cnnsize.layers.volume import Volume
from cnnsize.models.axes import map_axes, vector_axes, volume_of
from cnnsize.models.flow import Flow, Node
from cnnsize.models.source.ends import add_further_inputs, error_of, outputs_of
from cnnsize.models.source.errors import MismatchError, RefusedError
from cnnsize.models.source.evidence import CALLED, MENTIONED, SOLVED, Evidence
from cnnsize.models.source.interpreter import Interpreter
from cnnsize.models.source.machine import BATCH, Machine, Place, TooLongError
from cnnsize.models.source.nets import Net, built
from cnnsize.models.source.runs import Run
from cnnsize.models.source.tensors.shapes import (
    UNSIZED_DEPTH,
    UnsizedInputError,
    depends_on_unsized,
)
from cnnsize.models.source.values.module_tree import modules_in
from cnnsize.models.source.values.number import depends_on_input, marked
from cnnsize.models.source.values.objects import (
    MODULES,
    Arguments,
    Function,
    NotReadError,
    RaisedError,
    Tensor,
    Unknown,
    UserModule,
)
from cnnsize.models.source.values.unknowns import LetterError
from cnnsize.text.english import counted

FIRST, SECOND = 224, 32  # the sides that are tried first
COMMON = (32, 28, 224, 64, 227, 96, 128, 256, 299, 84, 48, 512)  # preferred where several fit
OTHERS = (
    256,
    32,
    64,
    128,
    28,
    512,
    48,
    299,
)  # tried where 224 says nothing about larger or smaller
LARGEST = 4_096
NOT_REGISTERED = (
    "some layers are in a plain list or are constructed in forward; PyTorch does not train their "
    "parameters, which are counted here"
)
MAX_FITTED = 8  # arguments whose values follow from the layers
MAX_HEIGHT = 129  # of a map that is flattened, of an input that is not square
MAX_RECTANGLES = 6  # shapes of such a map that are tried, those closest to a square first
MAX_BOUNDED_LAYERS = 60  # of a network for which all sides that fit are searched
LIKELY_DEPTHS = (1, 3)  # of an image that is flattened before any layer says its depth


def solved(machine: Interpreter, net: Net, given: Evidence | None, others: list[Evidence]) -> Run:
    """Return a network on the input that fits best what the file says. Raises NotReadError."""
    machine.size_is_given = given is not None or bool(net.tested)
    machine.forget_fitted()
    if given is not None:
        return with_source(run_sized(machine, net, given), given.source, given.strength)
    for constant in net.tested:
        return run_tested(machine, net, constant.shape, constant.node)
    for evidence in others:
        machine.forget_fitted()
        try:
            return with_source(run_sized(machine, net, evidence), evidence.source, MENTIONED)
        except TooLongError:
            raise
        except NotReadError:
            continue
    machine.forget_fitted()
    try:
        return search(machine, net, None)
    except UnsizedInputError as error:
        for depth in LIKELY_DEPTHS:
            machine.forget_fitted()
            try:
                return search(machine, net, depth)
            except TooLongError:
                raise
            except NotReadError:
                continue
        raise NotReadError(error.reason, error.node) from None


def with_source(run: Run, source: str, strength: str = SOLVED) -> Run:
    """Return a run with where its input comes from, and how sure that is."""
    return run._replace(source=source, strength=strength)


def run_tested(machine: Interpreter, net: Net, shape: tuple[int, ...], node: ast.AST) -> Run:
    """Return a network on a tensor that the file calls it on."""
    source = f"the call on line {getattr(node, 'lineno', 0)}"
    if len(shape) == 4:
        evidence = Evidence(shape[1], shape[2], shape[3], source)
        return with_source(run_sized(machine, net, evidence), source, CALLED)
    if len(shape) == 2:
        return with_source(run_vector(machine, net, shape[1]), source, CALLED)
    axes = counted(len(shape), "axis", "axes")
    raise NotReadError(
        f"it is called on a tensor with {axes}; an input has N x C x H x W or N x C", node
    )


def run_sized(machine: Interpreter, net: Net, evidence: Evidence) -> Run:
    """Return a network on an input of a known width and height."""
    if min(evidence.height, evidence.width) < 1 or max(evidence.height, evidence.width) > 10**9:
        raise NotReadError("an input of this size", net.node)
    W, H, depth = evidence.width, evidence.height, evidence.depth
    if (W, H) == (1, 1) and depth is not None:
        return run_values(machine, net, depth)
    return run_depth(machine, net, W, H, depth)


def run_values(machine: Interpreter, net: Net, depth: int) -> Run:
    """Return a network on values without width and height: on a map of 1x1, or else on a vector.

    What is refused is that of the input with which the network gets further.
    """
    try:
        return run_depth(machine, net, 1, 1, depth)
    except TooLongError:
        raise
    except NotReadError:
        progress = len(machine.nodes)
    try:
        return run_vector(machine, net, depth)
    except NotReadError:
        if len(machine.nodes) > progress:
            raise
    return run_depth(machine, net, 1, 1, depth)


def run_depth(machine: Interpreter, net: Net, W: int, H: int, depth: int | None) -> Run:
    """Return a network on a map; without a depth, the first layer says it."""
    known = machine.depth_of_input if depth is None else depth
    if known is not None:
        return run(machine, net, Volume(marked(W), marked(H), known), vector=False)
    try:
        return run(machine, net, Volume(marked(W), marked(H), UNSIZED_DEPTH), vector=False)
    except UnsizedInputError as error:
        if error.depth is None:
            raise
        if error.vector:
            return run_vector(machine, net, error.depth)
        machine.depth_of_input = error.depth
        return run(machine, net, Volume(marked(W), marked(H), error.depth), vector=False)


def run_vector(machine: Interpreter, net: Net, depth: int) -> Run:
    """Return a network on a vector."""
    return with_source(run(machine, net, Volume(1, 1, depth), vector=True), "the input is a vector")


def run(machine: Interpreter, net: Net, volume: Volume, *, vector: bool) -> Run:
    """Return a network on an input, with the arguments that fit it. Raises NotReadError."""
    while True:
        try:
            result = run_once(machine, net, volume, vector=vector)
            notes = (*machine.fitted_notes, *result.flow.notes)
            return result._replace(flow=result.flow._replace(notes=notes))
        except LetterError as error:
            is_guess = depends_on_input(error.value) and not machine.size_is_given
            if is_guess or len(machine.fitted) >= MAX_FITTED or error.name in machine.fitted:
                raise
            machine.fitted[error.name] = int(error.value)
            machine.built.clear()
            line = getattr(error.node, "lineno", 0)
            note = f"{error.name} is {error.value}, so that the layer on line {line} fits"
            machine.fitted_notes.append(note)


def run_once(machine: Interpreter, net: Net, volume: Volume, *, vector: bool) -> Run:
    """Return a network on an input. Raises NotReadError."""
    machine.start()
    machine.begin()
    machine.lenient = False
    machine.marks_defaults = not net.is_called
    module = built(machine, net)
    if isinstance(module, Unknown):
        raise NotReadError(module.reason, module.node or net.node)
    if not isinstance(module, MODULES):
        raise NotReadError("it is no module", net.node)
    machine.module, machine.is_vector = module, vector
    W, H, D = volume
    axes = vector_axes(BATCH, D) if vector else map_axes(BATCH, D, H, W)
    machine.nodes.append(Node("INPUT", (), (), volume_of(axes), ()))
    machine.places.append(Place(None, None))
    forward = forward_of(module)
    further = [] if forward is None else add_further_inputs(machine, module, forward, axes)
    machine.steps, machine.fresh = 0, set()
    arguments = Arguments([Tensor(0, axes), *further], {}, net.node)
    try:
        outputs = outputs_of(machine.call(module, arguments), forward or net.node)
    except NotReadError as error:
        raise error_of(machine, error) from None
    if any(depends_on_unsized(volume_of(output.axes).D) for output in outputs):
        raise UnsizedInputError(None, net.node)
    if not any(node.parameters for node in machine.nodes):
        raise NotReadError("no layer with weights is applied", net.node)
    registered = {id(inner) for inner in modules_in(module)}
    if any(id(layer) not in registered for layer in machine.used.values()):
        machine.notes[NOT_REGISTERED] = None
    name = module.cls.name if isinstance(module, UserModule) else net.name
    first, *others = (output.node for output in outputs)
    flow = Flow(tuple(machine.nodes), 0, first, name, tuple(machine.notes), tuple(others))
    return Run(flow, tuple(machine.places), dict(machine.claims), "")


def forward_of(module: object) -> ast.FunctionDef | None:
    """Return forward of a module of the source."""
    forward = module.cls.find("forward") if isinstance(module, UserModule) else None
    node = forward.node if isinstance(forward, Function) else None
    return node if isinstance(node, ast.FunctionDef) else None


class NoInputFitsError(NotReadError):
    """No input fits: ``mismatch`` is what happens on one of these sides, along W and H."""

    def __init__(self, mismatch: MismatchError, sides: tuple[int, int], depth: int | None) -> None:
        super().__init__(f"no input fits: {mismatch.reason}", mismatch.node)
        self.mismatch = mismatch
        self.sides = sides
        self.depth = depth


class Probe:
    """Runs a network on square inputs, and says of those that fail whether they are too large."""

    def __init__(self, machine: Interpreter, net: Net, depth: int | None) -> None:
        self.machine = machine
        self.net = net
        self.depth = depth
        self.mismatch: MismatchError | None = None  # the last that depends on the input's size
        self.sides = (0, 0)  # of the input that it is about
        self.progress = 0  # how many layers ran before it
        self.error: NotReadError | None = None  # the first that says nothing about the size
        self.further: RefusedError | None = None  # after the layer of the mismatch
        self.error_is_window = False  # whether the last input was smaller than a window

    def __call__(self, W: int, H: int | None = None) -> Run | int | None:
        """Return the run; or 1 for too large, -1 for too small, None where that is not known.

        Without H, the input is square.
        """
        try:
            return run_depth(self.machine, self.net, W, H or W, self.depth)
        except (TooLongError, UnsizedInputError):
            raise
        except MismatchError as error:
            # a map of 1x1 has no sides, so that nothing tells that they come from the input
            is_known = self.mismatch is not None and self.mismatch.node is error.node
            if not depends_on_input(error.received) and not is_known:
                raise
            self.mismatch, self.sides = error, (W, H or W)
            self.progress = len(self.machine.nodes)
            self.error_is_window = False
            return 1 if error.received > error.expected else -1
        except (RefusedError, RaisedError) as error:
            is_further = self.mismatch is not None and len(self.machine.nodes) > self.progress
            if is_further and isinstance(error, RefusedError):
                self.further = self.further or error
            self.error = self.error or error
            self.error_is_window = error.reason.startswith("a window of")
            return -1 if self.error_is_window else None


def search(machine: Interpreter, net: Net, depth: int | None) -> Run:
    """Return a network on a square input that it fits. Raises NotReadError if there is none."""
    probe = Probe(machine, net, depth)
    low, high, side = 0, LARGEST + 1, FIRST
    while True:
        result = probe(side)
        if isinstance(result, Run):
            return chosen(probe, result, side, low, high)
        if result is None:
            break
        low, high = (low, side) if result > 0 else (side, high)
        if high - low < 2:
            break
        side = SECOND if side == FIRST and low < SECOND < high else (low + high) // 2
    for other in OTHERS if probe.mismatch is None else ():
        result = probe(other)
        if isinstance(result, Run):
            return with_source(result, f"{other}x{other} is used, and no line says a size")
    error = probe.mismatch or probe.error
    assert error is not None
    if probe.mismatch is None:
        raise error
    further = probe.further  # where the input fits the layer of the mismatch
    if further is not None and not any(map(depends_on_input, further.numbers)):
        raise further
    mismatch, sides = probe.mismatch, probe.sides
    rectangle = fitting_rectangle(probe)
    if rectangle is None:
        raise NoInputFitsError(mismatch, sides, depth)
    return rectangle


def fitting_rectangle(probe: Probe) -> Run | None:
    """Return the run on an input that is not square, whose map has as many values as are taken."""
    result = probe(FIRST)
    area = map_before(probe.machine)
    error = probe.mismatch
    if error is None or isinstance(result, Run) or result is None or error.expected % area.D:
        return None
    count = error.expected // area.D
    heights = [height for height in range(1, MAX_HEIGHT) if count % height == 0]
    for height in sorted(heights, key=lambda height: abs(height - count / height))[:MAX_RECTANGLES]:
        W = side_for(probe, count // height, along=0)
        H = side_for(probe, height, along=1)
        if W and H and isinstance(run := probe(W, H), Run):
            return with_source(run, f"{limit_text(probe)} {W}x{H}")
    return None


def map_before(machine: Machine) -> Volume:
    """Return the map whose values the layer that ended a run takes."""
    node = machine.nodes[-1]
    if node.kind == "FLATTEN":
        node = machine.nodes[node.inputs[0]]
    assert node.volume is not None
    return node.volume


def side_for(probe: Probe, wanted: int, *, along: int) -> int | None:
    """Return the smallest side of an input whose last map has a side; None if there is none."""
    low, high = 0, FIRST
    while high - low > 1:
        side = (low + high) // 2
        result = probe(*((side, FIRST) if along == 0 else (FIRST, side)))
        if result is None or isinstance(result, Run):
            low, high = (side, high) if result is None else (low, side)
            continue
        is_small = probe.error_is_window or map_before(probe.machine)[along] < wanted
        low, high = (side, high) if is_small else (low, side)
    return high


def chosen(probe: Probe, run: Run, side: int, low: int, high: int) -> Run:
    """Return the run on a common side of those that fit, given one that does."""
    if probe.mismatch is None and fits_others(probe):
        if run.source:  # a vector
            return run
        if len(run.flow.nodes) > 1 and run.flow.nodes[1].kind == "TCONV":
            result = probe(1)
            if isinstance(result, Run):
                return with_source(result, "1x1 is used, and no line says a size")
        return with_source(run, f"{side}x{side} is used; other sizes fit too")
    if len(run.flow.nodes) > MAX_BOUNDED_LAYERS:
        for other in COMMON:
            result = run if other == side else probe(other) if low < other < high else None
            if isinstance(result, Run):
                return with_source(result, f"{limit_text(probe)} {other}x{other}")
        return with_source(run, f"{limit_text(probe)} {side}x{side}")
    smallest = bound(probe, side, low)
    largest = bound(probe, side, high)
    fitting = [common for common in COMMON if smallest <= common <= largest]
    for other in [*fitting, smallest, side]:
        result = run if other == side else probe(other)
        if isinstance(result, Run):
            sides = str(smallest) if smallest == largest else f"{smallest}..{largest}"
            return with_source(result, f"{limit_text(probe)} W = H = {sides}")
    return run


def fits_others(probe: Probe) -> bool:
    """Return whether a network fits a smaller and a larger input than the one that it ran on."""
    if not probe.machine.size_matters:
        return True
    return isinstance(probe(160), Run) and isinstance(probe(320), Run)


def limit_text(probe: Probe) -> str:
    """Say which layer fixes the size of the input."""
    error = probe.mismatch
    if error is None:
        return "the layers fit"
    node = error.layer.node if error.layer is not None else error.node
    what = f"nn.{error.layer.name}" if error.layer is not None else "the view"
    return f"{what} on line {getattr(node, 'lineno', 0)} fits"


def bound(probe: Probe, inside: int, outside: int) -> int:
    """Return the last side that fits on the way from one that does to one that does not."""
    step = 1 if outside > inside else -1
    while abs(outside - inside) > abs(step):  # few sides fit, so that the last is near
        if not isinstance(probe(inside + step), Run):
            outside = inside + step
            break
        inside, step = inside + step, 2 * step
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if isinstance(probe(middle), Run):
            inside = middle
        else:
            outside = middle
    return inside

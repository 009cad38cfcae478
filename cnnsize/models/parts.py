"""The parts of a network as text: layers, joins, repeats and calls of modules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnsize.models.flow import Frame, Node, Value
from cnnsize.models.series import Item as SeriesItem
from cnnsize.models.series import Join as SeriesJoin
from cnnsize.models.written import join_text, layer_text, repeat_text

# Modules that only hold others: their layers belong to the module around them.
CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict"})


class Layer:
    """One layer. ``options`` may become expressions in the definition of a block."""

    __slots__ = ("node", "options")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.options: dict[str, Value] = dict(node.options)

    @property
    def key(self) -> object:
        """What equal layers have in common. No two inputs are equal, and so none is repeated."""
        is_input = self.node.kind == "INPUT"
        return self.node.kind, tuple(self.options.items()), id(self) if is_input else 0


class Join:
    """A join of chains."""

    __slots__ = ("branches", "node")

    def __init__(self, node: Node, branches: list[list[Part]]) -> None:
        self.node = node
        self.branches = branches

    @property
    def key(self) -> object:
        return self.node.kind, tuple(tuple(part.key for part in branch) for branch in self.branches)


class Repeat:
    """A part that runs several times in a row."""

    __slots__ = ("body", "times")

    def __init__(self, body: list[Part], times: int) -> None:
        self.body = body
        self.times = times

    @property
    def key(self) -> object:
        return self.times, tuple(part.key for part in self.body)


class ModuleRun:
    """The layers of one call of a module. It is written as a call of a block, or in place."""

    __slots__ = ("arguments", "body", "frame", "name")

    def __init__(self, frame: Frame, body: list[Part]) -> None:
        self.frame = frame
        self.body = body
        self.name = ""  # of its block; empty where it is written in place
        self.arguments: tuple[int, ...] = ()

    @property
    def key(self) -> object:
        return self.name, self.arguments


Part = Layer | Join | Repeat | ModuleRun


def with_branches(item: SeriesItem) -> Part:
    """Return an item of the series-parallel tree as a part."""
    if isinstance(item, SeriesJoin):
        branches = [[with_branches(inner) for inner in branch] for branch in item.branches]
        return Join(item.node, branches)
    return Layer(item.node)


# -- which layers a call of a module has ----------------------------------------


def grouped(parts: list[Part], *, depth: int) -> list[Part]:
    """Return the parts with the layers of each call of a module together.

    ``depth`` is the number of calls around all of them.
    """
    result: list[Part] = []
    start = 0
    while start < len(parts):
        frame = frame_of(parts[start], depth)
        end = start + 1
        if frame is None:
            part = parts[start]
            if isinstance(part, Join):
                part.branches = [
                    grouped(branch, depth=shared_depth(part, branch)) for branch in part.branches
                ]
            result.append(part)
        else:
            while end < len(parts) and frame_of(parts[end], depth) == frame:
                end += 1
            run = parts[start:end]
            body = grouped(run, depth=depth + 1)
            is_single_layer = len(run) == 1 and isinstance(run[0], Layer)
            if frame.name in CONTAINERS or is_single_layer:
                result += body
            else:
                result.append(ModuleRun(frame, body))
        start = end
    return result


def shared_depth(join: Join, branch: Sequence[Part]) -> int:
    """Return how many calls are around a join and around all of a branch of it."""
    outer = join.node.path
    depth = len(outer)
    for part in branch:
        assert isinstance(part, (Layer, Join))
        while part.node.path[:depth] != outer[:depth]:
            depth -= 1
    return depth


def frame_of(part: Part, depth: int) -> Frame | None:
    """Return the call at ``depth`` that a part is in; None if it is in no further call."""
    assert isinstance(part, (Layer, Join))
    path = part.node.path
    return path[depth] if len(path) > depth else None


def runs_of(parts: Sequence[Part]) -> Iterator[ModuleRun]:
    """Yield every call of a module in the parts, inner ones first."""
    for part in parts:
        if isinstance(part, ModuleRun):
            yield from runs_of(part.body)
            yield part
        elif isinstance(part, Join):
            for branch in part.branches:
                yield from runs_of(branch)
        elif isinstance(part, Repeat):
            yield from runs_of(part.body)


def has_ends(parts: Sequence[Part]) -> bool:
    """Return whether an input or an output of the model is among the parts or inside them."""
    for part in parts:
        if isinstance(part, (ModuleRun, Repeat)):
            if has_ends(part.body):
                return True
        elif part.node.kind in ("INPUT", "OUTPUT") or (
            isinstance(part, Join) and any(map(has_ends, part.branches))
        ):
            return True
    return False


def height_of(run: ModuleRun) -> int:
    """Return how many calls are nested in a call, itself included."""
    heights = [height_of(inner) for inner in runs_of(run.body)]
    return 1 + max(heights, default=0)


def in_place(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with the layers of every call that is no block in its place."""
    result: list[Part] = []
    for part in parts:
        if isinstance(part, ModuleRun) and not part.name:
            result += in_place(part.body)
            continue
        if isinstance(part, Join):
            part.branches = [in_place(branch) for branch in part.branches]
        result.append(part)
    return result


def size_of(part: Part) -> int:
    """Return the number of layers, joins and calls that a part is written with."""
    if isinstance(part, Join):
        return 1 + sum(size_of(inner) for branch in part.branches for inner in branch)
    if isinstance(part, Repeat):
        return sum(map(size_of, part.body))
    return 1


def kind_of(part: Part) -> str:
    """Return the kind of a layer or join; empty for another part."""
    return part.node.kind if isinstance(part, (Layer, Join)) else ""


def texts(parts: Sequence[Part]) -> list[str]:
    """Return each part as text."""
    return [part_text(part) for part in parts]


def part_text(part: Part) -> str:
    """Return a part as text."""
    if isinstance(part, Layer):
        return layer_text(part.node.kind, part.options)
    if isinstance(part, ModuleRun):
        return f"{part.name}({', '.join(map(str, part.arguments))})"
    if isinstance(part, Join):
        return join_text(part.node.kind, [texts(branch) for branch in part.branches])
    return repeat_text(texts(part.body), part.times)

"""Random layers of every kind that needs no join, valid and not, for the property tests.

A ``Spec`` says what a layer is in plain values, and how it is written. What comes out of it is not
known here: that is for the referees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Two = tuple[int, int]  # W, H
Shape = tuple[int, int, int]  # W, H, D
Value = int | float | bool | str | Two

ACTIVATIONS = (
    "RELU",
    "RELU6",
    "LRELU",
    "PRELU",
    "ELU",
    "SELU",
    "GELU",
    "SILU",
    "MISH",
    "HSWISH",
    "HSIGMOID",
    "SIGMOID",
    "TANH",
    "SOFTPLUS",
    "SOFTMAX",
    "LOGSOFTMAX",
)
POINTWISE = (
    *ACTIVATIONS,
    "LRN",
    "SCALE",
    "IDENTITY",
    "DROPOUT",
    "DROPOUT2D",
    "DROPPATH",
    "OUTPUT",
    "LOSS",
)
MODES = ("nearest", "bilinear", "bicubic", "area", "nearest-exact")


@dataclass(frozen=True)
class Spec:
    """One layer: its options by canonical name, and its text in the language."""

    kind: str
    options: dict[str, Value] = field(default_factory=dict)
    text: str = ""

    def pair(self, key: str, default: Two) -> Two:
        value = self.options.get(key, default)
        assert isinstance(value, tuple)
        return value

    def number(self, key: str, default: int = 0) -> int:
        value = self.options.get(key, default)
        assert isinstance(value, int)
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.options.get(key, default)
        assert isinstance(value, bool)
        return value

    def __repr__(self) -> str:
        return self.text


def written(value: Value, square: bool = True) -> str:
    """An option's value; a pair of equal sides is one number where ``square``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return str(value[0]) if square and value[0] == value[1] else f"{value[0]}x{value[1]}"
    return str(value)


GLUED = {
    "CONV": "F",
    "DWCONV": "F",
    "TCONV": "F",
    "POOL": "F",
    "AVGPOOL": "F",
    "UP": "factor",
    "PIXELSHUFFLE": "factor",
    "PIXELUNSHUFFLE": "factor",
}
WIDTH = {"CONV": "K", "TCONV": "K", "FC": "K"}
BARE = {"GN": "G", "CHSHUFFLE": "G", "DROPOUT": "rate", "DROPOUT2D": "rate", "DROPPATH": "rate"}


def text_of(kind: str, options: dict[str, Value], short: bool, square: bool) -> str:
    """The layer as people write it: CONV3x3-8(S=2), or with every number named."""
    head, rest = kind, dict(options)
    if short:
        if kind in GLUED and GLUED[kind] in rest:
            # CONV1 -> CONV2 would be running numbers; larger filters, one with an x or with -K are
            # not
            size = rest.pop(GLUED[kind])
            head += written(size, square and ("K" in rest or size != (1, 1)))
        if kind in WIDTH and "K" in rest:
            head += f"-{written(rest.pop('K'))}"
        if kind in BARE and BARE[kind] in rest:
            inner = [written(rest.pop(BARE[kind]))]
            return f"{head}({', '.join([*inner, *(f'{key}={written(value, square)}' for key, value in rest.items())])})"
    inner = [f"{key}={written(value, square)}" for key, value in rest.items()]
    return f"{head}({', '.join(inner)})" if inner else head


def spec(draw: DrawFn, kind: str, options: dict[str, Value]) -> Spec:
    return Spec(kind, options, text_of(kind, options, draw(st.booleans()), draw(st.booleans())))


def mostly(usual: SearchStrategy[int], rare: SearchStrategy[int]) -> SearchStrategy[int]:
    """Usual values, and now and then one that no layer can have, or hardly any."""
    return st.integers(0, 19).flatmap(lambda n: rare if n == 0 else usual)


def pairs(part: SearchStrategy[int]) -> SearchStrategy[Two]:
    """Equal sides as often as not."""
    return st.one_of(part.map(lambda n: (n, n)), st.tuples(part, part))


filters = pairs(mostly(st.integers(1, 5), st.sampled_from([0, 7, 13])))
strides = pairs(mostly(st.integers(1, 3), st.sampled_from([0, 5])))
paddings = pairs(mostly(st.integers(0, 2), st.integers(3, 7)))
dilations = pairs(mostly(st.integers(1, 3), st.sampled_from([0, 4])))
counts = mostly(st.integers(1, 6), st.sampled_from([0, 8]))
flags = st.booleans()


def divisors(number: int) -> SearchStrategy[int]:
    """Mostly numbers that divide."""
    whole = [d for d in range(1, number + 1) if number % d == 0]
    return mostly(st.sampled_from(whole), st.integers(0, number + 1))


def maybe(
    draw: DrawFn,
    options: dict[str, Value],
    key: str,
    value: SearchStrategy[Value] | SearchStrategy[Two],
) -> None:
    if draw(st.booleans()):
        options[key] = draw(value)


def claim(draw: DrawFn, options: dict[str, Value], comes_in: int) -> None:
    """in=N, mostly right."""
    if draw(st.integers(0, 4)) == 0:
        options["in"] = draw(mostly(st.just(comes_in), st.integers(1, 9)))


@st.composite
def convolutions(draw: DrawFn, shape: Shape, kind: str) -> Spec:
    options: dict[str, Value] = {}
    if kind != "DWCONV":
        options["K"] = draw(counts)
    options["F"] = draw(filters)
    maybe(draw, options, "S", strides)
    padding = st.one_of(paddings, paddings, st.sampled_from(["same", "valid"]))
    maybe(draw, options, "P", paddings if kind == "TCONV" else padding)
    maybe(draw, options, "D", dilations)
    if kind == "DWCONV":
        maybe(draw, options, "M", mostly(st.integers(1, 3), st.just(0)))
    elif draw(st.integers(0, 3)) == 0:
        G = draw(divisors(shape[2]))
        options["G"] = G
        options["K"] = draw(mostly(st.sampled_from([max(G, 1), 2 * max(G, 1)]), st.integers(1, 6)))
    if kind == "TCONV":
        maybe(draw, options, "output_padding", pairs(st.sampled_from([0, 0, 0, 1, 1, 2])))
    maybe(draw, options, "bias", flags)
    claim(draw, options, shape[2])
    return spec(draw, kind, options)


@st.composite
def pools(draw: DrawFn, shape: Shape, kind: str) -> Spec:
    options: dict[str, Value] = {}
    if draw(st.integers(0, 4)) == 0:
        options["to"] = draw(pairs(mostly(st.integers(1, 6), st.just(0))))
        return spec(draw, kind, options)
    options["F"] = draw(filters)
    maybe(draw, options, "S", strides)
    if draw(st.booleans()):
        F = options["F"]
        assert isinstance(F, tuple)
        halves = st.tuples(st.integers(0, F[0] // 2), st.integers(0, F[1] // 2))
        options["P"] = draw(st.one_of(halves, halves, halves, paddings))
    if kind == "POOL":
        maybe(draw, options, "D", dilations)
    else:
        maybe(draw, options, "include_pad", flags)
    maybe(draw, options, "ceil", flags)
    return spec(draw, kind, options)


@st.composite
def dense(draw: DrawFn, shape: Shape) -> Spec:
    options: dict[str, Value] = {"K": draw(counts)}
    maybe(draw, options, "bias", flags)
    claim(draw, options, shape[0] * shape[1] * shape[2])
    return spec(draw, "FC", options)


@st.composite
def norms(draw: DrawFn, shape: Shape, kind: str) -> Spec:
    options: dict[str, Value] = {}
    if kind == "GN":
        options["G"] = draw(divisors(shape[2]))
    maybe(draw, options, "affine", flags)
    return spec(draw, kind, options)


@st.composite
def pointwise(draw: DrawFn, shape: Shape) -> Spec:
    kind = draw(st.sampled_from(POINTWISE))
    options: dict[str, Value] = {}
    if kind == "PRELU":
        maybe(draw, options, "per", st.just("channel"))
    elif kind == "SCALE":
        maybe(draw, options, "per", st.sampled_from(["channel", "layer"]))
        maybe(draw, options, "bias", flags)
    elif kind.startswith("DROP"):
        maybe(draw, options, "rate", st.sampled_from([0, 0.1, 0.5, 0.25, 1, 1.5, 2]))
    return spec(draw, kind, options)


@st.composite
def reshaping(draw: DrawFn, shape: Shape, kind: str) -> Spec:
    W, H, D = shape
    options: dict[str, Value] = {}
    if kind == "UNFLATTEN":
        total = W * H * D
        a = draw(divisors(total)) or 1
        b = draw(divisors(max(1, total // a))) or 1
        c = draw(mostly(st.just(max(1, total // (a * b))), st.integers(1, 4)))
        return Spec(kind, {"W": a, "H": b, "D": c}, f"UNFLATTEN[{a}x{b}x{c}]")
    if kind == "UP":
        if draw(st.integers(0, 3)) == 0:
            options["to"] = draw(pairs(mostly(st.integers(1, 30), st.just(0))))
        else:
            options["factor"] = draw(pairs(mostly(st.integers(1, 3), st.just(0))))
        maybe(draw, options, "mode", st.sampled_from(MODES))
    elif kind == "PIXELSHUFFLE":
        fits = [k for k in (1, 2, 3) if D % (k * k) == 0]
        options["factor"] = draw(mostly(st.sampled_from(fits), st.integers(0, 3)))
    elif kind == "PIXELUNSHUFFLE":
        fits = [k for k in (1, 2, 3) if W % k == 0 and H % k == 0]
        options["factor"] = draw(mostly(st.sampled_from(fits), st.integers(0, 3)))
    elif kind == "CHSHUFFLE":
        options["G"] = draw(divisors(D))
    elif kind == "PAD":
        if draw(st.booleans()):
            P = draw(pairs(st.integers(0, 3)))
            square = draw(st.booleans())
            options = {"left": P[0], "top": P[1], "right": P[0], "bottom": P[1]}
            return Spec(kind, options, f"PAD{written(P, square)}")
        for side in draw(
            st.lists(
                st.sampled_from(["left", "top", "right", "bottom", "front", "back"]),
                min_size=1,
                unique=True,
            )
        ):
            options[side] = draw(st.integers(0, 3))
    elif kind == "CROP":
        w, h = (
            draw(mostly(st.integers(1, W), st.integers(1, W + 2))),
            draw(mostly(st.integers(1, H), st.integers(1, H + 2))),
        )
        found: dict[str, Value] = {"W": w, "H": h}
        text = f"CROP[{w}x{h}]"
        if draw(st.booleans()):
            left = draw(mostly(st.integers(0, max(0, W - w)), st.integers(0, W)))
            top = draw(mostly(st.integers(0, max(0, H - h)), st.integers(0, H)))
            found |= {"left": left, "top": top}
            text += f"(left={left}, top={top})"
        return Spec(kind, found, text)
    elif kind == "SLICE":
        start = draw(st.integers(0, D - 1))
        maybe(draw, options, "from", st.just(start))
        options["to"] = draw(mostly(st.integers(start + 1, D), st.integers(0, D + 1)))
    return spec(draw, kind, options)


MAKERS: dict[str, Callable[[Shape], SearchStrategy[Spec]]] = {
    "CONV": lambda shape: convolutions(shape, "CONV"),
    "DWCONV": lambda shape: convolutions(shape, "DWCONV"),
    "TCONV": lambda shape: convolutions(shape, "TCONV"),
    "POOL": lambda shape: pools(shape, "POOL"),
    "AVGPOOL": lambda shape: pools(shape, "AVGPOOL"),
    "GAP": lambda shape: st.just(Spec("GAP", {}, "GAP")),
    "GMP": lambda shape: st.just(Spec("GMP", {}, "GMP")),
    "FC": dense,
    "BN": lambda shape: norms(shape, "BN"),
    "GN": lambda shape: norms(shape, "GN"),
    "LN": lambda shape: norms(shape, "LN"),
    "IN": lambda shape: norms(shape, "IN"),
    "pointwise": pointwise,
    "FLATTEN": lambda shape: st.just(Spec("FLATTEN", {}, "FLATTEN")),
    "UNFLATTEN": lambda shape: reshaping(shape, "UNFLATTEN"),
    "UP": lambda shape: reshaping(shape, "UP"),
    "PIXELSHUFFLE": lambda shape: reshaping(shape, "PIXELSHUFFLE"),
    "PIXELUNSHUFFLE": lambda shape: reshaping(shape, "PIXELUNSHUFFLE"),
    "CHSHUFFLE": lambda shape: reshaping(shape, "CHSHUFFLE"),
    "PAD": lambda shape: reshaping(shape, "PAD"),
    "CROP": lambda shape: reshaping(shape, "CROP"),
    "SLICE": lambda shape: reshaping(shape, "SLICE"),
}
# those that keep the map large enough for more layers behind them come up more often
OFTEN = [
    "CONV",
    "CONV",
    "CONV",
    "DWCONV",
    "TCONV",
    "TCONV",
    "POOL",
    "AVGPOOL",
    "UP",
    "PAD",
    "pointwise",
    "pointwise",
]

shapes = st.tuples(st.integers(1, 14), st.integers(1, 14), st.sampled_from([1, 2, 3, 4, 6, 8, 9]))


def layers(shape: Shape, kinds: list[str] | None = None) -> SearchStrategy[Spec]:
    """One layer to stand behind a volume of ``shape`` (W x H x D)."""
    return st.sampled_from(kinds or [*MAKERS, *OFTEN]).flatmap(lambda kind: MAKERS[kind](shape))


@st.composite
def items(draw: DrawFn, shape: Shape, depth: int = 0) -> str:
    """One item of a chain: a layer, often with a small filter and nothing else, a bracket or a
    join.
    """
    sort = draw(st.integers(0, 9 if depth < 2 else 7))
    if sort < 4:
        text = draw(st.sampled_from(["CONV", "POOL", "AVGPOOL", "DWCONV", "TCONV", "UP", "PAD"]))
        text += (
            draw(st.sampled_from(["1", "2", "3", "(F=1)", "(F=2)", ""]))
            if text not in ("UP", "PAD")
            else "1"
        )
    elif sort < 8:
        text = draw(layers(shape)).text
    elif sort == 8:
        text = f"[{draw(chains(shape, depth + 1))}]"
    else:
        text = f"{draw(st.sampled_from(['ADD', 'CAT', 'MUL']))}{{{draw(chains(shape, depth + 1))} | ID}}"
    return text + draw(st.sampled_from(["", "", "", "", "*2", "*N", "?", ": [4x4x3]"]))


def chains(shape: Shape, depth: int = 0) -> SearchStrategy[str]:
    return st.lists(items(shape, depth), min_size=1, max_size=5).map(" -> ".join)


networks = shapes.flatmap(
    lambda shape: chains(shape).map(lambda chain: f"INPUT[{'x'.join(map(str, shape))}] -> {chain}")
)

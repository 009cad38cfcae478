"""The source of a network: its classes, the imports that they need, and on request a test."""

from __future__ import annotations

import re
import textwrap

from cnnsize.faults.wording import diagnostics
from cnnsize.limits import MAX_MODULES
from cnnsize.sizing.rows import Fork, Loop, Part, Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import totals
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.torch_code.build import Builder
from cnnsize.torch_code.forward import OPERATORS, Segment, attribute_name, final_names
from cnnsize.torch_code.helpers import HELPERS, LEAVES
from cnnsize.torch_code.layout import WIDTH, Argument, Code, Repeated, lines
from cnnsize.torch_code.names import MAX_NAME, Names, camel, class_name, snake
from cnnsize.torch_code.nodes import Class, Event, Made, Merge, ModuleCall, ModuleLoop
from cnnsize.torch_code.occurrences import shape
from cnnsize.torch_code.site import MAP, VECTOR

HEADS = ("nn.Flatten", "nn.AdaptiveAvgPool2d", "nn.AdaptiveMaxPool2d", "nn.Linear")


def torch_source(network: SizedNetwork, name: str | None = None, test: bool = False) -> str:
    """A module of torch for a network, as text. ``name`` is that of its class.

    Raises ArchitectureError for a network without an output, for one of too many layers, and for a
    name that no class can have.
    """
    return emitted(network, name, test)[1]


def events(network: SizedNetwork) -> list[Event]:
    """What one forward pass of the source runs, in order."""
    return Builder(network, Names()).trace()


def emitted(network: SizedNetwork, name: str | None = None, test: bool = False) -> tuple[str, str]:
    """(name of the class, source)."""
    check(network)
    names = Names(frozenset(LEAVES))
    own = name if name is not None else camel(network.architecture.name or "Net")
    if name is not None and (why := class_name(own)) is not None:
        raise ArchitectureError(
            Diagnostic(
                "CNN004", f"{own!r} cannot be a class: {why}", network.architecture.chain.span
            )
        )
    own = names.free(own, "Net")
    builder = Builder(network, names)
    body = builder.network_body()
    writer = Writer(names)
    classes = [writer.block(one) for one in builder.order]
    classes.append(writer.network(own, body, network))
    helpers = [
        re.sub(rf"\b{word}\b", writer.helpers[word], text, count=1).strip("\n").split("\n")
        for word, text in HELPERS.items()
        if word in writer.helpers
    ]
    parts = [*helpers, *classes]
    if test:
        parts.append(test_of(own, network))
    written = "\n".join("\n".join(part) for part in parts)
    imports = ["import torch"] if "torch." in written else []
    needed = [word for word in ("Tensor", "nn") if f"{word}." in written or f": {word}" in written]
    imports.append(f"from torch import {', '.join(needed)}")
    head = [f'"""{own} in torch. Shapes in comments are C x H x W."""', "", *imports]
    return own, "\n\n\n".join(["\n".join(head), *("\n".join(part) for part in parts)]) + "\n"


def check(network: SizedNetwork) -> None:
    """Raises ArchitectureError where there is nothing to write."""
    if network.output is None:
        found = [one for one in diagnostics(network) if one.severity == "error"]
        raise ArchitectureError(found[0], network.architecture.text)
    layers = count(network.rows)
    if layers > MAX_MODULES:
        raise ArchitectureError(
            Diagnostic(
                "CNN009",
                f"{layers:,} layers are more than the {MAX_MODULES:,} that a model is written for",
                network.architecture.original(network.architecture.chain.span),
                help=("torch makes a module of every pass of a repeat: lower the counts",),
            ),
            network.architecture.text,
        )


def count(parts: tuple[Part, ...]) -> int:
    """The layers, every pass of every repeat counted."""
    found = 0
    for part in parts:
        if isinstance(part, Row):
            found += part.layer.kind != "INPUT"
        elif isinstance(part, Fork):
            found += 1 + sum(map(count, part.branches))
        else:
            found += count(part.body) * (part.times if isinstance(part, Loop) else 1)
    return found


class Writer:
    """Writes classes, and remembers which helpers they call."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.helpers: dict[str, str] = {}  # what each is called here

    # -- modules as arguments of others ----------------------------------------

    def arguments(self, body: tuple[Made, ...], shapes: bool) -> tuple[Argument, ...]:
        """Modules in a row, each change of shape in a comment."""
        found: list[Argument] = []
        before = ""
        for one in body:
            found.append(
                self.argument(
                    one, f"# {one.shape}" if shapes and one.shape not in ("", before) else ""
                )
            )
            before = one.shape or before
        return tuple(found)

    def argument(self, made: Made, comment: str = "") -> Argument:
        """A module, a loop or a join as an argument of nn.Sequential."""
        if isinstance(made, ModuleCall):
            self.note(made.code)
            return made.code._replace(comment=comment)
        if isinstance(made, ModuleLoop):
            return Repeated(self.whole(made.body), made.names, made.values, comment)
        return self.join(made)._replace(comment=comment)

    def note(self, code: Code) -> None:
        if code.head in LEAVES:
            self.helpers[code.head] = code.head

    def helper(self, word: str) -> str:
        """The name of a helper for joins: a block of the user may have its own already."""
        if word not in self.helpers:
            self.helpers[word] = self.names.free(word, "Join")
        return self.helpers[word]

    def whole(self, body: tuple[Made, ...]) -> Code:
        """A body as one module."""
        found = [self.argument(one) for one in body]
        if len(found) == 1 and isinstance(found[0], Code):
            return found[0]
        return Code("nn.Sequential", tuple(found)) if found else Code("nn.Identity", ())

    def join(self, made: Merge) -> Code:
        """A join as a module, where no forward is at hand to write it in."""
        body, *others = made.branches
        if (
            made.op == "ADD" and body and others == [()]
        ):  # with ID first, it is an Add: the sum lies as its first term
            return Code(self.helper("Residual"), tuple(self.argument(one) for one in body))
        return Code(
            self.helper(made.op.capitalize()),
            tuple(self.whole(branch) for branch in made.branches),
            open=True,
        )

    # -- classes ----------------------------------------

    def block(self, made: Class) -> list[str]:
        """A block of the language."""
        takes = "".join(f", {word}: int" for word in made.arguments)
        return self.written(made.name, takes, docstring(made.text), made.body, ())

    def network(self, name: str, body: tuple[Made, ...], network: SizedNetwork) -> list[str]:
        text = docstring(described(network))
        cut = next((index for index, one in enumerate(body) if headed(one)), 0)
        return self.written(name, "", text, body, (cut,) if 0 < cut < len(body) else (), network)

    def written(
        self,
        name: str,
        takes: str,
        doc: list[str],
        body: tuple[Made, ...],
        cuts: tuple[int, ...],
        network: SizedNetwork | None = None,
    ) -> list[str]:
        shapes = network is not None
        if not any(isinstance(one, Merge) for one in body) and not cuts:
            out = [f"class {name}(nn.Sequential):", *doc, "", *signature(takes)]
            sole = Code("super().__init__", self.arguments(body, shapes), open=len(body) > 1)
            return [*out, *lines(sole, " " * 8)]
        flow = Flow(self, shapes)
        if cuts and not any(isinstance(one, Merge) for one in body):
            (cut,) = cuts
            flow.run(body[:cut], "features")
            flow.run(body[cut:], "classifier")
        else:
            flow.chain(body, "x")
        out = [
            f"class {name}(nn.Module):",
            *doc,
            "",
            *signature(takes),
            "        super().__init__()",
        ]
        for segment in flow.segments():
            out += lines(segment.code, " " * 8, f"self.{segment.attribute} = ")
        comment = []
        if network is not None:
            comment = [f"        # {shape(network.input, MAP)}"]
        out += ["", "    def forward(self, x: Tensor) -> Tensor:", *comment]
        return [*out, *(f"        {line}" for line in flow.statements), "        return x"]


class Flow:
    """Writes a forward: modules in a row become attributes, joins become operators."""

    def __init__(self, writer: Writer, shapes: bool) -> None:
        self.writer = writer
        self.shapes = shapes
        self.statements: list[str] = []
        self.pending: list[tuple[str, Code]] = []  # wanted attribute names, in order
        self.variables = 0

    def segments(self) -> list[Segment]:
        """The attributes: numbered where several want the same name."""
        wanted = [word for word, _ in self.pending]
        final = final_names(wanted)
        for index, word in reversed(list(enumerate(final))):
            self.statements = [
                line.replace(f"self.<{index}>", f"self.{word}") for line in self.statements
            ]
        return [Segment(word, code) for word, (_, code) in zip(final, self.pending, strict=True)]

    def attribute(self, body: tuple[Made, ...], wanted: str = "") -> str:
        """``self.name`` of modules in a row."""
        if len(body) == 1 and not isinstance(body[0], ModuleLoop):
            argument = self.writer.argument(body[0])
            assert isinstance(argument, Code)
            code = argument
            wanted = wanted or attribute_name(code.head)
        else:
            code = Code("nn.Sequential", self.writer.arguments(body, self.shapes), open=True)
            wanted = wanted or "layers"
        self.pending.append((wanted, code))
        return f"self.<{len(self.pending) - 1}>"

    def run(self, body: tuple[Made, ...], wanted: str) -> None:
        """Modules in a row, applied to x."""
        self.statements.append(f"x = {self.attribute(body, wanted)}(x)")

    def chain(self, body: tuple[Made, ...], variable: str) -> None:
        """Statements that carry ``variable`` through a chain."""
        at = 0
        while at < len(body):
            one = body[at]
            if isinstance(one, Merge):
                self.joint(one, variable)
                at += 1
                continue
            end = at
            while end < len(body) and not isinstance(body[end], Merge):
                end += 1
            self.statements.append(
                self.noted(
                    f"{variable} = {self.attribute(body[at:end])}({variable})", body[end - 1]
                )
            )
            at = end

    def joint(self, made: Merge, variable: str) -> None:
        """``x = self.branch1(x) + self.branch2(x)``; a branch with a join in it is worked out
        before.
        """
        terms: list[str] = []
        whole = [index for index, branch in enumerate(made.branches) if branch]
        word = (
            {"ADD": "branch", "CAT": "branch", "MUL": "gate"}[made.op]
            if len(whole) == 1
            else "branch"
        )
        nested = any(isinstance(one, Merge) for branch in made.branches for one in branch)
        calls = len(variable) + len("self.branch12()  + ")
        apart = nested or len(made.branches) * calls + len(variable) + 20 > WIDTH - 8
        for branch in made.branches:
            if not branch:
                terms.append(variable)
            elif apart:  # each branch on lines of its own, in the order in which they were written
                self.variables += 1
                inner = f"y{self.variables}"
                joints = [index for index, one in enumerate(branch) if isinstance(one, Merge)]
                end = min([*joints, len(branch)])
                first = f"{self.attribute(branch[:end], word)}({variable})" if end else variable
                self.statements.append(f"{inner} = {first}")
                self.chain(branch[end:], inner)
                terms.append(inner)
            else:
                terms.append(f"{self.attribute(branch, word)}({variable})")
        self.together(made, variable, terms)

    def together(self, made: Merge, variable: str, terms: list[str]) -> None:
        """The operator of a join; of very many branches, in several lines."""
        if made.op == "CAT":
            line = f"{variable} = torch.cat([{', '.join(terms)}], 1)"
            if len(line) > WIDTH - 8:
                inner = [f"        {term}," for term in terms]
                self.statements += [
                    f"{variable} = torch.cat(",
                    "    [",
                    *inner,
                    "    ],",
                    "    1,",
                    ")",
                ]
                return
        else:
            sign = OPERATORS[made.op]
            while len(line := f"{variable} = {sign.join(terms)}") > WIDTH - 8:
                self.statements.append(f"y0 = {terms[0]}{sign}{terms[1]}")
                terms[:2] = ["y0"]
        self.statements.append(self.noted(line, made))

    def noted(self, line: str, made: Made) -> str:
        """With the shape behind it, where there is room."""
        whole = f"{line}  # {made.shape}"
        return whole if self.shapes and made.shape and len(whole) + 2 <= WIDTH - 8 else line


def headed(made: Made) -> bool:
    """Does the classifier begin here?"""
    return isinstance(made, ModuleCall) and made.code.head in HEADS


def signature(takes: str) -> list[str]:
    line = f"    def __init__(self{takes}) -> None:"
    if len(line) <= WIDTH:
        return [line]
    words = ["self", *takes.removeprefix(", ").split(", ")]
    return ["    def __init__(", *(f"        {word}," for word in words), "    ) -> None:"]


def described(network: SizedNetwork) -> str:
    from cnnsize.language.format import formatted  # late: only source needs the canonical text

    return formatted(network.architecture.statement)


def docstring(text: str) -> list[str]:
    """Canonical text as a docstring: plain ASCII, nothing that could end it or escape from it."""
    plain = "".join(
        one if " " <= one <= "~" and one not in '"\\' else "?" for one in " ".join(text.split())
    )
    if len(plain) <= WIDTH - 10:
        return [f'    """{plain}"""']
    wrapped = textwrap.wrap(plain, WIDTH - 12, break_on_hyphens=False, break_long_words=False)
    return [f'    """{wrapped[0]}', *(f"    {line}" for line in wrapped[1:]), '    """']


def test_of(name: str, network: SizedNetwork) -> list[str]:
    """A test of what was predicted, on the meta device: it costs no memory and hardly any time."""
    assert network.output is not None
    W, H, D = network.input
    vector = rank_of(network) == VECTOR
    out = network.output
    sizes = f"(2, {out.D})" if vector else f"(2, {out.D}, {out.H}, {out.W})"
    return [
        f"def test_{snake(name)[:MAX_NAME]}() -> None:",
        '    with torch.device("meta"):',
        f"        model = {name}().eval()",
        f"        y = model(torch.empty(2, {D}, {H}, {W}))",
        f"    assert y.shape == {sizes}",
        f"    assert sum(one.numel() for one in model.parameters()) == {totals(network).params:_}",
    ]


def rank_of(network: SizedNetwork) -> str:
    """Does a map come out, or a vector?"""
    builder = Builder(network, Names())
    return builder.rank_chain(network.architecture.chain, builder.top, MAP)

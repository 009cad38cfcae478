"""The ``forward`` method of an emitted class, and the attributes that it calls."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnnsize.torch_code.arguments import ArgumentWriter
from cnnsize.torch_code.attributes import attribute_name, numbered
from cnnsize.torch_code.layout import WIDTH, Code
from cnnsize.torch_code.nodes import Merge, ModuleLoop, ModuleNode, Part

OPERATORS = {"ADD": " + ", "MUL": " * "}
PLACEHOLDER = re.compile(r"self\.<(\d+)>")  # an attribute whose final name is not known yet
SHORTCUT = "shortcut"  # the attribute of a short branch beside a long one
LONGEST_LINE = WIDTH - 8  # of a statement, without the indentation of a method's body


class Attribute(NamedTuple):
    """Consecutive modules that one attribute holds."""

    name: str
    code: Code


class ForwardWriter:
    """Writes a forward method: consecutive modules become attributes, joins become operators."""

    def __init__(self, writer: ArgumentWriter, *, with_shapes: bool) -> None:
        self.writer = writer
        self.with_shapes = with_shapes
        self.statements: list[str] = []  # attributes are called self.<0>, self.<1>, ... for now
        self.wanted: list[Attribute] = []
        self.variables = 0
        self.shape = ""  # of ``x`` after the last part of a network
        self.inputs = ["x"]  # the arguments of the method
        self.outputs = ["x"]  # what it returns

    def attributes(self) -> list[Attribute]:
        """Return the attributes, and put their final names into the statements."""
        names = numbered([attribute.name for attribute in self.wanted])
        self.statements = [
            PLACEHOLDER.sub(lambda match: f"self.{names[int(match[1])]}", line)
            for line in self.statements
        ]
        return [
            Attribute(name, attribute.code)
            for name, attribute in zip(names, self.wanted, strict=True)
        ]

    def attribute(self, body: tuple[ModuleNode, ...], wanted: str = "") -> str:
        """Return ``self.name`` for an attribute that holds the body."""
        first = body[0]
        if len(body) == 1 and isinstance(first, Part):
            return self.attribute(first.body, wanted or first.name)
        if len(body) == 1 and not isinstance(first, (ModuleLoop, Part)):
            code = self.writer.module(first)
            wanted = wanted or attribute_name(code.head)
        else:
            arguments = self.writer.arguments(
                body, with_shapes=self.with_shapes, shape_before=self.shape
            )
            code = Code("nn.Sequential", arguments, open=True)
            wanted = wanted or "layers"
        self.wanted.append(Attribute(wanted, code))
        return f"self.<{len(self.wanted) - 1}>"

    def apply(self, body: tuple[ModuleNode, ...], wanted: str) -> None:
        """Apply modules to ``x`` as one attribute."""
        self.statements.append(self.with_shape(f"x = {self.attribute(body, wanted)}(x)", body[-1]))

    def chain(
        self, body: tuple[ModuleNode, ...], variable: str, *, in_hourglass: bool = False
    ) -> None:
        """Write statements that carry ``variable`` through a chain.

        What comes before and after the levels of an hourglass is an encoder and a decoder.
        """
        levels = [is_level(node, in_hourglass=in_hourglass) for node in body]
        first_level = levels.index(True) if True in levels else len(body)
        index = 0
        while index < len(body):
            node = body[index]
            if isinstance(node, Merge):
                self.merge(node, variable, in_hourglass=in_hourglass)
                index += 1
                continue
            end = index + (isinstance(node, Part) or first_split(body[index:]))
            wanted = "encoder" if index < first_level else "decoder"
            has_role = first_level < len(body) and not isinstance(node, Part)
            attribute = self.attribute(body[index:end], wanted if has_role else "")
            statement = f"{variable} = {attribute}({variable})"
            self.statements.append(self.with_shape(statement, body[end - 1]))
            index = end

    def merge(self, merge: Merge, variable: str, *, in_hourglass: bool = False) -> None:
        """Write a join, as in ``x = self.branch1(x) + self.branch2(x)``.

        Branches that do not fit on one line, or have a join inside, get statements of their own.
        """
        if merge.op == "OUTPUT":
            self.heads(merge, variable)
            return
        level = is_level(merge, in_hourglass=in_hourglass)
        names = level_names(merge) if level else branch_names(merge)
        has_statements = self.needs_statements(merge, variable)
        terms: list[str] = []
        inputs = merge.inputs or ("",) * len(names)
        for branch, wanted, argument in zip(merge.branches, names, inputs, strict=True):
            read = argument or variable
            if argument:
                self.inputs.append(argument)
            if not branch:
                terms.append(read)
            elif has_statements:
                terms.append(self.branch(branch, read, wanted, in_hourglass=level))
            else:
                terms.append(f"{self.attribute(branch, wanted)}({read})")
        self.combine(merge, variable, terms)

    def heads(self, merge: Merge, variable: str) -> None:
        """Write the branches of OUTPUT, each into a variable that the method returns."""
        for branch in merge.branches:
            self.outputs.append(self.branch(branch, variable, "head", is_output=True))

    def needs_statements(self, merge: Merge, variable: str) -> bool:
        """Return whether the branches of a join need statements of their own."""
        has_join = any(isinstance(node, Merge) for branch in merge.branches for node in branch)
        call_length = len(variable) + len("self.branch12()  + ")
        length = len(merge.branches) * call_length + len(variable) + 20
        return has_join or length > LONGEST_LINE

    def branch(
        self,
        branch: tuple[ModuleNode, ...],
        variable: str,
        wanted: str,
        *,
        in_hourglass: bool = False,
        is_output: bool = False,
    ) -> str:
        """Write statements for one branch, and return the variable that holds its output."""
        self.variables += 1
        output = f"y{self.variables}"
        end = first_split(branch)
        start = f"{self.attribute(branch[:end], wanted)}({variable})" if end else variable
        statement = f"{output} = {start}"
        shown = is_output and end > 0
        self.statements.append(self.with_shape(statement, branch[end - 1]) if shown else statement)
        self.chain(branch[end:], output, in_hourglass=in_hourglass)
        return output

    def combine(self, merge: Merge, variable: str, terms: list[str]) -> None:
        """Write the operator of a join, in several statements if one would be too long."""
        if merge.op == "CAT":
            line = f"{variable} = torch.cat([{', '.join(terms)}], 1)"
            if self.length(line) > LONGEST_LINE:
                listed = [f"        {term}," for term in terms]
                opening = [f"{variable} = torch.cat(", "    ["]
                self.statements += [*opening, *listed, "    ],", "    1,", ")"]
                return
        else:
            operator = OPERATORS[merge.op]
            while self.length(line := f"{variable} = {operator.join(terms)}") > LONGEST_LINE:
                self.statements.append(f"y0 = {terms[0]}{operator}{terms[1]}")
                terms[:2] = ["y0"]
        self.statements.append(self.with_shape(line, merge))

    def length(self, line: str) -> int:
        """Return the most characters that a statement has with the final names of its attributes."""
        return len(PLACEHOLDER.sub(lambda match: f"self.{self.wanted[int(match[1])].name}12", line))

    def with_shape(self, line: str, node: ModuleNode) -> str:
        """Return a statement with the shape of its output in a comment, if that fits."""
        commented = f"{line}  # {node.shape}"
        fits = self.length(commented) <= LONGEST_LINE
        return commented if self.with_shapes and node.shape and fits else line


def first_split(body: tuple[ModuleNode, ...]) -> int:
    """Return the index of the first join or part, or the length of a body without one."""
    splits = (index for index, node in enumerate(body) if isinstance(node, (Merge, Part)))
    return next(splits, len(body))


# -- names of branches ----------------------------------------


def branch_names(merge: Merge) -> list[str]:
    """Return a name for the attribute of each branch: gate, shortcut or branch."""
    filled = [branch for branch in merge.branches if branch]
    if merge.op == "MUL" and len(filled) == 1:
        return ["gate"] * len(merge.branches)
    names = ["branch"] * len(merge.branches)
    if merge.op == "ADD" and len(filled) == len(merge.branches) == 2:
        lengths = [len(branch) for branch in merge.branches]
        if lengths[1] <= 2 and lengths[0] > 2 * lengths[1]:
            names[1] = SHORTCUT
        elif lengths[0] <= 2 and lengths[1] > 2 * lengths[0]:
            names[0] = SHORTCUT
    return names


def level_names(merge: Merge) -> list[str]:
    """Return a name for the first attribute of each branch at a level of an hourglass.

    The branch that leads to a deeper level begins with an encoder; the deepest is the bottleneck. A
    single module on the way across is named after what it does.
    """
    names = []
    for branch in merge.branches:
        if goes_down_and_up(branch):
            is_deepest = not any(is_level(node, in_hourglass=True) for node in branch)
            names.append("bottleneck" if is_deepest else "encoder")
        else:
            names.append("" if len(branch) == 1 else "skip")
    return names


def is_level(node: ModuleNode, *, in_hourglass: bool) -> bool:
    """Return whether a join is a level of an hourglass such as U-Net, which has two or more.

    Each level joins its input with what comes back up from a smaller map.
    """
    if not isinstance(node, Merge) or node.op == "OUTPUT":
        return False
    deep = [branch for branch in node.branches if goes_down_and_up(branch)]
    has_deeper_level = any(
        is_level(inner, in_hourglass=True) for branch in deep for inner in branch
    )
    return bool(deep) and (in_hourglass or has_deeper_level)


def goes_down_and_up(branch: tuple[ModuleNode, ...]) -> bool:
    """Return whether a branch makes the map smaller, and larger again at its end."""
    areas = [area for node in branch if (area := area_of(node.shape)) is not None]
    return bool(areas) and min(areas) < areas[-1]


def area_of(shape: str) -> int | None:
    """Return H * W of a shape in a comment, ``C x H x W``; None for a vector or no shape."""
    sides = shape.split(" x ")
    return int(sides[1]) * int(sides[2]) if len(sides) == 3 else None

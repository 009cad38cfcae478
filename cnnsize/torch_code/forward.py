"""The ``forward`` method of an emitted class, and the attributes that it calls."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnnsize.torch_code.arguments import ArgumentWriter
from cnnsize.torch_code.attributes import attribute_name, numbered
from cnnsize.torch_code.layout import WIDTH, Code
from cnnsize.torch_code.nodes import Merge, ModuleLoop, ModuleNode

OPERATORS = {"ADD": " + ", "MUL": " * "}
PLACEHOLDER = re.compile(r"self\.<(\d+)>")  # an attribute whose final name is not known yet
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
        if len(body) == 1 and not isinstance(first, ModuleLoop):
            code = self.writer.module(first)
            wanted = wanted or attribute_name(code.head)
        else:
            arguments = self.writer.arguments(body, with_shapes=self.with_shapes)
            code = Code("nn.Sequential", arguments, open=True)
            wanted = wanted or "layers"
        self.wanted.append(Attribute(wanted, code))
        return f"self.<{len(self.wanted) - 1}>"

    def apply(self, body: tuple[ModuleNode, ...], wanted: str) -> None:
        """Apply modules to ``x`` as one attribute."""
        self.statements.append(f"x = {self.attribute(body, wanted)}(x)")

    def chain(self, body: tuple[ModuleNode, ...], variable: str) -> None:
        """Write statements that carry ``variable`` through a chain."""
        index = 0
        while index < len(body):
            node = body[index]
            if isinstance(node, Merge):
                self.merge(node, variable)
                index += 1
                continue
            end = index + first_merge(body[index:])
            statement = f"{variable} = {self.attribute(body[index:end])}({variable})"
            self.statements.append(self.with_shape(statement, body[end - 1]))
            index = end

    def merge(self, merge: Merge, variable: str) -> None:
        """Write a join, as in ``x = self.branch1(x) + self.branch2(x)``.

        Branches that do not fit on one line, or have a join inside, get statements of their own.
        """
        has_one_branch = sum(1 for branch in merge.branches if branch) == 1
        wanted = "gate" if merge.op == "MUL" and has_one_branch else "branch"
        if self.needs_statements(merge, variable):
            terms = [
                self.branch(branch, variable, wanted) if branch else variable
                for branch in merge.branches
            ]
        else:
            terms = [
                f"{self.attribute(branch, wanted)}({variable})" if branch else variable
                for branch in merge.branches
            ]
        self.combine(merge, variable, terms)

    def needs_statements(self, merge: Merge, variable: str) -> bool:
        """Return whether the branches of a join need statements of their own."""
        has_join = any(isinstance(node, Merge) for branch in merge.branches for node in branch)
        call_length = len(variable) + len("self.branch12()  + ")
        length = len(merge.branches) * call_length + len(variable) + 20
        return has_join or length > LONGEST_LINE

    def branch(self, branch: tuple[ModuleNode, ...], variable: str, wanted: str) -> str:
        """Write statements for one branch, and return the variable that holds its output."""
        self.variables += 1
        output = f"y{self.variables}"
        end = first_merge(branch)
        start = f"{self.attribute(branch[:end], wanted)}({variable})" if end else variable
        self.statements.append(f"{output} = {start}")
        self.chain(branch[end:], output)
        return output

    def combine(self, merge: Merge, variable: str, terms: list[str]) -> None:
        """Write the operator of a join, in several statements if one would be too long."""
        if merge.op == "CAT":
            line = f"{variable} = torch.cat([{', '.join(terms)}], 1)"
            if len(line) > LONGEST_LINE:
                listed = [f"        {term}," for term in terms]
                opening = [f"{variable} = torch.cat(", "    ["]
                self.statements += [*opening, *listed, "    ],", "    1,", ")"]
                return
        else:
            operator = OPERATORS[merge.op]
            while len(line := f"{variable} = {operator.join(terms)}") > LONGEST_LINE:
                self.statements.append(f"y0 = {terms[0]}{operator}{terms[1]}")
                terms[:2] = ["y0"]
        self.statements.append(self.with_shape(line, merge))

    def with_shape(self, line: str, node: ModuleNode) -> str:
        """Return a statement with the shape of its output in a comment, if that fits."""
        commented = f"{line}  # {node.shape}"
        fits = len(commented) + 2 <= LONGEST_LINE
        return commented if self.with_shapes and node.shape and fits else line


def first_merge(body: tuple[ModuleNode, ...]) -> int:
    """Return the index of the first join, or the length of a body without one."""
    joins = (index for index, node in enumerate(body) if isinstance(node, Merge))
    return next(joins, len(body))

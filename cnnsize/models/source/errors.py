"""What a framework refuses, as exceptions that end the reading of a network."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.models.source.values.objects import NotReadError, Site, Tensor, WrittenLayer


class RefusedError(NotReadError):
    """A layer or an operation that the framework refuses for this input.

    ``code`` is that of the rule that reports it; empty where none does. ``argument`` is the name of
    the wrong argument in the constructor of ``layer``, and ``tensors`` are what goes in.
    """

    def __init__(
        self,
        reason: str,
        node: ast.AST | None,
        code: str = "",
        *,
        layer: WrittenLayer | None = None,
        argument: str = "",
        tensors: Sequence[Tensor] = (),
        facts: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        super().__init__(reason, node)
        self.code = code
        self.layer = layer
        self.argument = argument
        self.tensors = tensors
        self.facts = facts
        self.site: Site | None = None  # the call of a function of the source that it happened in
        self.flow: tuple[Any, ...] = ()  # the layers that ran before, which ``tensors`` come from

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that it depends on."""
        return tuple(size for tensor in self.tensors for size in tensor.shape[1:])


class MismatchError(RefusedError):
    """A layer or a view that takes another number of values or channels than it receives."""

    def __init__(
        self,
        reason: str,
        node: ast.AST | None,
        expected: int,
        received: int,
        layer: WrittenLayer | None = None,
        argument: str = "",
        *,
        code: str = "",
        tensors: Sequence[Tensor] = (),
    ) -> None:
        super().__init__(reason, node, code, layer=layer, argument=argument, tensors=tensors)
        self.expected = expected
        self.received = received

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that it depends on."""
        return self.expected, self.received


class Statement(NamedTuple):
    """What is wrong in words, for a refusal that no other layer shares."""

    message: str
    label: str = ""
    help: str = ""
    numbers: Sequence[int] | None = None  # sizes of the input that decide it; None if none does
    related: tuple[tuple[ast.AST | None, str], ...] = ()


class StatedError(RefusedError):
    """A refusal that says what is reported."""

    def __init__(
        self,
        reason: str,
        node: ast.AST | None,
        statement: Statement,
        code: str = "CNN124",
        *,
        layer: WrittenLayer | None = None,
        argument: str = "",
        tensors: Sequence[Tensor] = (),
    ) -> None:
        super().__init__(reason, node, code, layer=layer, argument=argument, tensors=tensors)
        self.statement = statement

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that it depends on."""
        return tuple(self.statement.numbers or ())

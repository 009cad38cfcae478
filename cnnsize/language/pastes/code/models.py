"""The models of pasted code, and the lists of layers that they are made of."""

from __future__ import annotations

import ast
from typing import NoReturn, Protocol

from cnnsize.language.pastes.code.loops import (
    COMPREHENSIONS,
    LISTS,
    Evaluates,
    elements_of,
    without_name,
)
from cnnsize.language.pastes.code.refusals import BRANCH_HELP
from cnnsize.language.pastes.code.values import Layer, Layers, Part, Tensor, Unknown, Value


class BuildsModels(Evaluates, Protocol):
    """What a model needs of the evaluator of expressions."""

    def refuse_element(self, node: ast.expr) -> NoReturn: ...


def sequential(evaluator: BuildsModels, node: ast.Call) -> Layers:
    """Return the model of ``nn.Sequential(...)`` or ``keras.Sequential([...])``."""
    named = [word.value for word in node.keywords if word.arg == "layers"]
    members: list[Layer | Layers] = []
    for argument in (*node.args, *named):
        if isinstance(argument, (*LISTS, ast.Dict, *COMPREHENSIONS)):
            members += members_of_list(evaluator, argument)
        else:
            members += members_of(evaluator, argument)
    return evaluator.layers(members, node, is_model=True)


def functional_model(evaluator: BuildsModels, node: ast.Call) -> Value:
    """Return the model of ``keras.Model(inputs, outputs)``."""
    outputs = [word.value for word in node.keywords if word.arg in ("outputs", "output")]
    outputs += node.args[1:2]
    if len(outputs) != 1:
        return Unknown(node)
    output = outputs[0]
    if isinstance(output, LISTS):
        if len(output.elts) != 1:
            message = "this model has more than one output"
            evaluator.code.fail(message, evaluator.code.span(output), help=BRANCH_HELP)
        output = output.elts[0]
    value = evaluator.value(output)
    if not isinstance(value, Tensor):
        evaluator.code.fail(
            "the layers of this output are not in the text", evaluator.code.span(output)
        )
    value.is_used = True
    return evaluator.layers(value.layers(), node, is_model=True)


def members_of(evaluator: BuildsModels, node: ast.expr) -> list[Layer | Layers]:
    """Return the layers of an element of a model. Raises ArchitectureError where it is none."""
    if isinstance(node, ast.Starred):
        return members_of_list(evaluator, node.value)
    if isinstance(node, ast.Constant) and node.value is ...:
        place = evaluator.code.span(node)
        return [Layer("...", [Part("...", place)], place)]
    value = evaluator.value(node)
    if isinstance(value, Layer) or (isinstance(value, Layers) and value.is_model):
        evaluator.placed(value)
        return [value]
    if isinstance(value, Layers):
        evaluator.placed(value)
        return value.elements
    if isinstance(value, Tensor) and value.before is None:
        value.is_used = True
        return [*value.items]
    evaluator.refuse_element(node)


def members_of_list(evaluator: BuildsModels, node: ast.expr) -> list[Layer | Layers]:
    """Return the layers of a list, of a list of names and layers, or of a dictionary."""
    if isinstance(node, ast.Dict):
        return [each for value in node.values for each in members_of(evaluator, value)]
    if isinstance(node, LISTS):
        elements = map(without_name, node.elts)
        return [each for element in elements for each in members_of(evaluator, element)]
    elements_of_call = elements_of(evaluator, node) if isinstance(node, ast.Call) else None
    if elements_of_call and all(isinstance(x, (Layer, Layers)) for x in elements_of_call):
        return [each for each in elements_of_call if isinstance(each, (Layer, Layers))]
    value = evaluator.value(node)
    if isinstance(value, Layers):
        evaluator.placed(value)
        return value.elements
    evaluator.refuse_element(node)

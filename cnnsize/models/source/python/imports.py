"""Imports: names of libraries that the interpreter knows, and of files beside the one that is read.

Nothing is imported. A file is read when one of its names is first used.
"""

from __future__ import annotations

import ast
import math
import os
import string

from cnnsize.layers.frameworks import KERAS_CALLS
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.torch.signatures import FUNCTIONS, SIGNATURES
from cnnsize.models.source.values.keras import ROOTS
from cnnsize.models.source.values.objects import External, Scope, Value
from cnnsize.models.source.values.source_files import Imported, SourceFile

LIBRARIES = frozenset(
    [
        *(
            "torch",
            "math",
            "functools",
            "collections",
            "typing",
            "typing_extensions",
            "copy",
            "inspect",
        ),
        *(
            "argparse",
            "string",
            "types",
            "itertools",
            "operator",
            "dataclasses",
            "abc",
            "enum",
            "numpy",
        ),
        *("__future__", "keras", "tensorflow", "tf_keras", "tensorflow_core"),
        *("pytorch_lightning", "lightning", "torchvision", "timm", "torchsummary", "torchinfo"),
    ]
)


# Names of libraries that have a value.
CONSTANTS: dict[str, Value] = {
    "math.pi": math.pi,
    "numpy.pi": math.pi,
    "numpy.newaxis": None,
    "tensorflow.newaxis": None,
    **{f"string.{name}": getattr(string, name) for name in string.__all__ if name.islower()},
}
del CONSTANTS["string.capwords"]

# What `from tensorflow.keras.layers import *`, and the like, define besides KERAS_CALLS.
NAMES = (
    *("layers", "models", "backend", "applications", "activations", "datasets", "optimizers"),
    *("Sequential", "Model", "Layer", "add", "concatenate", "multiply", "average", "maximum"),
)
OTHER_NAMES = (
    *("Activation", "Add", "Multiply", "Concatenate", "Average", "Maximum", "Subtract", "Lambda"),
    *("Cropping2D", "Permute", "Resizing", "Rescaling", "Normalization", "GaussianNoise"),
    *("GaussianDropout", "AlphaDropout", "RandomFlip", "RandomRotation", "RandomZoom", "Conv1D"),
    *("Conv3D", "MaxPooling1D", "MaxPooling3D", "GlobalAveragePooling1D", "LSTM", "GRU"),
    *("Embedding", "TimeDistributed", "Bidirectional", "MultiHeadAttention"),
)


def import_modules(machine: Machine, node: ast.Import, scope: Scope) -> None:
    for alias in node.names:
        root = alias.name.partition(".")[0]
        path = alias.name if alias.asname else root
        value: Value = External(path)
        if root not in LIBRARIES:
            value = Imported(path, None, folder_of(scope), f"the module {path} is not read", node)
        scope.names[alias.asname or root] = value


def import_from(machine: Machine, node: ast.ImportFrom, scope: Scope) -> None:
    module = "." * node.level + (node.module or "")
    is_known = not node.level and module.partition(".")[0] in LIBRARIES
    for alias in node.names:
        if alias.name == "*":
            scope.names.update(
                all_names(module) if is_known else starred(machine, node, module, scope)
            )
            continue
        path = f"{module}.{alias.name}"
        value: Value = CONSTANTS.get(path, External(path))
        if module.startswith("torchvision.models"):
            value = Imported(module, alias.name, None, "", node)
        elif not is_known:
            reason = f"`{alias.name}` comes from {module}, which is not read"
            value = Imported(module, alias.name, folder_of(scope), reason, node)
        scope.names[alias.asname or alias.name] = value


def folder_of(scope: Scope) -> str | None:
    """Return the directory of the file that a scope is in; None for text without a file."""
    around: Scope | None = scope
    while around is not None:
        if "__file__" in around.names:
            return os.path.dirname(str(around.names["__file__"]))
        around = around.around
    return None


def starred(machine: Machine, node: ast.ImportFrom, module: str, scope: Scope) -> dict[str, Value]:
    """Return the names that `from module import *` defines, of a file beside the one that is read."""
    value = machine.imported(Imported(module, None, folder_of(scope), "", node))
    if not isinstance(value, SourceFile):
        return {}
    names = value.scope.names
    public = names.get("__all__")
    if not isinstance(public, list):
        public = [name for name in names if not name.startswith("_")]
    return {name: names[name] for name in public if isinstance(name, str) and name in names}


def all_names(module: str) -> dict[str, Value]:
    """Return the names that `from module import *` defines."""
    names: tuple[str, ...] = ()
    if module.partition(".")[0] in ROOTS:
        names = (*NAMES, *KERAS_CALLS, *OTHER_NAMES)
    if module == "torch.nn":
        names = (*SIGNATURES, "Module", "Sequential", "ModuleList", "ModuleDict", "Parameter")
    elif module == "torch.nn.functional":
        names = tuple(FUNCTIONS)
    elif module == "math":
        names = ("sqrt", "floor", "ceil", "log", "log2", "pi", "prod")
    return {name: External(f"{module}.{name}") for name in names}

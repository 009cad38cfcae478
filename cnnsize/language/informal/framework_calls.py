"""Calls in the exact spelling of PyTorch, Keras or Flax, with the meaning that they have there.

``Conv2d(3, 64, 3)`` has PyTorch's order of arguments and its default padding of 0, and
``Conv2D(64, 3, 2)`` has Keras'. A call that neither framework could run, as ``Conv2d(3->64)`` or
``Conv2D(32, 3x3)``, is read by ``arguments`` like any other text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import NoReturn

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.framework_axes import check_axes
from cnnsize.language.informal.framework_options import SETTERS, set_together
from cnnsize.language.informal.framework_values import CallReader, suits
from cnnsize.language.informal.keras1 import is_keras_1, modern
from cnnsize.language.informal.python_call import Arguments, Value, is_whole, parse_arguments
from cnnsize.language.informal.strict import strict_layer
from cnnsize.language.informal.tokens import Token
from cnnsize.layers.frameworks import (
    CALLS,
    FLAX,
    KERAS,
    KERAS_CALLS,
    OWN_ARGUMENTS,
    PADS_WITH,
    TORCH,
    TORCH_CALLS,
    WRITTEN_DEFAULTS,
    Argument,
    Signature,
    same_kind,
    signature,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest, squeeze

PREFIX = re.compile(
    r"(?:(?:torch\.)?(nn)|((?:(?:tf|tensorflow)\.)?(?:keras\.layers|keras|layers)))\.\Z"
)
LONGEST_PREFIX = 30  # characters
SMALLEST_COUNT = 12  # a filter of this size or more is rather a number of filters
CONFUSED = ("CONV", "TCONV", "FC", "POOL", "AVGPOOL")  # kinds whose arguments differ in order

ORDER = "KFSPDG "  # of options in canonical text; all others come last
LOOK_BACK = 20  # layers
SHARED_NAMES = frozenset(TORCH_CALLS) & frozenset(KERAS_CALLS)
NAMES = frozenset(name for calls in CALLS.values() for name in calls)

Bound = dict[str, Value]  # by the name of the argument


def read_framework_call(
    cursor: TokenCursor, layer: DraftLayer, opened: Token, closed: Token
) -> bool:
    """Read the arguments of a layer as its framework does.

    Returns False, with nothing read, where this is no call in the spelling of a framework. Raises
    ArchitectureError where it may be the call of two frameworks, or has a value that is no value of
    its argument.
    """
    prefix = prefix_before(cursor, layer)
    has_sizes = layer.kernel is not None or layer.size is not None or layer.digits is not None
    if has_sizes or layer.written not in NAMES:
        return False
    arguments = parse_arguments(cursor, opened, closed)
    if prefix is None and is_of_keras(cursor, layer):
        prefix = KERAS
    signatures = [] if arguments is None else signatures_of(layer.written, prefix, arguments)
    if not signatures or arguments is None:
        return False
    if KERAS in (each.framework for each in signatures) and is_keras_1(cursor.text):
        arguments = modern(layer.written, arguments)
    arguments = without_input(cursor, signatures[0], arguments)
    accepting = next((each for each in signatures if not problem(each, arguments)), None)
    if accepting is None:
        if signatures[0].framework in (TORCH, KERAS):
            refuse_other_framework(cursor, layer, signatures[0], arguments)
        is_certain = signatures[0].framework != FLAX or has_own_argument(FLAX, arguments)
        if prefix is not None and is_certain:
            refuse_unbound(cursor, signatures[0], arguments)
        return False
    bound = assigned(accepting, arguments)
    if is_doubtful(accepting, bound, arguments, prefix):
        refuse_two_readings(cursor, layer, accepting, arguments)
    if means_values(layer, arguments) and prefix is None:
        return False
    apply(cursor, layer, accepting, bound)
    return True


def prefix_before(cursor: TokenCursor, layer: DraftLayer) -> str | None:
    """Return the framework whose module is written before a name: ``nn.``, ``layers.``."""
    start = layer.span.start
    prefix = PREFIX.search(cursor.text[max(0, start - LONGEST_PREFIX) : start])
    if prefix is None:
        return None
    return TORCH if prefix[1] else KERAS


def is_of_keras(cursor: TokenCursor, layer: DraftLayer) -> bool:
    """Return whether a class that PyTorch has too is Keras' here, as the last call before it is."""
    before = [each.framework for each in cursor.layers[-LOOK_BACK:-1] if each.framework is not None]
    return layer.written in SHARED_NAMES and before[-1:] == [KERAS]


def signatures_of(name: str, prefix: str | None, arguments: Arguments) -> list[Signature]:
    """Return the signatures that a call may have, by the exact name of its class and the prefix."""
    frameworks = (TORCH, KERAS) if prefix is None else (prefix,)
    own = [other for other in OWN_ARGUMENTS if has_own_argument(other, arguments)]
    named = (signature(framework, name) for framework in (*own, *frameworks))
    known = [each for each in named if each is not None]
    if known or prefix is None:
        return known
    return signatures_of(name, None, arguments) or flax_signature(name)  # nn.Conv2D, nn.Conv


def has_own_argument(framework: str, arguments: Arguments) -> bool:
    """Return whether a call has an argument by which its framework is recognized."""
    return any(key in OWN_ARGUMENTS[framework] for key, _ in arguments.keywords)


def without_input(cursor: TokenCursor, called: Signature, arguments: Arguments) -> Arguments:
    """Return the arguments of a function of Flax without the tensor that it is applied to."""
    first = arguments.positional[:1]
    if not called.name.islower() or not first or not isinstance(first[0].node, ast.Name):
        return arguments
    cursor.note(f"ignored: ({first[0].text})")
    return arguments._replace(positional=arguments.positional[1:])


def flax_signature(name: str) -> list[Signature]:
    """Return Flax' signature of a class that PyTorch and Keras have under another name."""
    called = signature(FLAX, name)
    return [] if called is None else [called]


def assigned(called: Signature, arguments: Arguments) -> Bound:
    """Return the value of each argument by its name."""
    names = [argument.name for argument in called.arguments if not argument.by_name]
    return {**dict(zip(names, arguments.positional, strict=False)), **dict(arguments.keywords)}


def problem(called: Signature, arguments: Arguments) -> str:
    """Return why the framework would not accept these arguments; empty where it does."""
    by_name = {argument.name: argument for argument in called.arguments}
    most = sum(not argument.by_name for argument in called.arguments)
    if len(arguments.positional) > most:
        return f"{called.name} takes at most {most} values"
    first = list(by_name)[: len(arguments.positional)]
    for name, _ in arguments.keywords:
        if name not in by_name:
            near = nearest(name, by_name)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            return f"{called.possessive} {called.name} has no argument {name}{hint}"
        if name in first:
            return f"{called.possessive} {called.name} gets {name} twice"
    bound = assigned(called, arguments)
    for argument in called.arguments:
        if argument.name not in bound:
            if argument.default is None:
                return f"{called.possessive} {called.name} needs {argument.name}"
        elif not suits(called, argument, bound[argument.name]):
            text = bound[argument.name].text
            return f"{called.possessive} {called.name} has no {argument.name}={text}"
    return ""


def apply(cursor: TokenCursor, layer: DraftLayer, called: Signature, bound: Bound) -> None:
    """Set everything that the values of a call say, and the defaults of its framework."""
    reader = CallReader(cursor, layer, called)
    layer.framework = called.framework
    for argument in called.arguments:
        if argument.name in bound:
            SETTERS.get(argument.key, SETTERS["option"])(reader, argument, bound[argument.name])
    set_together(reader)
    if called.name in PADS_WITH:
        cursor.note(
            f"{called.name} pads with {PADS_WITH[called.name]}, and PAD with zeros: the sizes are "
            "the same"
        )
    check_axes(cursor, layer, called)
    for argument in omitted(called, bound):
        write_default(reader, argument)


def omitted(called: Signature, bound: Bound) -> Iterable[Argument]:
    """Return the arguments that are left out, and whose default bare words do not share."""
    keys = WRITTEN_DEFAULTS.get(called.kind, ())
    given = {argument.key for argument in called.arguments if argument.name in bound}
    if "to" in given:  # adaptive pooling, and upsampling to a size
        keys = ("mode",)
    return [
        argument
        for argument in called.arguments
        if argument.key in keys and argument.key not in given and argument.default is not None
    ]


def write_default(reader: CallReader, argument: Argument) -> None:
    """Write out a default of the framework: P=0 of a convolution, F=2 of a pooling layer."""
    layer, key, default = reader.layer, argument.key, argument.default or "None"
    word = default.strip("'").lower()
    number = "".join(re.findall(r"\d+", default)[:1])
    is_zero = layer.kind == "TCONV" and word != "same"
    is_shared = default == "None" or word == "nearest" or is_zero  # with bare words
    if is_shared or (key == "P" and layer.kernel == "1"):  # nothing to pad
        return
    if key in ("P", "S"):
        number = {"valid": "0", "same": "same"}.get(word, number)
        layer.options.append((key, number))
    elif key == "G":
        layer.options.append(("", number))
    elif key == "mode":
        number = word
        layer.options.append(("mode", word))
    else:
        layer.kernel = number
    letter = {"sides": "P"}.get(key, key)
    layer.defaults.append(f"{reader.called.possessive} default {letter}={number}")


def means_values(layer: DraftLayer, arguments: Arguments) -> bool:
    """Return whether the only number of a FLATTEN is rather the number of its values."""
    if layer.kind != "FLATTEN" or len(arguments.positional) != 1 or arguments.keywords:
        return False
    return is_whole(arguments.positional[0].constant) and arguments.positional[0].constant != 1


def is_doubtful(called: Signature, bound: Bound, arguments: Arguments, prefix: str | None) -> bool:
    """Return whether an author may have meant another framework than the one of the name.

    ``Conv2D(3, 64, 3)`` is rather PyTorch's, though Keras reads 3 filters of 64x64. In
    ``Conv2D(32, 3, 3)`` the first Keras read 3x3, and the later ones a stride of 3. ``Upsample(2)``
    is a size in PyTorch, and a factor in texts.
    """
    values = [value.constant for value in arguments.positional]
    if called.name == "Upsample" and prefix is None and "size" in bound:
        return bool(values) and len(bound) == 1
    if called.framework != KERAS or called.kind not in ("CONV", "TCONV"):
        return False
    if len(values) != 3 or not all(map(is_whole, values)):
        return False
    first, second, third = (int(str(value)) for value in values)
    is_rows_and_columns = second == third > 1
    is_count = second >= SMALLEST_COUNT or (first in (1, 3) and third > 2)
    return is_rows_and_columns or is_count


def refuse_other_framework(
    cursor: TokenCursor, layer: DraftLayer, called: Signature, arguments: Arguments
) -> None:
    """Raise ArchitectureError where only the other framework accepts the arguments."""
    if called.kind not in CONFUSED or not arguments.text.strip():
        return
    values = [value.constant for value in arguments.positional]
    if any(names_activation(value) for value in arguments.positional):
        return  # Dense(softmax, 6)
    if called.framework == TORCH and not arguments.keywords:
        if len(values) == 1:
            return  # Linear(512): only the width is left to be meant
        if len(values) == 2 and all(map(is_whole, values)):
            first, second = (int(str(value)) for value in values)
            if second >= SMALLEST_COUNT or first <= second:
                return  # Conv2d(16, 32): from 16 to 32 channels
    if not all(problem(other, arguments) for other in same_kind(called)):
        refuse_two_readings(cursor, layer, called, arguments)


def names_activation(value: Value) -> bool:
    """Return whether a value is the name of an activation."""
    return ALIASES.get(squeeze(value.text)) in ACTIVATIONS


def refuse_two_readings(
    cursor: TokenCursor, layer: DraftLayer, called: Signature, arguments: Arguments
) -> NoReturn:
    """Raise ArchitectureError with what each framework makes of the arguments."""
    others = [other for other in same_kind(called) if not problem(other, arguments)]
    readings = [reading(cursor, layer, each, arguments) for each in (called, *others[:1])]
    values = [value.constant for value in arguments.positional]
    if called.name == "Upsample":
        readings.append(f"to enlarge by a factor of {arguments.text}, write UP{arguments.text}")
    elif len(values) == 3 and values[1] == values[2] and called.framework == KERAS:
        columns, rows = arguments.positional[1].text, arguments.positional[2].text
        window = columns if columns == rows else f"{rows}x{columns}"
        readings.append(f"Keras 1 read {layer.kind}{window}-{arguments.positional[0].text}(P=0)")
    message = f"ambiguous: {layer.written}({arguments.text}) can be read in two ways"
    if problem(called, arguments) and others:
        other = others[0].possessive
        message = f"ambiguous: the name is {called.possessive}, and the arguments are {other}"
    span = Span(layer.span.start, arguments.span.end)
    cursor.fail(message, span, help=tuple(readings))


def reading(cursor: TokenCursor, layer: DraftLayer, called: Signature, arguments: Arguments) -> str:
    """Return in a sentence what a framework makes of the arguments."""
    why = problem(called, arguments)
    draft = DraftLayer(called.kind, called.name, layer.span)
    if not why:
        try:
            apply(cursor, draft, called, assigned(called, arguments))
        except ArchitectureError as error:
            why = error.diagnostic.message
    if why:
        return why
    draft.options.sort(key=lambda option: ORDER.find(option[0]) % len(ORDER))
    return f"{called.possessive} {called.name} is {strict_layer(cursor, draft)}"


def refuse_unbound(cursor: TokenCursor, called: Signature, arguments: Arguments) -> NoReturn:
    """Raise ArchitectureError for arguments that the class does not have."""
    names = ", ".join(argument.name for argument in called.arguments if argument.key != "free")
    cursor.fail(
        problem(called, arguments),
        arguments.span,
        code="CNN003",
        help=(f"{called.name} takes {names}",),
    )

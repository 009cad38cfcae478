"""Read the networks of Python source as text in the notation. Nothing of the source runs."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from cnnsize.language.informal.keras1 import is_keras_1
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_INTEGER
from cnnsize.models.blocks import flat_text, free_name, model_text
from cnnsize.models.flow import Flow, UnreadableModelError
from cnnsize.models.network_text import head_of, nodes_of, notes_on_order
from cnnsize.models.series import Item, needed_nodes, outputs_in, series, with_main_output
from cnnsize.models.source.evidence import DECLARED, Evidence, mentioned, shape_comment
from cnnsize.models.source.input_comments import declared_input, input_comments
from cnnsize.models.source.interpreter import Interpreter
from cnnsize.models.source.keras.builders import KerasNet
from cnnsize.models.source.keras.run import run_keras
from cnnsize.models.source.keras.state import state_of
from cnnsize.models.source.machine import Machine, letter_name
from cnnsize.models.source.nets import Net, calls_in, nets_of
from cnnsize.models.source.python.siblings import file_of, place_in
from cnnsize.models.source.runs import Run
from cnnsize.models.source.solve import solved
from cnnsize.models.source.tensors.graph import numbers_in
from cnnsize.models.source.values.number import Number, has_letters
from cnnsize.models.source.values.objects import NotReadError
from cnnsize.models.source.values.source_files import syntax_tree
from cnnsize.reading.document import parse_one
from cnnsize.record import Record, replace
from cnnsize.sizing.size import sized
from cnnsize.sizing.totals import totals
from cnnsize.text.diagnostic import ArchitectureError

TORCH_SIGN = re.compile(r"\bnn\b")  # the module that every file with a PyTorch network names


class SourceNetwork(Record):
    """A network of a file as text in the notation."""

    name: str
    line: int
    text: str
    architecture: ParsedArchitecture  # the text, parsed
    run: Run
    notes: tuple[str, ...]  # where its input and its arguments come from, and what is left out
    values: tuple[str, ...] = ()  # the arguments that were given a value and are no letters
    is_keras: bool = False


class UnreadNetwork(Record):
    """A network of a file that cannot be read, the place, and why."""

    name: str
    line: int
    column: int
    reason: str
    progress: int  # how many layers ran before it ended
    error: NotReadError | None = None  # what ended the reading
    runs: bool = False  # all of its shapes are known, and only its text does not exist


class UnreadableSourceError(Exception):
    """Source that cannot be read at all; ``line`` is None where the whole file is the reason."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


class Request(NamedTuple):
    """Which networks of a file to read, and what the user says about them.

    ``input`` is W x H x D. ``inputs`` are sizes of inputs from the configuration, by the names of
    networks. ``values`` are those of arguments without a value, for networks that cannot be read with
    letters in their place. Files beside ``path`` whose names the source imports are read too.
    """

    only: str | None = None  # the name of the only network that is read
    path: str | None = None  # of the file
    input: tuple[int, int, int] | None = None
    inputs: Sequence[tuple[str, tuple[int, int, int]]] = ()
    values: Mapping[str, int] = MappingProxyType({})


WHOLE_FILE = Request()


def read_source(
    text: str, request: Request = WHOLE_FILE, *, claims: bool = False
) -> list[SourceNetwork | UnreadNetwork]:
    """Return the networks of Python source in the order of its lines. Raises UnreadableSourceError.

    With ``claims``, the text is flat and each FC says how many values it takes, so that other inputs
    can be tried on it.
    """
    networks = [reading.network for reading in readings(text, request, claims=claims)]
    return sorted(networks, key=lambda network: network.line)


class Reading(NamedTuple):
    """A network of a file after it was read, with the interpreter as it was left."""

    network: SourceNetwork | UnreadNetwork
    tree: ast.Module  # of the file
    machine: Interpreter
    net: Net | KerasNet
    declared: Evidence | None  # the size of the input that the user or the source declares
    others: list[Evidence]  # of the size of the input, besides what is declared for this network
    is_alone: bool  # the file has no other network

    @property
    def torch_net(self) -> Net:
        """The network, which is one of PyTorch."""
        assert isinstance(self.net, Net)
        return self.net


class OpenedFile(NamedTuple):
    """A Python file whose top has run, with its networks, which have not been read yet."""

    tree: ast.Module
    machine: Interpreter
    nets: list[Net | KerasNet]


def opened(text: str, path: str | None, only: str | None) -> OpenedFile:
    """Return a file with its networks, or with the one named ``only``.

    The files that it imports are beside ``path``. Raises UnreadableSourceError, NotReadError and
    RecursionError.
    """
    tree = parsed(text)
    machine = Interpreter()
    if "keras" in text:
        state_of(machine).is_keras_1 = is_keras_1(text)
    if path is not None:
        machine.top.names["__file__"] = os.path.abspath(path)
    return OpenedFile(tree, machine, nets_of(machine, tree, text, only))


def readings(
    text: str, request: Request = WHOLE_FILE, *, claims: bool = False
) -> Iterator[Reading]:
    """Yield the networks of Python source one after the other. Raises UnreadableSourceError."""
    if not may_hold_network(text):
        return
    try:
        tree, machine, nets = opened(text, request.path, request.only)
    except (NotReadError, RecursionError) as error:
        raise UnreadableSourceError(reason_of(error)) from None
    given = input_of(request)
    others = mentioned(machine, calls_in(tree)) if nets and given is None else []
    nets.sort(key=lambda net: not isinstance(net, KerasNet))  # those of PyTorch clear the graph
    for net in nets:
        comments = input_comments(text, tree)
        declared = given or declared_input(comments, machine, net, request.inputs)
        network = read_net_with(request.values, machine, net, text, declared, others, claims=claims)
        yield Reading(network, tree, machine, net, declared, others, len(nets) == 1)


def may_hold_network(text: str) -> bool:
    """Return whether Python source names PyTorch or Keras."""
    return "keras" in text or ("nn" in text and TORCH_SIGN.search(text) is not None)


def input_of(request: Request) -> Evidence | None:
    """Return the size of the input that the user gives, for one network or for all of a file."""
    if request.input is None:
        return None
    W, H, D = request.input
    is_for_file = request.only is None
    return Evidence(D, H, W, "--input", DECLARED, is_for_file, not is_for_file)


@lru_cache(maxsize=2)  # each class of a file that a text is compared with needs it
def parsed(text: str) -> ast.Module:
    """Return the syntax tree of a file. Raises UnreadableSourceError."""
    try:
        return syntax_tree(text)
    except SyntaxError as error:
        raise UnreadableSourceError(f"not Python: {error.msg}", error.lineno) from None
    except UnicodeEncodeError:
        raise UnreadableSourceError("not text in UTF-8") from None
    except (ValueError, RecursionError, MemoryError):
        raise UnreadableSourceError("not Python, or nested too deeply") from None


def read_net_with(
    values: Mapping[str, int],
    machine: Interpreter,
    net: Net | KerasNet,
    text: str,
    given: Evidence | None,
    others: list[Evidence],
    *,
    claims: bool,
) -> SourceNetwork | UnreadNetwork:
    """Return one network, with letters for arguments without a value.

    With values in their place, if it cannot be read with letters, or if a value has the name of an
    argument whose letter has another one.
    """
    result = read_net(machine, net, text, given, others, claims=claims)
    if isinstance(result, SourceNetwork):
        letters = letters_of(result.run)
        if not any(name not in letters and letter_name(name) in letters for name in values):
            return result
    elif not values:
        return with_hint(machine, result)
    machine.given, machine.taken = values, set()
    machine.built.clear()
    result = read_net(machine, net, text, given, others, claims=claims)
    taken = tuple(machine.taken)
    machine.given = {}
    machine.built.clear()
    if isinstance(result, SourceNetwork):
        return replace(result, values=taken)
    return with_hint(machine, result)


def with_hint(machine: Machine, network: UnreadNetwork) -> UnreadNetwork:
    """Say how an argument that is the reason gets a value, if it is a number."""
    words = set(re.findall(r"\w+", network.reason)) - machine.objects
    name = next((letter for letter in machine.letter_names if letter in words), None)
    if name is None or "'" in network.reason:  # compared with a string, which --set does not give
        return network
    return replace(network, reason=f"{network.reason}; --set {name}=N gives {name} a value")


def read_net(
    machine: Interpreter,
    net: Net | KerasNet,
    text: str,
    given: Evidence | None,
    others: list[Evidence],
    *,
    claims: bool,
) -> SourceNetwork | UnreadNetwork:
    """Return one network."""
    if not isinstance(net, KerasNet):  # a model at the top of the file has its letters already
        machine.letters.clear()
        machine.letter_names.clear()
    machine.objects.clear()
    machine.depth_of_input = None
    try:
        comment = shape_comment(text, net.node)
        known = others if comment is None else [*others, comment]
        run = run_net(machine, net, given, known)
    except NotReadError as error:
        result = unread(machine, net, text, error.reason, error.node)
        return replace(result, error=error)
    except (UnreadableModelError, ArchitectureError) as error:
        return unread(machine, net, text, reason_of(error), None)
    except RecursionError:
        return unread(machine, net, text, "it is nested too deeply", None)
    try:
        network_text, architecture = written(machine, net, run, claims=claims)
    except (NotReadError, UnreadableModelError, ArchitectureError) as error:
        node = error.node if isinstance(error, NotReadError) else None
        return replace(unread(machine, net, text, reason_of(error), node), runs=True)
    except RecursionError:
        return unread(machine, net, text, "it is nested too deeply", None)
    notes = [f"input {input_text(run)}: {run.source}", *([net.note] if net.note else [])]
    if machine.has_options:
        notes.append("options of the command line have their defaults")
    letters = letters_of(run)
    if letters:
        values = " ".join(f"--set {key}=N" for key in letters)
        notes.append(f"arguments without a value are letters; {values} gives them one")
    notes += [*run.flow.notes, *notes_on_order(run.flow)]
    line, is_keras = getattr(net.node, "lineno", 1), isinstance(net, KerasNet)
    fields = (net.name, line, network_text, architecture, run, tuple(notes))
    return SourceNetwork(*fields, is_keras=is_keras)


def run_net(
    machine: Interpreter, net: Net | KerasNet, given: Evidence | None, others: list[Evidence]
) -> Run:
    """Return a network on its input. Raises NotReadError."""
    if isinstance(net, KerasNet):
        return run_keras(machine, net, given, others)
    return solved(machine, net, given, others)


def reason_of(error: Exception) -> str:
    """Return why something cannot be read."""
    if isinstance(error, ArchitectureError):
        return error.diagnostic.message
    if isinstance(error, UnreadableModelError):
        return str(error)
    return error.reason if isinstance(error, NotReadError) else "it is nested too deeply"


def unread(
    machine: Machine, net: Net | KerasNet, text: str, reason: str, node: ast.AST | None
) -> UnreadNetwork:
    """Return a network that is not read, with the place as line and column from 1."""
    where = node if node is not None and hasattr(node, "lineno") else net.node
    if (file := file_of(machine, where)) is not None:
        reason = f"{reason} (in {place_in(file, where)})"
        where = net.node
    line = getattr(where, "lineno", 1)
    offset = getattr(where, "col_offset", 0)
    lines = text.split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    column = len(row.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1
    return UnreadNetwork(net.name, line, column, reason, len(machine.nodes))


def input_text(run: Run) -> str:
    """Return the inputs of a run as W x H x D."""
    return listed([node.volume for node in run.flow.nodes if node.kind == "INPUT"])


def written(
    machine: Machine, net: Net | KerasNet, run: Run, *, claims: bool
) -> tuple[str, ParsedArchitecture]:
    """Return a network in the notation, as text and parsed, checked against the layers as applied."""
    inputs = [index for index, node in enumerate(run.flow.nodes) if node.kind == "INPUT"]
    for index in (*inputs, *needed_nodes(run.flow)):  # a guessed input, needed or not
        if run.flow.nodes[index].reason:
            raise NotReadError(run.flow.nodes[index].reason, run.places[index].application)
    flow = with_main_output(claimed(run) if claims else run.flow)
    items = series(flow)
    volume = flow.nodes[0].volume
    assert volume is not None
    name = free_name(net.name, set())
    depends = has_letters(volume.D) or any(
        has_letters(value) for node in flow.nodes for _, value in node.options
    )
    text = (flat_text if claims or depends else model_text)(items, name, head_of(flow))
    architecture = parse_one(text, name=name)
    verify(machine, architecture, run._replace(flow=flow), items)
    return text, architecture


def letters_of(run: Run) -> list[str]:
    """Return the arguments without a value that the text of a network has."""
    nodes = run.flow.nodes
    numbers = [nodes[0].volume.D if nodes[0].volume is not None else 0]
    for node in nodes:
        numbers += numbers_in(dict(node.options))
    terms = [key for number in numbers if isinstance(number, Number) for key in number.terms or ()]
    return list(dict.fromkeys(name for key in terms for name in key))


def claimed(run: Run) -> Flow:
    """Return a flow in which each FC says how many values it takes."""
    nodes = list(run.flow.nodes)
    for index, count in run.claims.items():
        node = nodes[index]
        if not has_letters(count):
            nodes[index] = node._replace(options=(*node.options, ("in", int(count))))
    return run.flow._replace(nodes=tuple(nodes))


def verify(
    machine: Machine, network: ParsedArchitecture, run: Run, items: tuple[Item, ...]
) -> None:
    """Raise NotReadError unless the text has the sizes and parameters of the layers as applied."""
    outputs = (run.flow.output, *outputs_in(items))
    volumes = [run.flow.nodes[index].volume for index in outputs]
    used = {key: int(machine.letters[key]) for key in letters_of(run)}
    result = sized(network, None, values=used)
    expected = tuple(Volume(*map(int, volume)) for volume in volumes if volume is not None)
    nodes = list(nodes_of(items))
    parameters, macs = sum(node.parameters for node in nodes), sum(node.macs for node in nodes)
    if max(parameters, macs) > MAX_INTEGER**3:
        raise NotReadError("its sizes are too large")
    sums = totals(result)
    if result.outputs != expected or (sums.params, sums.macs) != (parameters, macs):
        raise NotReadError(
            f"the text gives {listed(result.outputs)} and {sums.params:,} parameters, but the layers "
            f"{listed(expected)} and {parameters:,}; please report this"
        )


def listed(volumes: Sequence[Volume | None]) -> str:
    """Return the volumes of the outputs in words."""
    return ", ".join(map(str, volumes))

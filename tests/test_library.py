"""The public names of ``import cnnsize``: what each is called, how it prints, copies and refuses."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch import nn

import cnnsize
from cnnsize import ArchitectureError
from tests.helpers import ROOT

NET = cnnsize.parse(
    "block(k) = CONV3-k -> RELU\n"
    "INPUT[10x8x3] -> block(4)*2 -> conv3-4(S=2, P=0) -> [ADD{CONV3-4 | ID}]*2 -> FC-10"
)
SIZED = NET.sized()
PATTERN = cnnsize.parse("INPUT[8x8x3] -> [CONV3-4 -> RELU]*N -> POOL? -> FC-10")
FAILING = cnnsize.parse("INPUT[8x8x3] -> [CONV3-4 -> RELU -> POOL2]*N").family(N=range(6)).survey()
REPORT = cnnsize.check(NET.text)
FITTING = NET.fitting_inputs()
MISMATCH = PATTERN.match(cnnsize.parse("INPUT -> FC -> CONV")).mismatch
assert MISMATCH is not None


def parse_error() -> ArchitectureError:
    with pytest.raises(ArchitectureError) as caught:
        cnnsize.parse("INPUT -> POLL")
    return caught.value


PUBLIC: dict[str, Any] = {  # an object of every public class
    "Architecture": NET,
    "ArchitectureError": parse_error(),
    "Bin": PATTERN.family().histogram().bins[0],
    "Cause": next(iter(FAILING.failing)),
    "Choice": PATTERN.family().choices[0],
    "CostBudget": cnnsize.CostBudget(params=10),
    "Dataset": cnnsize.Dataset("m.parquet", 8, 8, 1),
    "DatasetError": cnnsize.DatasetError("m.parquet is a file"),
    "Defaults": cnnsize.Defaults(classes=1000),
    "Diagnostic": SIZED.diagnostics[0],
    "Edit": SIZED.diagnostics[0].fixes[0].edits[0],
    "Failing": next(iter(FAILING.failing.values())),
    "Family": PATTERN.family(),
    "Figure": cnnsize.parse("INPUT[8x8x1] -> FC-2").sized().figure(),
    "Fitting": FITTING,
    "Fix": SIZED.diagnostics[0].fixes[0],
    "Histogram": PATTERN.family().histogram(),
    "Label": SIZED.diagnostics[0].related[0],
    "Layer": SIZED.steps[2].layer,
    "Match": PATTERN.match(cnnsize.parse("INPUT[8x8x3] -> CONV3-4 -> RELU -> FC-10")),
    "Member": next(PATTERN.members()),
    "Mismatch": MISMATCH,
    "Nest": next(node for node in SIZED.outline if isinstance(node, cnnsize.Nest)),
    "Network": SIZED,
    "ParsedArchitecture": REPORT.architectures[0].architecture,
    "Position": SIZED.diagnostics[0].location,
    "Report": REPORT,
    "Result": REPORT.architectures[0],
    "Selection": cnnsize.Selection(frozenset({"CNN101"}), {}, {}),
    "Settings": cnnsize.Settings(target="tensorflow"),
    "Side": FITTING.sides[0],
    "Sizes": FITTING.sides[0].whole,
    "Source": NET.source,
    "Span": SIZED.diagnostics[0].span,
    "Step": SIZED.steps[2],
    "Summary": cnnsize.summary(NET),
    "Survey": FAILING,
    "Totals": SIZED.totals,
    "UnreadableModelError": cnnsize.UnreadableModelError("the model has 2 outputs"),
    "Volume": SIZED.input,
}
MORE: dict[str, Any] = {
    "Report of text that is no network": cnnsize.check("INPUT -> POLL"),
    "Report of a family": cnnsize.check(PATTERN.text),
    "Fitting of squares": cnnsize.parse("INPUT[8x8x3] -> POOL2").fitting_inputs(),
    "Match of none": PATTERN.match(cnnsize.parse("INPUT -> FC -> CONV")),
    "Network of the zoo": cnnsize.load("vgg16").sized(),
    "Step of the zoo": cnnsize.load("inception_v3").sized().steps[40],
    "Summary of the zoo": cnnsize.summary("resnet18"),
}
FUNCTIONS = ("check", "from_onnx", "from_torch", "list_networks", "load", "parse", "summary")
CLASSES = [name for name in cnnsize.__all__ if name not in FUNCTIONS]


def test_completion_offers_the_public_names_only() -> None:
    assert set(dir(cnnsize)) == {*cnnsize.__all__, "__version__"}
    assert sorted(PUBLIC) == sorted(CLASSES)
    with pytest.raises(AttributeError, match="no attribute 'prase'") as caught:
        cnnsize.prase  # type: ignore[attr-defined]  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("prase", cnnsize)


def test_completion_offers_what_users_read_and_not_how_it_works() -> None:
    net = cnnsize.load("lenet5")
    offered = {
        type(value).__name__: {name for name in dir(value) if not name.startswith("_")}
        for value in (net, net.sized(), net.family())
    }
    assert {"sized", "family", "match", "fitting_inputs", "text"} <= offered["Architecture"]
    assert {"params", "macs", "steps", "output", "valid", "to_pandas"} <= offered["Network"]
    assert {"count", "survey", "to_dict", "to_pandas"} <= offered["Family"]
    assert not {"from_record", "mapped_error", "paste", "lines_join"} & offered["Architecture"]
    assert not {"from_record", "rows", "walked", "problems"} & offered["Network"]
    assert not {"work", "start", "sized_beginning", "clear_caches"} & offered["Family"]
    for value in (net, net.sized(), net.family()):
        assert all(hasattr(value, name) for name in dir(value))


def test_type_checkers_see_the_names_that_are_there() -> None:
    imports = re.findall(
        r"    from (\S+) import (.+)", Path(str(cnnsize.__file__)).read_text("utf-8")
    )
    declared = {
        (name, module) for module, names in imports for name in names.split(" as ")[0].split(", ")
    }
    homes: dict[str, str] = vars(cnnsize)["_HOMES"]
    assert declared - {("import_module", "importlib")} == {
        (name, f"cnnsize.{module}") for name, module in homes.items()
    }
    assert {*homes} == {*cnnsize.__all__, "__version__"}


@pytest.mark.parametrize("name", cnnsize.__all__)
def test_a_public_name_has_a_module_a_docstring_and_a_signature(name: str) -> None:
    public = getattr(cnnsize, name)
    assert (public.__module__, public.__name__) == ("cnnsize", name)
    if name in CLASSES:
        assert isinstance(PUBLIC[name], public)
    methods = [] if name in FUNCTIONS else inspect.getmembers(public, inspect.isroutine)
    own = [method for key, method in methods if not key.startswith("_") and key in vars(public)]
    for routine in [public, *own]:
        assert inspect.getdoc(routine), routine
        if isinstance(routine, type) and issubclass(routine, Exception):
            continue
        for parameter in inspect.signature(routine).parameters.values():
            assert parameter.kind != parameter.VAR_POSITIONAL, routine
            if parameter.kind == parameter.VAR_KEYWORD:
                assert parameter.name == "values", routine
            assert "ForwardRef" not in str(parameter)


@pytest.mark.parametrize("name", [*PUBLIC, *MORE])
def test_a_copy_of_a_public_object_equals_it(name: str) -> None:
    value = {**PUBLIC, **MORE}[name]
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert type(again) is type(value)
        assert again == value
        assert hash(again) == hash(value)
        assert repr(again) == repr(value)
    assert value != "another"


@pytest.mark.parametrize("name", [*PUBLIC, *MORE])
def test_a_repr_is_short_and_names_the_class(name: str) -> None:
    value = {**PUBLIC, **MORE}[name]
    if isinstance(value, cnnsize.Summary):
        assert repr(value) == str(value)
        return
    assert len(repr(value)) < 250
    assert type(value).__name__ in repr(value)
    assert "\n" not in repr(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NET.sized((11, 9, 3)), "<Network: 11x9x3 -> 1x1x10, 1,514 parameters, valid>"),
        (SIZED, "<Network: 10x8x3 -> 1x1x10, 1 error>"),
        (SIZED.steps[1], "<Step 1.0.0 CONV3-4: 10x8x3 -> 10x8x4, 112 params, 8,640 MACs>"),
        (REPORT, "<Report on 1 network: 1 error, 2 warnings, 2 notes>"),
        (
            PATTERN.family(),
            "<Family of 8 members: 'INPUT[8x8x3] -> [CONV3-4 -> RELU]*N -> POOL? -> FC-10'>",
        ),
        (MORE["Fitting of squares"], "<Fitting: W = 2k for k >= 1>"),
        (cnnsize.Settings(rounding="strict"), "Settings(rounding='strict')"),
        (cnnsize.Settings(), "Settings()"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_reprs(value: object, text: str) -> None:
    assert repr(value) == text


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("Architecture", "source"),
        ("Network", "output"),
        ("Network", "params"),
        ("Step", "params"),
        ("Volume", "W"),
        ("Report", "diagnostics"),
        ("Family", "input"),
        ("Sizes", "period"),
    ],
)
def test_public_objects_are_frozen(name: str, attribute: str) -> None:
    with pytest.raises(AttributeError):
        setattr(PUBLIC[name], attribute, None)


def test_networks_are_equal_by_what_they_are() -> None:
    assert NET.sized() == cnnsize.parse(str(NET)).sized()
    assert NET.sized() != NET.sized((12, 8, 3))
    assert NET.sized() != NET.sized(settings=cnnsize.Settings(rounding="strict"))
    assert PATTERN.family() == PATTERN.family(N=range(4)) != PATTERN.family(N=2)
    assert cnnsize.check(NET.text) != cnnsize.check(PATTERN.text)


def test_copies_hold_what_they_say() -> None:
    again = pickle.loads(pickle.dumps(REPORT))
    assert again.to_json() == REPORT.to_json()
    fitting = cnnsize.parse("INPUT[8x8x3] -> CONV3-4(S=2, P=0) -> POOL2").fitting_inputs()
    again = pickle.loads(pickle.dumps(fitting))
    assert [next(iter(again)), again.sides[0].whole.words()] == [(5, 5, 3), "W = 4k + 1 for k >= 1"]
    error = parse_error()
    again = copy.deepcopy(error)
    assert (str(again), again.diagnostic) == (str(error), error.diagnostic)


def test_to_dict_has_the_keys_of_the_json() -> None:
    data = REPORT.to_dict()
    (network,) = data["architectures"]
    assert network.pop("bad") is False
    assert cnnsize.parse(NET.text).sized().to_dict() == network
    assert SIZED.steps[3].to_dict() == network["layers"][3]
    assert REPORT.diagnostics[0].to_dict() == data["diagnostics"][0]
    family = cnnsize.check(PATTERN.text).to_dict()["architectures"][0]["family"]
    assert PATTERN.family().to_dict() == family
    assert next(iter(PATTERN.family())).to_dict()["values"] == {"N": 0, "POOL?": False}
    assert FITTING.to_dict()["sides"][0]["works"]["fits"] is True
    assert MORE["Match of none"].to_dict()["leaves"]["found"] == "INPUT"


def test_a_valid_network_is_returned_and_any_other_raises() -> None:
    valid = NET.sized((11, 9, 3))
    assert valid.require_valid() is valid
    with pytest.raises(ArchitectureError, match="CNN101") as caught:
        SIZED.require_valid()
    assert "conv3-4(S=2, P=0)" in str(caught.value.diagnostic)
    strict = cnnsize.parse("INPUT[10x10x3] -> CONV3-8(S=2, P=1)").sized(
        settings=cnnsize.Settings(rounding="strict")
    )
    with pytest.raises(ArchitectureError, match=r"CNN110 .*padding goes unread"):
        strict.require_valid()


ONE = cnnsize.parse("INPUT[32x32x3] -> [CONV3-8 -> RELU]*N -> FC-10")
EXPECTED = r"input must be three integers \(W, H, D\) of at least 1, as in input=\(32, 32, 3\)"
lib: Any = cnnsize  # so that type checkers let the wrong arguments pass
one: Any = ONE
REFUSALS: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: lib.load(None), TypeError, r"load\(\) expects a name, not NoneType; as in load\('r"),
    (lambda: lib.load(b"vgg16"), TypeError, r"not bytes; decode the bytes first"),
    (lambda: lib.load("vgg166"), ArchitectureError, "named vgg166; did you mean vgg16"),
    (lambda: lib.parse(3), TypeError, r"parse\(\) expects a string, not int; as in parse\('INPUT"),
    (lambda: lib.parse(Path("a")), TypeError, r"not PosixPath; read the file first, as in path\."),
    (
        lambda: lib.parse(nn.Linear(2, 2)),
        TypeError,
        r"what print shows, as in parse\(str\(model\)\)",
    ),
    (lambda: lib.parse(ONE), TypeError, "it is parsed already"),
    (lambda: lib.parse("INPUT -> FC", name=3), TypeError, "name must be a string or None, not int"),
    (lambda: lib.check([]), TypeError, r"check\(\) expects a string, not list"),
    (lambda: lib.check("INPUT", input=3), TypeError, f"{EXPECTED}, not 3"),
    (lambda: lib.check("INPUT", nmae=1), TypeError, "no argument 'nmae', .*did you mean 'name'"),
    (lambda: lib.check("INPUT", selection=3), TypeError, "selection must be a cnnsize.Selection"),
    (lambda: lib.check("INPUT", ignore="A"), TypeError, r"a list of codes, as in ignore=\['A'\]"),
    (lambda: lib.check("INPUT", ignore=["CNN999"]), ValueError, "CNN999"),
    (lambda: lib.summary(3), TypeError, r"summary\(\) expects a string, not int"),
    (lambda: one.sized("32"), TypeError, f"{EXPECTED}, not '32'"),
    (lambda: one.sized("28x28x1"), TypeError, r"as in input=\(28, 28, 1\), not '28x28x1'"),
    (lambda: one.sized((32,)), ValueError, rf"{EXPECTED}, not \(32,\)"),
    (lambda: one.sized((32, 32, 0)), ValueError, rf"{EXPECTED}, not \(32, 32, 0\)"),
    (lambda: one.sized((1, 3, 32, 32)), ValueError, rf"{EXPECTED} \(no batch size\), not \(1, 3"),
    (lambda: one.sized((32.0, 32, 3)), TypeError, r"three integers .*, not \(32.0, 32, 3\)"),
    (lambda: one.sized((True, 32, 3)), TypeError, r"three integers .*, not \(True, 32, 3\)"),
    (lambda: one.sized(inputs=3), TypeError, "no argument 'inputs', .*did you mean 'input'"),
    (lambda: one.sized(M=2), ArchitectureError, "no letter M; its only letter is N"),
    (lambda: one.sized(N=range(2)), ArchitectureError, r"net\.family\(N=range\(0, 2\)\)"),
    (lambda: one.sized(settings=3), TypeError, "settings must be a cnnsize.Settings, not int"),
    (lambda: one.family(setings=3), TypeError, "no argument 'setings', .*did you mean 'settings'"),
    (lambda: one.match(3), TypeError, "network must be a cnnsize.Architecture, not int; as in"),
    (lambda: lib.Settings(target="torhc"), ValueError, "target must be .*did you mean 'torch'"),
    (lambda: lib.Settings(defaults=3), TypeError, "defaults must be a cnnsize.Defaults, not int"),
    (lambda: lib.Settings(budget=3), TypeError, "budget must be a cnnsize.CostBudget, not int"),
    (lambda: lib.Defaults(filters="8"), ValueError, "filters must be an integer .*, not '8'"),
    (lambda: lib.Defaults(input=(3,)), ValueError, r"input must be three integers .*, not \(3,\)"),
    (lambda: lib.parse("vgg16"), ArchitectureError, r"load\('vgg16'\) returns the published"),
    (lambda: lib.summary("vgg166"), ArchitectureError, "did you mean vgg16"),
    (lambda: lib.summary("INPUT", width="80"), TypeError, "width must be an integer or None"),
    (lambda: SIZED.torch_source(lib), TypeError, "class_name must be a string or None, not module"),
    (lambda: lib.Settings(rouding=3), TypeError, "no field rouding; did you mean rounding"),
]


@pytest.mark.parametrize(
    ("call", "error", "words"), REFUSALS, ids=[words for *_, words in REFUSALS]
)
def test_a_wrong_argument_is_refused_with_what_is_expected(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        call()
    assert type(caught.value) is error


class Index:
    """An integer of another type, like those of numpy."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


def test_an_input_may_be_a_list_and_its_sides_any_integers() -> None:
    sides: Any = [Index(16), 16, Index(3)]
    assert ONE.sized(sides, N=1) == ONE.sized((16, 16, 3), N=1)
    assert type(ONE.sized(sides, N=1).input[0]) is int


def test_an_input_with_the_channels_first_is_sized_with_a_warning() -> None:
    with pytest.warns(
        UserWarning, match=r"width 3 with 224 channels.*mean \(224, 224, 3\)\?"
    ) as caught:
        assert ONE.sized((3, 224, 224), N=1).input == (3, 224, 224)
    assert caught[0].filename == __file__
    ONE.sized((224, 224, 3), N=1)


@pytest.mark.parametrize(
    ("call", "help"),
    [
        (
            lambda: cnnsize.parse("INPUT -> [CONV]*N").sized(),
            "set it with N=2, or write `where N = 2`",
        ),
        (lambda: cnnsize.parse("CONV -> FC").sized(), r"or pass input=\(32, 32, 3\)"),
        (lambda: cnnsize.parse("INPUT -> CONV-k -> FC").family(), r"k=2, or k=range\(32, 65\)"),
        (lambda: cnnsize.parse("a = INPUT -> FC\nb = INPUT -> FC"), "with name=: a, b"),
    ],
)
def test_help_of_an_error_names_arguments_and_not_options(
    call: Callable[[], object], help: str
) -> None:
    with pytest.raises(ArchitectureError, match=help) as caught:
        call()
    assert re.search(help, str(caught.value.diagnostic))
    assert "--" in str(caught.value.diagnostic.help)


def test_rules_are_selected_by_code_and_by_name() -> None:
    text = "INPUT[32x32x3] -> CONV3-64(P=0) -> RELU -> FC-10"

    def codes(**keywords: Any) -> list[str]:
        return [diagnostic.code for diagnostic in cnnsize.check(text, **keywords).diagnostics]

    assert codes() == ["CNN202", "CNN212"]
    assert codes(ignore=["CNN202"]) == codes(select=["large-map-into-fc"]) == ["CNN212"]
    assert "CNN202" not in str(cnnsize.summary(text, ignore=["CNN2"]))


def test_print_shows_what_people_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert str(NET) == NET.text.replace("conv3", "CONV3")
    assert str(SIZED).startswith("layer") and "Receptive field" in str(SIZED)
    diagnostic = str(SIZED.diagnostics[0])
    assert diagnostic.startswith("error[CNN101] fractional-output: ")
    assert "^^^^^^^^^^^^^^^^^\n" in diagnostic
    assert str(REPORT).endswith("1 network: 1 error, 2 warnings, 2 notes")
    assert max(map(len, str(SIZED).splitlines())) <= 80


def test_an_unrolled_network_of_any_size_prints_in_time() -> None:
    sized = cnnsize.parse("INPUT[32x32x3] -> [CONV3-8 -> RELU]*100000 -> FC-10").sized()
    assert len(repr(sized)) < 100
    assert len(str(sized)) < 2000


@pytest.mark.slow
def test_a_natural_script_runs() -> None:
    script = ROOT / "tests" / "typed_script.py"  # mypy, which CI runs, reads it with the tests
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "did you mean RELU" in done.stdout

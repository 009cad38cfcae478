"""Faults that every size of the input has, and an input for a file with several networks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsize.models.source.check import check_source
from cnnsize.models.source.checks.growth import Region
from cnnsize.models.source.file_input import first_mismatch
from cnnsize.models.source.findings.finding import Finding
from cnnsize.models.source.read import Request, SourceNetwork, read_source, readings
from tests.models.source.test_findings import HEAD, LENET, findings, in_class, marked

POOLED = "return self.f({}.flatten(1))"
# the source, what is marked, and the first label or note
REPORTED = [
    (  # 2 channels for 3: no number of positions gives 100
        in_class(
            "self.a = nn.Conv2d(3, 24, 3, 2)\nself.f = nn.Linear(100, 5)",
            POOLED.format("F.avg_pool2d(self.a(x), 4)"),
        ),
        "100",
        "100 is not a multiple of the 24 channels of the map",
    ),
    (  # the sides after an upsampling are even, and 7 x 7 is odd
        in_class(
            "self.a = nn.Conv2d(3, 8, 3)\nself.u = nn.Upsample(scale_factor=2)\n"
            "self.f = nn.Linear(8 * 7 * 7, 5)",
            POOLED.format("self.u(self.a(x))"),
        ),
        "8 * 7 * 7",
        "392 = 8 x 49, but no map has 49 positions",
    ),
    (
        in_class(
            "self.a = nn.Conv2d(3, 8, 1)\nself.b = nn.Conv2d(3, 8, 5, padding=1)",
            "return torch.cat([self.a(x), self.b(x)], 1)",
        ),
        "torch.cat([self.a(x), self.b(x)], 1)",
        "no size of the input makes them equal; these sizes are for a 224x224 input",
    ),
    (  # of one row and column, both maps are 1x1
        in_class(
            "self.a = nn.Conv2d(3, 8, 3, 2, 1)\nself.b = nn.Conv2d(3, 8, 1)",
            "return self.a(x) + self.b(x)",
        ),
        "self.a(x) + self.b(x)",
        "no input that is larger than 2x2 makes them equal; these sizes are for a 224x224 input",
    ),
    (  # what follows a layer that fixes the size of the input
        in_class(
            "self.a = nn.Conv2d(1, 8, 4, 2, 1)\nself.f = nn.Linear(8 * 16 * 16, 64)\n"
            "self.t = nn.ConvTranspose2d(1, 4, 3, 2, output_padding=2)",
            "return self.t(self.f(self.a(x).flatten(1)).view(-1, 1, 8, 8))",
        ),
        "2",
        "2 >= 2",
    ),
    (  # a map of a fixed size
        in_class(
            "self.a = nn.Conv2d(3, 8, 3)\nself.b = nn.Conv2d(8, 8, 5)",
            "return self.b(F.adaptive_avg_pool2d(self.a(x), 4))",
        ),
        "5",
        "needs W + 2P >= 5, has 4 + 0 = 4",
    ),
]


@pytest.mark.parametrize(("text", "place", "why"), REPORTED)
def test_a_fault_that_every_input_has_is_reported(text: str, place: str, why: str) -> None:
    (finding,) = findings(text)
    assert marked(text, finding) == place
    assert why in (finding.label, *finding.notes)


SILENT = [
    # even sides fit
    in_class(
        "self.a = nn.Conv2d(3, 8, 3, 2, 1)\nself.b = nn.Conv2d(3, 8, 2, 2)",
        "return self.a(x) + self.b(x)",
    ),
    # odd sides fit
    in_class(
        "self.a = nn.Conv2d(3, 8, 3, 2)\nself.b = nn.Conv2d(3, 8, 2, 2)",
        "return torch.cat([self.a(x), self.b(x)[:, :, 1:, 1:]], 1)",
    ),
    # sides of 20 fit
    in_class(
        "self.a = nn.Conv2d(3, 8, 3, padding=1)\nself.b = nn.Conv2d(3, 8, 2, 2)",
        "a = F.adaptive_avg_pool2d(self.a(x), 10)\nreturn a + self.b(x)",
    ),
    # the second map has the size of the first
    in_class(
        "self.a = nn.Conv2d(3, 8, 3)\nself.b = nn.Conv2d(3, 8, 1)",
        "a = self.a(x)\nreturn a + F.interpolate(self.b(x), size=a.shape[2:])",
    ),
    # the network runs on an input of one row and column
    in_class(
        "self.a = nn.ConvTranspose2d(100, 8, 1, 1)\nself.b = nn.Conv2d(8, 8, 3, 2, 1)",
        "a = self.a(x)\nreturn a + self.b(a)",
    ),
    # 7 rows and 14 columns
    in_class(
        "self.a = nn.Conv2d(3, 8, 3)\nself.u = nn.Upsample(scale_factor=(1, 2))\n"
        "self.f = nn.Linear(8 * 98, 5)",
        POOLED.format("self.u(self.a(x))"),
    ),
]


@pytest.mark.parametrize("text", SILENT)
def test_what_some_input_fits_is_not_reported(text: str) -> None:
    assert list(findings(text)) == []


def test_the_number_is_computed_for_a_size_that_the_file_names() -> None:
    text = in_class(
        "self.a = nn.Conv2d(3, 24, 3, 2)\nself.f = nn.Linear(100, 5)",
        POOLED.format("F.avg_pool2d(self.a(x), 4)"),
    )
    (finding,) = findings(text + "x = torch.zeros(1, 3, 20, 20)\n" + LENET)
    assert finding.help == ("nn.Linear(96, 5) for a 20x20 input (zeros() on line 11)",)
    assert finding.applicability == "unsafe"


GAN = (
    HEAD
    + """\
class Generator(nn.Sequential):
    def __init__(self):
        super().__init__(nn.ConvTranspose2d(100, 16, 4), nn.ReLU(), nn.ConvTranspose2d(16, 3, 4, 2, 1))
class Critic(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 16, 4, 2, 1), nn.Flatten(), nn.Linear(16 * 4 * 4, 1))
"""
)


def test_an_input_of_a_file_is_for_the_networks_that_take_its_depth() -> None:
    assert list(findings(GAN, input=(8, 8, 3))) == []
    generator, critic = check_source(GAN, Request(input=(10, 10, 3)))
    assert generator.findings == ()
    assert generator.unused_input == (
        "--input 10x10x3 is not used: its first layer takes 100 channels"
    )
    assert [finding.code for finding in critic.findings] == ["CNN121"]
    assert all(network.unused_input for network in check_source(GAN, Request(input=(8, 8, 4))))
    (named,) = check_source(GAN, Request(input=(8, 8, 3), only="Generator"))
    assert [finding.code for finding in named.findings] == ["CNN120"]


def test_faults_of_a_network_are_reported_whatever_the_input_of_the_file() -> None:
    text = GAN.replace("2d(16, 3, 4, 2", "2d(8, 3, 4, 2")
    (finding,) = findings(text, input=(8, 8, 3))
    assert (finding.code, marked(text, finding)) == ("CNN120", "8")


def test_the_depth_of_a_default_may_be_another_one() -> None:
    text = in_class(
        "self.a = nn.Conv2d(depth, 8, 3)\nself.b = nn.Conv2d(9, 8, 3)",
        "return self.b(self.a(x))",
        ", depth=3",
    )
    (network,) = check_source(text, Request(input=(16, 16, 1)))
    assert [marked(text, finding) for finding in network.findings] == ["9"]
    assert "by default" in network.unused_input


def test_a_window_is_too_large_whatever_the_number_of_filters() -> None:
    text = in_class("self.a = nn.Conv2d(3, n, 4, 4)\nself.b = nn.Conv2d(n, 1, 5)",
                    "return self.b(self.a(x))", ", n")  # fmt: skip
    (finding,) = findings(text, input=(16, 16, 3))
    assert (finding.code, marked(text, finding)) == ("CNN102", "5")
    assert list(findings(text, input=(20, 20, 3))) == []


READ = [
    (
        "from dataclasses import dataclass, field\n@dataclass\nclass Base:\n    k: int = 3\n"
        "@dataclass\nclass Config(Base):\n    widths: list = field(default_factory=lambda: [4, 6])\n"
        "    def __post_init__(self):\n        self.last = self.widths[-1] * 2\n"
        + in_class(
            "c = Config(5)\nself.a = nn.Conv2d(3, c.widths[0], c.k)\n"
            "self.b = nn.Conv2d(c.widths[0], c.last, 1)",
            "return self.b(self.a(x))",
        ),
        "CONV5-4(P=0) -> CONV1-12",
    ),
    (
        in_class(
            "rates = [r.item() for r in torch.linspace(0, 0.5, 3)]\n"
            "self.a = nn.Conv2d(3, 4, 1)\nself.d = nn.Dropout(rates[1])",
            "return self.d(self.a(x))",
        ),
        "CONV1-4 -> DROPOUT(0.25)",
    ),
    (
        in_class(
            "self.a = nn.Conv2d(3, 4, 1)\nself.w = nn.Parameter(torch.ones(4))\n"
            "self.b = nn.Parameter(torch.zeros(4))",
            "x = self.a(x).permute(0, 2, 3, 1)\n"
            "return F.layer_norm(x, (4,), self.w, self.b, 1e-6).permute(0, 3, 1, 2)",
        ),
        "CONV1-4 -> LN",
    ),
    (
        in_class("self.a = nn.Conv2d(3, 4, 1)", "return self.a(x).mean(3).mean(2)"),
        "CONV1-4 -> GAP",
    ),
    (
        in_class("self.a = nn.Conv2d(3, 4, 1)", "return self.a(x).mean(2, keepdim=True).mean(3)"),
        "CONV1-4 -> GAP",
    ),
]


@pytest.mark.parametrize(("text", "layers"), READ)
def test_more_forms_are_read(text: str, layers: str) -> None:
    (network,) = read_source(text, Request(only="Net"))
    assert isinstance(network, SourceNetwork), network
    assert network.text == f"net = INPUT[224x224x3] -> {layers}"


def test_a_value_may_have_the_name_of_the_argument() -> None:
    text = in_class("self.a = nn.Conv2d(3, classes, 1)", "return self.a(x)", ", classes")
    (network,) = read_source(text, Request(values={"classes": 7}))
    assert isinstance(network, SourceNetwork)
    assert (network.text, network.values) == ("net = INPUT[224x224x3] -> CONV1-7", ("classes",))


WINDOW = st.tuples(st.sampled_from(["conv", "pool", "up"]), *[st.integers(1, 3)] * 2)


def layers_of(windows: list[tuple[str, int, int]]) -> str:
    """Return layers of 2 channels as the arguments of nn.Sequential."""
    texts = []
    for kind, F, S in windows:
        if kind == "up":
            texts.append(f"nn.ConvTranspose2d(2, 2, {F}, {min(S, 2)})")
        elif kind == "pool":
            texts.append(f"nn.MaxPool2d({F}, {S}, ceil_mode={F == 2})")
        else:
            texts.append(f"nn.Conv2d(2, 2, {F}, {S}, padding={F // 2})")
    return ", ".join(texts)


@settings(max_examples=25)
@given(
    first=st.lists(WINDOW, min_size=1, max_size=3), second=st.lists(WINDOW, min_size=1, max_size=3)
)
def test_no_input_runs_where_a_join_is_reported(
    first: list[tuple[str, int, int]], second: list[tuple[str, int, int]]
) -> None:
    torch: Any = pytest.importorskip("torch")
    text = in_class(
        f"self.a = nn.Sequential({layers_of(first)})\nself.b = nn.Sequential({layers_of(second)})",
        "return torch.cat([self.a(x), self.b(x)], 1)",
    )
    reported: list[Finding] = list(findings(text))
    if not reported:
        return
    names: dict[str, Any] = {}
    exec(text, names)
    net = names["Net"]()
    for side in range(8, 24):
        with pytest.raises(RuntimeError):
            net(torch.zeros(1, 2, side, side))


@settings(max_examples=25)
@given(windows=st.lists(WINDOW, min_size=1, max_size=4))
def test_the_sides_of_one_period_say_those_of_all_inputs(
    windows: list[tuple[str, int, int]],
) -> None:
    text = f"{HEAD}net = nn.Sequential(nn.Conv2d(2, 2, 1), {layers_of(windows)})\n"
    (reading,) = readings(text)
    assert first_mismatch(reading) is None
    nodes = reading.machine.nodes
    region = Region(nodes, 0, [len(nodes) - 1])
    sides = region.sides(0)
    for side, (own,) in sides.period.items():
        for times in (1, 2):
            volumes = region.volumes(side + times * sides.length)
            assert volumes is not None
            assert own + times * sides.steps[0] == volumes[0].W

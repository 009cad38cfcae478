"""The receptive field of a position, in the figure, in the table and in PyTorch."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import cnnsize
from cnnsize.pictures.cone import drawn_maps, step_of
from cnnsize.pictures.figure import Figure
from cnnsize.pictures.trail import Trail
from cnnsize.zoo import index
from tests.strategies import networks

SHAPES = (
    "INPUT[32x20x3] -> CONV5x3-4(S=2x1) -> POOL3(S=2, ceil=yes) -> CONV3-4(D=2)",
    "INPUT[24x24x3] -> CONV3-4 -> CAT{CONV1-2 | CONV5-2 | POOL3(S=1, P=1)} -> CONV3-4",
    "INPUT[24x24x3] -> CAT{CONV1x7-2 | CONV3x1-2} -> POOL2",
    "INPUT[12x10x2] -> TCONV3-4(S=2, P=1) -> CONV3-4 -> TCONV2-3(S=3)",
    "INPUT[12x12x2] -> UP3 -> CONV3-4(D=2) -> PIXELUNSHUFFLE2",
    "INPUT[16x16x4] -> ADD{POOL2 -> CONV3-4 -> UP2 | ID} -> CONV3-2",
    "INPUT[16x16x4] -> MUL{CONV3-4 | GAP -> CONV1-4 -> SIGMOID} -> CONV3-2",
    "INPUT[20x20x3] -> [CONV3-4 -> RELU]*3 -> POOL2 -> OUTPUT{CONV3-1} -> CONV3-4 -> GAP -> FC-2",
    "INPUT[9x9x3] -> CONV3-4(P=0) -> CAT{ID | INPUT[7x7x1] -> CONV3-2}",
    "b(k) = ADD{ID | [CONV3-k -> BN]*2} -> RELU\n"
    "INPUT[40x40x3] -> CONV3-4(S=2) -> [b(4)]*3 -> FC-2",
)


def check_widths(network: cnnsize.Network, path: str) -> None:
    """Assert that the maps of a cone obey R += (F_eff - 1) j, and that its base is that of the table."""
    step = next(step for step in network.steps if step.path == path)
    for axis in (0, 1):
        trail = Trail(network, path, axis)
        maps = drawn_maps(trail, trail.central_position())
        assert maps[0].width == step.receptive_field[axis]
        assert maps[-1].width == 1
        assert maps[-1].level.size == step.output[axis]
        if all(len(level.axis.lows) == 1 for level, _ in maps):  # no upsampling
            for level, cells in maps:
                assert cells is not None
                low, high = level.axis.lows[0], level.axis.highs[0]
                assert low is not None
                assert high is not None
                # the cells that are read of this map read the whole field of the input together
                field = high - low + 1 + (cells[1] - cells[0]) * level.jump
                assert field == maps[0].width


@pytest.mark.parametrize("name", sorted(index()))
def test_the_base_is_the_receptive_field_of_the_table(name: str) -> None:
    network = cnnsize.load(name).sized()
    step = step_of(network, None)
    if network.receptive_field is not None:
        assert step.receptive_field == network.receptive_field
    for axis in (0, 1):
        trail = Trail(network, step.path, axis)
        cells = trail.cells(trail.levels[0], trail.central_position())
        assert cells is not None
        assert cells[1] - cells[0] + 1 == step.receptive_field[axis]


@pytest.mark.parametrize("text", SHAPES)
def test_the_cone_of_every_layer_has_the_width_of_the_table(text: str) -> None:
    network = cnnsize.parse(text).sized()
    for step in network.steps:
        if step.receptive_field is not None:
            check_widths(network, step.path)


@settings(max_examples=15)
@given(networks)
def test_random_networks(text: str) -> None:
    try:
        network = cnnsize.parse(text).sized()
        step = step_of(network, None)
    except (cnnsize.ArchitectureError, ValueError):
        return
    check_widths(network, step.path)


@pytest.mark.parametrize("text", SHAPES[:6])
def test_the_base_is_where_torch_has_gradients(text: str) -> None:
    torch = pytest.importorskip("torch")
    network = cnnsize.parse(text).sized()
    model = network.to_torch().double()
    for parameter in model.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1)
    W, H, D = network.input
    image = torch.rand(1, D, H, W, dtype=torch.double, requires_grad=True)
    # maxima pass on one cell only; their averages pass on all of them
    for module in model.modules():
        if isinstance(module, torch.nn.MaxPool2d):
            module.forward = lambda x, m=module: torch.nn.functional.avg_pool2d(
                x, m.kernel_size, m.stride, m.padding, m.ceil_mode
            )
    output = model(image)
    trails = [Trail(network, step_of(network, None).path, axis) for axis in (0, 1)]
    for offset in (0, 1):
        x, y = (trail.central_position() + offset for trail in trails)
        (gradient,) = torch.autograd.grad(output[0, :, y, x].sum(), image, retain_graph=True)
        read = gradient[0].abs().sum(0) > 0
        for trail, position, lines in zip(trails, (x, y), (read.any(0), read.any(1)), strict=True):
            flagged = [index for index, flag in enumerate(lines.tolist()) if flag]
            cells = trail.cells(trail.levels[0], position)
            assert cells is not None
            low, high = cells
            assert (flagged[0], flagged[-1]) == (max(0, low), min(len(lines) - 1, high))


def texts_of(figure: Figure) -> list[str]:
    return [text for _, text in figure.canvas.texts]


def test_what_the_figure_says() -> None:
    network = cnnsize.parse("INPUT[16x16x3] -> CONV3-4 -> POOL2 -> CONV3-4(P=0) -> FC-2").sized()
    figure = network.figure("cone")
    assert figure.name.startswith("Receptive field of INPUT[16x16x3]")
    texts = texts_of(figure)
    assert texts[0] == (
        "CONV3-4(P=0), position 3 of 0 to 5 along W and H: receptive field 8, input cells 5 to 12 of 16"
    )
    counts = [text for text in texts[1:] if " of " in text]
    assert counts == ["1 of 6", "3 of 8", "6 of 16", "8 of 16"]
    texts = texts_of(network.figure(unit=0, layer="1"))
    assert texts[0].endswith("receptive field 3, input cells 0 to 1 of 16 and padding")
    assert "3, map 16" in texts
    texts = texts_of(network.figure("receptive-field", unit=(0, 5)))
    assert "along W: " in texts[0]
    assert sum("along H: " in text for text in texts) == 1


def test_a_fault_is_named() -> None:
    network = cnnsize.parse("INPUT[8x8x1] -> CONV3-4 -> CONV9-4(P=0) -> FC-10").sized()
    texts = texts_of(network.figure("cone"))
    assert texts[0] == "! CONV9-4(P=0) does not fit: the cone ends before it"
    assert "3 of 8" in texts
    network = cnnsize.parse("INPUT[8x8x1] -> CONV3-4(S=2, P=0) -> RELU").sized()
    assert texts_of(network.figure("cone"))[0] == "! CONV3-4(S=2, P=0) does not fit"


def test_refusals_name_the_layers_and_the_positions() -> None:
    network = cnnsize.parse("INPUT[8x8x1] -> CONV3-4 -> RELU -> FC-10").sized()
    with pytest.raises(ValueError, match=r"unit 8: the positions of RELU along W are 0 to 7"):
        network.figure("cone", unit=8)
    with pytest.raises(
        ValueError, match=r"layer 3: FC-10 has no single receptive field; layers with one: 0, 1"
    ):
        network.figure("cone", layer="3")
    with pytest.raises(ValueError, match="layer 9: there is no such layer"):
        network.figure("cone", layer="9")
    with pytest.raises(ValueError, match="unit does not apply to graph, only to cone"):
        network.figure("graph", unit=3)


@pytest.mark.parametrize(
    "text",
    [
        "INPUT[32x32x3] -> [[CONV3-4 -> RELU]*1000 -> POOL3(S=1, P=1)]*900",
        "INPUT[999999999999x7x3] -> CONV99999999-4 -> POOL7(S=7, P=0)",
        "INPUT[8x8x3] -> [TCONV3-4(S=2)]*20",
        "INPUT[8x8x3] -> [POOL2(S=2, P=1)]*60",
        "INPUT[8x8x3] -> TCONV2-4(S=5) -> CONV1-2",
    ],
)
def test_figures_stay_small(text: str) -> None:
    figure = cnnsize.parse(text).sized().figure("cone")
    assert len(figure.svg()) < 300_000
    assert figure.canvas.view_box.right < 1_500

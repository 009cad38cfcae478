"""The published shape of the JSON report. ``cnnsize schema`` prints it; nothing else imports
pydantic.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Span = tuple[int, int]
Pair = tuple[int, int]
Volume = tuple[int, int, int]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class Position(_Strict):
    """Line and column, 1-based code points."""

    line: int
    column: int


class LayerSchema(_Strict):
    """One layer in forward order. Volumes are [W, H, D], pairs [W, H]; null is unknown."""

    kind: str
    text: str
    canonical: str = Field(
        description="the text in canonical form, letters replaced by their values"
    )
    path: str = Field(description="the item's place: 3.2.0 is item 3, pass 2, item 0, all from 0")
    span: Span = Field(description="code points of the architecture's text, end exclusive")
    count: int = Field(description="over 1 where this one pass stands for so many equal ones")
    in_: list[Volume | None] = Field(alias="in", description="one volume for each incoming branch")
    out: Volume | None
    params: int | None
    macs: int | None = Field(description="multiply-adds by weights")
    activations: int | None
    kernel: Pair | None
    stride: Pair | None
    padding: Pair | None = Field(description="left and top")
    dilation: Pair | None
    groups: int | None
    remainder: Pair | None = Field(description="what the stride leaves of W - F_eff + 2P")
    receptive_field: Pair | None
    jump: tuple[int | str, int | str] | None = Field(
        description="a fraction, as in 1/2, behind upsampling"
    )
    receptive_padding: Pair | None
    smallest_receptive_field: Pair | None = Field(
        description="along the smallest path; receptive_field is the largest"
    )
    misaligned: bool = Field(
        description="a join whose branches are centred on different input cells"
    )


class Memory(_Strict):
    """Predicted bytes: of one training step, or of one pass of inference."""

    train: bool
    batch: int
    dtype: str
    optimizer: str | None
    parameters: int
    buffers: int
    gradients: int
    optimizer_state: int
    activations: int = Field(
        description="training: what autograd saves; inference: alive at once, at most"
    )
    total: int = Field(description="without workspace")
    available: int | None = Field(description="what --memory gave")
    largest_batch: int | None = Field(
        description="that fits into it; 0 where not even one input does, null where any does"
    )


class Member(_Strict):
    """One network of a family."""

    index: int = Field(description="its number, from 0, in the order in which members are listed")
    values: dict[str, int | bool] = Field(
        description="its letters, and for each ? whether it is in"
    )
    valid: bool
    output: Volume | None
    params: int | None
    macs: int | None
    flops: int | None
    activations: int | None
    memory_bytes: int | None
    receptive_field: Pair | None
    text: str | None = Field(default=None, description="the member as a network of its own")


class Choice(_Strict):
    name: str
    optional: bool = Field(description="a ?, which is out (0) or in (1)")
    count: int
    lowest: int
    highest: int


class Cause(_Strict):
    code: str
    members: int = Field(description="how many members fail by it")
    example: Member = Field(description="the smallest of them")


class Family(_Strict):
    """All members of a pattern. Ranges are [lowest, highest] over the valid ones."""

    members: int
    looked_at: int = Field(description="less than members where somebody interrupted")
    valid: int
    choices: list[Choice]
    boundary: list[str] = Field(
        description="which members are valid, and what others run into, in words"
    )
    causes: list[Cause]
    smallest: Member | None = Field(description="the valid member with the fewest parameters")
    largest: Member | None
    params: tuple[int, int] | None
    macs: tuple[int, int] | None
    flops: tuple[int, int] | None
    activations: tuple[int, int] | None
    memory_bytes: tuple[int, int] | None
    receptive_field: tuple[Pair, Pair] | None


class Architecture(_Strict):
    name: str | None
    text: str = Field(
        description="the statement; in front of it the blocks that it calls, a line each"
    )
    file: str | None
    line: int
    input: Volume | None
    output: Volume | None
    valid: bool
    bad: bool = Field(
        description="it stands in a block that is marked bad: what is wrong with it is meant to be"
    )
    params: int | None
    macs: int | None
    flops: int | None = Field(description="2 x macs")
    activations: int | None = Field(
        description="values in all volumes, as the VGG table of CS231n counts"
    )
    memory_bytes: int | None = Field(description="4 x activations")
    peak_activations: int | None = Field(
        description="values alive at once, at most, in a forward run of one input"
    )
    peak_memory_bytes: int | None = Field(description="4 x peak_activations")
    receptive_field: Pair | None = Field(description="of the last layer that still has a map")
    assumed: list[str]
    canonical: str | None
    notes: list[str]
    layers: list[LayerSchema] = Field(default=[], description="absent where there is a family")
    memory: Memory | None = Field(
        default=None, description="of show --train, --batch, --dtype or --memory"
    )
    family: Family | None = Field(
        default=None, description="in place of layers, where letters or ? are free"
    )


class Edit(_Strict):
    span: Span
    text: str


class Fix(_Strict):
    applicability: Literal["safe", "unsafe"]
    message: str
    edits: list[Edit]


class Cell(_Strict):
    number: int
    line: int
    column: int


class Related(_Strict):
    span: Span
    message: str


class Diagnostic(_Strict):
    code: str
    name: str
    severity: Literal["error", "warning", "info"]
    message: str
    help: str | None
    notes: list[str]
    architecture: int | None = Field(
        description="its place in architectures; null is a finding of the file, and its spans count in all of its text"
    )
    layer: str | None = Field(description="the path of the layer")
    facts: dict[str, object]
    file: str | None
    span: Span
    location: Position
    end_location: Position
    cell: Cell | None = Field(
        description="the place in a notebook as its reader counts; null in any other file"
    )
    related: list[Related]
    fixes: list[Fix]
    url: str


class Summary(_Strict):
    architectures: int
    errors: int
    warnings: int
    infos: int


class Report(_Strict):
    """The report of ``cnnsize check --output-format json``."""

    version: str
    architectures: list[Architecture]
    diagnostics: list[Diagnostic]
    summary: Summary


class RunLayer(_Strict):
    """One layer of a run. A layer that needs no module of its own has no actual shape."""

    kind: str
    text: str
    path: str
    predicted: Volume | None = Field(description="[W, H, D]")
    actual: list[int] | None = Field(description="as torch has it: [N, C, H, W] or [N, D]")
    predicted_params: int | None
    params: int | None
    seconds: float | None = Field(
        description="of its forward pass, the second of the run; null on meta"
    )
    wrong: list[str]


class RunReport(_Strict):
    """The report of ``cnnsize run --output-format json``."""

    version: str
    ok: bool
    name: str | None
    text: str
    device: Literal["cpu", "cuda", "meta"]
    device_name: str
    torch: str
    batch: int
    dtype: str
    backward: bool
    compile: bool
    channels_last: bool
    seed: int
    findings: list[str]
    layers: list[RunLayer]
    predicted_params: int | None
    params: int
    macs: int | None = Field(description="multiply-adds by weights, one input, forward")
    predicted_saved_bytes: int | None = Field(description="kept by autograd for the backward pass")
    saved_bytes: int | None
    predicted_memory_bytes: int = Field(
        description="parameters, gradients and activations, without workspace"
    )
    memory_bytes: int | None
    memory_of: str | None = Field(description="what memory_bytes was measured of")
    seconds: list[float] = Field(description="of each timed pass over the batch")
    inputs_per_second: float | None
    flops_per_second: float | None

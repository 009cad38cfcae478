"""Print tables of networks as Keras, torchsummary and torchinfo do."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import cnnsize

Shape = tuple[int, ...]  # H, W, D or a single number of values
KERAS = {
    "INPUT": "InputLayer",
    "CONV": "Conv2D",
    "DWCONV": "DepthwiseConv2D",
    "POOL": "MaxPooling2D",
    "AVGPOOL": "AveragePooling2D",
    "GAP": "GlobalAveragePooling2D",
    "GMP": "GlobalMaxPooling2D",
    "FC": "Dense",
    "BN": "BatchNormalization",
    "RELU": "ReLU",
    "LRELU": "LeakyReLU",
    "SOFTMAX": "Softmax",
    "DROPOUT": "Dropout",
    "FLATTEN": "Flatten",
    "UP": "UpSampling2D",
    "PAD": "ZeroPadding2D",
    "TCONV": "Conv2DTranspose",
}
TORCH = {
    "CONV": "Conv2d",
    "DWCONV": "Conv2d",
    "POOL": "MaxPool2d",
    "AVGPOOL": "AvgPool2d",
    "FC": "Linear",
    "BN": "BatchNorm2d",
    "RELU": "ReLU",
    "LRELU": "LeakyReLU",
    "SOFTMAX": "Softmax",
    "DROPOUT": "Dropout",
    "FLATTEN": "Flatten",
    "UP": "Upsample",
    "PAD": "ZeroPad2d",
    "TCONV": "ConvTranspose2d",
}
NAMES = {
    "InputLayer": "input",
    "Conv2D": "conv2d",
    "DepthwiseConv2D": "depthwise_conv2d",
    "SeparableConv2D": "separable_conv2d",
    "Conv2DTranspose": "conv2d_transpose",
    "MaxPooling2D": "max_pooling2d",
    "AveragePooling2D": "average_pooling2d",
    "GlobalAveragePooling2D": "global_average_pooling2d",
    "GlobalMaxPooling2D": "global_max_pooling2d",
    "BatchNormalization": "batch_normalization",
    "ReLU": "re_lu",
    "LeakyReLU": "leaky_re_lu",
    "UpSampling2D": "up_sampling2d",
    "ZeroPadding2D": "zero_padding2d",
}


class TableRow(NamedTuple):
    """One row before it is printed. ``shape`` is H x W x D, or the number of values."""

    type: str
    shape: Shape
    params: int
    received: Shape = ()
    kernel: int | None = None


def rows_of(text: str, types: dict[str, str]) -> list[TableRow]:
    """Return the rows of a network in this notation; Keras counts running statistics, too."""
    rows: list[TableRow] = []
    received: Shape = ()
    for step in cnnsize.parse(text).sized().steps:
        assert step.output is not None
        W, H, D = step.output
        is_vector = received == (D,) or step.kind in ("FC", "FLATTEN", "GAP", "GMP")
        shape = (D,) if is_vector and (W, H) == (1, 1) else (H, W, D)
        if step.kind in types:
            statistics = 2 * D if types is KERAS and step.kind == "BN" else 0
            rows.append(
                TableRow(types[step.kind], shape, (step.params or 0) + statistics, received)
            )
        received = shape
    return rows


def named(rows: list[TableRow]) -> list[str]:
    """Return the names that Keras gives the layers: conv2d, conv2d_1, ..."""
    counts: Counter[str] = Counter()
    names: list[str] = []
    for row in rows:
        name = NAMES.get(row.type, row.type.lower())
        names.append(f"{name}_{counts[name]}" if counts[name] else name)
        counts[name] += 1
    return names


def keras_shape(shape: Shape) -> str:
    return f"(None, {', '.join(map(str, shape))})"


def total(rows: list[TableRow]) -> int:
    return sum(row.params for row in rows)


def keras_2(rows: list[TableRow]) -> str:
    """Keras 2.9 and later: cells go on in the next line."""
    width = (29, 26, 10)
    lines = ['Model: "sequential"', "_" * 65]
    lines += [f" {'Layer (type)':<27}{'Output Shape':<26}{'Param #':<10}", "=" * 65]
    for name, row in zip(named(rows), rows, strict=True):
        cells = [f"{name} ({row.type})", keras_shape(row.shape), str(row.params)]
        if row.type == "InputLayer":
            cells[1] = f"[{cells[1]}]"
        while any(cells):
            line = " "
            for column, cell in enumerate(cells):
                room = width[column] - 2
                line += f"{cell[:room]:<{width[column]}}"
                cells[column] = cell[room:]
            lines.append(line)
        lines.append(" " * 65)
    lines += ["=" * 65, *keras_footer(rows), "_" * 65]
    return "\n".join(lines)


def keras_2_old(rows: list[TableRow]) -> str:
    """Keras up to 2.8: cells are cut off, and rulers separate the rows."""
    lines = ["_" * 65, f"{'Layer (type)':<29}{'Output Shape':<26}{'Param #':<10}", "=" * 65]
    for name, row in zip(named(rows), rows, strict=True):
        line = ""
        cells = (f"{name} ({row.type})", keras_shape(row.shape), str(row.params))
        for end, cell in zip((29, 55, 65), cells, strict=True):
            line = (line + cell)[: end - 1].ljust(end - 1) + " "
        lines += [line, "_" * 65]
    lines[-1] = "=" * 65
    return "\n".join([*lines, *keras_footer(rows)])


def keras_3(rows: list[TableRow]) -> str:
    """Keras 3: boxes, in which a type goes on in the next line."""
    widths = (33, 24, 15)
    lines = [
        "┏" + "┳".join("━" * width for width in widths) + "┓",
        box_line("┃", ("Layer (type)", "Output Shape", "Param #"), widths),
        "┡" + "╇".join("━" * width for width in widths) + "┩",
    ]
    ruler = "├" + "┼".join("─" * width for width in widths) + "┤"
    for name, row in zip(named(rows), rows, strict=True):
        first = f"{name} ({row.type})"
        wrapped = (first,) if len(first) <= 31 else (name, f"({row.type})")
        cells = (wrapped[0], keras_shape(row.shape), f"{row.params:,}")
        lines.append(box_line("│", cells, widths))
        lines += [box_line("│", (part, "", ""), widths) for part in wrapped[1:]]
        lines.append(ruler)
    lines[-1] = "└" + "┴".join("─" * width for width in widths) + "┘"
    return "\n".join(['Model: "sequential"', *lines, *keras_footer(rows)])


def box_line(bar: str, cells: tuple[str, ...], widths: tuple[int, ...]) -> str:
    padded = [f" {cell:<{width - 2}} " for cell, width in zip(cells[:2], widths, strict=False)]
    return bar + bar.join([*padded, f" {cells[2]:>{widths[2] - 2}} "]) + bar


def markdown(rows: list[TableRow]) -> str:
    """The table as Markdown, as people write it down."""
    lines = ["| Layer (type) | Output Shape | Param # |", "| --- | --- | --- |"]
    for name, row in zip(named(rows), rows, strict=True):
        lines.append(f"| {name} ({row.type}) | {keras_shape(row.shape)} | {row.params:,} |")
    return "\n".join([*lines, "", *keras_footer(rows)])


def commented(rows: list[TableRow]) -> str:
    """The table as a comment in Python."""
    return "\n".join("# " + line for line in keras_2_old(rows).split("\n"))


def keras_footer(rows: list[TableRow]) -> list[str]:
    count = total(rows)
    return [
        f"Total params: {count:,} ({4 * count / 1024:.2f} KB)",
        f"Trainable params: {count:,} ({4 * count / 1024:.2f} KB)",
        "Non-trainable params: 0 (0.00 Byte)",
    ]


def torch_shape(shape: Shape, batch: int) -> str:
    *sides, D = shape
    return f"[{', '.join(map(str, (batch, D, *sides)))}]"


def torchsummary(rows: list[TableRow]) -> str:
    """torchsummary, without the size of the input."""
    lines = ["-" * 64, f"{'Layer (type)':>20}  {'Output Shape':>25} {'Param #':>15}", "=" * 64]
    for number, row in enumerate(rows, 1):
        shape = torch_shape(row.shape, -1)
        lines.append(f"{f'{row.type}-{number}':>20}  {shape:>25} {row.params:>15,}")
    lines += ["=" * 64, f"Total params: {total(rows):,}", f"Trainable params: {total(rows):,}"]
    return "\n".join([*lines, "Non-trainable params: 0", "-" * 64])


def torchinfo(rows: list[TableRow]) -> str:
    """torchinfo with its usual columns, all layers in one Sequential."""
    lines = ["=" * 90, f"{'Layer (type:depth-idx)':<41}{'Output Shape':<26}Param #", "=" * 90]
    lines.append(f"{'Net':<41}{torch_shape(rows[-1].shape, 2):<26}--")
    lines.append(f"{'├─Sequential: 1-1':<41}{torch_shape(rows[-1].shape, 2):<26}--")
    for number, row in enumerate(rows, 1):
        params = f"{row.params:,}" if row.params else "--"
        name = f"│    └─{row.type}: 2-{number}"
        lines.append(f"{name:<41}{torch_shape(row.shape, 2):<26}{params}")
    lines += ["=" * 90, f"Total params: {total(rows):,}", f"Trainable params: {total(rows):,}"]
    lines += ["Non-trainable params: 0", "Total mult-adds (M): 1.00", "=" * 90]
    return "\n".join([*lines, "Params size (MB): 0.01", "=" * 90])


def torchinfo_inputs(rows: list[TableRow]) -> str:
    """torchinfo with the column of the inputs."""
    header = f"{'Layer (type:depth-idx)':<41}{'Input Shape':<26}{'Output Shape':<26}Param #"
    lines = ["=" * 120, header, "=" * 120]
    for number, row in enumerate(rows, 1):
        params = f"{row.params:,}" if row.params else "--"
        received, shape = torch_shape(row.received, 1), torch_shape(row.shape, 1)
        lines.append(f"{f'├─{row.type}: 1-{number}':<41}{received:<26}{shape:<26}{params}")
    return "\n".join([*lines, "=" * 120, f"Total params: {total(rows):,}"])


KERAS_PRINTERS = (keras_2, keras_2_old, keras_3, markdown, commented)
TORCH_PRINTERS = (torchsummary, torchinfo, torchinfo_inputs)

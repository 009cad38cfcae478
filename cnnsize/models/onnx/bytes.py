"""The bytes of an ONNX file without its weights, so that a file of gigabytes costs no memory.

An ONNX file is a protobuf message: a sequence of fields, each with a number, a wire type and a
value. Fields that hold messages are copied field by field, and the values of tensors are left out.
"""

from __future__ import annotations

import mmap
import os
import stat

from cnnsize.limits import MAX_FILE, MAX_NESTING
from cnnsize.models.flow import UnreadableModelError

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5  # the wire types
# The fields of each message whose values are messages that may hold tensors.
MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph"},
    "tensor": {},
}
VALUES = frozenset({4, 5, 6, 7, 9, 10, 11})  # the fields of a tensor that hold its values
SMALL = 2048  # bytes of values that are kept: shapes, sides of a padding, factors of a resize


class NotOnnxError(UnreadableModelError):
    """Raised for a file that is no ONNX model."""


def bytes_without_weights(path: str) -> bytes:
    """Return the content of an ONNX file without the values of large tensors.

    Raises OSError where the file cannot be read, and NotOnnxError.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
            raise NotOnnxError("not an ONNX model")
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
            result = without_weights(content)
    finally:
        os.close(descriptor)
    if len(result) > MAX_FILE:
        raise UnreadableModelError(f"more than {MAX_FILE:,} bytes besides the weights")
    return result


def without_weights(data: bytes | mmap.mmap) -> bytes:
    """Return a model without the values of large tensors. Raises NotOnnxError."""
    try:
        return b"".join(copied(data, 0, len(data), "model", 0))
    except IndexError:
        raise NotOnnxError("not an ONNX model") from None


def copied(data: bytes | mmap.mmap, start: int, stop: int, message: str, depth: int) -> list[bytes]:
    """Return the fields of a message between two offsets, as bytes."""
    if depth > MAX_NESTING:
        raise NotOnnxError("not an ONNX model")
    result: list[bytes] = []
    inner = MESSAGES[message]
    while start < stop:
        key, after_key = read_varint(data, start)
        number, wire_type = key >> 3, key & 7
        begin, end = value_extent(data, after_key, wire_type)
        if end > stop or number == 0:
            raise NotOnnxError("not an ONNX model")
        if number in inner and wire_type == LENGTH:
            parts = copied(data, begin, end, inner[number], depth + 1)
            result += [data[start:after_key], varint(sum(map(len, parts))), *parts]
        elif not (message == "tensor" and number in VALUES and end - begin > SMALL):
            result.append(data[start:end])
        start = end
    return result


def value_extent(data: bytes | mmap.mmap, start: int, wire_type: int) -> tuple[int, int]:
    """Return the begin and the end of the value of a field; its length comes before the begin."""
    if wire_type == VARINT:
        return start, read_varint(data, start)[1]
    if wire_type == LENGTH:
        length, begin = read_varint(data, start)
        return begin, begin + length
    if wire_type in (EIGHT_BYTES, FOUR_BYTES):
        return start, start + (8 if wire_type == EIGHT_BYTES else 4)
    raise NotOnnxError("not an ONNX model")


def read_varint(data: bytes | mmap.mmap, start: int) -> tuple[int, int]:
    """Return a number of seven bits per byte, lowest first, and the offset after it."""
    result = shift = 0
    while shift < 70:
        byte = data[start]
        start += 1
        result |= (byte & 127) << shift
        if byte < 128:
            return result, start
        shift += 7
    raise NotOnnxError("not an ONNX model")


def varint(number: int) -> bytes:
    """Return a number as ``read_varint`` reads it."""
    result = bytearray()
    while number > 127:
        result.append(number & 127 | 128)
        number >>= 7
    result.append(number)
    return bytes(result)

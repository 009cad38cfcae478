"""Files of models, which are not text, as documents."""

from __future__ import annotations

from cnnsize.cli.errors import warn
from cnnsize.cli.options import ModelRequest
from cnnsize.files.document import Document, UnreadableFileError
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.onnx_file import read_onnx


def read_model(path: str, request: ModelRequest) -> Document:
    """Read an ONNX file as the text of its network; what the text does not say goes to stderr.

    Raises UnreadableFileError.
    """
    try:
        network, notes = read_onnx(path, request.input, flat=request.flat)
    except OSError as error:
        raise UnreadableFileError(f"{path}: {error.strerror or error}") from None
    except UnreadableModelError as error:
        raise UnreadableFileError(f"{path}: {error}") from None
    warn([f"{path}: {note}" for note in notes])
    return Document(network.text + "\n", path, named=True, generated=True)

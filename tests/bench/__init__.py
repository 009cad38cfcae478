"""How long cnnsize takes beside onnx shape inference, torchinfo and a torch meta forward.

    python -m tests.bench            everything, side by side in one run, as Markdown tables
    python -m tests.bench --quick    fewer rounds

from the root of a checkout. The contenders onnx and torchinfo are no dependencies of cnnsize:

    pip install -e '.[test]' onnx torchinfo

What is not installed is named in the tables. Before anything is timed, all contenders must agree
on the output shape of every network, and those with weights on the parameters; else the run fails.
A time has no pass mark here: the numbers are printed, and people judge them.
"""

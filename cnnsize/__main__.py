"""``python -m cnnsize`` is the same as ``cnnsize``."""

from cnnsize.cli import main

main()

"""The child process of ``cnnsize run``.

It imports nothing else of cnnsize: what it reports is what PyTorch did, not what was predicted.
"""

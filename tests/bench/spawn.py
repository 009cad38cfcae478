"""Runs commands in turn and prints what each took: index, exit code, CPU seconds, peak kilobytes.

A script of its own, started as ``python -I -S spawn.py ROUNDS COMMAND...`` with the words of a
command split by ``\\x1f``. It must stay small: on Linux a child's peak memory begins with that of
the process that forked it, and the benchmark itself holds torch.
"""

import os
import sys


def once(words: list[str]) -> tuple[int, float, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.dup2(writing, 1)
            os.close(reading)
            os.execv(words[0], words)
        finally:
            os._exit(127)
    os.close(writing)
    while os.read(reading, 65536):
        pass
    os.close(reading)
    _, status, usage = os.wait4(child, 0)
    scale = 1024 if sys.platform == "darwin" else 1
    return (
        os.waitstatus_to_exitcode(status),
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss // scale,
    )


def main() -> None:
    commands = [line.split("\x1f") for line in sys.argv[2:]]
    for _ in range(int(sys.argv[1])):
        for index, words in enumerate(commands):
            code, cpu, memory = once(words)
            print(index, code, f"{cpu:.6f}", memory, flush=True)


if __name__ == "__main__":
    main()

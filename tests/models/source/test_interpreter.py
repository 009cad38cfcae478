"""The interpreter computes what Python computes."""

from __future__ import annotations

import ast
import math

import pytest

from cnnsize.models.source.interpreter import Interpreter
from cnnsize.models.source.values.number import letter
from cnnsize.models.source.values.objects import Unknown, Value

EXPRESSIONS = [
    "1 + 2 * 3 - 7 // 2 % 3",
    "2 ** 5 - (1 << 3)",
    "-7 // 2, 7 / 2, not 0, +4",
    "[1, *range(3), 'a'][1:-1]",
    "{**{'a': 1}, 'b': [2]}['b'][0]",
    "'conv%d_%s' % (3, 'x') + 'b' * 2",
    "f'layer{3 + 1}'",
    "'{}-{}'.format(1, 'k')",
    "[i * j for i in range(3) for j in (1, 2) if i != j]",
    "{k: v for k, v in zip('ab', [1, 2])}",
    "sum(x for x in [1, 2, 3]) + len((1, 2)) + max(3, 4) + min([5, 6])",
    "[a for a, b in enumerate('xyz')]",
    "(lambda a, b=2, *c, **d: (a, b, c, d))(1, 3, 4, e=5)",
    "3 in [1, 3] and 'a' not in 'bc' or None",
    "1 < 2 <= 2 != 3",
    "None is None, True is not None",
    "5 if [] else 6",
    "list(map(lambda x: x + 1, [1, 2]))[::-1]",
    "isinstance(3, (int, str)), isinstance('a', list), isinstance(True, int)",
    "int(3.7) + round(2.5) + abs(-3) + int('12')",
    "math.ceil(7 / 2) + int(math.sqrt(16)) + math.prod([2, 3])",
    "[x := 3, x + 1]",
    "'a,b'.split(','), 'AB'.lower(), 'abc'.startswith('a')",
    "sorted([3, 1, 2]), list(reversed([1, 2])), any([0, 1]), all([])",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_have_the_value_that_python_gives_them(expression: str) -> None:
    assert evaluated(f"import math\nresult = {expression}") == eval(expression, {"math": math})


STATEMENTS = [
    "result = 0\nfor i in range(9):\n    if i == 2: continue\n    if i == 5: break\n    result += i",
    "a, (b, *c) = 1, (2, 3, 4)\nresult = [a, b, c]",
    "def f(n):\n    return 1 if n < 2 else n * f(n - 1)\nresult = f(6)",
    "class A:\n    k = 3\n    def __init__(self, x): self.x = x\n    def get(self): return self.x + self.k\n"
    "class B(A):\n    def get(self): return super().get() * 2\nresult = B(4).get()",
    "class A:\n    @property\n    def p(self): return 5\n    @staticmethod\n    def s(x): return x\n"
    "    @classmethod\n    def c(cls): return cls().p\nresult = A().p + A.s(2) + A.c()",
    "def outer():\n    xs = []\n    def inner(v): xs.append(v)\n    inner(1); inner(2)\n    return xs\nresult = outer()",
    "result = []\nresult.extend([1, 2]); result.insert(0, 3); result += [result.pop()]\n",
    "d = {}\nd['a'] = 1\nd.update(b=2)\nresult = [d.get('a'), d.get('z', 7), list(d.items()), d.setdefault('c', 3)]",
    "try:\n    raise ValueError\nexcept ValueError:\n    result = 1",
    "def f():\n    i = 0\n    while i < 5:\n        i += 2\n    return i\nresult = f()",
]


@pytest.mark.parametrize("source", STATEMENTS)
def test_statements_do_what_python_does(source: str) -> None:
    namespace: dict[str, Value] = {}
    exec(source, namespace)
    machine_value = evaluated(
        "def run():\n" + indented(source) + "\n    return result\nresult = run()"
    )
    assert machine_value == namespace["result"]


def indented(source: str) -> str:
    return "\n".join("    " + line for line in source.split("\n"))


def evaluated(source: str) -> Value:
    machine = Interpreter()
    machine.lenient = False
    machine.execute(ast.parse(source).body, machine.top)
    return machine.top.names["result"]


UNKNOWN = ["undefined", "1 / 0", "[1][5]", "{}['a']", "'a' + 1", "10**400", "(x for x in [])[0]"]


@pytest.mark.parametrize("expression", UNKNOWN)
def test_what_python_refuses_is_unknown(expression: str) -> None:
    assert isinstance(evaluated(f"result = {expression}"), Unknown)


def test_letters_are_polynomials() -> None:
    n, m = letter("n", 1_000_003), letter("m", 1_000_033)
    assert [
        str(value) for value in (n * 8, n * m + 2 * n - 1, n * 6 // 3, 4 + n - n, n * n // n)
    ] == [
        "(8*n)",
        "(m*n + 2*n - 1)",
        "(2*n)",
        "4",
        "n",
    ]
    assert type(4 + n - n) is int


def test_names_are_looked_up_as_in_python() -> None:
    assert evaluated(
        "k = 1\nclass A:\n    k = 2\n    def f(self, d=k): return k, d\nresult = A().f()"
    ) == (1, 2)
    assert evaluated("fs = [lambda: i for i in range(3)]\nresult = [f() for f in fs]") == [2, 2, 2]

"""SQL is built from constants and quoted identifiers; what people say reaches it as parameters only.

The tests walk the syntax tree of every module. A piece that is put into SQL must be traceable, within its function, to
constants, quoted names, numbers or marks of parameters; else it is listed here with the reason why it is none of a
person's words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import touchline

ROOT = Path(touchline.__file__).parent
SQL = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|ATTACH|DETACH|COPY|PRAGMA|WITH|REPLACE|TRUNCATE|VACUUM|SET|CALL"
    r"|EXPLAIN|GRANT|FROM|WHERE|LOAD|INSTALL|LOCK|LISTEN|NOTIFY)[\s(]"
)
SAID = re.compile(SQL.pattern.removeprefix(r"\s*"))
#: Functions that give an identifier or a number, whatever they are given.
QUOTING = {"quoted", "_quoted", "sql_type", "int", "len", "quote_name"}
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")

#: Pieces that come into a function from outside: (module, expression) and what they are.
OURS, CLAUSE, NUMBER = "a table or columns of ours", "SQL with parameters", "a whole number"
LISTED = {
    ("journal/copying.py", "name"): OURS,
    ("journal/copying.py", "order"): OURS,
    ("journal/doors.py", "sums"): OURS,
    ("journal/postgres.py", "self.schema"): "letters and digits of a hash",
    ("journal/rejected.py", "' AND '.join(where)"): CLAUSE,
    ("journal/rejected.py", "column"): OURS,
    ("journal/rejected.py", "marks"): OURS,
    ("server/operations/limits.py", "given[1]"): NUMBER,
    ("server/operations/limits.py", "most"): NUMBER,
    ("warehouse/duckdb/erasing.py", "warehouse.generation"): NUMBER,
    ("warehouse/duckdb/erasing.py", "which"): CLAUSE,
    ("server/people/audit.py", "name"): "a trigger of ours, by its name in `_GUARDS`",
    ("warehouse/duckdb/erasing.py", "name"): OURS,
    ("warehouse/duckdb/erasing.py", "only"): CLAUSE,
    ("warehouse/duckdb/frozen.py", "columns"): OURS,
    ("workspace/retaining.py", "name"): OURS,
    ("warehouse/duckdb/tables.py", "generation"): NUMBER,
    ("warehouse/duckdb/warehouse.py", "name"): OURS,
    ("warehouse/duckdb/warehouse.py", """str(path).replace("'", "''")"""): "a path of the workspace, quoted here",
    ("warehouse/duckdb/warehouse.py", "threads"): NUMBER,
    ("warehouse/duckdb/writing.py", "counts"): OURS,
    ("warehouse/duckdb/writing.py", "target"): OURS,
    ("warehouse/duckdb/writing.py", "mine"): NUMBER,
    ("warehouse/duckdb/writing.py", "placed_anew"): NUMBER,
    ("warehouse/spark/copying.py", "bucket"): NUMBER,
    ("warehouse/spark/copying.py", "among"): NUMBER,
    ("warehouse/spark/copying.py", "source"): OURS,
    ("warehouse/spark/copying.py", "read"): OURS,
    ("workspace/checking.py", "column"): OURS,
    ("workspace/checking.py", "table"): OURS,
    ("workspace/explaining.py", "names"): OURS,
    ("warehouse/duckdb/journeys.py", "counts"): OURS,
    ("warehouse/duckdb/journeys.py", "journey"): OURS,
    ("warehouse/duckdb/journeys.py", "only"): "a condition on customers' keys, of numbers",
    ("warehouse/duckdb/journeys.py", "read"): OURS,
    ("warehouse/duckdb/journeys.py", "warehouse.generation"): NUMBER,
    ("warehouse/duckdb/journeys.py", "where"): "a condition on customers' keys, of numbers",
    ("workspace/feedback.py", "name"): "rolled rows, by a hash",
    ("workspace/feedback.py", "within"): "SQL of Ibis, which quotes what it is given",
    ("workspace/words.py", "texts"): "a constant of the module with one of two conditions of its own",
    ("workspace/restoring.py", "name"): "a table that SQLite itself names",
}


class Scope:
    """What names stand for in a function: the expressions that are assigned to them."""

    def __init__(self, function: ast.AST, outer: Scope | None) -> None:
        self.outer = outer
        self.given: dict[str, list[ast.expr | None]] = {}
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            arguments = function.args
            every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
            for one in filter(None, every):
                self.given[one.arg] = [None]
        for node in own_nodes(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
                self._bind(node.target, node.value)
            elif isinstance(node, ast.For | ast.comprehension):
                self._bind(node.target, node.iter)
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                self._bind(node.optional_vars, None)

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self.given.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            each = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else None
            for n, part in enumerate(target.elts):
                self._bind(part, each[n] if each else value)

    def is_safe(self, node: ast.expr | None, deep: int = 0) -> bool:
        """Is this traceable to constants, quoted names and numbers?"""
        if node is None or deep > 12:
            return False

        def safe(inner: ast.expr | None) -> bool:
            return self.is_safe(inner, deep + 1)

        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr():
                return all(safe(v.value) for v in node.values if isinstance(v, ast.FormattedValue))
            case ast.Name(id=name):
                return bool(CONSTANT.fullmatch(name)) or self._named(name, deep)
            case ast.Attribute(attr=name):
                return bool(CONSTANT.fullmatch(name))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in QUOTING:
                return True
            case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant()), args=[inner]):
                return safe(inner)
            case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id=name) | ast.Attribute(attr=name), *_]):
                return name in QUOTING
            case ast.GeneratorExp(elt=inner) | ast.ListComp(elt=inner):
                return safe(inner)
            case ast.IfExp(body=one, orelse=other):
                return safe(one) and safe(other)
            case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
                return all(map(safe, values))
            case ast.Starred(value=inner):
                return safe(inner)
            case ast.BinOp(left=one, op=ast.Mult()):
                return safe(one)
            case ast.BinOp(left=one, right=other):
                return safe(one) and safe(other)
            case _:
                return False

    def _named(self, name: str, deep: int) -> bool:
        if name in self.given:
            return all(self.is_safe(value, deep + 1) for value in self.given[name])
        return self.outer is not None and self.outer.is_safe(ast.Name(id=name), deep + 1)


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function or module, without those of functions inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def scopes(node: ast.AST, outer: Scope | None = None) -> Iterator[tuple[Scope, ast.AST]]:
    """Yield every node of a module with the scope that it is in."""
    scope = Scope(node, outer)
    for inner in own_nodes(node):
        yield scope, inner
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from scopes(inner, scope)


@cache
def put_into_sql(source: str) -> tuple[tuple[int, str], ...]:
    """Return what is put into SQL in a module and cannot be traced: line and expression."""
    return tuple(_put_into_sql(source)) if SAID.search(source) else ()


def _put_into_sql(source: str) -> Iterator[tuple[int, str]]:
    for scope, node in scopes(ast.parse(source)):
        parts: list[ast.expr] = []
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
            parts = [v.value for v in node.values if isinstance(v, ast.FormattedValue)] if SQL.match(text) else []
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            begins = node.left
            while isinstance(begins, ast.BinOp):
                begins = begins.left
            if isinstance(begins, ast.Constant) and isinstance(begins.value, str) and SQL.match(begins.value):
                parts = [node.right]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            begins = node.func.value
            if isinstance(begins, ast.Constant) and isinstance(begins.value, str) and SQL.match(begins.value):
                parts = [*node.args, *(k.value for k in node.keywords)]
        for part in parts:
            if not scope.is_safe(part):
                yield part.lineno, ast.unparse(part)


MODULES = sorted(path for path in ROOT.rglob("*.py") if "migrations" not in path.parts)


def test_nothing_is_put_into_sql_that_is_no_identifier_of_ours():
    found = []
    for path in MODULES:
        here = path.relative_to(ROOT).as_posix()
        for line, expression in put_into_sql(path.read_text(encoding="utf-8")):
            if (here, expression) not in LISTED:
                found.append(f"{here}:{line} puts {expression!r} into SQL")
    assert found == [], "give values as parameters, quote identifiers, or list it with what it is"


def test_what_is_listed_is_still_there():
    there = {
        (path.relative_to(ROOT).as_posix(), expression)
        for path in MODULES
        for _, expression in put_into_sql(path.read_text(encoding="utf-8"))
    }
    assert set(LISTED) - there == set()


@pytest.mark.parametrize(
    "source",
    [
        "def f(c, name): c.execute(f\"SELECT * FROM t WHERE name = '{name}'\")",
        'def f(c, name): c.execute("SELECT * FROM t WHERE name = \'" + name + "\'")',
        "def f(c, name): c.execute('SELECT * FROM t WHERE name = %s' % name)",
        "def f(c, name): c.execute('SELECT * FROM t WHERE name = {}'.format(name))",
        "def f(c, row):\n for x in row:\n  c.execute(f'DELETE FROM t WHERE a = {x}')",
        "def f(c, name):\n where = f'name = {name}'\n c.execute(f'SELECT 1 WHERE {where}')",
    ],
)
def test_the_walk_finds_words_in_sql(source):
    assert list(put_into_sql(source))


@pytest.mark.parametrize(
    "source",
    [
        "def f(c, name): c.execute('SELECT * FROM t WHERE name = ?', [name])",
        "def f(c, name): c.execute(f'SELECT * FROM {quoted(name)}')",
        "def f(c, ids):\n marks = ', '.join('?' * len(ids))\n c.execute(f'SELECT 1 WHERE a IN ({marks})', ids)",
        "ORDER = ('a', 'b')\ndef f(c):\n cols = ', '.join(x for x in ORDER)\n c.execute(f'SELECT {cols} FROM t')",
    ],
)
def test_the_walk_passes_parameters_and_identifiers(source):
    assert list(put_into_sql(source)) == []


#: The parts of Django that write SQL by hand or hide that they do.
RAW = {"raw", "extra", "RawSQL", "RawQuerySet"}


def test_the_server_asks_its_database_through_the_model_only():
    """Django's ways around its query builder are not used; plain cursors are, and the walk above reads their SQL."""
    found = []
    for path in MODULES:
        if "server" not in path.relative_to(ROOT).parts[:1]:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                owner = ast.unparse(node.func)
                if name in RAW and ("objects" in owner or name.startswith("Raw")):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {owner}")
    assert found == []

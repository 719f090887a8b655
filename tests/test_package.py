"""The package as a stranger meets it: what it exports, what it needs, how fast it starts."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import touchline

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "touchline"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = {"duckdb", "ibis", "pandas", "numpy", "pyarrow", "scipy", "rich", "typer", "django", "yaml", "python_calamine"}
EXTRAS = PROJECT["project"]["optional-dependencies"]
#: Modules that say themselves which extra they need, and are not imported without it.
ON_A_CLUSTER = ("files", "kernels", "session", "warehouse", "whole")
OF_EXTRAS = {
    "client/transport.py": "client",
    "journal/cipher.py": "server",
    "journal/postgres.py": "server",
    "privacy/names.py": "names",
    "report/decks.py": "office",
    "report/excel.py": "office",
    "report/maps_slides.py": "office",
    "report/maps_pictures.py": "office",
    "report/pdf.py": "pdf",
    "report/pictures.py": "office",
    "report/slides.py": "office",
    "simulation/desk.py": "client",
    "simulation/live.py": "client",
    "understanding/encoder.py": "accurate",
    "workspace/deriving.py": "spark",
    **{f"warehouse/spark/{name}.py": "spark" for name in ON_A_CLUSTER},
}
#: Distributions whose import name differs from their own.
IMPORTED_AS = {
    "argon2-cffi": "argon2", "django-allauth": "allauth", "django-ninja": "ninja", "ibis-framework": "ibis",
    "pillow": "PIL", "python-pptx": "pptx", "pyyaml": "yaml",
}  # fmt: skip
#: A package of data, found by `zoneinfo` and never imported.
DATA = {"tzdata"}


def declared() -> set[str]:
    names = {re.split(r"[\[<>=!~ ;]", text, maxsplit=1)[0].lower() for text in PROJECT["project"]["dependencies"]}
    return {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names}


def imported(path: Path) -> set[str]:
    """Return the top-level names of all that a module imports, within functions too, but for its types only."""
    found, nodes = set(), [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            nodes += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).split(".")[0])
    return found


def test_the_public_names_are_these():
    assert touchline.__all__ == [
        "Figure", "Filters", "InputError", "Journey", "Questions", "Taxonomy", "TouchlineError", "Workspace",
        "WorkspaceError", "__version__", "connect", "open", "read_events", "sentiment",
    ]  # fmt: skip
    assert touchline.__all__ == sorted(touchline.__all__)
    assert dir(touchline) == touchline.__all__


@pytest.mark.parametrize("name", touchline.__all__)
def test_every_public_name_is_there(name):
    assert getattr(touchline, name) is not None


def test_any_other_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = touchline.nothing


def test_importing_it_is_quick_and_loads_nothing_heavy():
    script = (
        "import sys, time; start = time.perf_counter(); import touchline;"
        "print(time.perf_counter() - start, *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    took = []
    for _ in range(5):
        found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        seconds, *modules = found.stdout.split()
        took.append(float(seconds))
        assert not HEAVY & set(modules)
    assert min(took) < 0.5


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_what_a_core_install_has(path):
    inside = path.relative_to(SOURCE)
    extra = "server" if inside.parts[0] == "server" else OF_EXTRAS.get(str(inside))
    named = {re.split(r"[\[<>=!~ ;]", text, maxsplit=1)[0] for text in EXTRAS[extra]} if extra else set()
    also = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in named}
    assert imported(path) - sys.stdlib_module_names - {"touchline"} <= declared() | also


def test_every_declared_dependency_is_used():
    used = set().union(*(imported(path) for path in MODULES))
    assert declared() - DATA <= used


def test_no_module_is_longer_than_500_lines():
    lengths = {str(path.relative_to(SOURCE)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: n for name, n in lengths.items() if n > 500} == {}


def test_types_are_shipped():
    assert (SOURCE / "py.typed").is_file()
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["src/touchline"]


POINTS = [
    EntryPoint(name, value, group)
    for group, points in {
        "console_scripts": PROJECT["project"]["scripts"],
        **PROJECT["project"]["entry-points"],
    }.items()
    for name, value in points.items()
]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.group}:{point.name}")
def test_every_entry_point_leads_somewhere(point):
    assert point.load() is not None

"""The commands: their reference is made from the program, and examples name what exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from enum import Enum
from itertools import takewhile
from typing import Any, Final

from typer.main import get_command

from checks.pages import Page, page_named
from touchline.cli.app import app

PAGE: Final = "docs/cli.md"
_MARKUP: Final = re.compile(r"\[/?(?:dim|bold)?\]")
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
#: What ends a command in a shell.
_SHELL: Final = frozenset({"|", ">", "&", "&&", ">>", "2>&1"})
#: The program's own, which every command has.
_EVERYWHERE: Final = frozenset({"--help", "-h"})


def tree() -> dict[str, Any]:
    """Return every command by its full name: ``touchline show stages``."""
    return dict(_walk("touchline", get_command(app)))


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for inner, sub in getattr(command, "commands", {}).items():
        yield from _walk(f"{name} {inner}", sub)


def references() -> dict[str, str]:
    """Return the reference of every command that does something, by name."""
    return {name: _reference(name, c) for name, c in tree().items() if not hasattr(c, "commands")} | {
        "touchline": _table(tree()["touchline"])
    }


def _reference(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = " ".join(_usage(p) for p in arguments)
    text = _MARKUP.sub("", command.help or "")
    about, _, examples = text.partition("\n\n")
    shown = re.findall(r"touchline .+?(?=\s{2,}touchline |\n|$)", examples)
    lines = ["```text", f"{name} {words} [OPTIONS]".replace("  ", " "), "```", "", " ".join(about.split())]
    rest = [line for line in examples.split("\n\n") if line.strip() and "touchline " not in line]
    lines += ["", *(" ".join(line.split()) for line in rest)] if rest else []
    lines += ["", "```console", *(f"$ {example.strip()}" for example in shown), "```"] if shown else []
    return "\n".join([*lines, "", _table(command)])


def _usage(parameter: Any) -> str:
    name = parameter.name.upper() + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _table(command: Any) -> str:
    lines = ["| argument or option | what it does |", "|---|---|"]
    for p in command.params:
        names = _usage(p) if p.param_type_name == "argument" else ", ".join((*p.opts, *p.secondary_opts))
        about = [" ".join((p.help or "").split()), *_extras(p)]
        lines.append(f"| `{names}` | {' '.join(part for part in about if part).replace('|', '&#124;')} |")
    return "\n".join(lines) + "\n"


def _extras(parameter: Any) -> Iterator[str]:
    """Yield what the help text leaves to the program to say: choices, default, environment variable."""
    default = parameter.default
    if isinstance(default, Enum):
        yield f"One of {', '.join(str(choice.value) for choice in type(default))}."
    if parameter.envvar:
        yield f"Environment: {parameter.envvar}."
    if not parameter.required and default not in (None, "", False) and not callable(default):
        shown = default.value if isinstance(default, Enum) else default
        yield f"Default: {'the folder that you are in' if str(shown) == '.' else shown}."


def options(command: Any) -> set[str]:
    """Return the names of a command's options."""
    return {name for p in command.params if p.param_type_name == "option" for name in (*p.opts, *p.secondary_opts)}


def check(pages: list[Page]) -> list[str]:
    """Return a line per command without a reference, unknown option on the page, and example that cannot be run."""
    commands = tree()
    page = page_named(pages, PAGE)
    there = page.generated()
    problems = [f"{page.name}: {name} is missing" for name in references() if name not in there]
    real = {option for command in commands.values() for option in options(command)} | _EVERYWHERE
    problems += [
        f"{page.name}:{page.line_of(found.start())}: no command has the option {found[0]}"
        for found in _OPTION.finditer(page.text)
        if found[0] not in real
    ]
    for one in pages:
        for block in one.blocks("console"):
            for at, line in _commands(block.body):
                problems += [f"{one.name}:{block.line + at}: {p}" for p in _wrong(line, commands)]
    return problems


def _commands(body: str) -> Iterator[tuple[int, str]]:
    """Yield each ``$ touchline ...`` with its line; lines that end in a backslash go on in the next."""
    lines = body.splitlines()
    for at, line in enumerate(lines):
        if re.match(r"\$ (?:\w+=\S+ )*touchline\b", line):
            whole, after = line, at
            while whole.endswith("\\") and after + 1 < len(lines):
                after += 1
                whole = whole[:-1] + lines[after]
            yield at + 1, re.sub(r"^\$ (?:\w+=\S+ )*", "", whole)


def _wrong(line: str, commands: dict[str, Any]) -> list[str]:
    # A quoted argument may hold what the shell would read as its own: show find "a > b".
    words = list(takewhile(lambda word: word not in _SHELL, shlex.split(line, comments=True)))
    name = words.pop(0)
    while words and f"{name} {words[0]}" in commands:
        name = f"{name} {words.pop(0)}"
    command = commands[name]
    if hasattr(command, "commands") and words and not words[0].startswith("-"):
        return [f"there is no command '{name} {words[0]}'"]
    has = options(command) | _EVERYWHERE
    asked = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return [f"{name} has no option {option}" for option in asked if option not in has]

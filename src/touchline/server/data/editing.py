"""Changes of stages that are being edited: from what a form says to YAML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import yaml

from touchline.errors import InputError, TaxonomyError
from touchline.vocabulary.problems import Problem
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.vocabulary.tree import read_tree
from touchline.words import phrase

Tree = dict[str, Any]
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LISTS: Final = ("aliases", "channels", "sources", "events", "keywords")
_LINES: Final = ("examples", "phrases")
_NO_WORDS: Final = re.compile(r"[^a-z0-9]+")


def tree_of(text: str) -> Tree:
    """Return stages as plain values, each stage and each part of it with all its keys.

    Raises:
        TaxonomyError: The text is no YAML of stages.
    """
    wrong = read_tree(text, "taxonomy.yaml")  # before anything is built: deep nesting would end the process
    if isinstance(wrong, Problem):
        raise TaxonomyError(wrong.what, where=wrong.place, todo=wrong.todo)
    try:
        found = yaml.load(text, _Loader)  # noqa: S506  a safe one, in C where there is one
    except yaml.YAMLError as error:
        raise TaxonomyError(
            phrase("this is not YAML: {error}", error=str(error)), todo=phrase("put it right in the YAML view")
        ) from error
    if not isinstance(found, dict) or not _shaped(found, "stages", "sub_stages", "touchpoints"):
        raise TaxonomyError(phrase("there are no stages in it"), todo=phrase("put it right in the YAML view"))
    if not all(_shaped(one, "themes") for one in found.get("stages") or ()):
        raise TaxonomyError(
            phrase("the themes of a stage are no list of themes"), todo=phrase("put it right in the YAML view")
        )
    found["stages"] = found.get("stages") or []
    return found


def _shaped(part: Tree, name: str, *below: str) -> bool:
    """Tell whether a part holds a list of parts under a name, and each of them one under the next name."""
    parts = part.get(name)
    if parts is None:
        return True
    if not isinstance(parts, list) or not all(isinstance(one, dict) for one in parts):
        return False
    return not below or all(_shaped(one, *below) for one in parts)


def text_of(tree: Tree) -> str:
    r"""Return stages as YAML; what is empty is left out.

    >>> text_of({"taxonomy": "b2c", "stages": [{"id": "use", "owner": "", "aliases": []}]})
    'taxonomy: b2c\nstages:\n- id: use\n'
    """
    return str(yaml.dump(_without_empty(tree), None, _Dumper, sort_keys=False, allow_unicode=True, width=110))


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_empty(one) for key, one in value.items() if one not in ("", [], {}, None)}
    return [_without_empty(one) for one in value] if isinstance(value, list) else value


def plain(text: str) -> str:
    """Return stages as they are written by program, so that two texts differ only where their content does.

    One that is no YAML comes back as it is.
    """
    try:
        return text_of(tree_of(text))
    except TaxonomyError:
        return text


def slug_of(name: str, taken: Iterable[str], before: str = "") -> str:
    """Return an id for a name.

    >>> slug_of("Käufe & Co", ()), slug_of("Use", ("use",)), slug_of("Wrap-up", (), "support.")
    ('kaufe_co', 'use_2', 'support.wrap_up')
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    stem = _NO_WORDS.sub("_", plain).strip("_") or "part"
    stem = f"{before}{stem if stem[0].isalpha() else 'x_' + stem}"
    known, made, n = set(taken), stem, 2
    while made in known:
        made, n = f"{stem}_{n}", n + 1
    return made


def stage_in(tree: Tree, stage: str) -> Tree:
    """Return a stage.

    Raises:
        InputError: There is none.
    """
    for one in tree["stages"]:
        if one.get("id") == stage:
            return one  # type: ignore[no-any-return]
    raise InputError(
        phrase("there is no stage {value}", value=repr(stage[:60])), todo=phrase("it may have been taken out")
    )


def move(tree: Tree, stage: str, by: int) -> None:
    """Move a stage up or down."""
    stages, one = tree["stages"], stage_in(tree, stage)
    at = stages.index(one)
    to = min(max(at + by, 0), len(stages) - 1)
    stages.insert(to, stages.pop(at))


def order(tree: Tree, ids: list[str]) -> None:
    """Put the stages in an order; those that it does not name stay behind the others."""
    place = {stage: number for number, stage in enumerate(ids)}
    tree["stages"].sort(key=lambda one: place.get(one.get("id"), len(place)))


def add(tree: Tree, name: str) -> str:
    """Add a stage behind the others; return its id.

    Raises:
        InputError: It has no name.
    """
    if not name.strip():
        raise InputError(phrase("a stage needs a name"), where="name", todo=phrase("write one"))
    made = slug_of(name, [str(one.get("id")) for one in tree["stages"]])
    tree["stages"].append({"id": made, "name": name.strip(), "kind": "progress", "description": "", "examples": []})
    return made


def remove(tree: Tree, stage: str) -> None:
    """Take a stage out."""
    tree["stages"].remove(stage_in(tree, stage))


def change(tree: Tree, stage: str, form: Mapping[str, str]) -> None:
    """Change a stage to what a form says of it.

    Args:
        tree: The stages.
        stage: Which one.
        form: Its fields by name; those of its second sub-stage begin with ``s1.``, of the first touchpoint there
            with ``s1.t0.``, of its first theme with ``h0.``; ``gone`` takes a part out, and a part called ``new``
            with a name is added.
    """
    one = stage_in(tree, stage)
    _fill(one, form, "", ("name", "kind", "description", "owner", *_LISTS, "examples"))
    target = form.get("target", "").strip()
    try:
        one["target"] = float(target) if target else None
    except ValueError:
        raise InputError(
            phrase("{value} is no number", value=repr(target[:40])),
            where="target",
            todo=phrase("write it from 0 to 100"),
        ) from None
    if one["target"] is not None and one["target"].is_integer():
        one["target"] = int(one["target"])
    everything = [part for other in tree["stages"] for part in other.get("sub_stages") or ()]
    points = [str(p.get("id")) for part in everything for p in part.get("touchpoints") or ()]

    def point(before: str, name: str) -> Tree:
        return {"id": slug_of(name, points)}

    def sub_stage(before: str, name: str) -> Tree:
        return {"id": slug_of(name, [str(part.get("id")) for part in everything], f"{stage}.")}

    def theme(before: str, name: str) -> Tree:
        known = [str(t.get("id")) for other in tree["stages"] for t in other.get("themes") or ()]
        return {"id": slug_of(name, known)}

    parts = _parts(one.get("sub_stages"), form, "s", ("name", "description"), sub_stage)
    for number, part in parts:
        fields = ("name", "description", *_LISTS[1:], "ownership", "owner")
        part["touchpoints"] = [p for _, p in _parts(part.get("touchpoints"), form, f"{number}.t", fields, point)]
    one["sub_stages"] = [part for _, part in parts]
    one["themes"] = [t for _, t in _parts(one.get("themes"), form, "h", ("name", "polarity", "phrases"), theme)]


def _parts(
    there: list[Tree] | None, form: Mapping[str, str], before: str, fields: tuple[str, ...],
    made: Callable[[str, str], Tree],
) -> list[tuple[str, Tree]]:  # fmt: skip
    """Return parts as a form says, each with what its fields begin with."""
    found = []
    for number, part in enumerate(there or ()):
        name = f"{before}{number}"
        if f"{name}.gone" not in form:
            _fill(part, form, f"{name}.", fields)
            found.append((name, part))
    fresh = f"{before}new"
    if words := form.get(f"{fresh}.name", "").strip():
        part = made(before, words)
        _fill(part, form, f"{fresh}.", fields)
        found.append((fresh, part))
    return found


def _fill(part: Tree, form: Mapping[str, str], before: str, fields: tuple[str, ...]) -> None:
    for name in fields:
        said = form.get(f"{before}{name}")
        if said is None:
            continue
        if name in _LINES:
            part[name] = [line.strip() for line in said.splitlines() if line.strip()]
        elif name in _LISTS:
            part[name] = [word.strip() for word in re.split(r"[\n,]", said) if word.strip()]
        else:
            part[name] = " ".join(said.split())


def problems(text: str) -> list[str]:
    """Return what is wrong with stages, a sentence each."""
    return [f"{one.what}; {one.todo}" if one.todo else one.what for one in Taxonomy.check(text)]

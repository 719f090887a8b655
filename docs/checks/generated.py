"""The generated parts: commands, data model, templates, constants, the starter file."""

from __future__ import annotations

from checks import api, commands, constants, data_model, taxonomy
from checks.pages import Page
from touchline.settings import Settings, new_toml
from touchline.workspace import datamap


def parts() -> dict[str, str]:
    """Return every generated part by the name that stands in its comment."""
    return {
        **commands.references(),
        **data_model.tables(),
        "templates": taxonomy.templates(),
        "constants": constants.table(),
        "questions": api.table(),
        "data map": datamap.table(datamap.stores(Settings())),
        "starter": f"```toml\n{new_toml('Acme', 'taxonomy.yaml')}```\n",
    }


def check(pages: list[Page]) -> list[str]:
    """Return a line per generated part that is out of date, missing everywhere, or unknown."""
    made = parts()
    there = [(page, name, body) for page in pages for name, body in page.generated().items()]
    problems = [
        f"{page.name}: nothing is generated under the name {name!r}" for page, name, _ in there if name not in made
    ]
    problems += [f"no page has the generated part {name!r}" for name in made if name not in {n for _, n, _ in there}]
    problems += [
        f"{page.name}: {name!r} is out of date; run `python docs/check.py --write`"
        for page, name, body in there
        if name in made and body != made[name]
    ]
    return problems


def write(pages: list[Page]) -> list[Page]:
    """Renew the generated parts in their files; return the pages that changed."""
    made, changed = parts(), []
    for page in pages:
        text = page.with_generated(made)
        if text != page.text:
            page.path.write_text(text, encoding="utf-8")
            changed.append(page)
    return changed

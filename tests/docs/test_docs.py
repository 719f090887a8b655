"""The documentation says what is: commands, settings, fields, tables, links and examples."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from checks import (  # noqa: E402
    changelog,
    commands,
    environment,
    examples,
    generated,
    layers,
    links,
    promises,
    scores,
    settings,
    taxonomy,
    wording,
)
from checks.pages import Block, Page, read_pages, slug_of  # noqa: E402

PAGES = read_pages(ROOT)
RUNNABLE = [(page, block) for page in PAGES for block in page.blocks("python") if block.runs]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("docs")
    examples.make_workspace(made)
    return made


def page(text: str, name: str = "docs/cli.md") -> Page:
    return Page(name, ROOT / name, text)


@pytest.mark.parametrize(
    "check",
    [generated.check, commands.check, settings.check, taxonomy.check, layers.check, links.check, wording.check,
     scores.check, changelog.check, examples.check_files, environment.check, promises.check],
    ids=lambda check: check.__module__.rpartition(".")[2],
)  # fmt: skip
def test_pages_are_true(check) -> None:
    assert check(PAGES) == []


@pytest.mark.parametrize(("page", "block"), RUNNABLE, ids=[f"{p.name}:{b.line}" for p, b in RUNNABLE])
def test_examples_run(page: Page, block: Block, folder: Path) -> None:
    examples.run(block.body, f"{page.name}:{block.line}", folder)


def test_readers_find_an_example_on_the_first_page() -> None:
    assert any(page.name == "README.md" for page, _ in RUNNABLE)


class TestTheChecksFindWhatIsWrong:
    def test_a_link_that_leads_nowhere(self) -> None:
        found = links.check([page("# Here\n[a](#here) [b](#there) [c](missing.md)\n`[d](code.md)`\n")])
        assert found == ["docs/cli.md:2: #there names no heading", "docs/cli.md:2: missing.md does not exist"]

    def test_an_example_of_an_option_that_no_command_has(self) -> None:
        text = "```console\n$ touchline show stages --since 2026-01-31 --sinc 1 | less\n$ touchline shew\n```\n"
        wrong = [line for line in commands.check([page(text, "README.md")]) if line.startswith("README")]
        assert wrong == [
            "README.md:2: touchline show stages has no option --sinc",
            "README.md:3: there is no command 'touchline shew'",
        ]

    def test_an_option_that_is_only_spoken_of(self) -> None:
        assert "docs/cli.md:1: no command has the option --colour" in commands.check([page("Say `--colour`.\n")])

    def test_a_command_without_its_reference(self) -> None:
        assert "docs/cli.md: touchline import is missing" in commands.check([page("# Commands\n")])

    def test_a_setting_that_is_missing_or_made_up(self) -> None:
        text = "## `[engine]`\n\n| key |\n|---|\n| `memory_limit` | x |\n| `speed` | x |\n\n## Next\n"
        found = settings.check([page(text, settings.PAGE)])
        assert f"{settings.PAGE}: [engine] lacks the key threads" in found
        assert f"{settings.PAGE}: [engine] has no key speed" in found
        assert f"{settings.PAGE}: [engine] lacks the key memory_limit" not in found

    def test_a_variable_that_is_missing_or_made_up(self) -> None:
        made_up = "TOUCHLINE_" + "NONSENSE"
        found = environment.check([page(f"| `TOUCHLINE_LOG` | x |\n\n`{made_up}`\n")])
        assert f"docs/cli.md:3: nothing reads {made_up}" in found
        assert any("TOUCHLINE_MEMORY is missing" in line for line in found)
        assert not any("TOUCHLINE_LOG is missing" in line for line in found)

    def test_a_promise_without_a_test_or_with_one_that_is_not_there(self) -> None:
        proved = "| kept | `tests/docs/test_docs.py::test_anchors_are_those_of_github` |\n"
        text = f"## Promises\n\n| promise | proved by |\n|---|---|\n{proved}| broken | by hand |\n"
        assert promises.check([page(text, promises.PAGE)]) == [f"{promises.PAGE}: no test proves: broken"]
        gone = text.replace("by hand", "`tests/docs/test_docs.py::test_that_never_was`")
        (found,) = promises.check([page(gone, promises.PAGE)])
        assert found.endswith("there is no test tests/docs/test_docs.py::test_that_never_was")
        assert promises.check([]) == [f"{promises.PAGE}: there is no table of promises under 'Promises'"]

    def test_a_generated_part_that_is_out_of_date(self) -> None:
        stale = page("<!-- generated: templates -->\nold\n<!-- end generated -->\n", "docs/taxonomy.md")
        assert any("'templates' is out of date" in line for line in generated.check([stale]))
        renewed = page(stale.with_generated(generated.parts()), "docs/taxonomy.md")
        assert not any("out of date" in line for line in generated.check([renewed]))

    def test_layers_that_are_not_those_of_the_linter(self) -> None:
        (found,) = layers.check([page("## Layers\n\n```text\ncli     commands\nscores  figures\n```\n", layers.PAGE)])
        assert "['cli', 'scores']" in found

    def test_a_place_of_one_machine_and_an_open_end(self) -> None:
        place, end = "/ho" + "me/ann/data", "TO" + "DO"
        assert len(wording.check([page(f"See {place}.\n{end}: more\n")])) == 2

    def test_a_change_log_that_does_not_know_the_version(self) -> None:
        assert changelog.check([page("## [0.0.1]\n\n- old\n", "CHANGELOG.md")])
        assert not changelog.check([page("## [Unreleased]\n\n- new\n", "CHANGELOG.md")])

    def test_a_settings_file_and_a_taxonomy_that_are_wrong(self) -> None:
        text = "```toml\n[score]\ngat = 3\n```\n```yaml\ntaxonomy: x\n```\n"
        assert len(examples.check_files([page(text)])) == 4


def test_anchors_are_those_of_github() -> None:
    assert slug_of("`[[segments.rules]]`") == "segmentsrules"
    assert page("# Two words\n\n# Two words\n").anchors() == {"two-words", "two-words-1"}


def test_a_score_that_is_not_the_cards_is_told() -> None:
    trust, card = (next(one for one in PAGES if one.name == name) for name in ("docs/trust.md", "docs/model-card.md"))
    known = scores.check([trust, card])
    row = next(line for line in trust.text.splitlines() if line.startswith("| sentiment |"))
    wrong = trust.text.replace(row, "| sentiment | 0.66 | 0.99 | 0.93 |")
    (problem,) = set(scores.check([page(wrong, trust.name), card])) - set(known)
    assert "sentiment is 0." in problem
    assert len(set(scores.check([page(trust.text.replace(row + "\n", ""), trust.name), card])) - set(known)) == 1

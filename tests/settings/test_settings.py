"""`touchline.toml`: what it says, and how it says what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import SettingsError, WorkspaceMissing
from touchline.settings import Programme, Settings, Workspace, new_toml
from touchline.settings.lines import line_of
from touchline.settings.model import LIFECYCLE_RULES
from touchline.settings.rules import LIFECYCLE

FULL = dedent(
    """\
    [workspace]
    name = "Acme"
    timezone = "Europe/Berlin"
    taxonomy = "journey.yaml"

    [score]
    half_life_person = "60 d"
    half_life_account = 120
    gate = 0
    at_risk = 30

    [engine]
    memory_limit = "512MB"
    threads = 2

    [segments]
    attributes = ["tier", "region"]
    [[segments.rules]]
    name = "engagement"
    value = "falling"
    when = "usage down 30 %"
    [[segments.rules]]
    name = "unhappy"
    when = "detractor twice"

    [[programmes]]
    name = "post_*"
    purpose = "transaction"
    [[programmes]]
    name = "Post_Delivery"
    purpose = "recovery"
    stage = "delivery"
    primary = "nps"

    [[severity]]
    when = ["solicitor", "food poison*"]
    severity = 3
    [[severity]]
    when = "typo"
    severity = 0.5

    [[personas]]
    name = "Busy parent"
    when = "household = family"
    goals = ["the weekly shop in ten minutes"]
    motto = "Quick, please"
    demographics = ["35 to 44", "two children"]
    channels = "app"
    story = "Ann shops on the bus."

    [lifecycle]
    lapsed = "not seen for 365 d"
    """
)


def wrong(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(dedent(text))
    return str(caught.value)


def test_what_a_file_says() -> None:
    settings = Settings.parse(FULL)
    assert settings.workspace == Workspace("Acme", "Europe/Berlin", taxonomy="journey.yaml")
    assert (settings.score.half_life_person, settings.score.half_life_account) == (60.0, 120.0)
    assert (settings.score.gate, settings.score.at_risk, settings.score.healthy) == (0, 30, 70)
    assert (settings.engine.memory_limit, settings.engine.threads) == ("512MB", 2)
    assert (settings.segments.attributes, settings.segments.auto) == (("tier", "region"), False)
    falling, unhappy = settings.segments.rules
    assert (falling.value, falling.otherwise, str(falling.when)) == (
        "falling",
        None,
        "usage down 30 % in 28 d",
    )
    assert (unhappy.value, unhappy.otherwise) == ("yes", "no")
    parent = settings.personas[0]
    assert (parent.goals, parent.motto) == (("the weekly shop in ten minutes",), "Quick, please")
    assert (parent.demographics, parent.channels) == (("35 to 44", "two children"), ("app",))
    assert (parent.story, parent.solutions) == ("Ann shops on the bus.", ())
    rules = {status: str(rule) for status, rule in settings.lifecycle}
    assert rules == {**LIFECYCLE_RULES, "lapsed": "not seen for 365 d"}


def test_the_defaults_are_those_of_the_design() -> None:
    settings = Settings.default()
    score = settings.score
    assert (score.half_life_person, score.half_life_account, score.gate, score.at_risk) == (30, 90, 70, 40)
    assert (settings.workspace.timezone, settings.workspace.taxonomy) == ("UTC", "b2c")
    assert (settings.segments.auto, settings.segments.max_values) == (True, 50)
    assert set(LIFECYCLE_RULES) == set(LIFECYCLE)
    assert Settings.parse("") == settings == Settings()


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(str.strip),
    st.sampled_from(("b2c", "my/journey.yaml")),
)
def test_a_starter_file_reads_as_the_defaults(name: str, taxonomy: str) -> None:
    assert Settings.parse(new_toml(name, taxonomy)) == Settings(Workspace(name, taxonomy=taxonomy))


def test_every_commented_line_of_a_starter_file_is_a_setting() -> None:
    """Uncommented, the examples and defaults are a valid file too."""
    lines = new_toml("Acme", "saas").splitlines()
    setting = re.compile(r"# (\[|\w+ = )")
    settings = Settings.parse("\n".join(setting.sub(r"\1", line) for line in lines))
    assert (len(settings.scales), len(settings.programmes), len(settings.proxies)) == (2, 1, 1)
    assert settings.lifecycle == Settings().lifecycle
    assert settings.score == replace(Settings().score, target_nps=30, target_csat=80, target_ces=5.5)


def test_programmes_are_found_by_name_then_by_glob() -> None:
    settings = Settings.parse(FULL)
    assert settings.programme("post_delivery").purpose == "recovery"
    assert settings.programme("POST_checkout").purpose == "transaction"
    assert settings.programme("nps 2026") == Programme("nps 2026")


def test_severity_is_the_greatest_that_the_words_declare() -> None:
    settings = Settings.parse(FULL)
    assert settings.severity_of("a typo, and I got Food  Poisoning") == 3
    assert settings.severity_of("just a typo.") == 0.5
    assert settings.severity_of("typography") is None


def test_all_that_is_wrong_is_told_together_each_with_its_line() -> None:
    message = wrong(
        """\
        [workspace]
        tymezone = "UTC"
        timezone = "Mars/Olympus"
        [score]
        gate = 170
        half_life_person = "a month"
        [[scales]]
        kind = "cses"
        [[proxies]]
        when = "wait > lots"
        [[segments.rules]]
        name = "x"
        [lifecycle]
        new = "at risk"
        [programs]
        """
    )
    assert message == dedent(
        """\
        touchline.toml: 10 things are wrong
          line 2, workspace.tymezone: unknown key; did you mean 'timezone'?
          line 3, workspace.timezone: 'Mars/Olympus' is no time zone; use an IANA name such as Europe/Berlin
          line 5, score.gate: must be from 0 to 100, not 170
          line 6, score.half_life_person: expected a number, not 'a'
            a month
            ^
          line 8, scales[1].kind: 'cses' is not known; did you mean 'ces'?
          line 9, proxies[1]: 'name' is missing
          line 10, proxies[1].when: expected a number or a date (2026-01-31), not 'lots'
            wait > lots
                   ^
          line 11, segments.rules[1]: 'when' is missing
          line 14, lifecycle.new: a status cannot be told by a status ('at risk')
          line 15, programs: unknown key; did you mean 'programmes'?"""
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[engine]\nthreads = true", "touchline.toml:2: engine.threads: must be a number, not True"),
        ("[engine]\nthreads = 4.5", "touchline.toml:2: engine.threads: must be a whole number, not 4.5"),
        ("[score]\nat_risk = 80", "touchline.toml:2: score.at_risk: must be below healthy (70), not 80"),
        ("score = 3", "touchline.toml:1: score: must be a table, [score], not 3"),
        ("proxies = [1]", "touchline.toml:1: proxies: must be an array of tables, [[proxies]], not hold 1"),
        (
            "[engine]\nmemory_limit = 'lots'",
            "touchline.toml:2: engine.memory_limit: 'lots' is no size; write it as 2GiB or 512MB",
        ),
        (
            "[segments]\nattributes = ['a', 'a']",
            "touchline.toml:2: segments.attributes: 'a' stands there twice",
        ),
        (
            "[segments]\nattributes = ['a', 3]",
            "touchline.toml:2: segments.attributes: must hold texts only, not 3 in place 2",
        ),
        ("[workspace]\nname = ' '", "touchline.toml:2: workspace.name: must not be empty"),
        (
            "[[severity]]\nwhen = 'x'\nseverity = 1.5",
            "touchline.toml:3: severity[1].severity: must be one of 0.5, 1, 2, 3",
        ),
        (
            "[[scales]]\nkind = 'nps'\nlow = 1\nhigh = 5",
            "touchline.toml:3: scales[1].low: NPS is asked from 0 to 10 (or 1 to 10); declare another kind",
        ),
        (
            "[[scales]]\nkind = 'csat'\nlow = 5\nhigh = 1",
            "touchline.toml:3: scales[1].low: must be below high (1), not 5",
        ),
        (
            "[[scales]]\nkind = 'csat'\nlow = 1",
            "touchline.toml:1: scales[1]: 'low' and 'high' belong together",
        ),
        (
            "[[scales]]\nkind = 'csat'\ndirection = 'easy'",
            "touchline.toml:3: scales[1].direction: 'easy' is for ces; say high_is_good or high_is_bad",
        ),
        (
            "[[scales]]\nkind = 'csat'\nlow=1\nhigh=5\nsatisfied=[4]",
            "touchline.toml:5: scales[1].satisfied: must hold the good end of the scale, 5",
        ),
        (
            "[[scales]]\nkind = 'csat'\nlow=1\nhigh=5\nsatisfied=[4, 5]\nneutral=[5]",
            "touchline.toml:6: scales[1].neutral: must lie on the bad side of the satisfied boxes",
        ),
        (
            "[[scales]]\nkind = 'csat'\nlow=1\nhigh=5\nsatisfied=[5, 6]",
            "touchline.toml:5: scales[1].satisfied: 6 is off the scale from 1 to 5",
        ),
    ],
)
def test_one_thing_that_is_wrong(text: str, message: str) -> None:
    assert wrong(text) == message


def test_what_is_not_toml_is_told_with_its_place() -> None:
    assert "this is not TOML: " in wrong("[workspace\n")
    assert "(at line 1, column 11)" in wrong("[workspace\n")


def test_settings_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "touchline.toml"
    path.write_bytes(b"\xef\xbb\xbf" + new_toml("Grüße").encode())
    settings = Settings.load(path)
    assert settings.workspace.name == "Grüße"
    assert settings.folder == tmp_path.resolve()
    assert settings == Settings(Workspace("Grüße"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceMissing, match="touchline init"):
        Settings.load(tmp_path / "touchline.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'[workspace]\nname = "Gr\xfc\xdfe"')
    with pytest.raises(SettingsError, match="byte 22 is not UTF-8; save the file as UTF-8"):
        Settings.load(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    "added",
    [
        '[workspace]\ntimezone = "Asia/Tokyo"',
        '[segments]\nattributes = ["tier"]',
        '[[scales]]\nkind = "ces"\ndirection = "easy"',
        '[[programmes]]\nname = "p"\nstage = "use"',
        '[[severity]]\nwhen = "x"\nseverity = 2',
        '[[proxies]]\nname = "p"\nwhen = "wait > 3"',
    ],
)
def test_the_version_changes_with_what_placement_depends_on(added: str) -> None:
    assert Settings.parse(added).version != Settings().version


def test_the_version_does_not_change_with_anything_else() -> None:
    other = """
        [workspace]
        name = "Other"
        [score]
        gate = 60
        [engine]
        threads = 1
        [[personas]]
        name = "p"
        when = "new"
        """
    assert Settings.parse(other).version == Settings().version
    spaced = (f"[[proxies]]\nname='p'\nwhen='{rule}'" for rule in ("wait > 60", "wait>2*30"))
    assert len({Settings.parse(text).version for text in spaced}) == 1


def test_lines_are_found_behind_values_of_several_lines() -> None:
    text = dedent(
        '''\
        # settings
        [a]
        note = """
        [b]
        c = 1
        """
        list = [
          "x",  # one
          "y",
        ]
        [b]
        c = 2
        [[d]]
        [[d]]
        e.f = 3
        '''
    )
    assert line_of(text, ("a", "note")) == 3
    assert line_of(text, ("a", "list")) == 7
    assert line_of(text, ("b", "c")) == 12
    assert line_of(text, ("d", 1)) == 14
    assert line_of(text, ("d", 1, "e", "f")) == 15
    assert line_of(text, ("d", 1, "missing")) == 14
    assert line_of(text, ("nowhere",)) is None

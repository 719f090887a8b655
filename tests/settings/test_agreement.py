"""Settings and the taxonomy that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from touchline.errors import SettingsError, TaxonomyError
from touchline.settings import Settings, new_toml, open_taxonomy
from touchline.settings.agreement import check
from touchline.vocabulary.taxonomy import Taxonomy


@pytest.mark.parametrize("template", Taxonomy.templates())
def test_a_starter_file_agrees_with_its_template(template: str) -> None:
    assert open_taxonomy(Settings.parse(new_toml("Acme", template))).id == template


def test_a_file_beside_the_settings_is_found(tmp_path: Path) -> None:
    (tmp_path / "journey.yaml").write_text(Taxonomy.template_text("b2c"), "utf-8")
    (tmp_path / "touchline.toml").write_text(new_toml("Acme", "journey.yaml"), "utf-8")
    assert open_taxonomy(Settings.load(tmp_path / "touchline.toml")) == Taxonomy.template("b2c")


def test_a_taxonomy_that_is_not_there() -> None:
    for name in ("b3c", "nowhere.yaml"):
        with pytest.raises(TaxonomyError, match=name):
            open_taxonomy(Settings.default(name))


def test_every_stage_and_touchpoint_that_is_not_known_is_told() -> None:
    settings = Settings.parse(
        """
        [[programmes]]
        name = "nps"
        stage = "delivry"
        [[proxies]]
        name = "late"
        stage = "Decision"
        touchpoint = "courier_delivry"
        when = "wait > 3"
        [[personas]]
        name = "Waiting"
        when = "tier = vip and stage in (moon, purchase)"
        [lifecycle]
        prospect = "stage = mars"
        """
    )
    with pytest.raises(SettingsError) as caught:
        check(settings, Taxonomy.template("b2c"))
    assert caught.value.what == (
        "programmes 'nps': there is no stage 'delivry', did you mean 'delivery'?; "
        "personas 'Waiting': there is no stage 'moon'; lifecycle.prospect: there is no stage 'mars'; "
        "proxies 'late': there is no touchpoint 'courier_delivry', did you mean 'courier_delivery'?"
    )

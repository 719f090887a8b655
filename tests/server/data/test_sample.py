"""The sample brings a whole company: what it declares, its personas, and its journey maps."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from touchline.maps import library
from touchline.server.data import uploads
from touchline.server.maps import facade

from .conftest import SLUG

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(monkeypatch):
    """How often the world was begun; it is simulated elsewhere, and not here."""
    begun = []
    monkeypatch.setattr(uploads, "load_sample", lambda *given: begun.append(given) or SimpleNamespace(id="0" * 32))
    return begun


def test_the_sample_brings_its_maps_and_leaves_those_that_are_there(enter, hold, loaded):
    mine = library.start("journey", hold.workspace.taxonomy, map_id="nordlicht", title="Ours")
    facade.create(SLUG, mine, "Ann")
    answer = enter("admin").post(f"/w/{SLUG}/data/sample")
    assert answer.status_code == 302
    assert len(loaded) == 1
    kept = {one.map.id: one.map.name for one in facade.everyone(SLUG)}
    assert set(kept) == {one.id for one in library.demo()}
    assert kept["nordlicht"] == "Ours"
    known = {persona.name for persona in hold.workspace.settings.personas}
    assert {name for one in library.demo() for name in one.personas} <= known


def test_only_who_administers_loads_it(enter, loaded):
    assert enter("viewer").post(f"/w/{SLUG}/data/sample").status_code == 403
    assert not loaded
    assert not facade.everyone(SLUG)

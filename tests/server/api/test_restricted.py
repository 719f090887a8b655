"""A viewer who may see some segments sees what there would be if the other customers did not exist."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest

from touchline.cli.writing import plain
from touchline.client.asking import parameters, questions
from touchline.errors import TouchlineError
from touchline.questions import Local
from touchline.scores.base import Filters
from touchline.server.api.scope import WHOLE_ONLY
from touchline.workspace import Workspace

from tests.server.api.test_questions import ASKED

pytestmark = pytest.mark.django_db
ALONE = Filters(segments=(("region", ("emea",)),))


@pytest.fixture(scope="module")
def emea(world, tmp_path_factory):
    """The same world without the customers of other regions: same key, same settings, no trace of them."""
    folder = tmp_path_factory.mktemp("emea") / "w"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("journal*", "warehouse", "index"))
    with Workspace(world) as whole, Workspace(folder) as alone:
        from touchline.sources import open_export

        export = open_export(world.parent / "files" / "interactions.csv", taxonomy=whole.taxonomy)
        text = (world.parent / "files" / "interactions.csv").read_text().splitlines(keepends=True)
        keep = _emea_rows(text)
        (folder / "emea.csv").write_text("".join(keep))
        del export
        alone.take_in(open_export(folder / "emea.csv", taxonomy=alone.taxonomy, source="interactions"))
        yield Local(alone)


def _emea_rows(lines):
    import csv
    import io

    rows = list(csv.DictReader(io.StringIO("".join(lines))))
    regions = {}
    for row in rows:
        if row.get("region"):
            regions.setdefault(row["customer_ref"], set()).add(row["region"])
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(row for row in rows if regions.get(row["customer_ref"]) == {"emea"})
    return [out.getvalue()]


def test_placeholder(emea):
    print(emea.status())
    print(emea.jsi(by="segment:region").to_dicts())

"""A workspace whose texts a language model reads: from the import to the figures, the budget and the rebuild."""

from __future__ import annotations

import json
import sys

import pytest
from tests.files import answer, fingerprint, take_in, write_csv

from touchline.cli import console, main
from touchline.errors import SettingsError
from touchline.settings import Settings, new_toml
from touchline.workspace import Workspace

COMMENTS = [f"Parcel {n} was late." for n in range(8)]


@pytest.fixture
def create(tmp_path, endpoint):
    """Make a workspace with an endpoint; settings of the model are given by name."""

    def make(name: str = "w", **limits: object) -> Workspace:
        return Workspace.create(tmp_path / name, settings=settings(endpoint, **limits))

    return make


def settings(endpoint, **limits: object) -> str:
    told = {"endpoint": endpoint.url, "model": "fake", "timeout": 5} | limits
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in told.items())
    text = new_toml("test", "taxonomy.yaml")
    return text.replace("\n[understanding]\n", f'\n[understanding]\nuse = "llm"\n[understanding.llm]\n{lines}\n')


def rows(comments=COMMENTS):
    return [answer(n, comment=comment, nps="", customer=f"C{n}") for n, comment in enumerate(comments)]


def counts(workspace: Workspace, column: str, table: str = "touches") -> dict[str, int]:
    found = workspace.warehouse.fetch(f"SELECT {column} AS name, count(*) AS n FROM {table} GROUP BY 1")
    return dict(zip(found["name"].to_pylist(), found["n"].to_pylist(), strict=True))


@pytest.fixture
def run(capsys, monkeypatch):
    def running(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["touchline", *map(str, arguments)])
        monkeypatch.setattr(console.out, "_width", 120)
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return running


def test_nothing_is_asked_unless_the_settings_say_so(tmp_path, endpoint):
    with Workspace.create(tmp_path / "w") as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", rows()))
        assert workspace.understander.method != "llm"
        assert not workspace.folder.understood.exists()
        assert workspace.understanding().llm is None
        assert workspace.read_again() == 0
    assert endpoint.calls == []


def test_what_was_read_and_what_fell_back_reach_the_figures_by_their_method(create, endpoint, tmp_path):
    with create(texts_a_day=5) as workspace:
        default = workspace.understander.default.method
        take_in(workspace, write_csv(tmp_path / "a.csv", rows()))
        assert counts(workspace, "method") == {"llm": 5, default: 3}
        assert counts(workspace, "method", "evidence") == {"llm": 5, default: 3}
        assert workspace.status().read_by == (("llm", 5), (default, 3))
        assert workspace.check() == []


def test_a_rebuild_is_equal_and_costs_nothing(create, endpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_KEY", "k")
    with create(texts_a_day=5, key_variable="FAKE_KEY") as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", rows()))
        before, calls = fingerprint(workspace), len(endpoint.calls)
        monkeypatch.delenv("FAKE_KEY")
        endpoint.always = (500, {}, "")
        assert workspace.rebuild().equal
        assert fingerprint(workspace) == before
        assert len(endpoint.calls) == calls


def test_asking_again_reads_what_fell_back_and_nothing_else(create, endpoint, tmp_path, run):
    with create(texts_a_day=5) as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", rows()))
        root = workspace.folder.root
    code, told = run("understanding", "-w", root)
    assert code == 0
    assert "fell back: budget" in told
    assert "5 of 5" in told
    assert "asks again for what fell back" in told
    assert "texts were read by" in run("status", "-w", root)[1]
    (root / "touchline.toml").write_text(settings(endpoint, texts_a_day=100))
    code, told = run("understanding", "--retry", "--json", "-w", root)
    assert code == 0
    found = json.loads(told)
    assert found["read_by"] == {"llm": 8}
    assert found["llm"]["fallen"] == {}
    assert found["llm"]["texts"] == {"today": 8, "a_day": 100}
    assert sorted(endpoint.sent) == COMMENTS
    with Workspace(root) as workspace:
        assert workspace.check() == []
        assert workspace.rebuild().equal
        assert workspace.read_again() == 0
    assert len(endpoint.sent) == 8


def test_switching_it_on_reads_what_is_there_anew_and_off_goes_back(tmp_path, endpoint):
    with Workspace.create(tmp_path / "w") as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", rows()))
        plain, root = fingerprint(workspace), workspace.folder.root
        off = workspace.folder.settings.read_text()
    (root / "touchline.toml").write_text(settings(endpoint))
    with Workspace(root) as workspace:
        workspace.catch_up()
        assert counts(workspace, "method") == {"llm": 8}
    (root / "touchline.toml").write_text(off)
    with Workspace(root) as workspace:
        workspace.catch_up()
        assert fingerprint(workspace) == plain
    assert len(endpoint.sent) == 8


def test_an_import_without_the_key_waits_and_loses_nothing(create, tmp_path, monkeypatch, endpoint):
    monkeypatch.delenv("FAKE_KEY", raising=False)
    path = write_csv(tmp_path / "a.csv", rows())
    with create(key_variable="FAKE_KEY") as workspace:
        with pytest.raises(SettingsError, match="FAKE_KEY is not set"):
            take_in(workspace, path)
        assert workspace.status().waiting == 8
        monkeypatch.setenv("FAKE_KEY", "k")
        workspace.drain()
        assert workspace.status().stored == 8
        assert counts(workspace, "method") == {"llm": 8}


def test_only_redacted_words_of_customers_leave(create, endpoint, tmp_path):
    with create() as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", rows(["Late! Mail ann@example.org or ring +44 20 7946 0958"])))
    raw = json.dumps([call.body for call in endpoint.calls])
    assert "Late! Mail [EMAIL_1] or ring [PHONE_1]" in raw
    for secret in ("ann@", "7946", "C0", "emea", "a0"):
        assert secret not in "".join(endpoint.sent)


def test_stricter_rules_of_redaction_hold_for_what_leaves_at_once(create, endpoint, tmp_path):
    comments = ["My order number 55120987 came late", "Rude staff"]
    with create() as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", rows(comments)))
        path = workspace.folder.settings
    assert sorted(endpoint.sent) == comments
    path.write_text(path.read_text().replace("\n[privacy]\n", "\n[privacy]\norders = true\n"))
    with Workspace(path.parent) as workspace:
        workspace.drain()
        assert workspace.rebuild().equal
    (again,) = endpoint.sent[2:]  # the other text is sent as before: it was paid for
    assert "55120987" not in again
    assert "came late" in again


def test_words_that_the_workspace_calls_grave_still_count(create, endpoint, tmp_path):
    with create() as workspace:
        path = workspace.folder.settings
        path.write_text(path.read_text() + '\n[[severity]]\nwhen = ["solicitor"]\nseverity = 3\n')
    with Workspace(path.parent) as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", rows(["The parcel was late, my solicitor will write."])))
        assert counts(workspace, "severity") == {3.0: 1}


def test_another_understander_can_be_named(tmp_path):
    text = new_toml("test", "taxonomy.yaml")
    named = text.replace("\n[understanding]\n", '\n[understanding]\nuse = "phrases"\n')
    with Workspace.create(tmp_path / "w", settings=named) as workspace:
        assert workspace.understander.method == "rule"
    unknown = text.replace("\n[understanding]\n", '\n[understanding]\nuse = "tea leaves"\n')
    with (
        Workspace.create(tmp_path / "x", settings=unknown) as workspace,
        pytest.raises(SettingsError, match="tea leaves"),
    ):
        _ = workspace.understander


# ---------------------------------------------------------------------------------------------------- settings


def wrong(llm: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(f'[understanding]\nuse = "llm"\n[understanding.llm]\n{llm}')
    return str(caught.value)


def test_what_is_missing_is_told():
    told = wrong("")
    assert "'endpoint' is missing" in told
    assert "'model' is missing" in told


def test_a_key_in_the_file_is_refused_and_not_repeated():
    told = wrong('endpoint = "https://a.example"\nmodel = "m"\nkey_variable = "sk-live-123"')
    assert "must be the NAME of an environment variable" in told
    assert "sk-live" not in told


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://llm.example.com/v1", "unencrypted"),
        ("http://8.8.8.8/v1", "unencrypted"),
        ("ftp://a.example", "no URL"),
        ("llm.example.com", "no URL"),
        ("https://user:pass@a.example", "environment variable"),
        ("https://a.example/v1?key=1", "environment variable"),
        ("https://a.example:port", "no URL"),
        ("file:///etc/passwd", "no URL"),
        ("https://a..example", "no URL"),
        ("https://a.example/my path", "no URL"),
    ],
)
def test_endpoints_that_are_refused(url, why):
    assert why in wrong(f'model = "m"\nendpoint = "{url}"')


@pytest.mark.parametrize(
    "url",
    ["https://a.example", "http://localhost:8000", "http://10.1.2.3/v1", "http://gpu:8000/v1", "http://[::1]:1/v1",
     "http://llm.internal/v1"],
)  # fmt: skip
def test_endpoints_of_ones_own_network_may_be_plain(url):
    text = f'[understanding]\nuse = "llm"\n[understanding.llm]\nmodel = "m"\nendpoint = "{url}"'
    assert Settings.parse(text).understanding.llm.endpoint == url


def test_the_model_is_in_the_settings_version_and_budgets_are_not():
    text = '[understanding]\nuse = "llm"\n[understanding.llm]\nendpoint = "https://a.example"\nmodel = "{}"\n'
    one, other = Settings.parse(text.format("m")), Settings.parse(text.format("n"))
    assert len({one.version, other.version, Settings().version}) == 3
    assert Settings.parse(text.format("m") + "texts_a_day = 5").version == one.version

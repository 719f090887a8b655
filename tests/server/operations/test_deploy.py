"""The image, the compose file and the systemd unit say what the program understands, and are as hard as they claim."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from touchline.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
VARIABLE = re.compile(r"\bTOUCHLINE_[A-Z_]+\b")
#: Named for compose alone.
OF_COMPOSE = {"TOUCHLINE_ADDRESS"}


def instructions():
    """Return the Dockerfile's instructions, in order, with continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in lines if line.strip()]


def last_stage():
    found = instructions()
    start = max(at for at, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def values(stage, name):
    return [value for kind, value in stage if kind == name]


def known_variables():
    code = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    return set(VARIABLE.findall(code))


def serve_options():
    return {name for p in get_command(app).commands["serve"].params for name in (*p.opts, *p.secondary_opts)}


def test_the_image_is_pinned_small_and_runs_as_nobody():
    stages = values(instructions(), "FROM")
    assert len(stages) == 2
    assert all(re.match(r"python:3\.\d+-slim-\w+\b", stage) for stage in stages)
    assert values(instructions(), "ADD") == []
    (user,) = values(last_stage(), "USER")
    uid, gid = user.split(":")
    assert int(uid) >= 1000 <= int(gid)
    assert "apt-get" not in " ".join(values(instructions(), "RUN"))
    at = [name for name, _ in last_stage()]
    assert at.index("USER") > max(number for number, name in enumerate(at) if name in ("RUN", "COPY"))


def test_what_the_image_copies_is_there_and_not_ignored():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*"
    for value in values(instructions(), "COPY"):
        words = shlex.split(value)
        if words[0].startswith("--from="):
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source


def test_the_image_serves_and_is_looked_after():
    (command,), (entry,) = values(last_stage(), "CMD"), values(last_stage(), "ENTRYPOINT")
    words = json.loads(entry) + json.loads(command)
    assert words[:2] == ["touchline", "serve"]
    assert {word for word in words if word.startswith("--")} <= serve_options()
    (port,) = values(last_stage(), "EXPOSE")
    assert words[words.index("--port") + 1] == port
    (volumes,) = values(last_stage(), "VOLUME")
    assert words[2] in json.loads(volumes)
    (health,) = values(last_stage(), "HEALTHCHECK")
    probe = json.loads(health[health.index("[") :])
    assert f"127.0.0.1:{port}/healthz" in probe[-1]
    compile(probe[-1], "healthcheck", "exec")
    assert values(last_stage(), "STOPSIGNAL") == ["SIGTERM"]


def test_the_image_holds_no_secret():
    told = " ".join(values(instructions(), "ENV") + values(instructions(), "ARG") + values(instructions(), "LABEL"))
    assert not re.search(r"SECRET|PASSWORD|TOKEN|DATA_KEY", told)


@pytest.mark.parametrize(
    "name", ["Dockerfile", "deploy/compose.yaml", "deploy/touchline.env", "deploy/touchline.service"]
)
def test_every_variable_is_one_that_the_program_reads(name):
    told = set(VARIABLE.findall((ROOT / name).read_text()))
    assert told - known_variables() - OF_COMPOSE == set()


def test_compose_is_hardened():
    made = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    one = made["services"]["touchline"]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in one["security_opt"]
    assert one["init"] is True
    assert all(port.startswith("127.0.0.1:") for port in one["ports"])
    mounted = {volume.split(":")[1] for volume in one["volumes"]}
    (volumes,) = values(last_stage(), "VOLUME")
    assert mounted == set(json.loads(volumes))
    assert {word for word in one["command"] if word.startswith("--")} <= serve_options()
    assert {volume.split(":")[0] for service in made["services"].values() for volume in service["volumes"]} == set(
        made["volumes"]
    )


@pytest.fixture
def unit(tmp_path):
    """The unit with a program that is here."""
    text = (ROOT / "deploy" / "touchline.service").read_text()
    path = tmp_path / "touchline.service"
    path.write_text(text.replace("/opt/touchline/bin/touchline", shutil.which("true")))
    return path


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_understands_the_unit_and_finds_it_hard(unit):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    looked = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert looked.returncode == 0, looked.stdout[-2000:] + looked.stderr


def test_the_unit_starts_what_there_is_and_ends_it_in_order():
    text = (ROOT / "deploy" / "touchline.service").read_text()
    told = dict(line.split("=", 1) for line in text.splitlines() if re.match(r"\w+=", line))
    words = shlex.split(told["ExecStart"])
    assert words[1] == "serve"
    assert {word for word in words if word.startswith("--")} <= serve_options()
    assert (told["KillMode"], told["User"], told["Restart"]) == ("mixed", "touchline", "on-failure")
    from touchline.server.processes.supervisor import _GRACE

    assert int(told["TimeoutStopSec"]) > _GRACE


def test_the_probe_of_the_image_finds_a_server_that_answers_and_one_that_does_not(tmp_path):
    """The image's own probe, asked of a server here."""
    from tests.server.serving import free_port, serving

    (health,) = values(last_stage(), "HEALTHCHECK")
    code = json.loads(health[health.index("[") :])[-1]
    port = free_port()
    here = code.replace("8765", str(port))
    whole = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    assert subprocess.run([sys.executable, "-c", here], capture_output=True, check=False, env=whole).returncode
    with serving(tmp_path / "acme", port=port):
        subprocess.run([sys.executable, "-c", here], check=True, env=whole)

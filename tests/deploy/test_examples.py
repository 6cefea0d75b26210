"""The examples in deploy/ name settings and commands that there are, and are well-formed."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from cevvo.settings import Settings, variable

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(each for each in DEPLOY.rglob("*") if each.is_file())
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
USER = 10001  # of the image


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_settings_that_are_named_are_known(file: Path) -> None:
    known = {variable(name) for name in Settings.model_fields}
    named = set(re.findall(r"\b(?:CEVVO|OPENAI|ANTHROPIC)_[A-Z_]+\b", file.read_text()))
    assert named - known == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: str(unit.name))
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("there is no systemd here")
    text = unit.read_text()
    assert text.count("/opt/cevvo/bin/cevvo ") == 1
    there = tmp_path / unit.name
    there.write_text(text.replace("/opt/cevvo/bin/cevvo ", "/bin/true "))
    done = subprocess.run([verify, "verify", there], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, complaints) == (0, [])


def test_units_of_servers_and_workers_differ_in_what_they_run_alone() -> None:
    server, worker = (
        [
            line
            for line in (DEPLOY / "systemd" / name).read_text().splitlines()
            if not line.startswith(("#", "Description=", "ExecStart="))
        ]
        for name in ("cevvo.service", "cevvo-worker.service")
    )
    assert server == worker


def documents(file: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(file.read_text()))


def test_every_manifest_is_applied() -> None:
    kustomization = documents(DEPLOY / "kubernetes" / "kustomization.yaml")[0]
    others = {file.name for file in MANIFESTS} - {"kustomization.yaml"}
    assert set(kustomization["resources"]) == others


@pytest.mark.parametrize("name", ["api", "worker"])
def test_pods_may_do_nothing_that_they_need_not(name: str) -> None:
    deployment = documents(DEPLOY / "kubernetes" / f"{name}.yaml")[0]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsUser"] == USER
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    secret = {"CEVVO_DATABASE_URL", "CEVVO_REDIS_URL", "CEVVO_SECRET_KEY"}
    for variable_ in container["env"]:
        assert ("valueFrom" in variable_) or variable_["name"] not in secret
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels


def test_the_service_leads_to_the_servers() -> None:
    deployment, service, budget, ingress = documents(DEPLOY / "kubernetes" / "api.yaml")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == budget["spec"]["selector"]["matchLabels"] == labels
    path = ingress["spec"]["rules"][0]["http"]["paths"][0]
    assert path["backend"]["service"]["name"] == service["metadata"]["name"]
    ports = deployment["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert ports == [{"name": "http", "containerPort": Settings.model_fields["port"].default}]


def test_compose_publishes_nothing_beyond_this_machine_and_keeps_no_secret() -> None:
    compose = documents(DEPLOY / "compose" / "compose.yaml")[0]
    for name, service in compose["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    for name in ("api", "worker"):
        service = compose["services"][name]
        assert service["command"] == [{"api": "serve"}.get(name, name)]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
    given = re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / "compose/example.env").read_text(), re.M)
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose/compose.yaml").read_text()))
    assert {name for name, _ in given} == asked
    assert not [name for name, value in given if value and ("KEY" in name or "PASSWORD" in name)]

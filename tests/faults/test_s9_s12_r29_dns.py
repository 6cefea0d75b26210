"""Hostile and dead name servers, by the system's own resolver in a network namespace.

The namespace has no way out: a name server on its loopback is all there is. What fetching lets
through is judged by the address that it asks a recording connector for.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from cevvo.providers.fetching.addresses import FORBIDDEN
from faults.name_server import OWN_ADDRESS, run_in_namespace
from faults.recording_network import PUBLIC

SCRIPT = Path(__file__).with_name("fetching_process.py")
REFUSED = f"url_not_allowed: {FORBIDDEN}"


def run(folder: Path, *scenarios: str) -> dict[str, Any]:
    """Run scenarios of ``fetching_process.py`` in a namespace; what each of them saw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.fspath(SCRIPT.parent.parent))
        seen: dict[str, Any] = json.loads(run_in_namespace(folder, SCRIPT, *scenarios, timeout=50))
    return seen


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the quick scenarios saw, run one after the other."""
    folder = tmp_path_factory.mktemp("namespace")
    return run(folder, "rebinding", "mixed", "resync", "own_address")


def test_s9_rebinding_by_the_name_server(seen: dict[str, Any]) -> None:
    """Each fetch asks once, and connects to nothing but what that answer was."""
    saw = seen["rebinding"]
    assert saw["outcomes"] == ["200", REFUSED, "200", REFUSED, REFUSED]
    assert saw["opened"] == [PUBLIC, PUBLIC]
    assert saw["asked"] == 5


def test_s10_public_and_private_records_mixed(seen: dict[str, Any]) -> None:
    saw = seen["mixed"]
    assert saw["outcomes"] == [REFUSED] * 6
    assert saw["opened"] == []


def test_s12_a_site_whose_name_moves_inside_before_the_next_sync(seen: dict[str, Any]) -> None:
    saw = seen["resync"]
    assert saw["verdicts"] == [["ok"], ["url_not_allowed"], ["url_not_allowed"]]
    assert saw["opened"] == [[PUBLIC], [], []]


def test_s7_a_public_address_of_the_machine_itself(seen: dict[str, Any]) -> None:
    """What listens there on other ports than the web's may be hidden by a firewall."""
    saw = seen["own_address"]
    assert saw["outcomes"] == ["200", REFUSED]
    assert saw["opened"] == [OWN_ADDRESS]


def test_r29_dead_name_servers(tmp_path: Path) -> None:
    """They cost those who ask for the name, at their deadline; nobody else, and no shutdown.

    The resolver itself would wait a minute for each of the names.
    """
    started = time.monotonic()
    seen = run(tmp_path, "dead")["dead"]
    ended = time.monotonic() - started
    assert seen["dead"] == [
        f"unreachable: The host name dead{n}.test could not be resolved." for n in range(20)
    ]
    assert seen["asked"] == [1] * 20
    assert seen["alive"] == ["200"] * 5
    assert seen["alive_after"] < seen["dead_after"]
    assert 2 <= seen["dead_after"] < 20
    assert seen["lag"] < 1.9  # one that waited for a resolver would be 2
    assert ended < 40

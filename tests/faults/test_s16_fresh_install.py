"""S16: what somebody finds who installs it and starts it, and what an attacker does."""

import base64
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cevvo.cli.serve import listen
from cevvo.errors import StartError
from cevvo.foundation.secrets import Secrets
from cevvo.settings import Settings, load_settings
from conftest import CEVVO, clean_environment
from http_api import Api


def started(data: Path) -> tuple[str, str]:
    """What a server says when it starts, on stdout and on stderr."""
    process = subprocess.Popen(
        [CEVVO, "serve", "--data-dir", data, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    rest, errors = process.communicate(timeout=30)
    return first + rest, errors


def test_s16_by_default_only_this_machine_and_no_password(tmp_path: Path) -> None:
    said, errors = started(tmp_path / "data")
    assert said.startswith("cevvo serves http://127.0.0.1:")
    assert "warning" not in errors
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "data", tmp_path / "data" / "secret.key")
    }
    assert modes == {"data": 0o700, "secret.key": 0o600}
    assert len((tmp_path / "data" / "secret.key").read_bytes()) == 32


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({"host": "0.0.0.0"}, True),
        ({"host": "::"}, True),
        ({"host": "0.0.0.0", "trusted_proxies": ("127.0.0.1",)}, False),
        ({"host": "127.0.0.1"}, False),
    ],
)
def test_s16_the_network_without_tls_is_warned_of(
    settings: dict[str, Any], warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    listen(Settings(port=0, **settings)).close()
    errors = capsys.readouterr().err
    assert ("without TLS" in errors) == warned
    assert ("CEVVO_TRUSTED_PROXIES" in errors) == warned


def test_s16_nothing_is_there_to_sign_in_with(api: Api) -> None:
    with api.client(key=None) as client:
        for name, password in (("admin", "admin"), ("cevvo", "cevvo"), ("", "")):
            assert client.get("/items", auth=(name, password)).status_code == 401


def test_s16_a_secret_key_of_the_operators_needs_no_file(tmp_path: Path) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    sealed = Secrets.of(tmp_path, key).seal("x", belongs_to="y")
    assert Secrets.of(tmp_path, key).open(sealed, belongs_to="y") == "x"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["my-secret-value", "bXktc2VjcmV0", ""])
def test_s16_a_secret_key_of_another_form_is_refused_and_not_repeated(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CEVVO_SECRET_KEY", key)
    with pytest.raises(StartError, match="32 bytes in base64") as caught:
        load_settings()
    assert not key or key not in caught.value.message

"""What a server that cannot listen says, and what mends it."""

import errno
import socket
from pathlib import Path

import pytest

from cevvo.cli.serve import listen
from cevvo.errors import StartError
from cevvo.settings import load_settings


def said(host: str, port: int, folder: Path) -> str:
    with pytest.raises(StartError) as refused:
        listen(load_settings(data_dir=folder, host=host, port=port))
    return refused.value.message


def test_a_port_in_use_is_to_be_freed_or_changed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert "--port" in said("127.0.0.1", other.getsockname()[1], tmp_path)


@pytest.mark.parametrize("host", ["203.0.113.7", "nowhere.invalid"])
def test_an_address_of_no_or_another_machine_is_to_be_changed(host: str, tmp_path: Path) -> None:
    message = said(host, 0, tmp_path)
    assert "Name an address of this machine with --host." in message
    assert "--port" not in message


def test_a_port_that_only_root_may_have_is_to_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert "from 1024 on" in said("127.0.0.1", 80, tmp_path)

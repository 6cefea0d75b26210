"""Commands that read or change what is stored make no data directory where there is none."""

import subprocess
from pathlib import Path

import pytest

from conftest import CEVVO, clean_environment


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "list"),
        ("keys", "rotate", "key_x"),
        ("keys", "revoke", "key_x"),
        ("people", "list"),
        ("people", "reset-password", "ada@example.com"),
        ("audit",),
        ("retention",),
        ("retention", "--days", "30"),
        ("questions", "rebuild"),
        ("reembed",),
        ("export", "exported"),
    ],
)
def test_a_mistyped_data_directory_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = subprocess.run(
        [CEVVO, *arguments, "--data-dir", "mistyped"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=clean_environment(HOME=str(tmp_path)),
    )
    assert ran.returncode == 1
    assert f"cevvo: There is no cevvo database in {tmp_path / 'mistyped'}." in ran.stderr
    assert not (tmp_path / "mistyped").exists()

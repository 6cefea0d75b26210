"""Secrets are readable with the key of the data directory, and with nothing else."""

import base64
from pathlib import Path

import pytest

from cevvo.errors import StartError
from cevvo.foundation.secrets import Secrets


def test_a_secret_opens_again_after_a_restart(tmp_path: Path) -> None:
    sealed = Secrets.of(tmp_path).seal("JBSWY3DP", belongs_to="per_1")
    assert "JBSWY3DP" not in sealed
    assert base64.b64encode(b"JBSWY3DP").decode() not in sealed
    assert Secrets.of(tmp_path).open(sealed, belongs_to="per_1") == "JBSWY3DP"


def test_the_same_secret_never_looks_the_same(tmp_path: Path) -> None:
    secrets = Secrets.of(tmp_path)
    assert len({secrets.seal("x", belongs_to="per_1") for _ in range(20)}) == 20


def test_s16_the_key_is_for_this_user_only(tmp_path: Path) -> None:
    Secrets.of(tmp_path)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_secret_opens_neither_elsewhere_nor_changed_nor_with_another_key(tmp_path: Path) -> None:
    secrets = Secrets.of(tmp_path)
    sealed = secrets.seal("x", belongs_to="per_1")
    changed = sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB")
    other = tmp_path / "other"
    other.mkdir()
    attempts = [(secrets, sealed, "per_2"), (secrets, changed, "per_1")]
    attempts.append((Secrets.of(other), sealed, "per_1"))
    for opener, text, belongs_to in attempts:
        with pytest.raises(StartError):
            opener.open(text, belongs_to=belongs_to)


def test_a_damaged_key_is_named_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(StartError, match=r"secret\.key is damaged"):
        Secrets.of(tmp_path)
    assert (tmp_path / "secret.key").read_bytes() == b"short"

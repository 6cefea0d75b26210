"""No file of the repository holds a secret: no key of this product, and none of anyone else's."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cevvo.errors import InvalidApiKey
from cevvo.foundation.access.keys import generate, verify

ROOT = Path(__file__).parents[2]
OWN = re.compile(r"cevvo_[sp]k_[0-9A-Za-z]{49}")
FOREIGN = {  # as their issuers describe them
    "private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "AWS access key": r"(?:AKIA|ASIA)[A-Z2-7]{16}(?<!EXAMPLE)\b",
    "GitHub token": r"(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{82})\b",
    "GitLab token": r"glpat-[0-9A-Za-z_-]{20,}",
    "OpenAI key": r"sk-(?:proj-|svcacct-|admin-)?[0-9A-Za-z_-]{20,}T3BlbkFJ[0-9A-Za-z_-]{20,}",
    "Anthropic key": r"sk-ant-[a-z]+\d\d-[0-9A-Za-z_-]{80,}",
    "Google key": r"AIza[0-9A-Za-z_-]{35}\b",
    "Slack token": r"xox[abeoprs]-[0-9A-Za-z-]{20,}",
    "Stripe key": r"[rs]k_live_[0-9A-Za-z]{20,}",
    "npm token": r"npm_[0-9A-Za-z]{36}\b",
    "PyPI token": r"pypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50,}",
    "JSON web token": r"eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20,}",
    "password in a URL": r"(?<=://)[^\s/:@'\"{}<>$]{1,64}:([^\s/:@'\"{}<>$]{8,64})@[\w.-]+\.\w",
}
HOLDS_SECRETS = re.compile(r"(^|/)(\.env(\..*)?|.*\.(pem|p12|pfx|key|kdbx|sqlite3?|db))$")
NO_SECRET = {"password", "hunter2hunter2", "secretsecret"}  # what examples say


def tracked() -> list[Path]:
    """The files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def secrets_in(text: str) -> Iterator[str]:
    """What in a text is a secret, without telling all of it."""
    for found in OWN.findall(text):
        try:
            yield f"{verify(found)} key of this product: {found[:14]}…"
        except InvalidApiKey:
            continue  # has the form alone: an example
    for name, pattern in FOREIGN.items():
        for match in re.finditer(pattern, text):
            if not NO_SECRET & set(match.groups()):
                yield f"{name}: {match[0][:14]}…"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_s48_no_file_of_the_repository_holds_a_secret() -> None:
    files = [path for path in tracked() if path.is_file()]
    assert len(files) > 500
    found = [
        f"{path.relative_to(ROOT)}: {secret}"
        for path in files
        for secret in secrets_in(path.read_bytes().decode("utf-8", "replace"))
    ]
    found += [f"{path}: its name" for path in files if HOLDS_SECRETS.search(str(path))]
    assert not found, "\n".join(found)


def test_s48_what_would_be_found() -> None:
    """Each pattern finds one of its own; put together here, so that this file has none."""
    letters = "Ab3" * 40
    ours = [generate("secret"), generate("publishable")]
    samples = {
        "private key": "-----BEGIN " + "OPENSSH PRIVATE KEY-----",
        "AWS access key": "AKIA" + "ABCDEFGH234567AB",
        "GitHub token": "ghp_" + letters[:36],
        "GitLab token": "glpat-" + letters[:20],
        "OpenAI key": "sk-proj-" + letters[:20] + "T3Blbk" + "FJ" + letters[:20],
        "Anthropic key": "sk-ant-" + "api03-" + letters[:90],
        "Google key": "AIza" + letters[:35],
        "Slack token": "xoxb-" + letters[:24],
        "Stripe key": "sk_live_" + letters[:24],
        "npm token": "npm_" + letters[:36],
        "PyPI token": "pypi-" + "AgEIcHlwaS5vcmc" + letters[:60],
        "JSON web token": "eyJ" + letters[:12] + ".eyJ" + letters[:12] + "." + letters[:24],
        "password in a URL": "postgresql://cevvo:" + "correcthorse@db.example.com/cevvo",
    }
    assert set(samples) == set(FOREIGN)
    for name, sample in samples.items():
        assert [each.split(":")[0] for each in secrets_in(f"x = '{sample}'")] == [name]
    for key in ours:
        assert len(list(secrets_in(f'"{key}"'))) == 1
        assert not list(secrets_in(key[:-1] + ("a" if key[-1] != "a" else "b")))

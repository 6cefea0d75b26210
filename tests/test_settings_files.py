"""Settings in files: their order, their paths, and what is wrong with one in one line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cevvo.cli.main import app
from cevvo.errors import StartError
from cevvo.settings import Settings, load_settings, origins

KEY = "sk-live-0123456789"


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own file, which is not there yet; the working directory is empty."""
    (tmp_path / "work").mkdir()
    (tmp_path / "config" / "cevvo").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("CEVVO_PORT", "CEVVO_DATA_DIR", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "config" / "cevvo" / "config.toml"


def here(content: str) -> None:
    Path("cevvo.toml").write_text(content)


def test_what_is_nearer_wins(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look(**flags: object) -> None:
        seen.append((load_settings(**flags).port, origins(**flags)["port"]))

    look()
    user.write_text("port = 1001\nworkers = 2\n")
    look()
    here("port = 1002")
    look()
    monkeypatch.setenv("CEVVO_PORT", "1003")
    look()
    look(port=1004)
    assert seen == [
        (8420, "default"),
        (1001, str(user)),
        (1002, "cevvo.toml"),
        (1003, "CEVVO_PORT"),
        (1004, "--port"),
    ]
    assert load_settings().workers == 2


def test_paths_are_relative_to_their_file(user: Path) -> None:
    user.write_text('data_dir = "data"\n')
    assert load_settings().data_dir == user.parent / "data"
    here('data_dir = "data"')
    assert load_settings().data_dir == Path("data")
    here('data_dir = "~/data"')
    assert load_settings().data_dir == Path.home() / "data"


def test_every_kind_of_value(monkeypatch: pytest.MonkeyPatch) -> None:
    here(
        f'openai_api_key = "{KEY}"\n'
        'models = ["openai/gpt-9", "extractive"]\n'
        'model_prices = ["openai/gpt-9=1/2"]\n'
        'allowed_hosts = "one.example.com, two.example.com"\n'
    )
    settings = load_settings()
    assert settings.ladder == ("openai/gpt-9",)
    assert settings.model_prices[0].written == 2
    assert settings.allowed_hosts == ("one.example.com", "two.example.com")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    assert settings.openai_api_key is not None
    given = load_settings().openai_api_key
    assert given is not None
    assert given.get_secret_value() == "sk-other"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("prot = 1", "cevvo.toml: unknown setting 'prot'. Did you mean port?"),
        ("CEVVO_RATE_LIMITS = 1", "Did you mean rate_limit?"),
        ("xyz = 1", "cevvo config show"),
        ("[server]\nport = 1", "unknown setting 'server'"),
        ("port 8420", "cevvo.toml is not written in TOML"),
        ("port = 8420\nport = 1", "cevvo.toml is not written in TOML"),
        ('port = "many"', "Setting port in cevvo.toml ('many')"),
        ("port = 99999", "Setting port in cevvo.toml (99999)"),
        ('log_level = "loud"', "Setting log_level in cevvo.toml"),
        (f'secret_key = "{KEY}"', "Setting secret_key in cevvo.toml"),
        (f'smtp_url = "smtp://me:{KEY}@mail"', "CEVVO_SMTP_URL needs CEVVO_MAIL_FROM"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(content: str, said: str) -> None:
    here(content)
    with pytest.raises(StartError) as caught:
        load_settings()
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert KEY not in caught.value.message


def test_a_file_that_cannot_be_read(user: Path) -> None:
    Path("cevvo.toml").mkdir()
    with pytest.raises(StartError, match=r"Cannot read cevvo\.toml: Is a directory"):
        load_settings()
    Path("cevvo.toml").rmdir()
    user.write_bytes(b"\xff\xfe")
    with pytest.raises(StartError, match="not written in TOML"):
        load_settings()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_config_show(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here(f'openai_api_key = "{KEY}"\nallowed_hosts = ["a.example.com", "b.example.com"]\n')
    monkeypatch.setenv("CEVVO_PORT", "1003")
    shown = json.loads(run("config", "show", "--json", "--data-dir", "other"))
    assert set(shown) == set(Settings.model_fields)
    assert shown["port"] == {"value": 1003, "from": "CEVVO_PORT", "variable": "CEVVO_PORT"}
    assert shown["data_dir"]["from"] == "--data-dir"
    assert shown["openai_api_key"]["variable"] == "OPENAI_API_KEY"
    table = run("config", "show")
    assert "cevvo.toml: read" in table
    assert f"{user}: not there" in table
    assert KEY not in table + json.dumps(shown)
    assert run("config", "show", "--quiet").splitlines() == [
        "CEVVO_PORT=1003",
        "CEVVO_ALLOWED_HOSTS=a.example.com,b.example.com",
        "OPENAI_API_KEY=********",
    ]


def test_doctor_warns_of_secrets_that_others_can_read(tmp_path: Path) -> None:
    here(f'openai_api_key = "{KEY}"')
    Path("cevvo.toml").chmod(0o644)
    doctor = ("doctor", "--url", "http://127.0.0.1:9", "--data-dir", str(tmp_path / "none"))
    assert "Others can read the openai_api_key in cevvo.toml" in run(*doctor)
    Path("cevvo.toml").chmod(0o600)
    assert "Others can read" not in run(*doctor)


def test_s41_a_token_that_is_too_short_is_refused_without_being_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CEVVO_METRICS_TOKEN", "hunter2hunter2")
    with pytest.raises(StartError, match="16") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)

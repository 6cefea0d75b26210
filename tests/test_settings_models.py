"""The settings that name models, their keys and prices; a wrong one is refused in one line."""

import pytest

from cevvo.errors import StartError
from cevvo.providers.llm.anthropic import AnthropicModel
from cevvo.providers.llm.configured import configured_models
from cevvo.providers.llm.openai import OpenAIModel
from cevvo.settings import ModelPrice, Settings, load_settings

LOCAL = "http://127.0.0.1:11434/v1#llama3.2:1b"


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "CEVVO_MODELS", "CEVVO_MODEL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.mark.parametrize(
    ("variables", "ladder"),
    [
        ({}, ()),
        ({"OPENAI_API_KEY": "sk-1"}, ("openai/gpt-6.1-terra",)),
        ({"ANTHROPIC_API_KEY": "sk-2"}, ("anthropic/claude-sonnet-5-5",)),
        (
            {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"},
            ("openai/gpt-6.1-terra", "anthropic/claude-sonnet-5-5"),
        ),
        ({"OPENAI_API_KEY": "", "CEVVO_MODEL_API_KEY": "x"}, ()),
        ({"OPENAI_API_KEY": "sk-1", "CEVVO_MODELS": "extractive"}, ()),
        (
            {"OPENAI_API_KEY": "sk-1", "CEVVO_MODELS": f" openai/gpt-6-luna , {LOCAL},extractive"},
            ("openai/gpt-6-luna", LOCAL),
        ),
        ({"CEVVO_MODELS": "https://gateway.example.com/api/v1#openai/gpt-oss-20b"}, None),
        ({"CEVVO_MODELS": "http://[::1]:8000/v1#m,http://gpu-box:8000#m"}, None),
    ],
)
def test_models_make_a_ladder(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], ladder: tuple[str, ...] | None
) -> None:
    expected = tuple(variables["CEVVO_MODELS"].split(",")) if ladder is None else ladder
    assert load(monkeypatch, **variables).ladder == expected


def test_a_model_is_called_by_a_name_that_tells_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        OPENAI_API_KEY="sk-1",
        ANTHROPIC_API_KEY="sk-2",
        CEVVO_MODELS=f"{LOCAL},anthropic/claude-haiku-5-5,openai/gpt-6-luna",
    )
    local, claude, gpt = configured_models(settings)
    assert [type(each) for each in (local, claude, gpt)] == [
        OpenAIModel,
        AnthropicModel,
        OpenAIModel,
    ]
    assert [each.model_id for each in (local, claude, gpt)] == [
        "llama3.2:1b",
        "anthropic/claude-haiku-5-5",
        "openai/gpt-6-luna",
    ]


def test_prices_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    prices = {"CEVVO_MODEL_PRICES": "openai/gpt-6-luna=0.1/0.50, llama3.2:1b=0/0"}
    models = {"OPENAI_API_KEY": "sk-1", "CEVVO_MODELS": f"openai/gpt-6-luna,{LOCAL}"}
    assert load(monkeypatch, **models, **prices).model_prices == (
        ModelPrice("openai/gpt-6-luna", 0.1, 0.5),
        ModelPrice("llama3.2:1b", 0.0, 0.0),
    )


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"CEVVO_MODELS": "gpt-4o"}, "is not a model such as openai/"),
        ({"CEVVO_MODELS": "openai/"}, "is not a model such as openai/"),
        ({"CEVVO_MODELS": "ftp://host/v1#m"}, "is not a model such as openai/"),
        ({"CEVVO_MODELS": "http://host/v1"}, "is not a model such as openai/"),
        ({"CEVVO_MODELS": f"extractive,{LOCAL}"}, "'extractive' is not a model"),
        ({"CEVVO_MODELS": "openai/gpt-6-luna"}, "needs OPENAI_API_KEY to be set"),
        ({"CEVVO_MODELS": "anthropic/x", "OPENAI_API_KEY": "k"}, "needs ANTHROPIC_API_KEY"),
        ({"CEVVO_MODELS": "http://u:p@host/v1#m"}, "scheme, host, port and path alone"),
        ({"CEVVO_MODELS": "http://host/v1?a=b#m"}, "scheme, host, port and path alone"),
        ({"CEVVO_MODELS": "http://127.1/v1#m"}, "scheme, host, port and path alone|IPv4|Expected"),
        ({"CEVVO_MODELS": "http://host:99999/v1#m"}, "Port out of range"),
        ({"CEVVO_MODEL_PRICES": "m=1/2"}, "there is no model 'm'"),
        ({"CEVVO_MODEL_PRICES": "m=cheap"}, "a price is written as"),
        ({"CEVVO_OPENAI_API_KEY": "sk-1"}, "Unknown setting CEVVO_OPENAI_API_KEY"),
        ({"CEVVO_EMBEDDING_MODEL": ""}, "embedding_model .*is set to nothing, where a path"),
        ({"CEVVO_READER_MODEL": ""}, "reader_model .*is set to nothing, where a path"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    with pytest.raises(StartError, match=said) as caught:
        configured_models(load(monkeypatch, **variables))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "CEVVO_MODEL_API_KEY"])
def test_s41_a_key_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    settings = load(monkeypatch, **{name: "sk-secret\n"})
    assert "sk-secret" not in repr(settings) + str(settings) + settings.model_dump_json()
    with pytest.raises(StartError, match="no API key has blanks") as caught:
        load(monkeypatch, **{name: "sk-secret and more"})
    assert "sk-secret" not in caught.value.message


@pytest.mark.parametrize("url", ["https://me:hunter2@host/v1", "https://host/v1?key=hunter2"])
def test_a_refused_base_url_does_not_tell_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(StartError) as raised:
        load(monkeypatch, CEVVO_MODELS=f"{url}#m")
    assert "hunter2" not in raised.value.message
    assert "host/v1" in raised.value.message

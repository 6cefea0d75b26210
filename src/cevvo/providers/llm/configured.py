"""The models that the settings name."""

from cevvo.errors import StartError, UrlNotAllowed
from cevvo.providers.fetching.url import parse_url
from cevvo.providers.llm.anthropic import AnthropicModel
from cevvo.providers.llm.base import LanguageModel
from cevvo.providers.llm.connection import Patience
from cevvo.providers.llm.openai import OpenAIModel
from cevvo.settings import Settings, model_id

_AT_HOME = Patience(first=40.0)
"""A server of one's own may have to load the model, or read a long prompt on a slow machine."""


def configured_models(settings: Settings) -> list[LanguageModel]:
    """The models of ``settings.ladder``, in order. Nothing is connected or imported yet.

    Raises StartError for a base URL that is not plainly one.
    """
    return [_model(entry, settings) for entry in settings.ladder]


def _model(entry: str, settings: Settings) -> LanguageModel:
    base_url, _, name = entry.partition("#")
    if name:
        try:
            url = str(parse_url(base_url)).rstrip("/")
        except UrlNotAllowed as error:
            raise StartError(f"Setting models ({entry!r}): {error.message}") from None
        key = settings.model_api_key
        return OpenAIModel(
            model_id(entry),
            name,
            api_key=None if key is None else key.get_secret_value(),
            base_url=url,
            patience=_AT_HOME,
        )
    provider, _, name = entry.partition("/")
    if provider == "openai" and settings.openai_api_key is not None:
        return OpenAIModel(entry, name, api_key=settings.openai_api_key.get_secret_value())
    if provider == "anthropic" and settings.anthropic_api_key is not None:
        return AnthropicModel(entry, name, api_key=settings.anthropic_api_key.get_secret_value())
    raise StartError(f"Setting models ({entry!r}): there is no key for it.")

"""The reader that the settings ask for."""

from cevvo.errors import ProviderError
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.reading.base import Reader
from cevvo.providers.reading.minilm import MiniLmReader
from cevvo.settings import Settings

log = get_logger(__name__)


def configured_reader(settings: Settings) -> Reader | None:
    """The reader, or None where it is switched off or cannot be had: then a line in the log says
    why, and answers are made as if there were none."""
    if settings.reader_model == "off":
        return None
    try:
        return MiniLmReader(settings.reader_model)
    except ProviderError as error:
        log.warning("no_reader", reason=error.message)
        return None

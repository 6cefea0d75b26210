"""The reader that the settings ask for."""

from cevvo.errors import ProviderError
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.reading.base import Reader
from cevvo.providers.reading.minilm import MiniLmReader, ships
from cevvo.settings import Settings

log = get_logger(__name__)


def configured_reader(settings: Settings) -> Reader | None:
    """The reader, or None where it cannot be had: a line in the log says why, and answers are made
    as if there were none."""
    if settings.reader_model is None and not ships():
        log.debug("no_reader", reason="none is installed and none is set")
        return None
    try:
        return MiniLmReader(settings.reader_model)
    except ProviderError as error:
        log.warning("no_reader", reason=error.message)
        return None

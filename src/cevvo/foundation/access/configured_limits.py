"""The limits that the operator configured."""

from collections.abc import Callable

from cevvo.errors import StartError
from cevvo.foundation.access.rate_limit import Limits, ProcessLimits
from cevvo.settings import Settings


def configured_limits(settings: Settings, monotonic: Callable[[], float]) -> Limits:
    """Shared by all processes on one Redis where one is named, else those of this process.

    Raises StartError where that Redis cannot be used, or the package for it is not installed.
    """
    own = ProcessLimits(monotonic)
    if settings.redis_url is None:
        return own
    try:  # an optional dependency
        from cevvo.foundation.access.shared_limits import SharedLimits
    except ModuleNotFoundError:
        raise StartError(
            "CEVVO_REDIS_URL needs a package more: pip install 'cevvo[redis]'"
        ) from None
    return SharedLimits(settings.redis_url.get_secret_value(), own)

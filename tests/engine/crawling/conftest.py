import ssl
from collections.abc import Iterator

import pytest

from engine.crawling.local_site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """An empty site on loopback."""
    running = Site()
    yield running
    running.close()


@pytest.fixture
def other_site() -> Iterator[Site]:
    """A second one, on a port of its own."""
    running = Site()
    yield running
    running.close()


@pytest.fixture(scope="module", autouse=True)
def _certificates_loaded_once() -> Iterator[None]:
    """Loading the system's certificates takes longer than a test."""
    with pytest.MonkeyPatch.context() as patch:
        context = ssl.create_default_context()
        patch.setattr(ssl, "create_default_context", lambda: context)
        yield

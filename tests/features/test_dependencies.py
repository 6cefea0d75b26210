"""What endpoints depend on: called where the request runs, not on another thread."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from cevvo.app import create_app
from cevvo.settings import Settings


def test_everything_that_an_endpoint_depends_on_is_a_coroutine(tmp_path: Path) -> None:
    routes = list(_routes(create_app(Settings(data_dir=tmp_path / "data")).routes))
    called = [call for route in routes for call in (route.endpoint, *_called(route.dependant))]
    assert len(called) > 2 * len(routes) > 100
    others = {call.__qualname__ for call in called if not inspect.iscoroutinefunction(call)}
    assert not others, "each of these takes a hop to another thread, see foundation/access/guard.py"


def _routes(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _routes(included.routes)
        elif isinstance(route, APIRoute):
            yield route


def _called(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from _called(each)

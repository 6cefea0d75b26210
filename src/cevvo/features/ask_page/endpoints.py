"""``/ask/{slug}``: a page to ask on, for those who have no website to put a widget on."""

from dataclasses import replace
from typing import cast

from fastapi import FastAPI
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cevvo.domain.widget_settings import WidgetSettings
from cevvo.errors import BudgetExceeded, CevvoError, RateLimited
from cevvo.features.ask_page.page import LONGEST, POLICY, Shown, ask_page, no_such_page
from cevvo.features.ask_page.service import AskPageService
from cevvo.features.widget.service import WidgetService
from cevvo.features.widget.texts import language_for, texts_in
from cevvo.foundation.access.client import network_of
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_FIELDS = 10  # of the form, at most


class _Slug(Convertor[str]):
    """Never a thread's id, which the dashboard has at the same place: that has an underscore."""

    regex = "[a-z0-9-]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


def install_ask_page(app: FastAPI, service: AskPageService) -> None:
    """Serve the pages of all workspaces that have one."""
    register_url_convertor("slug", _Slug())

    @app.get("/ask/{slug:slug}", include_in_schema=False)
    async def show_ask_page(request: Request, slug: str) -> Response:
        found = await _widget(request).page(slug)
        if found is None:
            return _html(no_such_page(), 404)
        return _page(request, found[1], Shown())

    @app.post("/ask/{slug:slug}", include_in_schema=False)
    async def ask_on_page(request: Request, slug: str) -> Response:
        found = await _widget(request).page(slug)
        if found is None:
            return _html(no_such_page(), 404)
        workspace, settings = found
        form = await request.form(max_files=0, max_fields=_FIELDS)
        fields = {name: _whole(form.get(name)) for name in ("question", "visitor", "thread")}
        question = fields["question"].strip()
        kept = Shown(question=question, token=fields["visitor"], thread=fields["thread"])
        texts = texts_in(settings, _language(request, settings))
        if not question or len(question) > LONGEST:
            problem = texts["too_long" if question else "no_question"]
            return _page(request, settings, replace(kept, problem=problem), 400)
        try:
            shown = await service.ask(
                workspace,
                network_of(request.scope),
                question,
                token=kept.token,
                thread=kept.thread,
            )
        except BudgetExceeded:
            return _page(request, settings, replace(kept, problem=texts["used_up"]), 429)
        except RateLimited as error:
            problem = texts["busy"].replace("{seconds}", str(error.retry_after))
            return _page(request, settings, replace(kept, problem=problem), 429)
        except CevvoError as error:
            log.warning("ask_page_failed", code=error.code)
            return _page(request, settings, replace(kept, problem=texts["failed"]), error.status)
        return _page(request, settings, shown)


def _whole(field: object) -> str:
    """The text of a field; half a character, which no database stores, is a question mark."""
    return str(field or "").encode("utf-8", "replace").decode()


def _widget(request: Request) -> WidgetService:
    return cast(WidgetService, request.app.state.widget)


def _language(request: Request, settings: WidgetSettings) -> str:
    return language_for(settings, request.headers.get("accept-language", ""))


def _page(
    request: Request, settings: WidgetSettings, shown: Shown, status: int = 200
) -> HTMLResponse:
    return _html(ask_page(settings, _language(request, settings), shown), status)


def _html(content: str, status: int) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
    return HTMLResponse(content, status, headers)

"""The layers that every request passes, from the outside in."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.middleware import Middleware

from cevvo.domain.hosts import is_loopback
from cevvo.domain.time import Clock
from cevvo.foundation.access.cors import Cors
from cevvo.foundation.access.middleware import Access
from cevvo.foundation.access.rate_limit import Limits, ProcessLimits
from cevvo.foundation.access.visitors import VisitorTokens
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.body_limit import BodyLimit
from cevvo.foundation.http.errors import CatchErrors, install_error_handlers
from cevvo.foundation.http.hosts import Hosts
from cevvo.foundation.http.idempotency import Idempotency
from cevvo.foundation.http.load_shedding import LoadShedding
from cevvo.foundation.http.proxies import TrustedProxies
from cevvo.foundation.http.request_id import RequestId
from cevvo.foundation.http.response_headers import ResponseHeaders
from cevvo.foundation.http.stream_limit import StreamLimit
from cevvo.foundation.http.tracing import Tracing
from cevvo.foundation.secrets import Secrets
from cevvo.foundation.telemetry import tracing
from cevvo.foundation.telemetry.access_log import AccessLog
from cevvo.settings import Settings


def install(
    app: FastAPI,
    *,
    db: Database,
    settings: Settings,
    clock: Clock,
    monotonic: Callable[[], float] = time.monotonic,
    visitors: VisitorTokens | None = None,
    limits: Limits | None = None,
) -> None:
    """Put the layers around ``app``, before it serves its first request.

    ``clock`` is the wall clock, for what is stored; ``monotonic`` counts seconds, for limits.
    """
    visitors = visitors or VisitorTokens(
        db, Secrets.of(db.data_dir, settings.given_secret_key), clock
    )
    limits = limits or ProcessLimits(monotonic)
    app.user_middleware = [
        Middleware(TrustedProxies, ranges=settings.trusted_proxies),
        Middleware(ResponseHeaders),
        Middleware(RequestId),
        *([Middleware(Tracing)] if tracing.is_on() else []),
        Middleware(AccessLog),
        Middleware(CatchErrors),
        Middleware(Hosts, names=_names(settings), local=is_loopback(settings.host)),
        Middleware(Cors, db=db, clock=clock, monotonic=monotonic),
        Middleware(LoadShedding, db=db, most=settings.max_requests),
        Middleware(
            Access,
            db=db,
            visitors=visitors,
            limits=limits,
            rate_limit=settings.rate_limit,
            clock=clock,
            monotonic=monotonic,
        ),
        Middleware(BodyLimit, max_upload_mb=settings.max_upload_mb),
        Middleware(StreamLimit, rate_limit=settings.rate_limit, limits=limits),
        Middleware(Idempotency, db=db, clock=clock),
        *app.user_middleware,
    ]
    install_error_handlers(app)


def _names(settings: Settings) -> list[str]:
    public = urlsplit(settings.public_url or "").hostname
    return [*settings.allowed_hosts, *([public] if public else [])]

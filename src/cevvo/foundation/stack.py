"""The layers that every request passes, from the outside in."""

import time
from collections.abc import Callable

from fastapi import FastAPI
from starlette.middleware import Middleware

from cevvo.domain.time import Clock
from cevvo.foundation.access.middleware import Access
from cevvo.foundation.access.visitors import VisitorTokens
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.body_limit import BodyLimit
from cevvo.foundation.http.errors import CatchErrors, install_error_handlers
from cevvo.foundation.http.idempotency import Idempotency
from cevvo.foundation.http.request_id import RequestId
from cevvo.foundation.http.response_headers import ResponseHeaders
from cevvo.foundation.secrets import Secrets
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
) -> None:
    """Put the layers around ``app``, before it serves its first request.

    ``clock`` is the wall clock, for what is stored; ``monotonic`` counts seconds, for limits.
    """
    visitors = visitors or VisitorTokens(db, Secrets.of(db.path.parent), clock)
    app.user_middleware = [
        Middleware(ResponseHeaders),
        Middleware(RequestId),
        Middleware(AccessLog),
        Middleware(CatchErrors),
        Middleware(
            Access,
            db=db,
            visitors=visitors,
            rate_limit=settings.rate_limit,
            clock=clock,
            monotonic=monotonic,
        ),
        Middleware(BodyLimit, max_upload_mb=settings.max_upload_mb),
        Middleware(Idempotency, db=db, clock=clock),
        *app.user_middleware,
    ]
    install_error_handlers(app)

"""``/backups``: which copies there are; they are made by ``cevvo backup``."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from cevvo.features.backups.copies import Copy, list_copies
from cevvo.foundation.access.guard import SignedIn, require_right
from cevvo.foundation.db.database import Database
from cevvo.foundation.http.openapi import SESSION_ONLY

router = APIRouter(tags=["Backups"])


class CopyObject(BaseModel):
    """A copy of the database in the data directory."""

    name: str = Field(examples=["cevvo-backup-20260310T093000Z.tar.gz"])
    kind: Literal["backup", "before_migration"] = Field(
        description="`backup`: everything, by `cevvo backup`. `before_migration`: the database "
        "alone, as it was before a newer version changed it.",
        examples=["backup"],
    )
    bytes: int = Field(description="Its size.", examples=[18_350_080])
    created_at: str = Field(examples=["2026-03-10T09:30:00Z"])
    schema_revision: str = Field(examples=["0031"])
    version: str | None = Field(
        description="The version of cevvo; null where it is not written down.", examples=["1.0.0"]
    )

    @classmethod
    def of(cls, copy: Copy) -> "CopyObject":
        """The copy as shown."""
        fields = asdict(copy)
        return cls(schema_revision=fields.pop("schema"), **fields)


class BackupsObject(BaseModel):
    """What there is to go back to, as far as this server can see."""

    database: Literal["sqlite", "postgres"] = Field(
        description="On `postgres`, the database's own backups are the way: none is listed.",
        examples=["sqlite"],
    )
    last_backup_at: str | None = Field(
        description="When the newest whole backup in the data directory was made; null: there is "
        "none there. What was written elsewhere is not known here.",
        examples=["2026-03-10T09:30:00Z"],
    )
    copies: list[CopyObject] = Field(description="Newest first, at most 100.")


async def _db(request: Request) -> Database:
    return cast(Database, request.app.state.db)


@router.get("/backups", summary="List the backups", openapi_extra=SESSION_ONLY)
async def list_backups(
    _owner: Annotated[SignedIn, Depends(require_right("workspaces"))],
    db: Annotated[Database, Depends(_db)],
) -> BackupsObject:
    """List the copies in the server's data directory: they are of all workspaces."""
    if db.is_shared:
        return BackupsObject(database="postgres", last_backup_at=None, copies=[])
    copies = await asyncio.to_thread(list_copies, db.data_dir)
    whole = [copy.created_at for copy in copies if copy.kind == "backup"]
    return BackupsObject(
        database="sqlite",
        last_backup_at=max(whole, default=None),
        copies=[CopyObject.of(copy) for copy in copies],
    )

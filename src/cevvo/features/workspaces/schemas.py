"""Workspaces on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.access import Role
from cevvo.domain.time import rfc3339
from cevvo.features.workspaces.repository import Workspace

WorkspaceName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)
]


class WorkspaceRequest(BaseModel):
    """A workspace to be made, or how one is to be called."""

    model_config = ConfigDict(strict=True)

    name: WorkspaceName = Field(examples=["Help centre"])


class WorkspaceObject(BaseModel):
    """A workspace that you belong to."""

    id: str = Field(examples=["wsp_abc123"])
    name: str = Field(examples=["Help centre"])
    role: Role = Field(description="What you are in it.", examples=["owner"])
    created_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-10T09:00:00Z"])

    @classmethod
    def of(cls, workspace: Workspace, role: Role) -> "WorkspaceObject":
        """From what is stored."""
        return cls(
            id=workspace.id,
            name=workspace.name,
            role=role,
            created_at=rfc3339(workspace.created_at),
        )

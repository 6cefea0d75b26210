"""A person's own account, on the wire."""

from pydantic import BaseModel, ConfigDict, Field

from cevvo.domain.time import rfc3339
from cevvo.features.sign_in.repository import StoredSession
from cevvo.features.sign_in.schemas import Code, Password, PersonName

_STRICT = ConfigDict(strict=True)
_PASSWORD = "four random words of it"  # noqa: S105 - an example


class AccountChange(BaseModel):
    """What others see of you."""

    model_config = _STRICT

    name: PersonName = Field(examples=["Ada Lovelace"])


class PasswordChange(BaseModel):
    """A new password."""

    model_config = _STRICT

    current_password: Password | None = Field(
        None, description="Required if there is one.", examples=[_PASSWORD]
    )
    password: Password = Field(description="12 characters or more.", examples=[_PASSWORD])


class BrowserSession(BaseModel):
    """A browser in which you are signed in."""

    id: str = Field(examples=["ses_abc123"])
    current: bool = Field(description="Whether it is this one.", examples=[True])
    workspace: str = Field(description="Its name.", examples=["Help centre"])
    address: str | None = Field(description="From where it began.", examples=["203.0.113.7"])
    user_agent: str | None = Field(examples=["Mozilla/5.0 (X11; Linux x86_64) …"])
    created_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-10T09:00:00Z"])
    last_used_at: str = Field(description="True to a minute.", examples=["2026-03-14T11:00:00Z"])
    expires_at: str = Field(examples=["2026-03-17T09:00:00Z"])

    @classmethod
    def of(cls, session: StoredSession, current: str) -> "BrowserSession":
        """From what is stored; ``current``: the id of the session that asks."""
        return cls(
            id=session.id,
            current=session.id == current,
            workspace=session.workspace_name,
            address=session.address,
            user_agent=session.user_agent,
            created_at=rfc3339(session.created_at),
            last_used_at=rfc3339(session.last_used_at),
            expires_at=rfc3339(session.expires_at),
        )


class SecondFactorStart(BaseModel):
    """Who sets up a second factor shows that it is them."""

    model_config = _STRICT

    current_password: Password | None = Field(
        None, description="Required if there is one.", examples=[_PASSWORD]
    )


class SecondFactorSecret(BaseModel):
    """What an authenticator app needs. It counts once a code of it has come back."""

    secret: str = Field(
        description="To be typed, in base32.", examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"]
    )
    uri: str = Field(
        description="To be shown as a QR code.",
        examples=["otpauth://totp/Cevvo:ada@example.com?secret=JBSWY3DP&issuer=Cevvo"],
    )


class SecondFactorCode(BaseModel):
    """A code of the authenticator app, or a recovery code."""

    model_config = _STRICT

    code: Code = Field(examples=["492039"])


class RecoveryCodes(BaseModel):
    """For when the phone is lost: each works once. They are shown this once."""

    recovery_codes: list[str] = Field(examples=[["k7hq-2mvd-9tpx-w4ra"]])

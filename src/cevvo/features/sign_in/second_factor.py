"""The second factor as it is stored: a sealed secret, and recovery codes as hashes."""

import secrets as random

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from cevvo.domain.time import Millis
from cevvo.foundation.access import totp
from cevvo.foundation.access.tokens import token_hash
from cevvo.foundation.db.tables import people, recovery_codes
from cevvo.foundation.secrets import Secrets

_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_LENGTH = 16  # 31**16: 79 bits


def start(connection: Connection, sealing: Secrets, person_id: str, secret: str) -> None:
    """Store a secret that does not count yet."""
    sealed = sealing.seal(secret, belongs_to=person_id)
    connection.execute(
        update(people)
        .where(people.c.id == person_id, people.c.totp_enabled_at.is_(None))
        .values(totp_secret=sealed, totp_step=None)
    )


def enable(connection: Connection, person_id: str, *, now: Millis) -> list[str]:
    """Ask for codes from now on; fresh recovery codes, which are stored as hashes only."""
    connection.execute(update(people).where(people.c.id == person_id).values(totp_enabled_at=now))
    return renew_recovery_codes(connection, person_id)


def renew_recovery_codes(connection: Connection, person_id: str) -> list[str]:
    """Ten fresh codes in place of whatever was left of the ones before."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
    codes = ["".join(random.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_CODES)]
    rows = [{"person_id": person_id, "hash": token_hash(code)} for code in codes]
    connection.execute(insert(recovery_codes), rows)
    return [f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}" for code in codes]


def disable(connection: Connection, person_id: str) -> None:
    """Ask for no codes any more, and forget secret and recovery codes."""
    connection.execute(
        update(people)
        .where(people.c.id == person_id)
        .values(totp_secret=None, totp_enabled_at=None, totp_step=None)
    )
    connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))


def codes_left(connection: Connection, person_id: str) -> int:
    """How many recovery codes have not been used."""
    query = select(func.count()).where(recovery_codes.c.person_id == person_id)
    return connection.execute(query).scalar_one()


def use_code(
    connection: Connection, sealing: Secrets, person_id: str, code: str, *, now: Millis
) -> bool:
    """Whether it is a code of the app or a recovery code, and use it up."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    row = connection.execute(
        select(people.c.totp_secret, people.c.totp_step).where(people.c.id == person_id)
    ).first()
    if row is None or row.totp_secret is None:
        return False
    secret = sealing.open(row.totp_secret, belongs_to=person_id)
    step = totp.step_of(secret, plain, now=now, after=row.totp_step)
    if step is not None:
        earlier = or_(people.c.totp_step.is_(None), people.c.totp_step < step)
        taken = update(people).where(people.c.id == person_id, earlier).values(totp_step=step)
        return connection.execute(taken).rowcount == 1
    used = delete(recovery_codes).where(
        recovery_codes.c.person_id == person_id, recovery_codes.c.hash == token_hash(plain)
    )
    return connection.execute(used).rowcount == 1

"""Which index terms there are, out of the full-text table's own list of them."""

import json
from collections.abc import Collection

from sqlalchemy import Connection, text

from cevvo.domain.ids import WorkspaceId
from cevvo.providers.search.words import in_workspace

_LISTED = text(
    "SELECT v.term FROM json_each(:terms) AS wanted"
    " CROSS JOIN chunk_terms_vocabulary AS v ON v.term = wanted.value"
)
_COUNTED = text(
    "SELECT json_extract(wanted.value, '$[0]') AS term, (SELECT count(*) FROM (SELECT 1"
    " FROM chunk_terms WHERE chunk_terms MATCH json_extract(wanted.value, '$[1]') LIMIT 100))"
    " FROM json_each(:terms) AS wanted"
)
_BEGINNING = text(
    "SELECT term FROM chunk_terms_vocabulary WHERE term >= :prefix AND term < :end LIMIT 2000"
)


def known_terms(
    connection: Connection, workspace: WorkspaceId, terms: Collection[str]
) -> dict[str, int]:
    """In how many chunks of the workspace each of ``terms`` is, at most 100. One that is in none
    is left out, whoever else has it. 500 terms take 4 ms among 50,000, 9 ms among a million."""
    listed = connection.execute(_LISTED, {"terms": json.dumps(list(terms))}).scalars()
    expressions = [[term, in_workspace(workspace, term)] for term in listed]
    if not expressions:
        return {}
    counted = connection.execute(_COUNTED, {"terms": json.dumps(expressions)})
    return {term: count for term, count in counted if count}


def terms_beginning(connection: Connection, prefix: str) -> list[str]:
    """Terms of all workspaces that begin with ``prefix``, in order, the first 2,000."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return list(connection.execute(_BEGINNING, {"prefix": prefix, "end": end}).scalars())

"""What a crawl has fetched and not judged yet; in the caller's transaction."""

from sqlalchemy import Connection, delete, insert, select

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import crawl_responses
from cevvo.providers.fetching.base import Fetched


def put_response(
    connection: Connection,
    workspace: WorkspaceId,
    job_id: str,
    url: str,
    response: Fetched,
    packed: bytes,
) -> None:
    """Keep a page's response; ``packed`` is its body as it is stored."""
    drop_response(connection, workspace, job_id, url)
    head = {
        "url": response.url,
        "status": response.status,
        "headers": response.headers,
        "content_type": response.content_type,
        "charset": response.charset,
    }
    connection.execute(
        insert(crawl_responses).values(
            job_id=job_id, url=url, workspace_id=workspace, head=head, body=packed
        )
    )


def get_response(
    connection: Connection, workspace: WorkspaceId, job_id: str, url: str
) -> Fetched | None:
    """The response of a page, its body still packed; None if there is none."""
    row = connection.execute(
        select(crawl_responses.c.head, crawl_responses.c.body).where(
            crawl_responses.c.workspace_id == workspace,
            crawl_responses.c.job_id == job_id,
            crawl_responses.c.url == url,
        )
    ).first()
    return None if row is None else Fetched(**row.head, body=row.body)


def drop_response(connection: Connection, workspace: WorkspaceId, job_id: str, url: str) -> None:
    """Forget the response of a page that has its verdict, if there is one."""
    connection.execute(
        delete(crawl_responses).where(
            crawl_responses.c.workspace_id == workspace,
            crawl_responses.c.job_id == job_id,
            crawl_responses.c.url == url,
        )
    )


def pages_with_response(connection: Connection, workspace: WorkspaceId, job_id: str) -> set[str]:
    """The addresses whose responses are kept."""
    query = select(crawl_responses.c.url).where(
        crawl_responses.c.workspace_id == workspace, crawl_responses.c.job_id == job_id
    )
    return set(connection.execute(query).scalars())

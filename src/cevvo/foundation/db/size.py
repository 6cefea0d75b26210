"""How large the database is."""

from sqlalchemy import Connection

_QUERIES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def size_bytes(connection: Connection) -> int:
    """Bytes on disk, without what is not yet moved there from the log of writes."""
    size: int = connection.exec_driver_sql(_QUERIES[connection.dialect.name]).scalar_one()
    return size

"""Two tenants of one server, for the tests that walk every operation of the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from api_fixtures import api, db, migrated, workspace
from api_walk import Operation, Tenant, filled, key_in_database, new_workspace, operations_of
from cevvo.domain.access import ALL_SCOPES
from cluster import Cluster, Process, running_cluster
from conftest import Server

__all__ = ["api", "db", "migrated", "workspace"]  # the small API on a database of its own


@pytest.fixture(scope="session")
def operations(server: Server) -> list[Operation]:
    return operations_of(server)


def _tenant(server: Server, operations: list[Operation]) -> Iterator[Tenant]:
    workspace = new_workspace(server)
    tenant = filled(server, workspace, key_in_database(server, workspace, ALL_SCOPES), operations)
    yield tenant
    tenant.client.close()


@pytest.fixture(scope="session")
def tenant(server: Server, operations: list[Operation]) -> Iterator[Tenant]:
    yield from _tenant(server, operations)


@pytest.fixture(scope="session")
def other(server: Server, operations: list[Operation]) -> Iterator[Tenant]:
    """Someone else on the same server."""
    yield from _tenant(server, operations)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """For tests of the group ``replicas``, which run one after the other."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="session")
def servers(cluster: Cluster) -> tuple[Process, Process]:
    return cluster.start("serve"), cluster.start("serve")


@pytest.fixture(scope="session")
def worker(cluster: Cluster, servers: tuple[Process, Process]) -> Process:
    return cluster.start("worker")


def everything(tenant: Tenant, operations: list[Operation]) -> dict[str, Any]:
    """All that a tenant can see of what it has."""
    found = {}
    for operation in operations:
        # An export is written down in the audit log: it would change what is looked at.
        if operation.method == "GET" and not operation.is_open and "export" not in operation.path:
            response = operation.send(tenant.client, tenant.ids, {})
            if "/usage" not in operation.path:  # what tests of others add to is not the tenant's
                found[operation.url(tenant.ids)] = response.text
    return found

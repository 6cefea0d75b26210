"""The numbers of the advisory locks of Postgres that are taken here: each means one thing alone."""

MIGRATING = 0x6365_7676_6F00  # "cevvo", 0
"""Held by the one of several starting processes that migrates."""
REFUSED_TWICE = 0x6365_7676_6F01
"""Held by the one of the writes that were refused which has its turn."""
WORKING = 0x6365_7676_6F02
"""Shared by all processes that work on jobs."""
BUILDING_GRAPHS = 0x6365_7676_6F03
"""Held by the process that builds graphs over vectors, for as long as that takes."""
CLAIMING = 0x6A6F_6273  # "jobs"
"""Held by the worker that claims or ends a job."""

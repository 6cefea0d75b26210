"""Taking documents in."""

import json
from asyncio import sleep
from collections.abc import AsyncGenerator, Callable, Mapping
from time import monotonic

from cevvo_sdk._async.page import AsyncPager
from cevvo_sdk._async.stream import event_data
from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call, FileInput, given, path, read_file
from cevvo_sdk._events import DONE, JOB_EVENTS, parse
from cevvo_sdk.errors import APITimeoutError, JobError, StreamError
from cevvo_sdk.types import Job, JobAccepted, JobKind, JobPage, JobsEvent, JobStatus, Verdict

FIRST_LOOK = 0.25  # seconds
LONGEST_PAUSE = 3.0
LONGEST_WAIT = 600.0


class AsyncIngest:
    """Files, addresses and texts, and the jobs that take them in."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def upload(
        self,
        file: FileInput,
        *,
        source_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> JobAccepted:
        """Send a PDF, DOCX, TXT, Markdown or HTML file.

        Args:
            file: a path, a file opened in binary mode, or a name with the content.
            source_id: a file source; without it the workspace's "Uploads".
            metadata: what questions can be narrowed to. Without it a document that is known keeps
                what it has; ``{}`` takes it away.

        Raises:
            PayloadTooLargeError: the file is larger than the server takes.
            APIError: (415) it is of no type that can be read.
        """
        said = None if metadata is None else json.dumps(metadata)
        form = given(source_id=source_id, metadata=said)
        call = Call("POST", "/ingest/upload", form=form, file=read_file(file))
        return await self._transport.fetch(call, JobAccepted)

    async def url(
        self, url: str, *, source_id: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> JobAccepted:
        """Take in exactly one page or file from the web."""
        body = given(url=url, source_id=source_id, metadata=metadata)
        return await self._transport.fetch(Call("POST", "/ingest/url", json=body), JobAccepted)

    async def text(
        self,
        *,
        title: str,
        content: str,
        url: str | None = None,
        source_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> JobAccepted:
        """Take in Markdown or plain text; the same title again is a new version of it.

        ``url``: where answers that cite it should point to.
        """
        body = given(title=title, content=content, url=url, source_id=source_id, metadata=metadata)
        return await self._transport.fetch(Call("POST", "/ingest/text", json=body), JobAccepted)

    async def status(self, job_id: str) -> Job:
        """How far a job is."""
        return await self._transport.fetch(Call("GET", path("ingest", "status", job_id)), Job)

    def jobs(
        self,
        *,
        status: JobStatus | None = None,
        source_id: str | None = None,
        kind: JobKind | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPager[Job]:
        """Jobs, newest first, without the pages of crawls."""
        query = {
            "status": status,
            "source_id": source_id,
            "kind": kind,
            "page": page,
            "per_page": per_page,
        }
        return AsyncPager.of(self._transport, Call("GET", "/ingest/jobs", query=query), Job)

    async def stream_jobs(self) -> AsyncGenerator[JobsEvent, None]:
        """The unfinished jobs at once, then those that changed whenever some did, until the loop
        is left or the server stops.

        Raises:
            StreamError: it broke off: call again.
            APIError, APIConnectionError: as any call does.
        """
        call = Call("GET", "/ingest/jobs/stream", accept="text/event-stream")
        response = await self._transport.send(call, stream=True)
        try:
            async for data in event_data(response, self._transport.config.timeout):
                if data == DONE:
                    return
                event = parse(data, JOB_EVENTS)
                if event is not None:
                    yield event
            raise StreamError("The stream broke off before its end.")
        finally:
            await response.aclose()

    def pages(
        self,
        job_id: str,
        *,
        verdict: Verdict | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPager[JobPage]:
        """What became of each page that a crawl visited, in order of discovery."""
        query = {"verdict": verdict, "page": page, "per_page": per_page}
        call = Call("GET", path("ingest", "jobs", job_id, "pages"), query=query)
        return AsyncPager.of(self._transport, call, JobPage)

    async def cancel(self, job_id: str) -> Job:
        """Stop a job at once; what it has taken in stays.

        Raises:
            ConflictError: it has ended.
        """
        call = Call("POST", path("ingest", "jobs", job_id, "cancel"))
        return await self._transport.fetch(call, Job)

    async def wait(
        self,
        job_id: str,
        *,
        wait_timeout: float = LONGEST_WAIT,
        on_progress: Callable[[Job], object] | None = None,
    ) -> Job:
        """The job once it is completed.

        Args:
            job_id: of an upload, an address, a text or a crawl.
            wait_timeout: seconds until waiting is given up; the job itself goes on.
            on_progress: called with the job each time it was looked at.

        Raises:
            JobError: it failed or was cancelled.
            APITimeoutError: it takes longer.
        """
        end = monotonic() + wait_timeout
        pause = FIRST_LOOK
        while True:
            job = await self.status(job_id)
            if on_progress is not None:
                on_progress(job)
            if job.status == "completed":
                return job
            if job.status in ("failed", "cancelled"):
                raise JobError(job)
            if monotonic() + pause > end:
                raise APITimeoutError(
                    f"Job {job_id} is still {job.status} after {wait_timeout:g} s."
                )
            await sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    async def upload_and_wait(
        self,
        file: FileInput,
        *,
        source_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        wait_timeout: float = LONGEST_WAIT,
        on_progress: Callable[[Job], object] | None = None,
    ) -> Job:
        """Upload, and wait until the file can be found. Raises as both do."""
        accepted = await self.upload(file, source_id=source_id, metadata=metadata)
        return await self.wait(accepted.job_id, wait_timeout=wait_timeout, on_progress=on_progress)

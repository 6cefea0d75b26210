"""``cevvo reembed``: the vectors of another embedding model, beside those that are in use."""

import asyncio
from typing import Annotated

import typer

from cevvo.cli.api import print_json
from cevvo.cli.options import AsJson, DataDir
from cevvo.cli.progress import progress_bar
from cevvo.cli.quiet import say
from cevvo.cli.tables import plural
from cevvo.domain.progress import Progress
from cevvo.engine.indexing.reembedding import delete_other_vectors, embed_what_is_without
from cevvo.features.chat.reembedding import reembed_questions
from cevvo.features.transfers.importing import Installation
from cevvo.foundation.db.snapshot import stored_revision
from cevvo.providers.search.beside import VectorsBeside
from cevvo.settings import load_settings

_PASSES = 2  # the second for what came during the first


def reembed(
    finish: Annotated[
        bool,
        typer.Option("--finish", help="Every server has the new model: delete the old vectors."),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make the vectors of the embedding model that is set, beside those that are there.

    Examples:

    CEVVO_EMBEDDING_MODEL=/srv/models/new.onnx cevvo reembed

    CEVVO_EMBEDDING_MODEL=/srv/models/new.onnx cevvo reembed --finish

    Servers go on meanwhile with the model that they have. When it is done, start them one after
    another with the new one. With --finish, what came meanwhile gets its vectors, the questions
    that were asked are gathered by the new model, and the old vectors are deleted. Interrupted, it
    goes on where it was when it is called again.
    """
    from cevvo.services import installation  # the server's imports take a second

    settings = load_settings(data_dir=data_dir)
    if settings.database_url is None:
        stored_revision(settings.data_dir / "cevvo.db")  # where there is none, none is made
    with installation(settings, reembedding=True) as place, progress_bar() as bar:
        work = _finish(place, bar) if finish else _embed(place, bar)
        counted = asyncio.run(work)
        model = place.pipeline.embedder.model_id
    if as_json:
        print_json({"model": model} | counted)
    elif finish:
        say(
            f"Only vectors of {model} are left: {plural(counted['passages'], 'passage')} and "
            f"{plural(counted['questions'], 'question')} embedded, "
            f"{plural(counted['deleted'], 'old vector')} deleted."
        )
    else:
        say(
            f"All passages have vectors of {model}: {plural(counted['passages'], 'passage')} "
            "embedded. Start the servers with this model, then: cevvo reembed --finish"
        )


async def _embed(place: Installation, progress: Progress) -> dict[str, int]:
    embedder = place.pipeline.embedder
    beside = VectorsBeside(place.db, embedder.model_id)
    passages = 0
    for _ in range(_PASSES):
        passages += await embed_what_is_without(beside, embedder, progress)
    await place.index.tend()
    return {"passages": passages}


async def _finish(place: Installation, progress: Progress) -> dict[str, int]:
    embedder = place.pipeline.embedder
    beside = VectorsBeside(place.db, embedder.model_id)
    passages = 0
    while made := await embed_what_is_without(beside, embedder, progress, announced=True):
        passages += made
    questions = await reembed_questions(place.db, embedder, progress)
    deleted = await delete_other_vectors(beside, progress)
    await place.index.tend()
    return {"passages": passages, "questions": questions, "deleted": deleted}

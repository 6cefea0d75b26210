"""Export and import: nothing lost, nothing twice, whatever happens on the way."""

import asyncio
import io
import json
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, select, text, update

from cevvo.domain.ids import WorkspaceId
from cevvo.engine.retrieval.terms import index_terms
from cevvo.errors import Conflict, InvalidRequest
from cevvo.features.transfers import choosing
from cevvo.features.transfers.importing import (
    Imported,
    Installation,
    import_workspace,
    read_manifest,
)
from cevvo.features.transfers.one_file import as_folder, pack
from cevvo.features.transfers.rows import LEFT_OUT, portable_tables, rows_like
from cevvo.foundation.db.tables import (
    audit_log,
    conversations,
    messages,
    metadata,
    question_clusters,
    workspaces,
)
from cevvo.foundation.db.tables import embeddings as embedded
from cevvo.providers.search.base import Hit, SearchQuery
from features.transfers.transfer_room import (
    BY,
    HERE,
    NOW,
    ORIGINAL,
    add_workspace,
    content_of,
    export,
    figures_of,
    fill,
    import_,
    make,
    opened,
    silent,
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of a workspace with something in every table."""
    folder = tmp_path_factory.mktemp("exported")
    with opened(folder / "data") as place:
        fill(place)
        export(place, folder / "export")
    return folder / "export"


def found(place: Installation, words: str) -> list[Hit]:
    vector = place.pipeline._embedder.embed_query(words)
    query = SearchQuery(tuple(index_terms(words)), vector)
    return asyncio.run(place.index.search(HERE, query, 5))


def test_nothing_that_lets_anybody_in_is_carried() -> None:
    assert "webhooks" in LEFT_OUT
    names = {column.name for table in portable_tables() for column in table.c}
    assert not names & {"hash", "sealed", "password_hash", "token", "secret", "totp_secret"}
    assert set(LEFT_OUT) <= set(metadata.tables)
    assert {"documents", "conversations", "messages", "turns"} <= {
        table.name for table in portable_tables()
    }


def test_a_round_trip_is_equal_to_the_last_byte(exported: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "there") as place:
        place.db.write_now(lambda c: add_workspace(c, HERE))
        result = import_(place, exported)
        assert {name: (each.added, each.kept) for name, each in result.items()} == {
            name: (each.rows, 0) for name, each in result.items()
        }
        assert all(each.rows >= 1 for each in result.values())
        export(place, tmp_path / "again")
        assert content_of(tmp_path / "again") == content_of(exported)
        assert ORIGINAL in content_of(exported).values()
        hits = found(place, "How high is the lighthouse?")
        (passage,) = asyncio.run(place.index.load(HERE, [hits[0].chunk_id]))
        assert "41 metres" in passage.text
        assert hits[0].lexical
        assert hits[0].lexical > 0
        with opened(exported.parent / "data") as before:
            assert figures_of(place) == figures_of(before) != []
            scores = [(h.lexical, h.dense) for h in found(before, "How high is the lighthouse?")]
        assert [(h.lexical, h.dense) for h in hits] == scores
        assert place.db.read_now(lambda c: c.execute(text("PRAGMA foreign_key_check")).all()) == []


@pytest.mark.parametrize("name", ["export.tar", "export.tar.gz"])
def test_one_file_holds_the_same(exported: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with opened(exported.parent / "data") as place:
        export(place, target)
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert target.stat().st_mode & 0o777 == 0o600
    with as_folder(target) as folder, opened(tmp_path / "there") as place:
        assert content_of(folder) == content_of(exported)
        place.db.write_now(lambda c: add_workspace(c, HERE))
        import_(place, folder)
        export(place, tmp_path / "again")
    assert not folder.exists()
    assert content_of(tmp_path / "again") == content_of(exported)


def _packed(target: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    member.size = len(content)
    with tarfile.open(target, "w") as tar:
        tar.addfile(member, io.BytesIO(content))
    return target


def test_one_file_with_anything_else_in_it_is_no_export(exported: Path, tmp_path: Path) -> None:
    link = tarfile.TarInfo("export.json")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    files = [
        _packed(tmp_path / "link.tar", link),
        _packed(tmp_path / "out.tar", tarfile.TarInfo("../export.json"), b"{}"),
        _packed(tmp_path / "root.tar", tarfile.TarInfo("/tmp/export.json"), b"{}"),
        _packed(tmp_path / "other.tar", tarfile.TarInfo("files/ab/readme"), b"{}"),
    ]
    no_tar = tmp_path / "none.tar"
    no_tar.write_bytes(b"nothing of the kind")
    pack(exported, tmp_path / "whole.tar.gz", seconds=0)
    cut_off = tmp_path / "cut.tar.gz"
    cut_off.write_bytes((tmp_path / "whole.tar.gz").read_bytes()[:-2000])
    for path in [*files, no_tar, cut_off]:
        with pytest.raises(InvalidRequest, match="is no export"), as_folder(path):
            pytest.fail(f"{path} was unpacked")


def test_importing_again_changes_nothing_and_keeps_what_is_there(
    exported: Path, tmp_path: Path
) -> None:
    with opened(tmp_path / "there") as place:
        place.db.write_now(lambda c: add_workspace(c, HERE))
        import_(place, exported)
        again = import_(place, exported)
        assert {each.added for each in again.values()} == {0}
        place.db.write_now(lambda c: c.execute(update(conversations).values(title="Mine")))
        changed = import_(place, exported)
        assert {n: each.kept for n, each in changed.items() if each.kept} == {"conversations": 1}
        titles = select(conversations.c.title)
        assert place.db.read_now(lambda c: c.execute(titles).scalars().all()) == ["Mine"]


def test_two_imports_at_once_add_everything_once(exported: Path, tmp_path: Path) -> None:
    async def both(place: Installation) -> list[dict[str, Imported]]:
        one, other = (
            import_workspace(place, HERE, exported, by=BY, now=NOW, progress=silent)
            for _ in range(2)
        )
        return list(await asyncio.gather(one, other))

    with opened(tmp_path / "there") as place:
        place.db.write_now(lambda c: add_workspace(c, HERE))
        one, other = asyncio.run(both(place))
        for name, its in one.items():
            assert (its.added + other[name].added, its.kept) == (its.rows, 0), name
        export(place, tmp_path / "again")
    assert content_of(tmp_path / "again") == content_of(exported)


def test_it_goes_into_another_workspace_but_not_twice_into_one_installation(
    exported: Path, tmp_path: Path
) -> None:
    other = WorkspaceId("wsp_other")
    with opened(tmp_path / "there") as place:
        for workspace in (other, "wsp_third"):
            place.db.write_now(lambda c, w=workspace: add_workspace(c, w))  # type: ignore[misc]
        import_(place, exported, other)
        export(place, tmp_path / "again", other)
        assert content_of(tmp_path / "again") == content_of(exported)
        with pytest.raises(Conflict, match="is here already, in the workspace wsp_other"):
            import_(place, exported, WorkspaceId("wsp_third"))


def test_conversations_are_kept_as_long_as_before(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "limited"
    shutil.copytree(exported, folder)
    manifest = json.loads((folder / "export.json").read_text())
    manifest["workspace"]["retention_days"] = 30
    (folder / "export.json").write_text(json.dumps(manifest))
    days = select(workspaces.c.retention_days)
    changed = select(audit_log.c.detail).where(audit_log.c.action == "retention.changed")
    with opened(tmp_path / "there") as place:
        place.db.write_now(lambda c: add_workspace(c, HERE))
        import_(place, folder)
        assert place.db.read_now(lambda c: c.execute(days).scalar()) == 30
        assert place.db.read_now(lambda c: c.execute(changed).scalar()) == {"conversation_days": 30}
        # Whoever has some keeps them, until somebody says otherwise.
        place.db.write_now(lambda c: c.execute(update(workspaces).values(retention_days=None)))
        import_(place, folder)
        assert place.db.read_now(lambda c: c.execute(days).scalar()) is None


def test_vectors_of_another_model_are_made_anew(exported: Path, tmp_path: Path) -> None:
    shutil.copytree(exported, tmp_path / "export")
    rewrite(tmp_path / "export", "documents.jsonl", lambda c: c.replace(b"MiniLM", b"Maxi"))
    with opened(tmp_path / "there") as place:
        place.db.write_now(lambda c: add_workspace(c, HERE))
        result = import_(place, tmp_path / "export")
        assert result["documents"].kept == 0
        models = select(embedded.c.model).distinct()
        assert place.db.read_now(lambda c: c.execute(models).scalars().all()) == [
            place.pipeline.embedder.model_id
        ]
        assert found(place, "How high is the lighthouse?")


def test_r33_an_export_from_before_a_column_was_there(exported: Path, tmp_path: Path) -> None:
    shutil.copytree(exported, tmp_path / "export")

    def without(content: bytes) -> bytes:
        rows = [json.loads(line) for line in content.splitlines()]
        assert all(row.pop("model") for row in rows)
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    rewrite(tmp_path / "export", "question_clusters.jsonl", without)
    with opened(tmp_path / "there") as place:
        place.db.write_now(lambda c: add_workspace(c, HERE))
        result = import_(place, tmp_path / "export")["question_clusters"]
        assert (result.added, result.kept) == (result.rows, 0)
        models = place.db.read_now(lambda c: c.execute(select(question_clusters.c.model)).all())
        assert {model for (model,) in models} == {"all-MiniLM-L6-v2/int8"}


def rewrite(folder: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a file, and what the manifest says of it."""
    import hashlib

    content = change((folder / name).read_bytes())
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "export.json").read_text())
    manifest["tables"][name.removesuffix(".jsonl")]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "export.json").write_text(json.dumps(manifest))


def newer(folder: Path) -> None:
    manifest = json.loads((folder / "export.json").read_text())
    (folder / "export.json").write_text(json.dumps(manifest | {"schema": "9999"}))


def spoil_original(folder: Path) -> None:
    next(path for path in (folder / "files").rglob("*") if path.is_file()).write_bytes(b"other")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda f: (f / "export.json").unlink(), "is no export"),
        (lambda f: (f / "export.json").write_text("{}"), "is no export of cevvo's"),
        (newer, "newer version of cevvo"),
        (lambda f: (f / "messages.jsonl").unlink(), r"Cannot read .*messages\.jsonl"),
        (lambda f: (f / "turns.jsonl").write_text("\n"), r"turns\.jsonl is damaged"),
        (spoil_original, "is not what its name says"),
    ],
)
def test_a_damaged_export_is_refused_before_anything_is_written(
    exported: Path, tmp_path: Path, harm: Callable[[Path], object], said: str
) -> None:
    shutil.copytree(exported, tmp_path / "export")
    harm(tmp_path / "export")
    with opened(tmp_path / "there") as place:
        place.db.write_now(lambda c: add_workspace(c, HERE))
        with pytest.raises(InvalidRequest, match=said) as caught:
            import_(place, tmp_path / "export")
        assert "\n" not in caught.value.message
        export(place, tmp_path / "after")
        assert set(content_of(tmp_path / "after").values()) == {b""}


def test_no_batch_looks_at_a_whole_workspace(tmp_path: Path) -> None:
    """What is written and compared is looked up by its key: an import takes linear time."""
    asked: list[tuple[str, tuple[str, ...]]] = []
    with opened(tmp_path / "there") as place:
        event.listen(
            place.db.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4])
        )
        row = {"id": "msg_1"}
        place.db.read_now(lambda c: rows_like(c, HERE, messages, [row]))
        ((query, values),) = [each for each in asked if "FROM messages" in each[0]]
        plan = place.db.read_now(
            lambda c: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
        )
    assert "(id=?)" in plan[0][3]


def test_which_workspace(exported: Path, tmp_path: Path) -> None:
    manifest = read_manifest(exported)

    def into(place: Installation, wanted: str | None = None) -> str:
        return place.db.write_now(lambda c: choosing.to_import_into(c, manifest, wanted))

    with opened(tmp_path / "new") as place:
        with pytest.raises(InvalidRequest, match="there is none"):
            into(place, "Support")
        assert into(place) == into(place) == into(place, "Wsp_Here") == HERE
    with opened(tmp_path / "used") as place:
        place.db.write_now(lambda c: add_workspace(c, "wsp_a"))
        assert into(place) == "wsp_a"
        import_(place, exported, WorkspaceId("wsp_a"))
        with pytest.raises(InvalidRequest, match=r"is not empty.*--workspace wsp_a"):
            into(place)
        assert into(place, "wsp_a") == "wsp_a"
        place.db.write_now(lambda c: add_workspace(c, "wsp_b"))
        with pytest.raises(InvalidRequest, match=r"wsp_a \(Wsp_A\), wsp_b \(Wsp_B\)"):
            into(place)
        with pytest.raises(InvalidRequest, match="Which workspace"):
            place.db.read_now(lambda c: choosing.to_export(c, None))
        assert place.db.read_now(lambda c: choosing.to_export(c, "Wsp_B")) == "wsp_b"


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from features.transfers import transfer_room as room
from cevvo.features.transfers import exporting
exported, *places = map(Path, sys.argv[2:])
for place in places:
    child = os.fork()
    if not child:
        count, at = [0], int(place.name.rpartition("-")[2])
        def counted(real):
            def call(*arguments, **named):
                count[0] += 1
                if count[0] == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **named)
            return call
        if place.name.startswith("export"):
            exporting._write_lines = counted(exporting._write_lines)
            with room.opened(exported.parent / "data") as there:
                room.export(there, place)
        else:
            with room.opened(place) as there:
                there.db.write_now(lambda c: room.add_workspace(c, room.HERE))
                store = type(there.db)
                store.submit_write = counted(store.submit_write)
                room.import_(there, exported)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_killed_in_the_middle_it_goes_on(exported: Path, tmp_path: Path) -> None:
    """Between documents and conversations, and near the end."""
    places = [tmp_path / f"import-{at}" for at in (3, 8)]
    exports = [tmp_path / "export-9"]
    tests = str(Path(__file__).parents[2])
    for folder in places:
        make(folder)
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, tests, exported, *places, *exports],
        capture_output=True,
        text=True,
    )
    assert ran.stdout.split() == [str(-signal.SIGKILL)] * 3, ran.stderr
    for number, folder in enumerate(places):
        with opened(folder) as place:
            result = import_(place, exported)
            assert {each.kept for each in result.values()} == {0}
            export(place, tmp_path / f"again{number}")
        assert content_of(tmp_path / f"again{number}") == content_of(exported)
    with opened(exported.parent / "data") as place:
        for target in exports:
            assert not target.exists()
            export(place, target)
            assert content_of(target) == content_of(exported)
        with pytest.raises(Conflict, match="exists already"):
            export(place, exports[0])

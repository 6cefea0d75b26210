"""Cevvo beside comparable systems, on the same documents with the same embedding model, and beside
what none can avoid.

    python -m cevvo_evals.peers --data ../shared/data --docs docs

Each peer of ``evals/peers`` is installed into an environment of its own under ``--work``, from the
versions that its requirements file names, unless an earlier run did; so is Cevvo. Then all take
turns for ``--runs`` rounds: started on an empty folder, given every document in a request of its
own, asked, stopped. Nothing else may run on the machine. Trust the ratios: machines are noisy.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cevvo_evals.embedding_graph import whole
from cevvo_evals.peers.least import Model, least
from cevvo_evals.peers.measuring import Figures, measured
from cevvo_evals.peers.questions import Given, given
from cevvo_evals.peers.report import LEAST, Run, Setting, drawn, section_of
from cevvo_evals.peers.systems import (
    PEERS,
    Cevvo,
    CevvoSearch,
    CevvoUnread,
    System,
    peer,
    product,
)
from cevvo_evals.performance_page import machine, put


def installed(work: Path) -> tuple[list[System], dict[str, str]]:
    """The systems, and of peers that could not be installed why not."""
    model = work / "minilm.onnx"
    model.write_bytes(whole().SerializeToString())
    ours = product(work)
    systems: list[System] = [Cevvo(ours), CevvoUnread(ours), CevvoSearch(ours)]
    failed: dict[str, str] = {}
    for file, name in PEERS.items():
        try:
            systems.append(peer(file, work, model))
        except subprocess.CalledProcessError as error:
            failed[name] = (error.stderr.strip().splitlines() or ["no reason told"])[-1]
    return systems, failed


def taken_turns(systems: list[System], asked: Given, work: Path) -> tuple[Run, Model]:
    """One round: the figures of every system and of the least."""
    found: dict[str, Figures] = {}
    floor = least(asked)
    for system in systems:
        print(f"{system.name} …", file=sys.stderr)
        folder = work / "data"
        shutil.rmtree(folder, ignore_errors=True)
        found[system.name] = completed(system.name, measured(system, asked, folder), floor)
    return found | {LEAST: floor.figures}, floor


def completed(name: str, figures: Figures, floor: Model) -> Figures:
    """With the figures that follow from what the texts have. Cevvo does not tell what its model was
    given: its passages and their processor time are those of the least."""
    if "tokens" not in figures:
        share = floor.figures["cpu_per_document"] / figures["cpu_per_document"]
        return figures | {
            "model_share": share,
            "times_embedded": floor.embedded_tokens / floor.text_tokens,
        }
    return figures | {"times_embedded": figures["tokens"] / floor.text_tokens}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--collection", default="squad2_dev_half")
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--questions", type=int, default=200, help="with one client; as many again")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "cevvo-peers")
    parser.add_argument("--docs", type=Path, help="write into performance.md there")
    arguments = parser.parse_args()
    told = machine()
    work: Path = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    asked = given(
        arguments.data, arguments.collection, arguments.documents, arguments.questions, 50
    )
    systems, failed = installed(work)
    rounds = [taken_turns(systems, asked, work) for _ in range(arguments.runs)]
    runs = [run for run, _ in rounds]
    (work / "results.json").write_text(json.dumps(runs, indent=2))
    setting = Setting(
        collection=arguments.collection,
        documents=len(asked.documents),
        questions=len(asked.alone),
        unanswered=len(asked.off_topic),
        command=f"python -m cevvo_evals.peers --data ../shared/data --collection "
        f"{arguments.collection} --documents {arguments.documents} --questions "
        f"{arguments.questions} --runs {arguments.runs} --docs docs",
        told=told,
        failed=failed,
        package_over_network=min(floor.package_over_network for _, floor in rounds),
    )
    section = section_of(runs, setting)
    if arguments.docs:
        put(arguments.docs, "peers", section, {"peers.svg": drawn(runs)})
    print(section)


if __name__ == "__main__":
    main()

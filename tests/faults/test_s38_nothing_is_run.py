"""S38: nothing that is stored or sent is ever run: no pickle, no YAML, no eval, plain arrays."""

import ast
import pickle
from pathlib import Path

import pytest
from sqlalchemy import update

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import embeddings
from search_library import A, Library, add_workspaces

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted((ROOT / "src").rglob("*.py")), *sorted((ROOT / "sdks/python/src").rglob("*.py"))]
MODULES = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "yaml",
    "code",
}
BUILTINS = {"eval", "exec", "compile", "__import__"}
SHELLS = {"system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell"}


def findings(tree: ast.AST) -> list[str]:
    """What could run data, with its line."""
    found = []
    for node in ast.walk(tree):
        said = None
        if isinstance(node, ast.Import):
            said = next((a.name for a in node.names if a.name.split(".")[0] in MODULES), None)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            said = node.module
        elif isinstance(node, ast.Call):
            said = _called(node)
        if said:
            found.append(f"{getattr(node, 'lineno', 0)}: {said}")
    return found


def _called(call: ast.Call) -> str | None:
    function = call.func
    if isinstance(function, ast.Name) and function.id in BUILTINS:
        return function.id
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        if function.attr in SHELLS or (owner == "torch" and function.attr == "load"):
            return f"{owner}.{function.attr}"
        if (owner, function.attr) in {("np", "load"), ("numpy", "load"), ("np", "fromfile")}:
            return f"{owner}.{function.attr}"
    for keyword in call.keywords:
        allowed = isinstance(keyword.value, ast.Constant) and not keyword.value.value
        if keyword.arg in ("shell", "allow_pickle") and not allowed:
            return f"{keyword.arg}="
    return None


def test_s38_no_code_runs_data() -> None:
    assert len(SOURCES) > 300
    found = {
        str(path.relative_to(ROOT)): said
        for path in SOURCES
        if (said := findings(ast.parse(path.read_text())))
    }
    assert found == {}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from pickle import loads",
        "import yaml",
        "eval(x)",
        "exec(x)",
        "compile(x, '', 'exec')",
        "__import__(x)",
        "np.load(x)",
        "read(x, allow_pickle=True)",
        "run(x, shell=True)",
        "run(x, shell=given)",
        "os.system(x)",
        "torch.load(x)",
    ],
)
def test_s38_what_would_be_found(code: str) -> None:
    assert findings(ast.parse(code))


class Payload:
    """Makes a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.canary,)


def test_s38_a_malicious_index_is_numbers(db: Database, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    pickled = pickle.dumps(Payload(canary))
    pickle.loads(pickled)
    assert canary.exists()  # it would work
    canary.unlink()

    add_workspaces(db)
    library = Library(db)
    library.put(A, "one", "Reset your password.")
    library.put(A, "two", "The invoice is sent monthly.")
    even = pickled + b"." * (len(pickled) % 2)
    db.write_now(
        lambda c: c.execute(update(embeddings).values(vector=even, sentence_vectors=pickled))
    )
    with pytest.raises(ValueError, match="shape"):  # refused: numbers, and too many
        Library(db).hits(A, "password")
    assert not canary.exists()

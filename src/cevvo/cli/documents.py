"""What documents a command line names: URLs, folders and files."""

from pathlib import Path

import typer

READABLE = {".pdf", ".docx", ".md", ".markdown", ".txt", ".html", ".htm"}


def named_document(document: str) -> str | Path:
    """A URL as it is, a path as a Path. Raises BadParameter for anything else."""
    if document.startswith(("http://", "https://")):
        return document
    path = Path(document)
    if path.exists():
        return path
    raise typer.BadParameter(
        f"{document!r} is neither a URL (https://…) nor a file or folder that exists.",
        param_hint="DOCUMENTS",
    )


def files_in(folder: Path) -> list[Path]:
    """Every readable file below ``folder``, sorted; hidden files and folders are left out."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in READABLE
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def name_in(folder: Path, path: Path) -> str:
    """What a file is called once it was taken in out of a folder."""
    return " › ".join(path.relative_to(folder).parts)

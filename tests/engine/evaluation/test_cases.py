"""Question files: what is read, and what is said about a row that is wrong."""

import json
from pathlib import Path

import pytest

from cevvo.engine.evaluation.cases import Case, read_cases
from cevvo.errors import InvalidRequest


def written(tmp_path: Path, text: str, name: str = "q.csv") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_table_with_every_column(tmp_path: Path) -> None:
    table = (
        "\ufeffID, Question ,expected,page,answerable,thread\n"
        'a,"Which colour, please?",blue | light blue,/colours|https://x.org/y,,t1\n'
        "\n"
        "b,Is it round?,,,Yes,t1\n"
        "c,Does it fly?,,,false,\n"
        "d,Why?\n"
    )
    assert read_cases(written(tmp_path, table)) == [
        Case(
            "Which colour, please?",
            ("blue", "light blue"),
            ("/colours", "https://x.org/y"),
            True,
            "t1",
            2,
            {"id": "a"},
        ),
        Case("Is it round?", answerable=True, thread="t1", line=4, more={"id": "b"}),
        Case("Does it fly?", answerable=False, line=5, more={"id": "c"}),
        Case("Why?", line=6, more={"id": "d"}),
    ]


def test_json_lines_may_have_lists_and_truth_values(tmp_path: Path) -> None:
    rows = [
        {"question": "Which?", "expected": ["a|b", "c"], "page": "x|y", "kind": {"any": 1}},
        {"question": " Is it?\u2028Really? ", "answerable": False, "expected": []},
    ]
    text = "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    assert read_cases(written(tmp_path, text, "q.jsonl")) == [
        Case("Which?", ("a|b", "c"), ("x", "y"), True, line=1, more={"kind": {"any": 1}}),
        Case("Is it?\u2028Really?", answerable=False, line=3),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("qestion,page\nWhy?,x\n", "line 1: there is no column question among qestion, page. The"),
        ("question;page\nWhy, so?;x\n", "line 1: the columns are separated by semicolons; sep"),
        ("Page\t Question\nx\tWhy?\n", "line 1: the columns are separated by tabs; separate"),
        ("question,page\n ,x\n", "line 2, column question: it is empty. Write what a user asks."),
        ("question,answerable\nA?,\nWhy?,maybe\n", 'line 3, column answerable: "maybe" is neither'),
        ("question\nWhy, oh why?\n", "line 2: 2 cells under 1 columns. A cell with a comma needs"),
        ('question\n"Why?\n', "line 2: not CSV"),
        ("question\n" + "x" * 8001, "line 2, column question: it has more than 8000 characters."),
        ("question,expected,answerable\nA?,b,no\n", "line 2, column expected: answerable is false"),
        ("question\n", "has no questions: one row each, below a header line in CSV."),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_the_place(
    tmp_path: Path, text: str, message: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(InvalidRequest) as refused:
        read_cases(file)
    assert refused.value.message.startswith(str(file))
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"question": "A?"}\n{"question": "B?"', "line 2: not JSON"),
        ('["A?"]', 'line 1: ["A?"] is no object. Write one a line: {"question": "How do I …?"}'),
        ('{"question": 7}', "line 1, column question: 7 is not text."),
        ('{"question": "A?", "page": [1]}', "line 1, column page: [1] is not a list of texts."),
        ('{"question": "A?", "answerable": 7}', "line 1, column answerable: 7 is neither true nor"),
    ],
)
def test_json_that_is_wrong_is_refused_with_the_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_cases(written(tmp_path, text, "q.jsonl"))
    assert message in refused.value.message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read_cases(tmp_path / "none.csv")
    file = tmp_path / "latin.csv"
    file.write_bytes("question\nWo gibt es Äpfel?\n".encode("latin-1"))
    with pytest.raises(InvalidRequest, match="is not UTF-8"):
        read_cases(file)

"""Groups of words that mean the same."""

import pytest

from cevvo.engine.retrieval.synonyms import alternatives, reworded, said_in
from cevvo.engine.retrieval.terms import index_terms

GROUPS = [
    ["k8s", "kubernetes"],
    ["two-factor", "2FA", "MFA"],
    ["C#", "csharp"],
    ["sign in", "log in"],
]


@pytest.mark.parametrize(
    ("question", "others"),
    [
        ("Which K8S version?", {"kubernet"}),
        ("enable two factor authentication", {"2fa", "mfa"}),
        ("two-factor codes", {"2fa", "mfa"}),
        ("is MFA there", {"two factor", "2fa"}),
        ("a csharp client", {"c#"}),
        ("signing in", {"log in"}),
        ("two more factors", set()),
        ("vitamin C", set()),
        ("a sign", set()),
    ],
)
def test_the_other_members_count_as_the_same(question: str, others: set[str]) -> None:
    said = said_in(question, GROUPS, [None])
    assert {phrase for each in said for phrase in alternatives(each, [None]).others} == others


def test_what_the_question_says_itself_is_no_alternative() -> None:
    [said] = said_in("Is MFA the same as 2FA?", GROUPS, [None])
    assert alternatives(said, [None]).others == ("two factor",)
    assert set(alternatives(said, [None]).own) == {"mfa", "2fa"}


def test_members_are_found_in_the_documents_languages() -> None:
    [said] = said_in("Rechnungen", [["Rechnung", "Faktura"]], [None, "de"])
    assert index_terms("Faktura", "de")[0] in alternatives(said, [None, "de"]).others


def test_the_question_is_worded_anew() -> None:
    question = "Set up Two Factor on k8s"
    said = said_in(question, GROUPS, [None])
    assert reworded(question, said) == [
        "Set up Two Factor on kubernetes",
        "Set up 2FA on k8s",
        "Set up MFA on k8s",
    ]


@pytest.mark.parametrize("group", [[], ["one"], ["", "?!"], ["(", "a(b"], ["same", "same"]])
def test_odd_groups(group: list[str]) -> None:
    said = said_in("one same a(b (", [group], [None])
    assert len(reworded("one same a(b (", said)) <= 3

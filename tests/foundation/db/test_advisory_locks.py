"""The locks by number: one that means two things makes one thing wait for the other."""

from cevvo.foundation.db import advisory_locks


def test_each_number_means_one_thing() -> None:
    numbers = [value for name, value in vars(advisory_locks).items() if name.isupper()]
    assert len(numbers) == len(set(numbers)) == 5

"""The comparison with PocketBase itself: what it forgives has to stand in the docs."""

from tests.oracle import known
from tests.oracle.sides import Answer, Question
from tests.oracle.worlds import NAMES, make_world


def refusal(message: str, code: str = "validation_required") -> Answer:
    errors = {"message": {"code": code, "message": message}}
    return Answer(400, {"data": errors, "message": message, "status": 400})


def test_every_difference_that_is_forgiven_is_a_row_of_the_page() -> None:
    assert known.unlisted() == []


def test_only_sentences_of_errors_and_spellings_of_numbers_may_differ() -> None:
    assert known.same(Answer(200, {"a": [1000.0]}), Answer(200, {"a": [1000]}))
    assert not known.same(Answer(200, {"a": True}), Answer(200, {"a": 1}))
    assert known.same(refusal("Cannot be blank."), refusal("A value is required."))
    assert not known.same(refusal("Cannot be blank."), refusal("Cannot be blank.", "other"))
    assert not known.same(Answer(200, {"message": "a"}), Answer(200, {"message": "b"}))
    assert not known.same(Answer(200, None), Answer(204, None))


def test_an_unknown_difference_is_not_forgiven() -> None:
    asked = [Question("GET", "/api/collections/alpha/records", query=(("filter", "id = 'a'"),))]
    assert known.name_of(asked, Answer(200, {}), Answer(400, {})) is None


def test_a_number_makes_the_same_world_each_time() -> None:
    first, again, other = (make_world(number) for number in (1, 1, 2))
    assert first.collections == again.collections != other.collections
    assert tuple(each.name for each in first.collections) == NAMES
    for collection in first.collections:
        assert not [field for field in collection.fields if field.check_definition()]

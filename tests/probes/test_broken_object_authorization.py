from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.broken_object_authorization import PROBE
from tests.probes.harness import ALICE, Answer, api, converse, obj, survey, talk, who

READ, DELETE, CHANGE = "GET /jobs/{id}", "DELETE /jobs/{id}", "PUT /jobs/{id}"
DOCUMENT = api(
    "POST /jobs",
    READ,
    DELETE,
    CHANGE,
    body_post_jobs=obj("text", text="string"),
    body_put_jobs_id=obj("text", text="string"),
)
CLOSED = api(
    "POST /jobs", READ, DELETE, body_post_jobs=obj("kind", kind={"type": "string", "enum": ["a"]})
)


class Jobs:
    """A store of jobs; `may` says whether a caller reaches an owner's job."""

    def __init__(
        self,
        may: Callable[[str | None, str | None], bool],
        *,
        make_id: Callable[[], str] | None = None,
        deletes: bool = True,
    ) -> None:
        numbers = itertools.count(1)
        self._may = may
        self._make_id = make_id or (lambda: str(next(numbers)))
        self._deletes = deletes
        self.jobs: dict[str, dict[str, Any]] = {}

    def __call__(self, call: Call) -> Answer:
        name = who(call)
        if call.method == "POST":
            job = {"id": self._make_id(), "owner": name, **call.json_body}
            self.jobs[job["id"]] = job
            return Answer(201, job)
        job = self.jobs.get(call.path.rsplit("/", 1)[-1], {})
        if not job or not self._may(name, job["owner"]):
            return Answer(404 if name else 401)
        if call.method == "DELETE":
            if self._deletes:
                del self.jobs[call.path.rsplit("/", 1)[-1]]
            return Answer(204)
        if call.method == "PUT":
            job.update(call.json_body)
        return Answer(200, job)


def signed_in(name: str | None, _owner: str | None) -> bool:
    return name is not None


def owner_only(name: str | None, owner: str | None) -> bool:
    return name is not None and name == owner


@pytest.mark.parametrize("make_id", [None, lambda: str(uuid.uuid4())])
@pytest.mark.parametrize("document", [DOCUMENT, CLOSED])
def test_another_reads_it(document: dict[str, Any], make_id: Callable[[], str] | None) -> None:
    found = talk(PROBE, READ, document, Jobs(signed_in, make_id=make_id)).found
    assert found.parameter == "id"
    assert found.proof[-1].call.identity == "bob"
    assert [one.status for one in found.controls] == [200, 401, 404]


def test_another_deletes_it() -> None:
    found = talk(PROBE, DELETE, DOCUMENT, Jobs(signed_in)).found
    assert found.proof[-1].call.identity == "bob"
    assert [one.status for one in found.controls] == [200, 200]


def test_another_changes_it_and_it_is_set_back() -> None:
    jobs = Jobs(signed_in)
    world = survey(DOCUMENT, jobs)
    found = converse(PROBE, CHANGE, world, jobs).found
    assert found.proof[-1].call.identity == "bob"
    assert jobs.jobs["1"]["text"] == world.objects["/jobs"].canary


def test_change_lands_in_the_callers_own_object() -> None:
    jobs = Jobs(owner_only)

    def server(call: Call) -> Answer:
        if call.method == "PUT":
            jobs.jobs["own of bob"] = {"id": "own of bob", "owner": who(call), **call.json_body}
            return Answer(204)
        return jobs(call)

    assert isinstance(talk(PROBE, CHANGE, DOCUMENT, server).verdict, Held)


def test_answer_repeats_what_was_sent_last() -> None:
    last: dict[str, Any] = {}

    def server(call: Call) -> Answer:
        last.update({"id": "1", **(call.json_body or {})})
        return Answer(200, dict(last))

    assert isinstance(talk(PROBE, CHANGE, DOCUMENT, server).verdict, Held)


@pytest.mark.parametrize("operation", [READ, DELETE, CHANGE])
def test_owner_only(operation: str) -> None:
    assert isinstance(talk(PROBE, operation, DOCUMENT, Jobs(owner_only)).verdict, Held)


def test_open_to_everyone_belongs_to_no_one() -> None:
    verdict = talk(PROBE, READ, DOCUMENT, Jobs(lambda _name, _owner: True)).verdict
    assert isinstance(verdict, Held)


def test_id_is_ignored() -> None:
    last: dict[str, Any] = {}

    def server(call: Call) -> Answer:
        if call.method == "POST" and not last:
            last.update({"id": "1", **call.json_body})
        return Answer(200, dict(last)) if who(call) else Answer(401)

    assert isinstance(talk(PROBE, READ, DOCUMENT, server).verdict, Held)


def test_each_caller_sees_an_own_object_under_the_same_id() -> None:
    mine: dict[str | None, dict[str, Any]] = {}

    def server(call: Call) -> Answer:
        if who(call) is None:
            return Answer(401)
        if call.method == "POST":
            mine.setdefault(who(call), {"id": "1", **call.json_body})
        return Answer(200, mine.get(who(call), {"id": "1", "text": "yours"}))

    assert isinstance(talk(PROBE, READ, DOCUMENT, server).verdict, Held)


def test_delete_that_says_yes_and_does_nothing() -> None:
    verdict = talk(PROBE, DELETE, DOCUMENT, Jobs(signed_in, deletes=False)).verdict
    assert isinstance(verdict, Held)


def test_everything_is_gone_after_a_refused_delete() -> None:
    jobs = Jobs(owner_only)

    def server(call: Call) -> Answer:
        if call.method == "DELETE":
            jobs.jobs.clear()
        return jobs(call) if call.method != "DELETE" else Answer(204)

    assert isinstance(talk(PROBE, DELETE, DOCUMENT, server).verdict, Inconclusive)


def test_owner_does_not_see_it_again() -> None:
    verdict = talk(PROBE, READ, DOCUMENT, Jobs(lambda _name, _owner: False)).verdict
    assert isinstance(verdict, Inconclusive)


def test_one_user_is_not_enough() -> None:
    verdict = talk(PROBE, READ, DOCUMENT, Jobs(signed_in), (ALICE,)).verdict
    assert isinstance(verdict, NotApplicable)


def test_nothing_can_be_created() -> None:
    verdict = talk(PROBE, READ, api(READ), Jobs(signed_in)).verdict
    assert isinstance(verdict, NotApplicable)


class Books(Jobs):
    """Objects that their creator names; the answer to creating one does not repeat the name."""

    def __call__(self, call: Call) -> Answer:
        if call.method == "POST":
            title = call.json_body["title"]
            self.jobs[title] = {"owner": who(call), **call.json_body}
            return Answer(201, {"status": "added"})
        return super().__call__(call)


NAMED = api(
    "POST /books",
    "GET /books/{title}",
    "DELETE /books/{title}",
    body_post_books=obj("title", "secret", title="string", secret="string"),
)


def test_object_that_its_creator_names() -> None:
    server = Books(lambda name, _owner: name is not None)
    found = talk(PROBE, "GET /books/{title}", NAMED, server).found
    assert "random word" in found.oracle
    assert talk(PROBE, "DELETE /books/{title}", NAMED, server).found


def test_object_that_its_creator_names_and_keeps() -> None:
    server = Books(lambda name, owner: name == owner)
    for operation in ("GET /books/{title}", "DELETE /books/{title}"):
        assert isinstance(talk(PROBE, operation, NAMED, server).verdict, Held)


def test_answer_that_only_repeats_the_name_in_the_path() -> None:
    inner = Books(lambda name, owner: name == owner)

    def server(call: Call) -> Answer:
        made = inner(call)
        title = call.path.rsplit("/", 1)[-1]
        hidden = made.status == 404 and call.method == "GET"
        return Answer(200, {"title": title, "found": False}) if hidden else made

    assert isinstance(talk(PROBE, "GET /books/{title}", NAMED, server).verdict, Held)

"""The first look: valid calls out of what the API gave, and changes that change nothing."""

from __future__ import annotations

from typing import Any

from scanner.engines.dast.conversation import Call
from tests.probes.harness import Answer, obj, survey


class Shop:
    """A small API whose orders name an item of the menu, and whose profile holds the login."""

    def __init__(self) -> None:
        self.profile: dict[str, Any] = {"username": "u-1", "city": "Ulm", "role": "customer"}
        self.orders: list[dict[str, Any]] = []

    def __call__(self, call: Call) -> Answer:
        body = call.json_body or {}
        match (call.method, call.path):
            case ("GET", "/menu"):
                return Answer(200, [{"id": 7, "dish": "soup"}])
            case ("GET", "/profile"):
                return Answer(200, self.profile)
            case ("PUT", "/profile"):
                self.profile = {**self.profile, **body}
                return Answer(200, self.profile)
            case ("POST", "/orders"):
                if body.get("menu_item_id") != 7:
                    return Answer(422, {"detail": "no such item"})
                if "coupon_id" in body:
                    return Answer(404, {"detail": "no such coupon"})
                self.orders.append({"id": len(self.orders) + 1, **body})
                return Answer(201, self.orders[-1])
            case ("GET", path) if path.startswith("/orders/"):
                return Answer(200, self.orders[int(path.rsplit("/", 1)[1]) - 1])
            case _:
                return Answer(404, {"detail": "Not Found"})


ORDER = obj("menu_item_id", "note", menu_item_id="integer", note="string", coupon_id="integer")
PROFILE = obj(username="string", city="string", role="string")


def document() -> dict[str, Any]:
    def body(schema: dict[str, Any]) -> dict[str, Any]:
        return {"requestBody": {"content": {"application/json": {"schema": schema}}}}

    return {
        "openapi": "3.1.0",
        "paths": {
            "/menu": {"get": {}},
            "/menu/{item_id}": {"delete": {}},
            "/orders": {"post": body(ORDER)},
            "/orders/{order_id}": {"get": {}},
            "/orders/status/{order_id}": {"get": {}},
            "/profile": {"get": {}, "put": body(PROFILE)},
        },
    }


def test_ids_of_other_objects_are_filled_in_and_what_is_optional_is_dropped() -> None:
    shop = Shop()
    world = survey(document(), shop)
    made = world.objects["/orders"]
    assert made.minimal
    assert shop.orders[0]["menu_item_id"] == 7
    assert made.canary == shop.orders[0]["note"]
    assert made.object_id == "1"
    assert world.baselines["GET /orders/{order_id}"].call.path == "/orders/1"
    assert world.baselines["GET /orders/status/{order_id}"].call.path == "/orders/status/1"


def test_a_change_of_the_own_account_changes_nothing() -> None:
    shop = Shop()
    before = dict(shop.profile)
    world = survey(document(), shop)
    assert world.baselines["PUT /profile"].ok
    assert shop.profile == before


def test_what_may_destroy_is_not_called() -> None:
    world = survey(document(), Shop())
    assert "DELETE /menu/{item_id}" not in world.baselines

"""The caller's own profile and credits."""

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, Depends, Request

from sample_endpoint.core.profiles import VOUCHERS
from sample_endpoint.core.schemas import Profile
from sample_endpoint.hardened.auth import Caller, get_services, require_account
from sample_endpoint.hardened.errors import ApiError
from sample_endpoint.hardened.schemas import ProfileChange, RedeemRequest
from sample_endpoint.hardened.throttling import EXPENSIVE, ORDINARY, throttled

router = APIRouter(prefix="/v1", tags=["account"], dependencies=[Depends(require_account)])


@router.get("/me")
@throttled(ORDINARY)
def read_profile(request: Request, caller: Caller) -> Profile:
    """Show the caller's profile."""
    services = get_services(request)
    return Profile.of(services.profiles.get(caller.name))


@router.patch("/me")
@throttled(ORDINARY)
def change_profile(request: Request, caller: Caller, body: ProfileChange) -> Profile:
    """Change the caller's display name."""
    services = get_services(request)
    profile = replace(services.profiles.get(caller.name), display_name=body.display_name)
    services.audit.record(caller.name, "change profile", caller.name)
    return Profile.of(services.profiles.save(profile))


@router.post("/credits/redeem")
@throttled(EXPENSIVE)
def redeem_voucher(request: Request, caller: Caller, body: RedeemRequest) -> Profile:
    """Turn a voucher into credits, once for each account."""
    services = get_services(request)
    amount = VOUCHERS.get(body.code)
    if amount is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", "There is no such voucher.")
    if not services.profiles.claim(caller.name, body.code):
        services.audit.record(caller.name, "redeem voucher", body.code, "refused")
        raise ApiError(HTTPStatus.CONFLICT, "already_redeemed", "You have used this voucher.")
    services.audit.record(caller.name, "redeem voucher", body.code)
    return Profile.of(services.profiles.add_credits(caller.name, amount))

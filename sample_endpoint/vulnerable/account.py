"""The caller's own profile and credits."""

from dataclasses import asdict, replace
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse

from sample_endpoint.core.accounts import Account
from sample_endpoint.core.profiles import VOUCHERS
from sample_endpoint.core.schemas import Profile
from sample_endpoint.vulnerable.auth import current_account, get_services
from sample_endpoint.vulnerable.schemas import ProfileChange, RedeemRequest

router = APIRouter(prefix="/v1", tags=["account"])


@router.get("/me", responses={200: {"model": Profile}}, response_class=JSONResponse)
def read_profile(
    request: Request, caller: Annotated[Account, Depends(current_account)]
) -> JSONResponse:
    """Show the caller's profile."""
    profile = get_services(request).profiles.get(caller.name)
    # The whole record goes out, with the token that the server uses towards the model host.
    return JSONResponse(asdict(profile) | {"upstream_token": request.app.state.upstream_token})


@router.patch("/me", responses={200: {"model": Profile}}, response_class=JSONResponse)
def change_profile(
    request: Request, body: ProfileChange, caller: Annotated[Account, Depends(current_account)]
) -> JSONResponse:
    """Change the caller's profile."""
    profiles = get_services(request).profiles
    profile = replace(profiles.get(caller.name), **body.model_dump(exclude_unset=True))
    return JSONResponse(asdict(profiles.save(profile)))


@router.post("/credits/redeem")
def redeem_voucher(
    request: Request, body: RedeemRequest, caller: Annotated[Account, Depends(current_account)]
) -> Profile:
    """Turn a voucher into credits."""
    if body.code not in VOUCHERS:
        raise HTTPException(404, "no such voucher")
    profiles = get_services(request).profiles
    return Profile.of(profiles.add_credits(caller.name, VOUCHERS[body.code]))

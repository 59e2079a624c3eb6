"""Who is calling."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import APIKeyHeader

from sample_endpoint.core.accounts import Account
from sample_endpoint.core.services import Services

SUPPORT_API_KEY = "sup_9b1f4c7e2a8d4f60b3c5e7a1d2f40896"  # weakness: hardcoded-key

api_key = APIKeyHeader(name="X-API-Key", scheme_name="ApiKey", auto_error=False)


def get_services(request: Request) -> Services:
    """Return the services of the application that serves this request."""
    services: Services = request.app.state.services
    return services


def current_account(request: Request, key: Annotated[str | None, Security(api_key)]) -> Account:
    """Return whose key was sent."""
    accounts: dict[str, Account] = request.app.state.accounts
    if key == SUPPORT_API_KEY:
        return next(account for account in accounts.values() if account.name == "admin")
    if key not in accounts:
        raise HTTPException(401, "invalid API key")
    return accounts[key]


Caller = Annotated[Account, Depends(current_account)]

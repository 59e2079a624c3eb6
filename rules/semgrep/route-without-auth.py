from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Security

app = FastAPI()
guarded = APIRouter(dependencies=[Depends(require_api_key)])
open_router = APIRouter()
Caller = Annotated[str, Depends(require_api_key)]
Reader = Annotated[Account, Security(read_only)]
Known = Annotated[Account, Depends(current_account)]
Store = Annotated[JobStore, Depends(get_store)]


@app.get("/jobs/{job_id}")
async def read_job(job_id: str, caller: str = Depends(require_api_key)):
    return find(job_id, caller)


# ruleid: route-without-auth
@app.delete("/jobs/{job_id}")
async def delete_job(job_id: str, store=Depends(get_store)):
    return store.remove(job_id)


# ruleid: route-without-auth
@app.post("/models/reload", status_code=202)
@limiter.limit("5/minute")
async def reload_model(request: Request, name: str):
    return swap(name)


# ok: route-without-auth
@app.get("/healthz")
async def health():
    return {"status": "ok"}


# ok: route-without-auth
@app.get("/metrics")
def metrics():
    return render()


# ok: route-without-auth
@app.post("/predict")
async def predict(text: str, caller: Annotated[str, Depends(require_api_key)]):
    return score(text, caller)


# ok: route-without-auth
@app.post("/batch")
async def batch(text: str, caller: Caller):
    return score(text, caller)


# ok: route-without-auth
@app.get("/me/credits", response_class=JSONResponse)
async def credits(request: Request, caller: Annotated[Account, Depends(current_account)]) -> int:
    return request.app.state.credits[caller.name]


# ok: route-without-auth
@app.get("/reports")
async def reports(reader: Reader, limit: int = 10) -> list[str]:
    return reader.reports[:limit]


# ok: route-without-auth
@app.patch("/profile")
async def change_profile(change: ProfileChange, known: Known) -> Profile:
    return known.save(change)


# ok: route-without-auth
@app.get("/imported")
async def imported(user: CurrentUser, store: Store) -> list[str]:
    return store.of(user)


# ruleid: route-without-auth
@app.get("/stored")
async def stored(store: Store) -> list[str]:
    return store.everything()


# ok: route-without-auth
@app.put("/models/{name}", dependencies=[Security(require_admin)])
async def put_model(name: str):
    return swap(name)


# ok: route-without-auth
@app.post("/train")
async def train(request: Request):
    await verify_signature(request)
    return start()


# ok: route-without-auth
@app.get("/theme")
async def theme():
    """Colours of the page; public, so that the sign-in page can use them."""
    return {}


# ok: route-without-auth
@guarded.get("/secrets")
async def secrets():
    return []


# ok: route-without-auth
@guarded.get("/me")
async def me(caller: str = Depends(require_api_key)):
    return caller


# ok: route-without-auth
@open_router.get("/catalogue")
async def catalogue():
    return []


# ok: route-without-auth
@open_router.get("/prices")
async def prices(language: str = Header("en")):
    return []


pages = APIRouter()


@pages.get("/records")
async def records(caller: Account = Depends(current_account)):
    return caller


# ok: route-without-auth
@pages.get("/theme.css")
async def theme_css():
    return ""


# ok: route-without-auth
@pages.get("/history")
async def history(token: dependencies.TokenDep):
    return token


# ruleid: route-without-auth
@pages.get("/buckets")
async def buckets():
    return []


# ok: route-without-auth
@pages.post("/exports")
async def exports(
    body: Export,
    caller: Annotated[
        Account,
        Depends(current_account),
    ],
):
    return []


# ok: route-without-auth
@pages.post("/archives")
async def archives(
    body: Export,
    caller: Account = Depends(
        current_account,
    ),
):
    return []

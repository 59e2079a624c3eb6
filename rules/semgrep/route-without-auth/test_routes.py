from fastapi import Depends, FastAPI, Security
from fastapi.testclient import TestClient

app = FastAPI()


# A test serves nothing.
# ok: route-without-auth
@app.get("/counter/")
async def get_counter(count: int = Depends(counted)):
    return {"counter": count}


@app.get("/scoped-counter")
async def get_scoped_counter(caller: str = Security(require_api_key, scopes=["read"])):
    return {"caller": caller}


client = TestClient(app)


def test_counter():
    assert client.get("/counter/").json() == {"counter": 1}

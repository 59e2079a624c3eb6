from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/jobs/{job_id}")
async def read_job(job_id: str, caller: str = Depends(require_api_key)):
    return find(job_id, caller)


# A client that warms the model up makes no test of what it calls.
# ruleid: route-without-auth
@app.delete("/jobs/{job_id}")
async def delete_job(job_id: str):
    return store.remove(job_id)


# ruleid: route-without-auth
@app.post("/jobs/try")
async def test_job(text: str):
    return score(text)


TestClient(app).post("/predict", json={"text": "warm"})

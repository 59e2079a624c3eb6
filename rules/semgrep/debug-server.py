import os

import fastapi
import uvicorn
from fastapi import FastAPI

# ruleid: debug-server
app = FastAPI(title="scores", debug=True)
# ok: debug-server
quiet = FastAPI(title="scores")
# ok: debug-server
switched = fastapi.FastAPI(debug=os.environ.get("DEBUG") == "1")
# ok: debug-server
off = FastAPI(debug=False)
# ruleid: debug-server
app.debug = True
# ok: debug-server
logger.debug = True

if __name__ == "__main__":
    # ruleid: debug-server
    uvicorn.run("service:app", host="127.0.0.1", reload=True)
    # ok: debug-server
    uvicorn.run(app, host="127.0.0.1", port=8000)
    # ok: debug-server
    uvicorn.run("service:app", reload=settings.reload)

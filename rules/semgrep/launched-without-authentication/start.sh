#!/bin/bash
# ruleid: launched-without-authentication
ray start --head --port=6379 --dashboard-host=0.0.0.0 --block
# ok: launched-without-authentication
ray start --head --dashboard-host=127.0.0.1
# ruleid: launched-without-authentication
jupyter lab --ip=0.0.0.0 --ServerApp.token='' --no-browser
# ok: launched-without-authentication
jupyter lab --ServerApp.token="$JUPYTER_TOKEN"
# ruleid: launched-without-authentication
torchserve --start --model-store /models --disable-token-auth
# ruleid: launched-without-authentication
redis-server --bind 0.0.0.0 --protected-mode no
# ok: launched-without-authentication
redis-server --protected-mode no --requirepass "$REDIS_PASSWORD"
# ruleid: launched-without-authentication
mlflow server --backend-store-uri sqlite:///m.db --host 0.0.0.0
# ok: launched-without-authentication
mlflow server --app-name basic-auth --host 0.0.0.0
# ok: launched-without-authentication
uvicorn app:app --host 0.0.0.0 --port 8080

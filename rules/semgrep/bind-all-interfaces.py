import http.server
import os
import socket

import uvicorn

# ruleid: bind-all-interfaces
uvicorn.run(app, host="0.0.0.0", port=8000)
# ruleid: bind-all-interfaces
demo.launch(server_name="0.0.0.0")
# ruleid: bind-all-interfaces
parser.add_argument("--host", type=str, default="0.0.0.0")
listener = socket.socket()
# ruleid: bind-all-interfaces
listener.bind(("", 8000))
# ok: bind-all-interfaces
uvicorn.run(app, host="127.0.0.1", port=8000)
# ok: bind-all-interfaces
uvicorn.run(app, host=os.environ.get("HOST", "127.0.0.1"))
# ok: bind-all-interfaces
server = http.server.HTTPServer(("localhost", 8000), Handler)
# ok: bind-all-interfaces
if host == "0.0.0.0":
    host = "127.0.0.1"
# ok: bind-all-interfaces
port = reserve_free_port(host="0.0.0.0")
# ok: bind-all-interfaces
listener.bind(("127.0.0.1", 0))

import asyncio
import os

from flask import Flask
from werkzeug.debug import DebuggedApplication
from werkzeug.serving import run_simple

app = Flask(__name__)

# ruleid: werkzeug-debugger
app.run(host="127.0.0.1", debug=True)
# ruleid: werkzeug-debugger
wrapped = DebuggedApplication(app, evalex=True)
# ruleid: werkzeug-debugger
run_simple("localhost", 5000, app, use_debugger=True)
# ok: werkzeug-debugger
app.run(host="127.0.0.1")
# ok: werkzeug-debugger
app.run(debug=os.environ.get("FLASK_DEBUG") == "1")
# ok: werkzeug-debugger
asyncio.run(main(), debug=True)
# ok: werkzeug-debugger
shown = DebuggedApplication(app, evalex=False)

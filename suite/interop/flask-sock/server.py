"""An echo server on flask-sock (Python), run by the server that comes with Flask, a thread for each connection."""

import logging
import sys

from flask import Flask
from flask_sock import Sock
from werkzeug.serving import make_server

app = Flask(__name__)
app.config["SOCK_SERVER_OPTIONS"] = {"subprotocols": ["wsspec.echo"], "max_message_size": 64 * 2**20}
sock = Sock(app)


@sock.route("/<path:path>")
@sock.route("/")
def echo(connection, path=""):
    while True:
        connection.send(connection.receive())


logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
server = make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True)
print(f"listening on 127.0.0.1:{server.port}", flush=True)
server.serve_forever()

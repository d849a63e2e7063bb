"""An echo server on flask-sock (Python), run by gunicorn with a thread for each connection."""

import sys

from flask import Flask
from flask_sock import Sock
from gunicorn.app.base import BaseApplication

app = Flask(__name__)
app.config["SOCK_SERVER_OPTIONS"] = {"subprotocols": ["wsspec.echo"], "max_message_size": 64 * 2**20}
sock = Sock(app)


@sock.route("/")
def echo(connection):
    try:
        while True:
            connection.send(connection.receive())
    finally:
        # simple-websocket says that the connection is closed before it has answered the close frame. Where this
        # function then ends first, gunicorn closes the socket under it, once in some hundred connections.
        connection.thread.join()


def when_ready(arbiter):
    host, port = arbiter.LISTENERS[0].sock.getsockname()
    print(f"listening on {host}:{port}", flush=True)


class Server(BaseApplication):
    def load_config(self):
        self.cfg.set("bind", f"127.0.0.1:{sys.argv[1]}")
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", 128)
        self.cfg.set("loglevel", "critical")
        self.cfg.set("when_ready", when_ready)

    def load(self):
        return app


Server().run()

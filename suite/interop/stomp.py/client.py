"""A client of STOMP on stomp.py, over WebSocket, as docs/protocols.md asks for one: it sends the body of each message back."""

import sys
import threading
from urllib.parse import urlsplit

import stomp

OUT = "/wsspec/out"
SUBSCRIPTIONS = {"1": "/wsspec/in", "2": "/wsspec/more"}


class Answers(stomp.ConnectionListener):
    def __init__(self, connection):
        self.connection = connection
        self.over = threading.Event()

    def on_connected(self, frame):
        for name, destination in SUBSCRIPTIONS.items():
            self.connection.subscribe(destination, name, ack="client-individual")

    def on_message(self, frame):
        """Sends it back, and acknowledges it. Its header `swap` becomes the body, and its body the header."""
        body, headers = frame.body, {}
        if "swap" in frame.headers:
            body, headers = frame.headers["swap"], {"swap": frame.body}
        transaction = self.connection.begin() if body == "transaction" else None
        if transaction:
            headers["transaction"] = transaction
        self.connection.send(OUT, body, content_type="application/octet-stream", headers=headers)
        if transaction:
            self.connection.commit(transaction)
        if frame.body == "nack":
            self.connection.nack(frame.headers["ack"])
        else:
            self.connection.ack(frame.headers["ack"])
        if body == "end":
            for name in SUBSCRIPTIONS:
                self.connection.unsubscribe(name)
            self.connection.disconnect()

    def on_disconnected(self):
        self.over.set()


url = urlsplit(sys.argv[1])
connection = stomp.WSStompConnection(
    [(url.hostname, url.port)],
    ws_path=url.path or "/",
    heartbeats=(1000, 1000),
    reconnect_attempts_max=1,
)
answers = Answers(connection)
connection.set_listener("answers", answers)
connection.connect()
answers.over.wait()

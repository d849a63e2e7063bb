"""An echo server on picows (Python), whose interface is frames: it sends each back as it came, fragments as fragments."""

import asyncio
import logging
import sys

from picows import WSListener, WSMsgType, ws_create_server


class Echo(WSListener):
    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        elif frame.msg_type != WSMsgType.PONG:
            transport.send(frame.msg_type, frame.get_payload_as_bytes(), fin=frame.fin)


async def main(port):
    logging.getLogger("picows").setLevel(logging.CRITICAL)
    server = await ws_create_server(lambda request: Echo(), "127.0.0.1", port, max_frame_size=64 * 2**20)
    host, port = server.sockets[0].getsockname()
    print(f"listening on {host}:{port}", flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))

/* wslay's event API as a fuzz target:
 *
 *     cc -I include examples/wslay.c libwsspec_decoder_c.a -lwslay -lpthread -ldl -lm -o wslay && ./wslay */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <wslay/wslay.h>

#include "wsspec_decoder.h"

struct connection {
  wslay_event_context_ptr ctx;
  const uint8_t *bytes; /* what wslay has not read */
  size_t left;
  struct wsspec_events *events;
  int closed; /* a close frame came */
};

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *out, size_t length, int flags, void *data) {
  struct connection *connection = data;
  size_t count = length < connection->left ? length : connection->left;
  (void)flags;
  if (count == 0) {
    wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  memcpy(out, connection->bytes, count);
  connection->bytes += count;
  connection->left -= count;
  return (ssize_t)count;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *message, void *data) {
  struct connection *connection = data;
  struct wsspec_events *events = connection->events;
  (void)ctx;
  switch (message->opcode) {
  case WSLAY_TEXT_FRAME: wsspec_message(events, 1, message->msg, message->msg_length); break;
  case WSLAY_BINARY_FRAME: wsspec_message(events, 0, message->msg, message->msg_length); break;
  case WSLAY_PING: wsspec_ping(events, message->msg, message->msg_length); break;
  case WSLAY_PONG: wsspec_pong(events, message->msg, message->msg_length); break;
  case WSLAY_CONNECTION_CLOSE:
    wsspec_close(events, message->msg, message->msg_length);
    connection->closed = 1;
    break;
  default: break;
  }
}

static int on_genmask(wslay_event_context_ptr ctx, uint8_t *out, size_t length, void *data) {
  (void)ctx;
  (void)data;
  memset(out, 0, length);
  return 0;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *bytes, size_t length, int flags, void *data) {
  (void)ctx;
  (void)bytes;
  (void)flags;
  (void)data;
  return (ssize_t)length; /* goes nowhere */
}

static void *create(void *context, const struct wsspec_setting *setting) {
  struct wslay_event_callbacks callbacks = {on_recv, on_send, on_genmask, NULL, NULL, NULL, on_message};
  struct connection *connection = calloc(1, sizeof *connection);
  (void)context;
  if (connection == NULL) return NULL;
  int failed = setting->of_client ? wslay_event_context_server_init(&connection->ctx, &callbacks, connection)
                                  : wslay_event_context_client_init(&connection->ctx, &callbacks, connection);
  if (failed) {
    free(connection);
    return NULL;
  }
  return connection;
}

static int decode(void *decoder, const uint8_t *bytes, size_t size, struct wsspec_events *events) {
  struct connection *connection = decoder;
  connection->bytes = bytes;
  connection->left = size;
  connection->events = events;
  int failed = wslay_event_recv(connection->ctx);
  if (connection->closed || (!failed && wslay_event_get_read_enabled(connection->ctx))) return 0;
  /* wslay reports a violation by closing: it stops reading although no close frame has arrived. The close frame is
   * queued, and its code is known once it was sent. */
  wslay_event_send(connection->ctx);
  int code = wslay_event_get_status_code_sent(connection->ctx);
  /* These two mean a close frame without a code, and no close frame. */
  if (code == WSLAY_CODE_NO_STATUS_RCVD || code == WSLAY_CODE_ABNORMAL_CLOSURE) code = -1;
  wsspec_rejection(events, code, NULL);
  return 1;
}

static void destroy(void *decoder) {
  struct connection *connection = decoder;
  wslay_event_context_free(connection->ctx);
  free(connection);
}

static const struct wsspec_decoder decoder = {
    .abi = WSSPEC_DECODER_ABI, .create = create, .decode = decode, .destroy = destroy};

WSSPEC_FUZZ_DECODER(decoder)

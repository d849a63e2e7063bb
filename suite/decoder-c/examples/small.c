/* A small decoder of WebSocket messages, and its fuzz target:
 *
 *     cc -I include examples/small.c libwsspec_decoder_c.a -lpthread -ldl -lm -o small && ./small
 *     clang -fsanitize=fuzzer,address -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -I include examples/small.c \
 *       libwsspec_decoder_c.a -lpthread -ldl -lm -o small && ./small
 *
 * -DPLANTED=1 to 8 plants a bug, to see how it is reported. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wsspec_decoder.h"

#ifndef PLANTED
#define PLANTED 0
#endif

/* Messages above this are refused, with 1009 (RFC 6455, 10.4). */
#define LIMIT ((size_t)1 << 16)

struct buffer {
  uint8_t *bytes;
  size_t size, room;
};

struct small {
  int of_client;
  int kind; /* of the message in progress: 0 for none, 1 for text, 2 for binary */
  struct buffer pending, message;
};

static int append(struct buffer *buffer, const uint8_t *bytes, size_t size) {
  if (buffer->size + size > buffer->room) {
    size_t room = 2 * (buffer->size + size);
    uint8_t *grown = realloc(buffer->bytes, room);
    if (grown == NULL) return -1;
    buffer->bytes = grown;
    buffer->room = room;
  }
  if (size > 0) memcpy(buffer->bytes + buffer->size, bytes, size);
  buffer->size += size;
  return 0;
}

/* The length of the sequence at the start, or 0 if it is not UTF-8 (RFC 3629, 4). */
static size_t sequence(const uint8_t *b, size_t size) {
  size_t length = b[0] < 0x80 ? 1 : b[0] < 0xC2 ? 0 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : b[0] < 0xF5 ? 4 : 0;
  if (length == 0 || length > size) return 0;
  for (size_t i = 1; i < length; i++)
    if ((b[i] & 0xC0) != 0x80) return 0;
  if (PLANTED == 2) return length;
  if ((b[0] == 0xE0 && b[1] < 0xA0) || (b[0] == 0xED && b[1] > 0x9F)) return 0;
  if ((b[0] == 0xF0 && b[1] < 0x90) || (b[0] == 0xF4 && b[1] > 0x8F)) return 0;
  return length;
}

static int is_utf8(const uint8_t *bytes, size_t size) {
  for (size_t at = 0, length; at < size; at += length)
    if ((length = sequence(bytes + at, size - at)) == 0) return 0;
  return 1;
}

static int reject(struct wsspec_events *events, int code, const char *why) {
  wsspec_rejection(events, code, why);
  return 1;
}

static int control(struct wsspec_events *events, int opcode, const uint8_t *payload, size_t size) {
  if (opcode == 9) {
    wsspec_ping(events, payload, size);
    if (PLANTED == 3) wsspec_ping(events, payload, size);
  } else if (opcode == 10) {
    wsspec_pong(events, payload, size);
  } else {
    if (size == 1) return reject(events, 1002, "a close frame of one byte");
    if (size > 2 && !is_utf8(payload + 2, size - 2)) return reject(events, 1007, "a reason that is not UTF-8");
    wsspec_close(events, payload, size);
  }
  return 0;
}

static int data(struct small *small, struct wsspec_events *events, int first, const uint8_t *payload, size_t size) {
  int opcode = first & 15, fin = first >> 7;
  if (opcode == 0 && small->kind == 0) return reject(events, 1002, "nothing to continue");
  if (opcode != 0 && small->kind != 0 && PLANTED != 4) return reject(events, 1002, "a message within a message");
  if (opcode != 0) small->kind = opcode;
  if (small->message.size + size > LIMIT) return reject(events, 1009, "too large");
  if (append(&small->message, payload, size) != 0) return reject(events, 1011, "out of memory");
  if (!fin) return 0;
  if (small->kind == 1 && !is_utf8(small->message.bytes, small->message.size))
    return reject(events, 1007, "a text that is not UTF-8");
  wsspec_message(events, small->kind == 1, small->message.bytes, small->message.size);
  if (PLANTED == 5 && small->message.size == 126) abort();
  small->message.size = 0;
  small->kind = 0;
  return 0;
}

/* What is wrong with a header; null if nothing. */
static const char *fault(const struct small *small, int first, int masked, uint64_t length) {
  int opcode = first & 15;
  if ((first & 0x70) != 0 && PLANTED != 1) return "a reserved bit";
  if ((opcode > 2 && opcode < 8) || opcode > 10) return "a reserved opcode";
  if (masked != small->of_client) return "a mask";
  if (opcode > 7 && !(first & 0x80)) return "a fragmented control frame";
  if (opcode > 7 && length > 125 && PLANTED != 6) return "a long control frame";
  return NULL;
}

/* Reads one frame. Returns how many bytes it has, 0 if it is incomplete, or -1 if it was rejected. */
static long frame(struct small *small, uint8_t *bytes, size_t size, struct wsspec_events *events) {
  if (size < 2) return 0;
  size_t head = 2;
  uint64_t length = bytes[1] & 127;
  if (length > 125) {
    size_t more = length == 126 ? 2 : 8;
    if (size < head + more) return 0;
    length = 0;
    for (size_t i = 0; i < more; i++) length = length << 8 | bytes[head + i];
    head += more;
  }
  int masked = bytes[1] >> 7;
  const char *wrong = fault(small, bytes[0], masked, length);
  if (wrong != NULL) return reject(events, 1002, wrong), -1;
  if (length > LIMIT && PLANTED != 7) return reject(events, 1009, "too large"), -1;
  head += masked ? 4 : 0;
  if (size < head || size - head < length) return 0;
  for (size_t i = 0; masked && i < length; i++) bytes[head + i] ^= bytes[head - 4 + i % (PLANTED == 8 ? 3 : 4)];
  int rejected = (bytes[0] & 15) > 7 ? control(events, bytes[0] & 15, bytes + head, length)
                                     : data(small, events, bytes[0], bytes + head, length);
  return rejected ? -1 : (long)(head + length);
}

static void *create(void *context, const struct wsspec_setting *setting) {
  struct small *small = calloc(1, sizeof *small);
  (void)context;
  if (small != NULL) small->of_client = setting->of_client;
  return small;
}

static int decode(void *decoder, const uint8_t *bytes, size_t size, struct wsspec_events *events) {
  struct small *small = decoder;
  size_t at = 0;
  long read;
  if (append(&small->pending, bytes, size) != 0) return reject(events, 1011, "out of memory");
  while ((read = frame(small, small->pending.bytes + at, small->pending.size - at, events)) > 0) {
    int was_close = (small->pending.bytes[at] & 15) == 8;
    at += (size_t)read;
    if (was_close) break;
  }
  memmove(small->pending.bytes, small->pending.bytes + at, small->pending.size - at);
  small->pending.size -= at;
  return read < 0;
}

static void destroy(void *decoder) {
  struct small *small = decoder;
  free(small->pending.bytes);
  free(small->message.bytes);
  free(small);
}

static const struct wsspec_decoder decoder = {
    .abi = WSSPEC_DECODER_ABI, .create = create, .decode = decode, .destroy = destroy};

WSSPEC_FUZZ_DECODER(decoder)

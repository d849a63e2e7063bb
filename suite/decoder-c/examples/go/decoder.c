/* The decoder's three functions, in C for the harness and in Go behind it. */

#include "wsspec_decoder.h"
#include "_cgo_export.h"

static void *create(void *context, const struct wsspec_setting *setting) {
  (void)context;
  return (void *)goCreate(setting->of_client);
}

static int decode(void *decoder, const uint8_t *bytes, size_t size, struct wsspec_events *events) {
  return goDecode((uintptr_t)decoder, (uint8_t *)bytes, size, events);
}

static void destroy(void *decoder) { goDestroy((uintptr_t)decoder); }

/* It leaves it to the application whether text is UTF-8. */
const struct wsspec_decoder go_decoder = {.abi = WSSPEC_DECODER_ABI,
                                          .flags = WSSPEC_TEXT_UNCHECKED,
                                          .create = create,
                                          .decode = decode,
                                          .destroy = destroy};

'use strict';

// The harness of wsspec in this process: WSSPEC_LIBRARY names libwsspec_decoder_c.so.

const koffi = require('koffi');

const ABI = 1;
const REPORT = 2048;
const LONGEST = 4096;

const library = koffi.load(process.env.WSSPEC_LIBRARY);
if (library.func('uint32_t wsspec_abi()')() !== ABI) throw new Error('another version of the interface');

const setting = koffi.struct('wsspec_setting', {
  of_client: 'uint8_t',
  deflate: 'uint8_t',
  server_no_context_takeover: 'uint8_t',
  client_no_context_takeover: 'uint8_t',
  server_max_window_bits: 'uint8_t',
  client_max_window_bits: 'uint8_t',
});
const create = koffi.proto('uintptr_t create(void *context, wsspec_setting *setting)');
const decode = koffi.proto('int decode(uintptr_t decoder, void *bytes, size_t size, void *events)');
const destroy = koffi.proto('void destroy(uintptr_t decoder)');
koffi.struct('wsspec_decoder', {
  abi: 'uint32_t',
  flags: 'uint32_t',
  limit: 'uint64_t',
  context: 'void *',
  create: koffi.pointer(create),
  decode: koffi.pointer(decode),
  destroy: koffi.pointer(destroy),
});
const wsspecMessage = library.func('int wsspec_message(void *events, int is_text, uint8_t *bytes, size_t size)');
const wsspecRejection = library.func('int wsspec_rejection(void *events, int32_t code, const char *why)');
const wsspecCheck = library.func('int wsspec_check(wsspec_decoder *, uint8_t *, size_t, _Out_ uint8_t *, size_t)');
const wsspecGenerate = library.func('size_t wsspec_generate(uint64_t, uint32_t, _Out_ uint8_t *, size_t)');
const report = Object.fromEntries(
  ['ping', 'pong', 'close'].map((kind) => [
    kind,
    library.func(`int wsspec_${kind}(void *events, uint8_t *bytes, size_t size)`),
  ]),
);

/**
 * Checks decoders: `start(ofClient)` gives one, a function from bytes to `{events, failed}`; an event is
 * `[kind, payload]`, and `failed` nothing, or an error.
 */
exports.harness = (start) => {
  const decoders = new Map();
  let last = 0;
  const callbacks = {
    create: koffi.register((_, of) => {
      decoders.set(++last, start(koffi.decode(of, setting).of_client === 1));
      return last;
    }, koffi.pointer(create)),
    decode: koffi.register((decoder, bytes, size, events) => {
      const input = Buffer.from(koffi.decode(bytes, 'uint8_t', Number(size)));
      const { events: seen, failed } = decoders.get(Number(decoder))(input);
      for (const [kind, payload] of seen) {
        if (kind in report) report[kind](events, payload, payload.length);
        else wsspecMessage(events, kind === 'text' ? 1 : 0, payload, payload.length);
      }
      if (failed) wsspecRejection(events, failed.code ?? -1, failed.message);
      return failed ? 1 : 0;
    }, koffi.pointer(decode)),
    destroy: koffi.register((decoder) => void decoders.delete(Number(decoder)), koffi.pointer(destroy)),
  };
  const decoder = { abi: ABI, flags: 0, limit: 0, context: null, ...callbacks };
  return {
    /** Throws what the decoder gets wrong about an input. */
    check(input) {
      const text = Buffer.alloc(REPORT);
      const result = wsspecCheck(decoder, input, input.length, text, REPORT);
      if (result !== 0) throw new Error(text.toString('utf8', 0, text.indexOf(0)) || `error ${result}`);
    },
    /** The input with this number. */
    generated(seed) {
      const input = Buffer.alloc(LONGEST);
      return input.subarray(0, Number(wsspecGenerate(seed, 0, input, LONGEST)));
    },
  };
};

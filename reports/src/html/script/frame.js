// A frame's bytes: its fields (RFC 6455, 5.2), and a dump in which what is at fault is marked.

const OPCODES = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
const CODES = {
  1000: 'normal', 1001: 'going away', 1002: 'protocol error', 1003: 'unsupported data', 1005: 'no status received',
  1006: 'abnormal closure', 1007: 'invalid payload', 1008: 'policy violation', 1009: 'message too big',
  1010: 'mandatory extension', 1011: 'internal error', 1012: 'service restart', 1013: 'try again later',
  1014: 'bad gateway', 1015: 'TLS handshake',
};

const hex = (byte) => byte.toString(16).padStart(2, '0');

const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

// Each field as name, value, and its bytes; null for what is no whole header.
function fields(bytes, total, keyless) {
  if (bytes.length < 2) return null;
  const [first, second] = bytes;
  const short = second & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = second >> 7;
  const start = 2 + extra + (masked ? 4 : 0);
  if (bytes.length < start && total >= start) return null;
  let length = BigInt(short);
  if (extra) length = bytes.slice(2, 2 + extra).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const opcode = first & 0x0f;
  const all = [
    ['FIN', first >> 7 ? '1, the last fragment' : '0, more fragments follow', 0, 1],
    ['RSV1-3', ((first >> 4) & 7).toString(2).padStart(3, '0').split('').join(' '), 0, 1],
    ['opcode', `0x${opcode.toString(16)}, ${OPCODES[opcode] || 'reserved'}`, 0, 1],
    ['MASK', masked ? '1, masked' : '0, not masked', 1, 2],
    ['length', `${length}${extra ? `, in ${extra * 8} bits` : ''}`, 1, 2 + extra],
  ];
  let payload = bytes.slice(start);
  if (masked) {
    const key = bytes.slice(2 + extra, start);
    all.push(['masking key', keyless ? 'drawn from the seed; the payload is shown without it' : [...key].map(hex).join(' '),
      2 + extra, start]);
    if (!keyless) payload = payload.map((byte, at) => byte ^ key[at % 4]);
  }
  const here = total - start;
  let text = payload;
  if (opcode === 8 && payload.length >= 2) {
    const closing = (payload[0] << 8) | payload[1];
    all.push(['close code', `${closing}${CODES[closing] ? `, ${CODES[closing]}` : ''}`, start, start + 2]);
    text = payload.slice(2);
  }
  if (here > 0) {
    const name = opcode === 8 ? 'reason' : masked && !keyless ? 'payload, unmasked' : 'payload';
    const from = start + payload.length - text.length;
    if (from < total) all.push([name, preview(text, opcode !== 2), from, total]);
  }
  if (length !== BigInt(Math.max(here, 0))) all.push(['announced', `${length} bytes, of which ${here} are here`, 1, 2 + extra]);
  return all;
}

function preview(bytes, isText) {
  const shown = bytes.slice(0, 120);
  const more = bytes.length > shown.length ? ' ...' : '';
  if (!isText) return [...shown.slice(0, 24)].map(hex).join(' ') + (bytes.length > 24 ? ' ...' : '');
  // Only what is ASCII and visible is shown as it is.
  return `"${[...shown].map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : `\\x${hex(byte)}`)).join('')}"${more}`;
}

function fieldTable(all, fault) {
  const row = ([name, value, start, end]) => {
    const hit = fault && start < fault[1] && end > fault[0];
    return el('tr', { class: hit && 'hit' }, el('th', { scope: 'row' }, name), el('td', {}, code(value)),
      el('td', { class: 'place' }, end - start === 1 ? `byte ${start}` : `bytes ${start}\u2013${end - 1}`));
  };
  return el('table', { class: 'fields' }, el('caption', { class: 'quiet' }, 'Fields of the frame'), el('tbody', {}, all.map(row)));
}

// Rows of bytes: offset, hexadecimal, ASCII.
function dump(bytes, total, fault) {
  const wide = matchMedia('(min-width: 40rem)').matches ? 16 : 8;
  const isBad = (at) => fault && at >= fault[0] && at < fault[1];
  const rows = [];
  for (let start = 0; start < bytes.length; start += wide) {
    const row = [...bytes.slice(start, start + wide)];
    rows.push(el('span', { class: 'offset' }, start.toString(16).padStart(4, '0')), '  ');
    rows.push(runs(row, start, isBad, (byte) => hex(byte), ' '));
    rows.push(' '.repeat(3 * (wide - row.length) + 2));
    rows.push(runs(row, start, isBad, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '\u00b7'), ''), '\n');
  }
  if (total > bytes.length) rows.push(`... ${plural(total - bytes.length, 'more byte')}\n`);
  const says = fault && (fault[1] - fault[0] === 1 ? `Byte ${fault[0]} is` : `Bytes ${fault[0]} to ${fault[1] - 1} are`);
  return el('div', { class: 'dump' },
    el('pre', { tabindex: 0, role: 'group', 'aria-label': 'The bytes in hexadecimal' }, rows),
    fault && el('p', { class: 'hint' }, `${says} marked: ${fault[1] - fault[0] === 1 ? 'it is' : 'they are'} what is at fault.`));
}

// Cells of a row, those at fault in marks that hold together.
function runs(row, start, isBad, shown, gap) {
  const out = [];
  for (let at = 0; at < row.length;) {
    const bad = isBad(start + at);
    let end = at;
    while (end < row.length && Boolean(isBad(start + end)) === Boolean(bad)) end += 1;
    const text = row.slice(at, end).map(shown).join(gap);
    out.push(bad ? el('mark', {}, text) : text, end < row.length ? gap : '');
    at = end;
  }
  return out;
}

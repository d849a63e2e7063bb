// What happened on the connection, as a sequence diagram: time goes down, we stand on the left, the peer on the right.

const [SENT, SKIPPED, RECEIVED, OVERSIZE, UNFINISHED, EOF, RESET, MEASURED, TIMEOUT] = Array(9).keys();
// Silence from which it is drawn, in microseconds.
const SILENCE = 100_000;

const REMARKS = {
  [SKIPPED]: 'not sent: the peer had ended the connection',
  [OVERSIZE]: 'too large to keep',
  [UNFINISHED]: 'unfinished',
  [TIMEOUT]: 'time is up',
};

function sequence(told, details, name) {
  if (!told.e) return el('p', { class: 'hint' }, 'The transcript is left out to keep this page small; the record has it.');
  const steps = [];
  let before = null;
  told.e.forEach((entry, at) => {
    if (told.o && told.o[0] && told.o[1] === at) steps.push(omitted(told.o[0]));
    if (before !== null && entry[0] - before >= SILENCE) steps.push(silence(entry[0] - before));
    before = entry[0];
    steps.push(step(entry, details));
  });
  if (told.o && told.o[0] && told.o[1] >= told.e.length) steps.push(omitted(told.o[0]));
  if (!steps.length) return el('p', { class: 'hint' }, 'Nothing was sent or received.');
  return el('div', { class: 'sequence' },
    el('div', { class: 'ends', 'aria-hidden': 'true' }, el('span', {}, 'wsspec'), el('span', {}, name)),
    el('ol', {}, steps));
}

const omitted = (number) => el('li', { class: 'gap' }, `${number.toLocaleString('en')} more, not kept here`);

const silence = (micros) => el('li', { class: 'gap' }, `${seconds(micros)} of silence`);

function step(entry, details) {
  const [at, line, kind, textAt, remarkAt, start, end] = entry;
  const [text, bytes, total, keyless] = textAt < 0 ? ['', '', 0, 0] : details.texts[textAt];
  const fault = start === undefined ? null : [start, end];
  const remark = remarkAt < 0 ? REMARKS[kind] || '' : details.remarks[remarkAt];
  const isBad = /^(breaks|not expected|sends our own)/.test(remark) || kind === TIMEOUT;
  const ours = kind === SENT || kind === SKIPPED;
  const way = kind === TIMEOUT || kind === MEASURED ? 'none' : ours ? 'out' : 'in';
  const said = kind === EOF ? 'end of the stream' : kind === RESET ? 'reset' : kind === TIMEOUT ? 'nothing arrives' : text;
  const label = [spoken({ out: 'We send: ', in: 'The peer sends: ', none: '' }[way]), words(said)];
  const more = bytes ? inside(unhex(bytes), total, keyless, fault, text) : null;
  const quick = remark === 'matched';
  return el('li', { class: `step ${way}${isBad ? ' bad' : ''}${kind === SKIPPED ? ' skipped' : ''}` },
    el('span', { class: 'time' }, kind === SKIPPED ? '' : seconds(at)),
    el('div', { class: 'lane' },
      more ? el('details', { open: Boolean(fault) }, el('summary', {}, label), more) : el('div', { class: 'said' }, label),
      el('div', { class: 'arrow', 'aria-hidden': 'true' }),
      remark && el('p', { class: quick ? 'remark good' : 'remark' }, quick ? '\u2713 matched' : remark,
        line > 0 && el('span', { class: 'ref' }, ` line ${line}`))));
}

// A head has a line for each of its own; only line ends that are not CR LF are spelled out.
function words(text) {
  const head = /^raw "(.*\\r\\n.*)"$/s.exec(text);
  if (!head) return code(text);
  return head[1].split('\\r\\n').filter(Boolean).map((line) => code(line, 'line'));
}

function inside(bytes, total, keyless, fault, text) {
  const all = text.startsWith('raw ') ? null : fields(bytes, total, keyless);
  return el('div', { class: 'inside' }, all && fieldTable(all, fault), dump(bytes, total, fault));
}

// One trial: the sentence, what was found, the command, the script, what happened.

let unpacked = null;

// The details, unpacked when they are first asked for.
function allDetails() {
  unpacked = unpacked || (async () => {
    const packed = Uint8Array.from(atob(part('details').textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return new Response(stream).json();
  })();
  return unpacked;
}

const NOTHING = -1;
const string = (at) => (at === NOTHING ? '' : index.strings[at]);

// Fills the place of a trial's details for one target.
async function showTrial(place, at, target) {
  const trial = index.trials[at];
  place.replaceChildren(...head(trial, at, target, place), el('p', { class: 'hint' }, 'Unpacking ...'));
  let details;
  try {
    details = await allDetails();
  } catch {
    place.lastChild.textContent = 'This browser cannot unpack the transcript; the record has it.';
    return;
  }
  // Another target may have been chosen meanwhile.
  if (place.dataset.target !== String(target)) return;
  place.lastChild.remove();
  place.append(body(trial, details, at, target));
}

function head(trial, at, target, place) {
  place.dataset.target = target;
  const cell = trial.cells[target];
  const [mark, , , found, rule, why] = cell;
  return [
    trial.cells.filter(Boolean).length > 1 && tabs(trial, at, target, place),
    sentence(rule, trial.r, mark),
    explained(rule),
    outcome(mark, string(found)),
    string(why) && el('p', { class: 'why' }, el('b', {}, 'Expected: '), string(why)),
    el('div', { class: 'again' }, el('h4', {}, 'Run it again'),
      command(`${index.targets[target].before}${trial.q || trial.id}${index.targets[target].after}`)),
  ].filter(Boolean);
}

function tabs(trial, at, target, place) {
  const button = (cell, of) => cell && el('button', {
    type: 'button',
    class: `v-${index.marks[cell[0]][0]}`,
    'aria-pressed': String(of === target),
    onclick: () => {
      showTrial(place, at, of);
      place.querySelector('.tabs [aria-pressed="true"]').focus();
      remember(trial.id, of);
    },
  }, el('span', { 'aria-hidden': 'true' }, index.marks[cell[0]][2]), ' ', index.targets[of].name, spoken(` ${index.marks[cell[0]][1]}`));
  return el('div', { class: 'tabs', role: 'group', 'aria-label': 'Target' }, trial.cells.map(button));
}

// Why the rule exists, what typically breaks it, and how that is fixed.
function explained(rule) {
  const texts = index.requirements[rule].slice(5);
  const names = ['Why it matters', 'What breaks it', 'Fix'];
  const rows = names.map((name, at) => texts[at] && el('div', {}, el('dt', {}, name), el('dd', {}, texts[at])));
  return texts.some(Boolean) && el('dl', { class: 'explained' }, rows);
}

// The sentence of the RFC that the verdict is about; and the case's own, where it is another.
function sentence(named, own, mark) {
  const quote = (at, label) => {
    const [id, strength, citation, text, link] = index.requirements[at];
    // Records of earlier versions may name a MUST there; what is lenient misses a recommendation.
    const level = index.marks[mark][0] === 'lenient' && at === named && strength === 'MUST' ? 'SHOULD' : strength;
    const where = link ? el('a', { href: link, rel: 'noreferrer' }, citation) : citation;
    return el('blockquote', {}, label && el('span', { class: 'label' }, label), el('p', {}, text),
      el('footer', {}, el('b', { class: 'level' }, level), ' ', where, ' ', code(id)));
  };
  const broken = index.marks[mark][0] === 'fail' || index.marks[mark][0] === 'known';
  if (named === own) return quote(own, broken ? 'Breaks' : 'Rule');
  return el('div', {}, quote(named, broken ? 'Breaks' : 'Falls short of'), quote(own, 'The case is about'));
}

function outcome(mark, found) {
  if (!found) return null;
  const [expected, got] = found.split('\n');
  const first = index.marks[mark][0] === 'flaky' && el('p', { class: 'hint' }, 'It failed once, and not when it ran again alone.');
  if (got === undefined) return el('p', { class: 'found' }, found);
  return el('div', {}, first, el('dl', { class: 'outcome' },
    el('div', {}, el('dt', {}, 'Expected'), el('dd', {}, code(expected))),
    el('div', { class: 'got' }, el('dt', {}, 'Got'), el('dd', {}, code(got)))));
}

function body(trial, details, at, target) {
  const told = details.trials[at][target];
  const [mark, micros, runs, , rule, , line] = trial.cells[target];
  const script = details.scripts[told.s];
  return el('div', { class: 'body' },
    el('div', { class: 'columns' },
      el('section', { 'aria-label': 'Script' }, el('h4', {}, 'Script'), scriptList(script, line, mark, told)),
      el('section', { 'aria-label': 'Transcript' }, el('h4', {}, 'What happened'),
        sequence(told, details, index.targets[target].name))),
    told.n && el('ul', { class: 'notes' }, told.n.map(([of, text, id]) =>
      el('li', {}, text, of > 0 && ` (line ${of})`, ' ', code(id)))),
    facts([
      ['Case', code(trial.place)],
      ['Took', `${seconds(micros)}${runs > 1 ? `, in ${runs} runs` : ''}`],
      ['More', code(`wsspec explain '${index.requirements[rule][0]}'`)],
      trial.also && ['Also cites', trial.also.map((id) => [code(id), ' '])],
      trial.autobahn && ['Autobahn', trial.autobahn.join(', ')],
      trial.tags && ['Tags', trial.tags.join(', ')],
    ]));
}

const facts = (all) => el('dl', { class: 'facts' },
  all.filter(Boolean).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));

// Lines with their numbers; what came to be, where it went wrong.
function scriptList(script, line, mark, told) {
  if (!script.length) return el('p', { class: 'hint' }, 'The record has no script of it.');
  const failed = ['fail', 'known', 'flaky'].includes(index.marks[mark][0]);
  const reached = new Set((told.e || []).map((entry) => entry[1]));
  let before = null;
  return el('ol', { class: 'script' }, script.map(([number, text]) => {
    const here = failed && number === line;
    const item = el('li', { class: here ? 'bad' : reached.has(number) || !told.e ? '' : 'unreached' },
      el('span', { class: 'number' }, number === before ? '' : number), code(text),
      here && number !== before && spoken(' (the line that failed)'));
    before = number;
    return item;
  }));
}

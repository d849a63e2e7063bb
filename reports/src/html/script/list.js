// The list of trials and its filters.

// Trials that are put into the page at once.
const STEP = 100;

const index = JSON.parse(part('index').textContent);
const form = part('filters');
const list = part('list');
// Trials that fit the filters; what stands in the list for them, some of it folded; how much of that is in the page.
let shown = [];
let entries = [];
let rest = 0;
// Trials of one cause from which all but the first are folded.
const FEW = 3;

// What a search looks into.
function haystack(trial) {
  trial.hay = trial.hay || [trial.id, trial.title, trial.place, ...(trial.also || []), ...(trial.tags || []),
    ...(trial.autobahn || []).map((id) => `autobahn:${id}`), ...index.requirements[trial.r].slice(0, 4),
    ...trial.cells.flatMap((cell) => (cell ? [string(cell[3]), ...index.requirements[cell[4]].slice(0, 4), string(cell[5])] : [])),
  ].join('\n').toLowerCase();
  return trial.hay;
}

function filters() {
  const data = new FormData(form);
  return {
    verdicts: new Set(data.getAll('verdict')),
    words: String(data.get('q') || '').toLowerCase().split(/\s+/).filter(Boolean),
    level: data.get('level') || '',
    section: data.get('section') || '',
    on: data.get('on') ? Number(data.get('on')) : null,
  };
}

// The verdicts that a filter sees of a trial.
const cellsOf = (trial, on) => (on === null ? trial.cells : [trial.cells[on]]).filter(Boolean);

function fits(trial, wanted) {
  return (!wanted.section || trial.section === wanted.section)
    && (!wanted.level || index.requirements[trial.r][1] === wanted.level)
    && wanted.words.every((word) => haystack(trial).includes(word))
    && cellsOf(trial, wanted.on).length > 0;
}

// Chooses what fits, and puts its start into the page.
function refresh() {
  const wanted = filters();
  const numbers = {};
  const worst = (at) => Math.min(...cellsOf(index.trials[at], wanted.on).map((cell) => cell[0]));
  shown = [];
  index.trials.forEach((trial, at) => {
    if (!fits(trial, wanted)) return;
    const keys = new Set(cellsOf(trial, wanted.on).map((cell) => index.marks[cell[0]][0]));
    keys.forEach((key) => { numbers[key] = (numbers[key] || 0) + 1; });
    if (!wanted.verdicts.size || [...keys].some((key) => wanted.verdicts.has(key))) shown.push(at);
  });
  if (wanted.on !== null) shown.sort((one, other) => worst(one) - worst(other) || one - other);
  entries = folded(wanted.on);
  form.querySelectorAll('[data-count]').forEach((count) => { count.textContent = numbers[count.dataset.count] || 0; });
  part('status').textContent = shown.length === index.trials.length
    ? `All ${plural(shown.length, 'trial')}`
    : `${shown.length.toLocaleString('en')} of ${plural(index.trials.length, 'trial')}`;
  list.replaceChildren();
  rest = 0;
  more();
}

// What trials have in common: how they came out, and the rule that they name, or why they were skipped.
function cause(at, on) {
  const worst = worstOf(cellsOf(index.trials[at], on));
  const key = index.marks[worst[0]][0];
  if (key === 'pass') return { key: '', rule: -1 };
  return key === 'skip' ? { key: `skip ${worst[3]}`, rule: -1, mark: worst[0], text: string(worst[3]) }
    : { key: `${key} ${worst[4]}`, rule: worst[4], mark: worst[0] };
}

// Those of one cause together, the largest first among equals; all but the first of many behind a button.
function folded(on) {
  const causes = new Map();
  shown.forEach((at) => {
    const of = cause(at, on);
    if (!causes.has(of.key)) causes.set(of.key, { ...of, all: [] });
    causes.get(of.key).all.push(at);
  });
  const groups = [...causes.values()].sort((one, other) => (one.mark ?? 99) - (other.mark ?? 99) || other.all.length - one.all.length);
  shown = groups.flatMap(({ all }) => all);
  return groups.flatMap(({ key, rule, mark, text, all }) => {
    const each = all.map((at) => ({ at }));
    if (!key || all.length < 2) return each;
    const heading = { heading: true, rule, mark, text, number: all.length };
    return all.length < FEW ? [heading, ...each] : [heading, each[0], { fold: all.slice(1), rule, text }];
  });
}

// Puts the next few into the page.
function more() {
  list.querySelector('.more')?.remove();
  list.append(...entries.slice(rest, rest + STEP).map(entry));
  rest = Math.min(rest + STEP, entries.length);
  if (rest < entries.length) {
    const left = entries.slice(rest).reduce((sum, { at, fold }) => sum + (fold ? fold.length : at === undefined ? 0 : 1), 0);
    const button = el('button', { type: 'button', onclick: () => {
      const before = list.querySelector('.more').previousElementSibling;
      more();
      before.nextElementSibling?.querySelector('button')?.focus();
    } }, `Show more of the ${plural(left, 'trial')} left`);
    list.append(el('li', { class: 'more' }, button));
  }
  if (!shown.length) list.append(el('li', { class: 'hint' }, 'No trial fits these filters.'));
}

const entry = (it) => (it.heading ? heading(it) : it.fold ? fold(it) : item(it.at));

// What several trials have in common.
function heading({ rule, mark, text, number }) {
  const [key, word] = index.marks[mark];
  const [id, level, citation, sentence] = rule < 0 ? [] : index.requirements[rule];
  const weaker = key === 'lenient' && level === 'MUST' ? 'SHOULD' : level;
  return el('li', { class: `cause v-${key}` }, el('b', {}, `${plural(number, 'trial')} ${word}`), ': ',
    rule < 0 ? text : [sentence, ' ', el('span', { class: 'level' }, `${weaker}, ${citation} `), code(id)]);
}

// The others of a cause, behind a button.
function fold({ fold: all }) {
  const node = el('li', { class: 'fold', 'data-fold': all.join(' ') }, el('button', { type: 'button', onclick: () => {
    const nodes = unfold(node);
    nodes[0].querySelector('button').focus();
  } }, `Show ${plural(all.length, 'more trial')} of this cause`));
  return node;
}

function unfold(node) {
  const nodes = node.dataset.fold.split(' ').map((at) => item(Number(at)));
  node.replaceWith(...nodes);
  return nodes;
}

const worstOf = (cells) => cells.reduce((one, other) => (other[0] < one[0] ? other : one));

function item(at) {
  const trial = index.trials[at];
  const { on } = filters();
  const cells = cellsOf(trial, on);
  const worst = worstOf(cells);
  const place = el('div', { class: 'detail', hidden: true });
  const found = string(worst[3]).split('\n');
  const button = el('button', { type: 'button', 'aria-expanded': 'false' },
    badge(worst[0]), el('span', { class: 'what' },
      code(trial.id), el('span', { class: 'title' }, trial.title),
      found[0] && el('span', { class: 'short' }, found.length > 1 ? `expected ${found[0]}, got ${found[1]}` : found[0])),
    trial.cells.length > 1 && chips(trial));
  const node = el('li', { class: `trial v-${index.marks[worst[0]][0]}`, id: trial.id, 'data-at': at },
    el('h3', {}, button), place);
  button.addEventListener('click', () => {
    if (place.hidden) open(at, trial.cells.indexOf(worst), node, true);
    else close(node);
  });
  return node;
}

// The verdict of each target.
const chips = (trial) => el('span', { class: 'chips' }, trial.cells.map((cell, of) => (cell
  ? el('span', { class: `v-${index.marks[cell[0]][0]}`, title: `${index.targets[of].name}: ${index.marks[cell[0]][1]}` },
    el('span', { 'aria-hidden': 'true' }, index.marks[cell[0]][2]), spoken(` ${index.targets[of].name} ${index.marks[cell[0]][1]}, `))
  : el('span', { class: 'none' }))));

function open(at, target, node, isAsked) {
  const place = node.querySelector('.detail');
  place.hidden = false;
  node.classList.add('open');
  node.querySelector('button').setAttribute('aria-expanded', 'true');
  if (isAsked) remember(index.trials[at].id, index.trials[at].cells.length > 1 ? target : null);
  return showTrial(place, at, target);
}

function close(node) {
  node.querySelector('.detail').hidden = true;
  node.classList.remove('open');
  node.querySelector('button').setAttribute('aria-expanded', 'false');
  remember('', null);
}

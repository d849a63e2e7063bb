// The page as a whole: its address, its theme, its keys.

// The address says what is shown: `#ID`, `#ID?of=1`, `#?section=rfc6455/5.4&verdict=fail`, or a trial and filters.
let opened = { id: '', of: null };

function address() {
  const wanted = chosen();
  if (opened.of !== null) wanted.set('of', opened.of);
  const query = String(wanted).replaceAll('%2F', '/');
  if (!opened.id && !query) return '#trials';
  return `#${encodeURIComponent(opened.id).replaceAll('%2F', '/')}${query && `?${query}`}`;
}

// The filters, where they are not those that the page begins with.
function chosen() {
  const { verdict: first } = usual();
  const data = new FormData(form);
  const verdicts = data.getAll('verdict');
  const wanted = new URLSearchParams();
  if (String(verdicts) !== String(first)) (verdicts.length ? verdicts : ['']).forEach((key) => wanted.append('verdict', key));
  ['q', 'level', 'section', 'on'].forEach((name) => { if (data.get(name)) wanted.set(name, data.get(name)); });
  return wanted;
}

function remember(id, of) {
  opened = { id, of };
  record();
}

function record() {
  history.replaceState(null, '', address());
}

function linked() {
  const [name, query] = location.hash.slice(1).split(/\?(.*)/s);
  let id = name;
  try {
    id = decodeURIComponent(name);
  } catch { /* A link that somebody broke names nothing. */ }
  return { id, query: new URLSearchParams(query || '') };
}

// Shows what the address asks for; false where it asks for nothing.
function follow() {
  const { id, query } = linked();
  const at = index.trials.findIndex((trial) => trial.id === id);
  if (id && at < 0) {
    if (!document.getElementById(id) && location.hash.includes('/')) part('status').textContent = `There is no trial ${id} here.`;
    return Boolean(document.getElementById(id));
  }
  const filtered = [...query.keys()].some((key) => key !== 'of' && !(at >= 0 && key === 'on' && !query.has('of')));
  if (filtered) {
    choose({ verdict: query.getAll('verdict'), q: query.get('q'), level: query.get('level'), section: query.get('section'), on: query.get('on') });
  }
  if (at >= 0) {
    reveal(at, query.get('of') ?? query.get('on'));
    return true;
  }
  if (!filtered) return false;
  document.getElementById('trials').scrollIntoView();
  document.getElementById('trials').focus({ preventScroll: true });
  return true;
}

function choose(values) {
  for (const field of form.elements) {
    if (field.name === 'verdict') field.checked = (values.verdict || []).includes(field.value);
    else if (field.name) field.value = values[field.name] || '';
  }
  refresh();
}

// Brings a trial into view, whatever the filters say.
function reveal(at, on) {
  if (!shown.includes(at)) choose({});
  const place = entries.findIndex((entry) => entry.at === at || entry.fold?.includes(at));
  while (place >= rest) more();
  const hidden = [...list.querySelectorAll('.fold')].find((node) => node.dataset.fold.split(' ').includes(String(at)));
  if (hidden) unfold(hidden);
  const node = list.querySelector(`li[data-at="${at}"]`);
  const { cells } = index.trials[at];
  const worst = cells.indexOf(cells.filter(Boolean).reduce((one, other) => (other[0] < one[0] ? other : one)));
  const target = on !== null && cells[Number(on)] ? Number(on) : worst;
  open(at, target, node, false);
  opened = { id: index.trials[at].id, of: cells.length > 1 ? target : null };
  node.scrollIntoView();
  node.querySelector('button').focus({ preventScroll: true });
}

// What needs to be looked at; all that deviates where nothing does.
function usual() {
  const there = [...form.elements].filter((field) => field.name === 'verdict').map((field) => field.value);
  const problems = there.filter((key) => ['fail', 'expired', 'unexpected', 'flaky', 'inconclusive'].includes(key));
  const deviations = there.filter((key) => ['lenient', 'known'].includes(key));
  return { verdict: problems.length ? problems : deviations };
}

const THEMES = ['system', 'light', 'dark'];

function themed(choice) {
  const button = part('theme');
  if (choice === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  button.textContent = `Theme: ${choice}`;
  button.dataset.choice = choice;
}

function startTheme() {
  const button = part('theme');
  let choice = 'system';
  try {
    choice = localStorage.getItem('wsspec-theme') || choice;
  } catch { /* Where nothing can be kept, the system chooses. */ }
  themed(THEMES.includes(choice) ? choice : 'system');
  button.hidden = false;
  button.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(button.dataset.choice) + 1) % THEMES.length];
    themed(next);
    try {
      localStorage.setItem('wsspec-theme', next);
    } catch { /* It holds until the page is left. */ }
  });
}

// `/` searches; within the list, arrows, j and k go from trial to trial, Escape closes one.
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches('input[type=search], select');
  if (event.key === '/' && !typing) {
    event.preventDefault();
    form.elements.q.focus();
    form.elements.q.select();
    return;
  }
  const node = event.target.closest('li.trial');
  if (!node || typing) return;
  const way = { j: 'nextElementSibling', ArrowDown: 'nextElementSibling', k: 'previousElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
  if (way && event.target.matches('h3 button')) {
    event.preventDefault();
    let next = node[way];
    while (next && !next.querySelector('button')) next = next[way];
    next?.querySelector('button').focus();
  } else if (event.key === 'Escape' && node.classList.contains('open')) {
    close(node);
    node.querySelector('button').focus();
  }
}

function start() {
  document.querySelectorAll('.static').forEach((node) => node.remove());
  startTheme();
  form.hidden = false;
  form.addEventListener('submit', (event) => event.preventDefault());
  const filter = () => { opened = { id: '', of: null }; refresh(); record(); };
  form.addEventListener('change', filter);
  form.elements.q.addEventListener('input', filter);
  form.addEventListener('reset', (event) => { event.preventDefault(); choose({}); filter(); });
  document.addEventListener('keydown', onKey);
  addEventListener('hashchange', follow);
  choose(usual());
  if (follow() || !shown.length) return;
  // Whoever opens the page sees the first failure at once.
  const first = index.trials[shown[0]];
  const worst = first.cells.findIndex((cell) => cell && cell[0] === Math.min(...first.cells.filter(Boolean).map((other) => other[0])));
  open(shown[0], worst, list.querySelector('li.trial'), false);
}

start();

// Elements out of texts. A text becomes a text node or the value of an attribute, never markup.

const part = (name) => document.querySelector(`[data-part="${name}"]`);

// Where a link may lead: into this page, or to the RFC.
const isLink = (to) => to.startsWith('#') || to.startsWith('https://www.rfc-editor.org/');

function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on') && typeof value === 'function') node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else if (value || value === 0 || value === '') {
      if (key !== 'href' || isLink(String(value))) node.setAttribute(key, String(value));
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return node;
}

const code = (text, name) => el('code', { class: name }, text);

// Seen by nobody, read to those who do not see.
const spoken = (text) => el('span', { class: 'quiet' }, text);

const plural = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

const seconds = (micros) => `${(micros / 1e6).toFixed(3)} s`;

// Sign and word of a verdict.
function badge(mark) {
  const [key, word, sign] = index.marks[mark];
  return el('span', { class: `badge v-${key}` }, el('span', { 'aria-hidden': 'true' }, sign), ' ', word);
}

// A command with a button that copies it.
function command(text) {
  const shown = code(text);
  const copy = el('button', { type: 'button', class: 'copy', 'aria-label': `Copy: ${text}` }, 'Copy');
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = 'Copied';
    } catch {
      // Where there is no clipboard, it is selected at least.
      getSelection().selectAllChildren(shown);
      copy.textContent = 'Selected';
    }
    setTimeout(() => { copy.textContent = 'Copy'; }, 2000);
  });
  return el('div', { class: 'command' }, shown, copy);
}

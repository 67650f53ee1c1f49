/* A page of the vocabulary: tokens to leaf through, how they spread over kinds, scripts and lengths, one of them in full. */
'use strict';

/**
 * @typedef {Object} VocabularyPicture playground/views/pictures/vocabulary.py
 * @property {string} query
 * @property {number} n_found
 * @property {number} page
 * @property {number} n_pages
 * @property {number} first
 * @property {{token_id: number, text: string, piece: string, sort: string, kind_says: string, script: string,
 *             n_characters: number, hex: string}[]} entries
 * @property {{key: string, label: string, all: number, found: number}[]} kinds
 * @property {{key: string, label: string, all: number, found: number}[]} scripts
 * @property {{key: string, label: string, all: number, found: number}[]} lengths
 * @property {[string, string, string]} chosen keys of kind, script and length; "all" or "0" for none
 * @property {{token_id: number, text: string, says: string[], near: [number, string][], link_text: string, link_pos: number}?} card
 * @property {string} nothing
 */

Playground.kinds.vocabularypage = (host, panel) => {
  const { el, setText } = Playground;
  const button = (name, text, label) => el('button', { type: 'button', class: `pg-vocabulary-${name}`, text, 'aria-label': label });
  const number = (n) => n.toLocaleString('en');

  const range = el('span', { class: 'pg-vocabulary-range', role: 'status' });
  const before = button('turn', '‹', 'The page before');
  const after = button('turn', '›', 'The next page');
  const filters = el('span', { class: 'pg-vocabulary-filters' });
  const list = el('div', { class: 'pg-vocabulary-list', role: 'listbox', 'aria-label': 'Tokens of the vocabulary' });
  const nothing = el('p', { class: 'pg-vocabulary-nothing' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'off' });
  const card = el('div', { class: 'pg-vocabulary-card' });
  const sides = { kind: el('div'), script: el('div'), length: el('div', { class: 'pg-vocabulary-columns' }) };
  const section = (title, node) => el('section', {}, el('h4', { text: title }), node);
  const left = el('div', { class: 'pg-vocabulary-left' },
    el('div', { class: 'pg-vocabulary-head' }, before, range, after, filters), list, nothing, readout, card);
  const right = el('div', { class: 'pg-vocabulary-right' },
    section('What tokens are', sides.kind), section('Scripts of their letters', sides.script), section('Length in characters', sides.length));
  host.replaceChildren(left, right);

  let picture = null;
  let active = 0;

  const NONE = { kind: 'all', script: 'all', length: '0' };
  const chosenOf = (what) => picture.chosen[['kind', 'script', 'length'].indexOf(what)];
  const narrow = (what, key) => panel.pick({ [what]: chosenOf(what) === key ? NONE[what] : key, page: '' });

  /** A page belongs to a query: another query begins at its first page. */
  const turn = (step) => panel.pick({ page: `${picture.page + step}@${range.dataset.query}` });
  before.addEventListener('click', () => turn(-1));
  after.addEventListener('click', () => turn(1));

  /** Another view of this page, as if by a link. */
  function follow(state) {
    const query = new URLSearchParams(window.location.search);
    for (const key of [...query.keys()]) if (key.includes('.') || ['target', 'layer', 'head', 'done'].includes(key)) query.delete(key);
    for (const [key, value] of Object.entries(state)) query.set(key, String(value));
    window.history.pushState(window.history.state, '', `${window.location.pathname}?${query}`);
    window.dispatchEvent(new Event('popstate'));
  }

  function writeText(node, text) {
    node.replaceChildren();
    for (const part of String(text).split(/([␣↵⏎⇥]+)/u)) {
      if (part) node.append(/^[␣↵⏎⇥]/u.test(part) ? el('span', { class: 'pg-blank', text: part }) : part);
    }
    if (!text) node.append(el('span', { class: 'pg-blank', text: '∅' }));
  }

  const describe = (entry) => [`id ${entry.token_id}`, `“${Playground.shorten(entry.text, 50)}”`, `piece ${Playground.shorten(entry.piece, 50)}`,
    entry.kind_says, entry.script, entry.n_characters ? `${entry.n_characters} ${entry.n_characters === 1 ? 'character' : 'characters'}` : '',
    entry.hex ? `bytes ${Playground.shorten(entry.hex, 50)}` : ''].filter(Boolean).join(' · ');
  const say = (i) => setText(readout, i === null ? 'Point at a token, or choose one.' : describe(picture.entries[i]));

  function drawList() {
    const fragment = document.createDocumentFragment();
    picture.entries.forEach((entry, i) => {
      const text = el('span', { class: 'pg-vocabulary-text', dir: 'auto' });
      writeText(text, Playground.shorten(entry.text, 60));
      const node = el('button', {
        type: 'button', role: 'option', class: `pg-vocabulary-entry pg-kind-${entry.sort}`, 'data-i': i, tabindex: '-1',
        'aria-selected': String(picture.card !== null && picture.card.token_id === entry.token_id), 'aria-label': `${entry.text}, id ${entry.token_id}`,
      }, text, el('span', { class: 'pg-vocabulary-id', text: String(entry.token_id) }));
      fragment.append(node);
    });
    list.replaceChildren(fragment);
    const at = picture.card === null ? -1 : picture.entries.findIndex((entry) => entry.token_id === picture.card.token_id);
    active = Math.max(0, at >= 0 ? at : Math.min(active, picture.entries.length - 1));
    if (list.children[active]) list.children[active].tabIndex = 0;
    setText(nothing, picture.nothing);
    nothing.hidden = !picture.nothing;
    say(null);
  }

  function drawHead() {
    range.dataset.query = picture.query;
    const last = picture.first + picture.entries.length;
    setText(range, picture.n_found ? `${number(picture.first + 1)}–${number(last)} of ${number(picture.n_found)}` : 'none');
    before.disabled = picture.page === 0;
    after.disabled = picture.page + 1 >= picture.n_pages;
    filters.replaceChildren();
    for (const what of ['kind', 'script', 'length']) {
      const key = chosenOf(what);
      if (key === NONE[what]) continue;
      const share = picture[`${what}s`].find((one) => one.key === key);
      const name = `${what === 'length' ? 'length: ' : ''}${share ? share.label : key}`;
      const off = button('filter', `${name} ×`, `All again, not only: ${name}`);
      off.addEventListener('click', () => narrow(what, key));
      filters.append(off);
    }
  }

  /** Bars of all tokens, pale, and of those that were found, strong. */
  function drawShares(what) {
    const shares = picture[`${what}s`];
    const most = Math.max(1, ...shares.map((share) => share.all));
    const upright = what === 'length';
    sides[what].replaceChildren(...shares.map((share) => {
      const all = el('i', { class: 'pg-vocabulary-all' });
      const found = el('i', { class: 'pg-vocabulary-found' });
      const size = (n) => `${(100 * n) / most}%`;
      for (const [bar, n] of [[all, share.all], [found, share.found]]) {
        bar.style[upright ? 'height' : 'width'] = size(n);
        if (n) bar.style[upright ? 'minHeight' : 'minWidth'] = '2px'; // one of many thousands is still to be seen
      }
      const on = chosenOf(what) === share.key;
      const says = `${upright ? 'length ' : ''}${share.label}: ${number(share.found)} found of ${number(share.all)}`;
      const node = el('button', { type: 'button', class: 'pg-vocabulary-share', 'aria-pressed': String(on), 'aria-label': says, title: says, 'data-key': share.key },
        el('span', { class: `pg-vocabulary-label${what === 'kind' ? ` pg-kind-${share.key}` : ''}`, text: upright ? share.label.replace(' or more', '+') : share.label }),
        el('span', { class: 'pg-vocabulary-bar' }, all, found),
        upright ? null : el('span', { class: 'pg-vocabulary-count', text: number(share.found) }));
      node.addEventListener('click', () => narrow(what, share.key));
      return node;
    }));
  }

  function drawCard() {
    const shown = picture.card;
    card.hidden = shown === null;
    if (shown === null) return;
    const text = el('b', { class: 'pg-vocabulary-large', dir: 'auto' });
    writeText(text, Playground.shorten(shown.text, 40));
    const near = el('span', { class: 'pg-vocabulary-near' }, 'Beside it in the list: ');
    for (const [id, name] of shown.near) {
      const there = el('button', { type: 'button', class: 'pg-vocabulary-beside', 'aria-label': `Token ${id}`, 'aria-current': id === shown.token_id ? 'true' : null });
      writeText(there, Playground.shorten(name, 20));
      there.addEventListener('click', () => panel.pick({ token: id }));
      near.append(there, ' ');
    }
    const parts = [el('span', { class: 'pg-vocabulary-number', text: `id ${shown.token_id}` }), text,
      el('span', { class: 'pg-vocabulary-facts', text: shown.says.join(' · ') }), near];
    if (shown.link_text) {
      const state = { tab: 'embeddings', view: 'lookup', text: shown.link_text, pos: shown.link_pos };
      const on = button('follow', 'Its row of numbers, on the tab Embeddings ›', 'Its row of numbers, on the tab Embeddings');
      on.addEventListener('click', () => follow(state));
      parts.push(on);
    } else parts.push(el('span', { class: 'pg-vocabulary-facts', text: 'No short text was found in which it stands.' }));
    card.replaceChildren(...parts);
  }

  const indexOf = (event) => {
    const node = event.target.closest('[data-i]');
    return node ? Number(node.dataset.i) : null;
  };

  function activate(i) {
    const nodes = list.children;
    if (!nodes.length) return;
    if (nodes[active]) nodes[active].tabIndex = -1;
    active = Math.max(0, Math.min(i, nodes.length - 1));
    nodes[active].tabIndex = 0;
    nodes[active].focus();
  }

  /** The nearest token in the line above or below. */
  function vertical(step) {
    const box = (node) => node.getBoundingClientRect();
    const from = box(list.children[active]);
    let best = active;
    let distance = Infinity;
    let line = null;
    for (let i = active + step; list.children[i]; i += step) {
      const here = box(list.children[i]);
      if (Math.abs(here.top - from.top) < 4) continue;
      line = line === null ? here.top : line;
      if (Math.abs(here.top - line) >= 4) break;
      const away = Math.abs(here.left - from.left);
      if (away < distance) { distance = away; best = i; }
    }
    return best;
  }

  list.addEventListener('click', (event) => {
    const i = indexOf(event);
    if (i !== null) panel.pick({ token: picture.entries[i].token_id });
  });
  list.addEventListener('pointerover', (event) => say(indexOf(event)));
  list.addEventListener('pointerleave', () => say(null));
  list.addEventListener('focusin', (event) => {
    const i = indexOf(event);
    if (i === null) return;
    if (list.children[active]) list.children[active].tabIndex = -1;
    active = i;
    list.children[active].tabIndex = 0;
    say(i);
  });
  list.addEventListener('keydown', (event) => {
    const moves = { ArrowRight: () => active + 1, ArrowLeft: () => active - 1, ArrowDown: () => vertical(1), ArrowUp: () => vertical(-1), Home: () => 0, End: () => list.children.length - 1 };
    if (!moves[event.key]) return;
    activate(moves[event.key]());
    event.preventDefault();
  });

  /** The list takes the room that is left; what does not fit is scrolled in it. */
  function arrange() {
    const { width, height } = panel.room;
    const used = readout.offsetHeight + card.offsetHeight + left.firstChild.offsetHeight + 2.6 * Playground.unit();
    list.style.maxHeight = width > 720 ? `${Math.max(12 * Playground.unit(), height - used)}px` : '55vh';
  }

  return {
    draw(shown) {
      const focused = list.contains(document.activeElement);
      picture = shown;
      drawHead();
      drawList();
      for (const what of Object.keys(sides)) drawShares(what);
      drawCard();
      arrange();
      if (focused && list.children[active]) list.children[active].focus({ preventScroll: true });
    },
    resize: arrange,
  };
};

/* The token strip: the text above, under it the pieces the model reads, each with its place and id.
 *
 * Pieces of one word stand together, words stand apart: that one word can be several tokens is seen, not read.
 */
'use strict';

/**
 * @typedef {Object} TokensPicture playground/views/pictures/tokens.py
 * @property {string} text
 * @property {{pos: number, text: string, piece: string, token_id: number, special: boolean, span: [number, number]?,
 *             n_bytes: number, joined: boolean, tint: number}[]} tokens
 * @property {number?} pos
 */

Playground.kinds.tokens = (host, panel) => {
  const { el, setText } = Playground;
  const LONG = 600; // from here on the text above is not cut into spans: twice the elements for little

  const source = el('p', { class: 'pg-source', dir: 'auto', 'aria-hidden': 'true' });
  const strip = el('div', { class: 'pg-strip', role: 'listbox', 'aria-label': 'Tokens', 'aria-orientation': 'horizontal' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'off' });
  const ribbons = Playground.tokenRiver();
  const ids = el('p', { class: 'pg-river-note', text: 'The numbers are all that the model gets.' });
  host.replaceChildren(source, ribbons.upper, strip, ribbons.lower, ids, readout);

  let tokens = [];
  let chosen = null; // index into the strip, as everything here but placeOf, indexOf and what goes out
  let active = 0;
  let spans = new Map();

  /** A token's place in the text as the model read it: not its place in the strip where special tokens are hidden. */
  const placeOf = (i) => tokens[i].pos;
  const indexOf = (pos) => (pos === null ? -1 : tokens.findIndex((_, i) => placeOf(i) === pos));

  const chip = () => el('div', { class: 'pg-chip', role: 'option' },
    el('span', { class: 'pg-chip-pos' }), el('span', { class: 'pg-chip-text', dir: 'auto' }), el('span', { class: 'pg-chip-id' }));

  /** The text with its blanks visible but quiet. */
  function writeText(node, text) {
    if (node.dataset.text === text) return;
    node.dataset.text = text;
    node.replaceChildren();
    for (const part of String(text).split(/([␣↵⏎⇥]+)/u)) {
      if (!part) continue;
      node.append(/^[␣↵⏎⇥]/u.test(part) ? el('span', { class: 'pg-blank', text: part }) : part);
    }
    if (!text) node.append(el('span', { class: 'pg-blank', text: '∅' }));
  }

  function drawStrip() {
    const fragment = document.createDocumentFragment();
    const old = strip.children.length;
    tokens.forEach((token, i) => {
      const node = i < old ? strip.children[i] : chip();
      const [pos, text, id] = node.children;
      setText(pos, String(placeOf(i)));
      writeText(text, token.text);
      setText(id, String(token.token_id));
      node.dataset.pos = String(i);
      node.className = `pg-chip pg-tint-${token.tint}${token.special ? ' pg-special' : ''}${token.joined ? ' pg-joined' : ''}`;
      node.setAttribute('aria-label', `Token ${placeOf(i)}: ${token.text}, id ${token.token_id}${token.special ? ', special' : ''}`);
      node.title = describe(i);
      if (i >= old) fragment.append(node);
    });
    while (strip.children.length > tokens.length) strip.lastChild.remove();
    strip.append(fragment);
  }

  /** The original text, cut where the tokens are cut. Spans count characters, JavaScript counts UTF-16 units. */
  function drawSource(text) {
    spans = new Map();
    source.replaceChildren();
    if (tokens.length > LONG) {
      source.textContent = text;
      return;
    }
    const characters = Array.from(text);
    let at = 0;
    tokens.forEach((token, i) => {
      const [start, end] = token.span || [0, 0];
      // Byte-level pieces of one character share its span: the first of them shows it.
      if (end <= at || start >= characters.length) return;
      if (start > at) source.append(characters.slice(at, start).join(''));
      const span = el('span', {
        class: `pg-cut pg-tint-${token.tint}${token.special ? ' pg-special' : ''}`, 'data-pos': i, text: characters.slice(Math.max(start, at), end).join(''),
      });
      source.append(span);
      spans.set(i, span);
      at = end;
    });
    if (at < characters.length) source.append(characters.slice(at).join(''));
  }

  const SIZES = [3.2, 2.8, 2.4, 2.1, 1.85, 1.6, 1.4, 1.25]; // of the chips, in units; the first that fits the room is taken
  const LOOSE = 250; // tokens from which on only the smallest size is tried

  const oneLine = () => tokens.length > 0 && strip.firstChild.offsetTop === strip.lastChild.offsetTop
    && source.getClientRects().length === 1 && source.offsetHeight < 2.6 * parseFloat(getComputedStyle(source).fontSize);

  /** As large as the room allows. Where text and chips fit on a line each, ribbons fill what is left. */
  function arrange() {
    if (!tokens.length) return;
    const unit = Playground.unit();
    const { width, height } = panel.room;
    host.classList.remove('pg-flowing');
    const fits = (size) => {
      host.style.setProperty('--pg-chip', `${size * unit}px`);
      host.style.setProperty('--pg-source', `${Math.min(size, 2.4) * unit}px`);
      return source.offsetHeight + strip.offsetHeight + readout.offsetHeight + 4 * unit <= height;
    };
    const river = width >= 560 && tokens.length <= 40 && SIZES.some((size) => fits(size) && oneLine());
    if (!river && !(tokens.length <= LOOSE && SIZES.slice(2).some(fits))) fits(SIZES[SIZES.length - 1]);
    if (!river) return;
    host.classList.add('pg-flowing');
    const used = source.offsetHeight + strip.offsetHeight + readout.offsetHeight + ids.offsetHeight + 8 * unit;
    const chips = tokens.map((token, i) => ({ span: spans.get(i), chip: strip.children[i], tint: token.special ? 'special' : token.tint, id: String(token.token_id) }));
    ribbons.draw(chips, host, Math.max(2 * unit, Math.min(20 * unit, height - used)));
  }

  function describe(i) {
    const token = tokens[i];
    if (!token) return '';
    const parts = [`token ${placeOf(i)}`, `“${Playground.shorten(token.text, 40)}”`, `piece ${Playground.shorten(token.piece, 40)}`, `id ${token.token_id}`];
    if (token.span && token.span[1] > token.span[0]) parts.push(`characters ${token.span[0]}–${token.span[1]}`);
    if (token.n_bytes) parts.push(`${token.n_bytes} ${token.n_bytes === 1 ? 'byte' : 'bytes'}`);
    if (token.special) parts.push('special');
    return parts.join(' · ');
  }

  function mark(pos, name) {
    for (const node of host.querySelectorAll(`.${name}`)) node.classList.remove(name);
    if (pos === null || pos === undefined) return;
    if (strip.children[pos]) strip.children[pos].classList.add(name);
    if (spans.get(pos)) spans.get(pos).classList.add(name);
  }

  function activate(pos, focus) {
    if (strip.children[active]) strip.children[active].tabIndex = -1;
    active = Math.max(0, Math.min(pos, tokens.length - 1));
    const node = strip.children[active];
    if (!node) return;
    node.tabIndex = 0;
    if (focus) node.focus();
  }

  /** The chip above or below: the nearest one in the neighbouring line. */
  function vertical(step) {
    const from = strip.children[active];
    const middle = from.offsetLeft + from.offsetWidth / 2;
    let line = null;
    let best = active;
    let distance = Infinity;
    for (let i = active + step; i >= 0 && i < tokens.length; i += step) {
      const node = strip.children[i];
      if (node.offsetTop === from.offsetTop) continue;
      if (line === null) line = node.offsetTop;
      if (node.offsetTop !== line) break;
      const away = Math.abs(node.offsetLeft + node.offsetWidth / 2 - middle);
      if (away < distance) { distance = away; best = i; }
    }
    return best;
  }

  const posOf = (event) => {
    const node = event.target.closest('[data-pos]');
    return node ? Number(node.dataset.pos) : null;
  };

  function choose(pos) {
    chosen = pos;
    showChosen();
    panel.pick({ pos: placeOf(pos) });
  }

  function showChosen() {
    mark(chosen, 'pg-chosen');
    for (const node of strip.querySelectorAll('[aria-selected="true"]')) node.setAttribute('aria-selected', 'false');
    if (chosen !== null && strip.children[chosen]) strip.children[chosen].setAttribute('aria-selected', 'true');
    setText(readout, describe(chosen === null ? -1 : chosen) || 'Point at a token, or choose one.');
  }

  host.addEventListener('click', (event) => {
    const pos = posOf(event);
    if (pos === null) return;
    activate(pos, false);
    choose(pos);
  });
  const light = (event) => {
    const i = posOf(event);
    Playground.hover(i === null ? null : placeOf(i));
  };
  host.addEventListener('pointerover', light);
  host.addEventListener('pointerleave', () => Playground.hover(null));
  strip.addEventListener('focusin', light);
  strip.addEventListener('focusout', () => Playground.hover(null));
  strip.addEventListener('keydown', (event) => {
    const moves = {
      ArrowRight: () => active + 1, ArrowLeft: () => active - 1, ArrowDown: () => vertical(1), ArrowUp: () => vertical(-1),
      Home: () => 0, End: () => tokens.length - 1,
    };
    if (moves[event.key]) activate(moves[event.key](), true);
    else if (event.key === 'Enter' || event.key === ' ') choose(active);
    else return;
    event.preventDefault();
  });

  return {
    draw(picture) {
      tokens = picture.tokens;
      chosen = picture.pos === null ? null : indexOf(picture.pos);
      drawStrip();
      drawSource(picture.text);
      for (const node of strip.children) node.tabIndex = -1;
      activate(chosen === null ? Math.min(active, Math.max(tokens.length - 1, 0)) : chosen, false);
      showChosen();
      arrange();
    },
    resize: arrange,
    hover(pos) {
      const i = indexOf(pos);
      mark(i, 'pg-hover');
      setText(readout, describe(i < 0 ? chosen : i) || 'Point at a token, or choose one.');
    },
  };
};

/* The token strip: the text above, under it the pieces the model reads, each with its place and id.
 *
 * Pieces of one word stand together, words stand apart: that one word can be several tokens is seen, not read. Pieces of
 * one character stand under it. In the place of the strip may stand the text at three levels (tokens-levels.js); below
 * it stand the context window, the way back and the special tokens (tokens-facts.js).
 */
'use strict';

/**
 * @typedef {Object} TokensPicture playground/views/pictures/tokens.py
 * @property {string} text
 * @property {string} before
 * @property {string} after
 * @property {{pos: number, text: string, piece: string, token_id: number, special: boolean, span: [number, number]?,
 *             n_bytes: number, hex: string, joined: boolean, tint: number, group: number, template: boolean}[]} tokens
 * @property {string[]} shared
 * @property {Object[]} levels
 * @property {boolean} picks
 * @property {{used: number, room: number, full: number, left_out: number, at_start: boolean, says: string}} window
 * @property {{text: string, same: boolean}[]} back
 * @property {string} back_says
 * @property {{token_id: number, text: string, roles: string, says: string, places: number[]}[]} marks
 * @property {string} more_marks
 * @property {string} missing
 * @property {number?} pos
 */

Playground.kinds.tokens = (host, panel) => {
  const { el, setText } = Playground;
  const LOOSE = 250; // tokens from which on only the smallest size is tried
  const LONG = 600; // from here on the text above is not cut into spans: twice the elements for little

  const missing = el('p', { class: 'pg-token-missing', role: 'note' });
  const source = el('p', { class: 'pg-source', dir: 'auto', 'aria-hidden': 'true' });
  const strip = el('div', { class: 'pg-strip', role: 'listbox', 'aria-label': 'Tokens', 'aria-orientation': 'horizontal' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'off' });
  const ribbons = Playground.tokenRiver();
  const levels = Playground.tokenLevels();
  const facts = Playground.tokenFacts((pos) => { if (indexOf(pos) >= 0) { activate(indexOf(pos), false); choose(indexOf(pos)); } });
  const ids = el('p', { class: 'pg-river-note', text: 'The numbers are all that the model gets.' });
  Playground.fade(source);
  Playground.fade(strip);
  host.replaceChildren(missing, source, ribbons.upper, strip, ribbons.lower, ids, readout, facts.node);

  let picture = null;
  let tokens = [];
  let nodes = []; // one for each token, in their order: a chip of the strip, or a cell of the middle level
  let chosen = null; // index into the strip, as everything here but placeOf, indexOf and what goes out
  let active = 0;
  let refocus = false; // the token that had the focus is drawn anew: the one in its place gets it
  let spans = new Map();
  let indices = new Map(); // place in the text → index

  /** A token's place in the text as the model read it: not its place in the strip where special tokens are hidden. */
  const placeOf = (i) => tokens[i].pos;
  const indexOf = (pos) => (pos === null || !indices.has(pos) ? -1 : indices.get(pos));

  const CHUNK = 100; // tokens of a long text that stand in one block: blocks out of sight are not laid out
  const blank = el('span', { class: 'pg-blank', text: '␣' });
  const model = el('div', { class: 'pg-chip', role: 'option' },
    el('span', { class: 'pg-chip-pos' }), el('span', { class: 'pg-chip-text', dir: 'auto' }), el('span', { class: 'pg-chip-id' }));

  /** The text with its blanks visible but quiet, and with `bytes` what is but a part of a character told apart. */
  function writeText(node, text, bytes = false) {
    if (node.dataset.text === text) return;
    node.dataset.text = text;
    if (text && !bytes && !/[␣↵⏎⇥]/u.test(text.slice(1))) { // by far the most
      if (text[0] === '␣') node.replaceChildren(blank.cloneNode(true), text.slice(1));
      else node.textContent = text;
      return;
    }
    node.replaceChildren();
    for (const part of String(text).split(/([␣↵⏎⇥]+|⟨[0-9A-F]{2}(?:·[0-9A-F]{2})*⟩)/u)) {
      if (!part) continue;
      if (bytes && part[0] === '⟨' && part.length > 1) node.append(el('span', { class: 'pg-bytes', text: part.slice(1, -1).replaceAll('·', '\u00a0') }));
      else node.append(/^[␣↵⏎⇥]/u.test(part) ? el('span', { class: 'pg-blank', text: part }) : part);
    }
    if (!text) node.append(el('span', { class: 'pg-blank', text: '∅' }));
  }

  /** Which way a text is read, by its first letter: the tokens stand in the same order. */
  function directionOf(text) {
    const letter = /\p{L}/u.exec(text);
    return letter && /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]|[\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u.test(letter[0]) ? 'rtl' : 'ltr';
  }

  const loose = []; // chips that are not in use at the moment, to be filled again

  function drawStrip() {
    for (const node of nodes) if (node.className.startsWith('pg-chip')) loose.push(node);
    const fragment = document.createDocumentFragment();
    let group = -1;
    let line = fragment;
    let place = fragment;
    nodes = tokens.map((token, i) => {
      if (tokens.length > LOOSE && (line === fragment || line.childElementCount >= CHUNK) && (token.group < 0 || token.group !== group)) {
        line = el('div', { class: 'pg-chunk', role: 'presentation' });
        fragment.append(line);
        place = line;
        group = -1;
      }
      const node = loose.pop() || model.cloneNode(true);
      const [pos, text, id] = node.children;
      setText(pos, String(placeOf(i)));
      writeText(text, token.text, token.group >= 0);
      setText(id, String(token.token_id));
      node.dataset.pos = String(i);
      node.className = `pg-chip pg-tint-${token.tint}${token.special ? ' pg-special' : ''}${token.joined ? ' pg-joined' : ''}${token.template ? ' pg-template' : ''}`;
      node.setAttribute('aria-label', `Token ${placeOf(i)}: ${token.text}, id ${token.token_id}${token.special ? ', special' : ''}`);
      node.tabIndex = -1;
      if (token.group !== group) {
        group = token.group;
        place = line;
        if (group >= 0) {
          const row = el('span', { class: 'pg-whole-row', role: 'presentation' });
          const whole = el('span', { class: `pg-whole${token.joined ? ' pg-joined' : ''}`, role: 'presentation' }, el('span', { class: 'pg-whole-text', dir: 'auto', 'aria-hidden': 'true' }), row);
          writeText(whole.firstChild, picture.shared[group].replaceAll(' ', '␣'));
          line.append(whole);
          place = row;
        }
      }
      place.append(node);
      return node;
    });
    strip.replaceChildren(fragment);
    strip.className = `pg-strip pg-fade${tokens.length > LOOSE ? ' pg-chunked' : ''}`;
  }

  function drawLevels() {
    nodes = [];
    strip.replaceChildren(levels.draw(picture, (cell, token, i) => {
      writeText(cell, token.text, token.group >= 0);
      cell.dataset.pos = String(i);
      cell.setAttribute('role', 'option');
      cell.setAttribute('aria-label', `Token ${token.pos}: ${token.text}, id ${token.token_id}`);
      cell.tabIndex = -1;
      nodes[i] = cell;
    }, indexOf, tokens.length > LOOSE ? CHUNK / 2 : Infinity));
    strip.className = `pg-strip pg-fade pg-levels${tokens.length > LOOSE ? ' pg-chunked' : ''}`;
  }

  /** The original text, cut where the tokens are cut. Spans count characters, JavaScript counts UTF-16 units. */
  function drawSource() {
    spans = new Map();
    source.replaceChildren();
    const outside = (text) => (text ? [el('span', { class: 'pg-left-out', title: 'left out: longer than the context window', text })] : []);
    source.append(...outside(picture.before));
    if (tokens.length > LONG) {
      source.append(picture.text, ...outside(picture.after));
      return;
    }
    const characters = Array.from(picture.text);
    let at = 0;
    tokens.forEach((token, i) => {
      const [start, end] = token.span || [0, 0];
      // Byte-level pieces of one character share its span: the first of them shows it.
      if (end <= at || start >= characters.length) {
        if (token.group >= 0 && i && tokens[i - 1].group === token.group) spans.set(i, spans.get(i - 1));
        return;
      }
      if (start > at) source.append(characters.slice(at, start).join(''));
      const span = el('span', {
        class: `pg-cut pg-tint-${token.tint}${token.special ? ' pg-special' : ''}${token.template ? ' pg-template' : ''}`, 'data-pos': i,
        text: characters.slice(Math.max(start, at), end).join(''),
      });
      source.append(span);
      spans.set(i, span);
      at = end;
    });
    if (at < characters.length) source.append(characters.slice(at).join(''));
    source.append(...outside(picture.after));
  }

  const SIZES = [3.2, 2.8, 2.4, 2.1, 1.85, 1.6, 1.4, 1.25]; // of the chips, in units; the first that fits the room is taken
  const SMALL = [1.1, 0.95]; // for the levels of a word that is wider than the room

  const oneLine = () => nodes.length > 0 && strip.firstChild.offsetTop === strip.lastChild.offsetTop
    && source.getClientRects().length === 1 && source.offsetHeight < 2.6 * parseFloat(getComputedStyle(source).fontSize);

  /** Whether nothing is wider than the strip; a block of levels keeps to itself what lies outside of it. */
  const inside = () => [strip, ...strip.querySelectorAll('.pg-level-block')].every((node) => node.scrollWidth <= node.clientWidth + 1);

  /** As large as the room allows. Where text and chips fit on a line each, ribbons fill what is left. */
  function arrange() {
    if (!tokens.length) return;
    const unit = Playground.unit();
    const { width, height } = panel.room;
    host.classList.remove('pg-flowing');
    const fixed = () => readout.offsetHeight + facts.node.offsetHeight + missing.offsetHeight;
    const fits = (size) => {
      host.style.setProperty('--pg-chip', `${size * unit}px`);
      host.style.setProperty('--pg-source', `${Math.min(size, 2.4) * unit}px`);
      return source.offsetHeight + strip.offsetHeight + fixed() + 6 * unit <= height;
    };
    strip.style.maxHeight = '';
    const plain = !picture.levels.length;
    const river = plain && width >= 560 && tokens.length <= 40 && SIZES.some((size) => fits(size) && oneLine());
    const roomy = !river && tokens.length <= LOOSE && SIZES.slice(plain ? 2 : 0).some((size) => fits(size) && inside());
    // A word at its three levels is not torn at the end of a line: a long one gets smaller letters. Not in a long text,
    // all blocks of which would have to be laid out for that: there it scrolls in its own block.
    const whole = (size) => { fits(size); return inside(); };
    if (!river && !roomy && !plain && tokens.length <= LOOSE && !whole(SIZES[SIZES.length - 1])) SMALL.some(whole);
    else if (!river && !roomy) fits(SIZES[SIZES.length - 1]);
    if (!river && !roomy && source.offsetHeight + strip.offsetHeight + fixed() + 6 * unit > height) {
      // what does not fit scrolls in its place, so that what stands below it is still in sight
      if (width > 720) strip.style.maxHeight = `${Math.max(0.45 * height, height - source.offsetHeight - fixed() - 6 * unit)}px`;
      const kept = source.querySelector('.pg-cut');
      if (picture.before && kept) source.scrollTop = Math.max(0, kept.offsetTop - source.offsetTop - 0.4 * source.clientHeight);
    }
    if (!river) return;
    host.classList.add('pg-flowing');
    const used = source.offsetHeight + strip.offsetHeight + fixed() + ids.offsetHeight + 10 * unit;
    const chips = tokens.map((token, i) => ({ span: spans.get(i), chip: nodes[i], tint: token.special ? 'special' : token.tint, id: String(token.token_id) }));
    ribbons.draw(chips, host, Math.max(2 * unit, Math.min(20 * unit, height - used)));
  }

  const counted = (n, word) => `${n} ${n === 1 ? word : `${word}s`}`;

  function describe(i) {
    const token = tokens[i];
    if (!token) return '';
    const parts = [`token ${placeOf(i)}`, `“${Playground.shorten(token.text, 40)}”`, `piece ${Playground.shorten(token.piece, 40)}`, `id ${token.token_id}`];
    if (token.span && token.span[1] > token.span[0]) {
      parts.push(`characters ${token.span[0]}–${token.span[1]}`);
    }
    if (token.group >= 0) parts.push(`a part of the bytes of “${Playground.shorten(picture.shared[token.group].trim(), 12)}”`);
    if (token.hex) parts.push(`${counted(token.n_bytes, 'byte')}: ${Playground.shorten(token.hex, 60)}`);
    if (token.special) parts.push('special');
    if (token.template) parts.push('from the chat template');
    return parts.join(' · ');
  }

  function mark(pos, name) {
    for (const node of host.querySelectorAll(`.${name}`)) node.classList.remove(name);
    if (pos === null || pos === undefined) return;
    if (nodes[pos]) nodes[pos].classList.add(name);
    if (spans.get(pos)) spans.get(pos).classList.add(name);
  }

  function activate(pos, focus) {
    if (nodes[active]) nodes[active].tabIndex = -1;
    active = Math.max(0, Math.min(pos, tokens.length - 1));
    const node = nodes[active];
    if (!node) return;
    node.tabIndex = 0;
    if (focus) node.focus();
  }

  /** The chip above or below: the nearest one in the neighbouring line. */
  function vertical(step) {
    const box = (node) => node.getBoundingClientRect();
    const from = box(nodes[active]);
    const middle = from.left + from.width / 2;
    let line = null;
    let best = active;
    let distance = Infinity;
    for (let i = active + step; i >= 0 && i < tokens.length; i += step) {
      if (!nodes[i]) continue;
      const here = box(nodes[i]);
      if (Math.abs(here.bottom - from.bottom) < 4) continue;
      if (line === null) line = here.bottom;
      if (Math.abs(here.bottom - line) >= 4) break;
      const away = Math.abs(here.left + here.width / 2 - middle);
      if (away < distance) { distance = away; best = i; }
    }
    return best;
  }

  /** The next token that stands in the strip: the levels have none that stand for no text. */
  function beside(step) {
    let i = active + step;
    while (i >= 0 && i < tokens.length && !nodes[i]) i += step;
    return nodes[i] ? i : active;
  }

  const posOf = (event) => {
    const node = event.target.closest('[data-pos]');
    return node ? Number(node.dataset.pos) : null;
  };

  function choose(pos) {
    chosen = pos;
    showChosen();
    if (picture.picks) panel.pick({ pos: placeOf(pos) });
  }

  function showChosen() {
    mark(chosen, 'pg-chosen');
    for (const node of strip.querySelectorAll('[aria-selected="true"]')) node.setAttribute('aria-selected', 'false');
    if (chosen !== null && nodes[chosen]) nodes[chosen].setAttribute('aria-selected', 'true');
    setText(readout, describe(chosen === null ? -1 : chosen) || 'Point at a token, or choose one.');
  }

  /** Lights up a token here; `pos` is an index. */
  function lit(i) {
    mark(i === null || i < 0 ? null : i, 'pg-hover');
    setText(readout, describe(i === null || i < 0 ? chosen : i) || 'Point at a token, or choose one.');
  }

  host.addEventListener('click', (event) => {
    const pos = posOf(event);
    if (pos === null) return;
    activate(pos, false);
    choose(pos);
  });
  /** Other pictures show the tokens that were run; what a chat template adds is not among them. */
  const light = (event) => {
    const i = event ? posOf(event) : null;
    if (picture && picture.picks) Playground.hover(i === null ? null : placeOf(i));
    else lit(i);
  };
  host.addEventListener('pointerover', light);
  host.addEventListener('pointerleave', () => light(null));
  strip.addEventListener('focusin', (event) => {
    const i = posOf(event);
    if (i !== null && i !== active) activate(i, false);
    light(event);
  });
  strip.addEventListener('focusout', () => light(null));
  strip.addEventListener('keydown', (event) => {
    const ahead = getComputedStyle(strip).direction === 'rtl' ? -1 : 1;
    const moves = {
      ArrowRight: () => beside(ahead), ArrowLeft: () => beside(-ahead), ArrowDown: () => vertical(1), ArrowUp: () => vertical(-1),
      Home: () => nodes.findIndex(Boolean), End: () => nodes.length - 1,
    };
    if (moves[event.key]) activate(moves[event.key](), true);
    else if (event.key === 'Enter' || event.key === ' ') choose(active);
    else return;
    event.preventDefault();
  });

  // What was measured before the page's own type had arrived is measured again.
  document.fonts.addEventListener('loadingdone', () => { if (picture && host.isConnected && host.clientWidth) arrange(); });

  const DRAWN_OF = ['text', 'before', 'after', 'tokens', 'shared', 'levels'];

  /** What a choice does not change stays, with the place where a long text is scrolled to. */
  function drawTokens(same) {
    if (same) return;
    const focused = strip.contains(document.activeElement);
    strip.dir = directionOf(picture.text);
    if (picture.levels.length) drawLevels(); else drawStrip();
    drawSource();
    if (focused) refocus = true;
  }

  return {
    draw(shown) {
      const same = picture !== null && DRAWN_OF.every((field) => picture[field] === shown[field]);
      refocus = false;
      picture = shown;
      tokens = picture.tokens;
      indices = new Map(tokens.map((token, i) => [token.pos, i]));
      chosen = picture.pos === null ? null : indexOf(picture.pos);
      setText(missing, picture.missing);
      missing.hidden = !picture.missing;
      drawTokens(same);
      strip.classList.toggle('pg-only-looked-at', !picture.picks);
      source.hidden = picture.levels.length > 0 && !picture.before && !picture.after;
      activate(chosen === null ? Math.min(active, Math.max(tokens.length - 1, 0)) : chosen, false);
      if (!nodes[active]) active = Math.max(0, nodes.findIndex(Boolean));
      if (refocus) activate(active, true);
      facts.draw(picture);
      showChosen();
      arrange();
    },
    resize: arrange,
    hover(pos) {
      if (picture && picture.picks) lit(indexOf(pos));
    },
  };
};

/* One running text whose words can be pointed at, tinted and joined by ribbons. */
'use strict';

/** @param {string} role "query" or "key": as what the chosen word stands here; gives heading and ribbons their colour */
Playground.attentionWords = (role, { onLook, onLeave, onChoose }) => {
  const { el, setText } = Playground;
  const MOST_RIBBONS = 6;
  const LEAST_RIBBON = 0.03;
  const LEAST_TOP = 0.25; // the scale of tints ends at the largest share, at least here: even looks stay pale
  const heading = el('h4', { class: `pg-part pg-look-heading pg-look-${role}` });
  const legendTop = el('span');
  const grey = el('span', { class: 'pg-look-hidden' });
  const legend = el('span', { class: 'pg-legend' }, el('span', { text: '0' }), el('span', { class: 'pg-legend-bar' }), legendTop,
    grey);
  const ribbons = el('svg', { class: 'pg-look-ribbons', 'aria-hidden': 'true' });
  const line = el('p', { class: 'pg-look-text', dir: 'auto', role: 'listbox', 'aria-label': role === 'query' ? 'Where a word looks' : 'Who looks at a word' });
  const stage = el('div', { class: 'pg-look-stage' }, ribbons, line);
  const list = el('ol', { class: 'pg-bar-list pg-look-list' });
  const root = el('section', { class: `pg-look-panel pg-look-as-${role}` },
    el('div', { class: 'pg-part-row' }, heading, legend), stage, list);
  let words = [];
  let names = [];
  let made = null;
  let active = 0;

  function write(pieces, tokens) {
    names = tokens;
    if (made === pieces) return;
    made = pieces;
    line.replaceChildren();
    words = pieces.map((piece, i) => {
      const word = el('span', { class: `pg-look-word${piece.special ? ' pg-special' : ''}`, role: 'option', tabindex: '-1', 'data-i': i });
      const shown = piece.text.replace(/[↵⏎]/g, '↵');
      word.textContent = shown || '∅';
      if (piece.before) line.append(piece.before);
      line.append(word);
      if (/↵/.test(shown)) line.append(el('br'));
      return word;
    });
    active = 0;
  }

  /** The upper end of the scale for some shares. */
  const topOf = (...lists) => Math.min(1, lists.reduce((most, shares) => shares.reduce((found, share) => (share > found ? share : found), most), LEAST_TOP));

  /** Tints each word by its share of `top`; `hidden(i)`: the mask forbids it. `from`: the chosen word's place here, or null. */
  function paint(shares, hidden, from, title, top, why = 'hidden by the mask') {
    setText(grey, `grey: ${why}`);
    setText(legendTop, Playground.percent(top));
    setText(heading, title);
    const order = Array.from(shares.keys()).filter((i) => shares[i] > 0 && !hidden(i)).sort((a, b) => shares[b] - shares[a]);
    const strongest = new Set(order.slice(0, MOST_RIBBONS).filter((i) => shares[i] >= LEAST_RIBBON));
    words.forEach((word, i) => {
      Playground.tint(word, hidden(i) ? 0 : shares[i] / top);
      word.classList.toggle('pg-masked', hidden(i));
      word.classList.toggle('pg-chosen', i === from);
      word.setAttribute('aria-selected', String(i === from));
      word.dataset.share = strongest.has(i) ? Playground.percent(shares[i]).replace(' ', '\u202f') : '';
      word.title = hidden(i) ? `${names[i]} (${i}) · ${why}` : `${names[i]} (${i}) · ${Playground.share(shares[i])}`;
    });
    root.classList.toggle('pg-look-masks', words.some((_, i) => hidden(i)));
    legend.hidden = false;
    spread(order.filter((i) => strongest.has(i)));
    bars(order.slice(0, 5), shares, from, top);
    return { order, strongest };
  }

  /** Of numbers that would stand on each other only the largest stays; the list and the pointer give the others. */
  function spread(order) {
    const letter = 0.6 * Math.max(10, 0.44 * parseFloat(getComputedStyle(line).fontSize));
    const taken = [];
    for (const i of order) {
      const box = words[i].getBoundingClientRect();
      const half = (letter * (words[i].dataset.share.length + 1)) / 2;
      const middle = (box.left + box.right) / 2;
      const free = taken.every((other) => Math.abs(other.bottom - box.bottom) > 12 || Math.abs(other.middle - middle) >= other.half + half);
      if (free) taken.push({ middle, half, bottom: box.bottom });
      else words[i].dataset.share = '';
    }
  }

  /** No shares; words from the `later`-th on are not there yet. */
  function clear(title, later = Infinity) {
    setText(heading, title);
    legend.hidden = true;
    words.forEach((word, i) => {
      Playground.tint(word, 0);
      word.classList.remove('pg-chosen');
      word.classList.toggle('pg-masked', i >= later);
      word.title = `${names[i]} (${i})`;
      word.dataset.share = '';
    });
    root.classList.remove('pg-look-masks');
    list.replaceChildren();
    ribbons.replaceChildren();
  }

  function bars(places, shares, from, top) {
    while (list.children.length > places.length) list.lastChild.remove();
    places.forEach((i, n) => {
      if (!list.children[n]) {
        list.append(el('li', { class: 'pg-bar-row' }, el('span', { class: 'pg-bar-label', dir: 'auto' }),
          el('span', { class: 'pg-bar-track' }, el('span', { class: 'pg-bar-fill' })), el('span', { class: 'pg-bar-value' })));
      }
      const row = list.children[n];
      row.dataset.i = String(i);
      row.title = `${names[i]} (${i}) · ${shares[i]}`;
      setText(row.children[0], i === from ? `${Playground.shorten(names[i], 14)} (itself)` : Playground.shorten(names[i], 20));
      row.children[1].firstChild.style.width = `${(100 * shares[i]) / top}%`;
      setText(row.children[2], Playground.percent(shares[i]));
    });
  }

  const boxOf = (i, base) => {
    const rects = words[i].getClientRects();
    const box = rects[0] || words[i].getBoundingClientRect();
    const number = words[i].dataset.share ? 1.3 * Math.max(10, 0.44 * parseFloat(getComputedStyle(line).fontSize)) : 0;
    return { x: (box.left + box.right) / 2 - base.left, top: box.top - base.top, bottom: box.bottom - base.top, under: box.bottom - base.top + number };
  };

  /** Ribbons from one word to the strongest others, as thick as their shares. */
  function join(from, strongest, shares) {
    ribbons.replaceChildren();
    const base = stage.getBoundingClientRect();
    ribbons.setAttribute('width', stage.clientWidth);
    ribbons.setAttribute('height', stage.scrollHeight);
    if (from === null || !words[from]) return;
    const start = boxOf(from, base);
    const unit = Playground.unit();
    for (const i of strongest) {
      if (i === from) continue;
      const end = boxOf(i, base);
      // Special tokens are smaller: on one line are words whose boxes overlap.
      const level = Math.min(end.bottom, start.bottom) > Math.max(end.top, start.top);
      const rise = Math.min(2.6 * unit, 0.7 * unit + Math.abs(end.x - start.x) * 0.1);
      const [y1, y2] = level ? [start.top, end.top] : end.top > start.top ? [start.under, end.top] : [start.top, end.under];
      const bend = level ? -rise : (y2 - y1) * 0.5;
      const d = level ? `M${start.x},${y1} C${start.x},${y1 + bend} ${end.x},${y2 + bend} ${end.x},${y2}`
        : `M${start.x},${y1} C${start.x},${y1 + bend} ${end.x},${y2 - bend} ${end.x},${y2}`;
      ribbons.append(el('path', { d, class: 'pg-look-ribbon', 'stroke-width': (1 + 0.55 * unit * shares[i]).toFixed(2), 'stroke-opacity': (0.25 + 0.6 * shares[i]).toFixed(2) }));
    }
  }

  const placeOf = (event) => {
    const node = event.target.closest('[data-i]');
    return node && root.contains(node) ? Number(node.dataset.i) : null;
  };

  function activate(i) {
    if (words[active]) words[active].tabIndex = -1;
    active = Math.max(0, Math.min(i, words.length - 1));
    if (words[active]) words[active].tabIndex = 0;
  }

  root.addEventListener('pointerover', (event) => { const i = placeOf(event); if (i !== null) onLook(i); });
  root.addEventListener('pointerleave', onLeave);
  root.addEventListener('click', (event) => { const i = placeOf(event); if (i !== null) { activate(i); onChoose(i); } });
  line.addEventListener('focusin', (event) => { const i = placeOf(event); if (i !== null) onLook(i); });
  line.addEventListener('focusout', onLeave);
  line.addEventListener('keydown', (event) => {
    const forth = getComputedStyle(line).direction === 'rtl' ? -1 : 1;
    const next = { ArrowRight: active + forth, ArrowLeft: active - forth, Home: 0, End: words.length - 1 }[event.key];
    if (next !== undefined) {
      activate(next);
      words[active].focus();
    } else if (event.key === 'Enter' || event.key === ' ') onChoose(active);
    else return;
    event.preventDefault();
  });

  return {
    root, stage, write, topOf, paint, clear, join, activate,
    get length() { return words.length; },
    word: (i) => words[i],
    hover(i) {
      for (const node of line.querySelectorAll('.pg-hover')) node.classList.remove('pg-hover');
      if (i !== null && words[i]) words[i].classList.add('pg-hover');
    },
  };
};

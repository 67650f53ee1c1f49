/* What one token looks at, written over the sentence: tinted words, and arcs as thick as the weights.
 *
 * One line of words where tokens look at themselves; two lines (who looks, what is looked at) across two texts.
 */
'use strict';

Playground.headSentence = (host, pick, onLook) => {
  const { el, setText } = Playground;
  const SMALLEST = 0.01; // thinner arcs than 1 % are not drawn: they would only blur the others

  const heading = el('h4', { class: 'pg-part' });
  const drawing = el('svg', { class: 'pg-arcs', 'aria-hidden': 'true' });
  const upper = el('div', { class: 'pg-words', role: 'listbox', 'aria-label': 'Who looks' });
  const lower = el('div', { class: 'pg-words', 'aria-label': 'What is looked at' });
  const stack = el('div', { class: 'pg-sentence-stack' }, upper, drawing, lower);
  const frame = el('div', { class: 'pg-frame-scroll', tabindex: '-1' }, stack);
  host.replaceChildren(heading, frame);

  let picture = null;
  let weights = null;
  let nk = 0;
  let row = null;
  let shown = null;
  let across = false;

  function words(line, texts, role) {
    while (line.children.length > texts.length) line.lastChild.remove();
    texts.forEach((text, i) => {
      let node = line.children[i];
      if (!node) {
        node = el('span', { class: 'pg-word', 'data-pos': i }, el('span', { class: 'pg-word-text', dir: 'auto' }), el('span', { class: 'pg-word-share' }));
        line.append(node);
      }
      node.dataset.pos = String(i);
      if (role) node.setAttribute('role', role); else node.removeAttribute('role');
      setText(node.firstChild, Playground.shorten(text, 24));
      node.title = text.length > 24 ? text : '';
      node.tabIndex = role && i === (row === null ? 0 : row) ? 0 : -1;
    });
  }

  const masked = (k) => (picture.causal && shown !== null && k > shown) || picture.hidden.includes(k);
  // Of a long text some rows are here: what the others look at comes when one of them is chosen.
  const weight = (k) => { const q = shown - picture.first; return q >= 0 && q < picture.rows.length ? weights[q * nk + k] : 0; };

  function paint() {
    const keys = lower;
    Array.from(keys.children).forEach((node, k) => {
      const w = shown === null || masked(k) ? 0 : weight(k);
      Playground.tint(node, w);
      node.classList.toggle('pg-masked', shown !== null && masked(k));
      setText(node.lastChild, shown === null || masked(k) ? '' : Playground.percent(w));
    });
    const askers = across ? upper : lower;
    Array.from(askers.children).forEach((node, q) => {
      node.classList.toggle('pg-chosen', q === row);
      if (node.getAttribute('role') === 'option') node.setAttribute('aria-selected', String(q === row));
    });
    const who = shown === null ? null : Playground.shorten((across ? picture.rows : picture.columns)[shown], 24);
    setText(heading, who === null ? 'Choose a token to see what it looks at' : `What ${who} (${shown}) looks at; arcs from 1 % on`);
    arcs();
  }

  function arcs() {
    drawing.replaceChildren();
    drawing.setAttribute('width', 0); // else the old drawing keeps the line as wide as it was
    const width = Math.max(upper.offsetWidth, lower.offsetWidth);
    const height = Playground.unit() * (across ? 5.4 : 5);
    drawing.setAttribute('width', width);
    drawing.setAttribute('height', height);
    drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
    if (shown === null) return;
    const middle = (line, i) => line.children[i].offsetLeft + line.children[i].offsetWidth / 2;
    const from = middle(across ? upper : lower, shown);
    for (let k = 0; k < nk; k++) {
      const w = weight(k);
      if (masked(k) || w < SMALLEST) continue;
      const to = middle(lower, k);
      let d;
      if (across) d = `M${from},0 C${from},${height * 0.55} ${to},${height * 0.45} ${to},${height}`;
      else if (k === shown) d = `M${from - 7},${height} C${from - 16},${height - 24} ${from + 16},${height - 24} ${from + 7},${height}`;
      else {
        const rise = Math.min(height - 6, 18 + Math.abs(to - from) * 0.13) * 1.3;
        d = `M${from},${height} C${from},${height - rise} ${to},${height - rise} ${to},${height}`;
      }
      drawing.append(el('path', { d, class: 'pg-arc', 'stroke-width': (1 + 7 * w).toFixed(2), 'stroke-opacity': (0.28 + 0.62 * w).toFixed(2) }));
    }
  }

  /** Scrolls the frame, and nothing else, until the token that looks is in sight. */
  function reveal() {
    const node = shown === null ? null : (across ? upper : lower).children[shown];
    if (!node) return;
    const [left, right] = [node.offsetLeft, node.offsetLeft + node.offsetWidth];
    if (left < frame.scrollLeft || right > frame.scrollLeft + frame.clientWidth) frame.scrollLeft = right - frame.clientWidth * 0.8;
  }

  const posOf = (event) => {
    const node = event.target.closest('.pg-word');
    const line = across ? upper : lower;
    return node && node.parentNode === line ? Number(node.dataset.pos) : null;
  };

  function look(q) {
    if (q === shown) return;
    shown = q;
    paint();
  }

  function choose(q) {
    row = q;
    shown = null;
    look(q);
    onLook(q);
    pick({ pos: q });
  }

  stack.addEventListener('pointerover', (event) => {
    const q = posOf(event);
    if (q === null) return;
    look(q);
    onLook(q);
    Playground.hover(q);
  });
  stack.addEventListener('pointerleave', () => {
    look(row);
    onLook(row);
    Playground.hover(null);
  });
  stack.addEventListener('click', (event) => {
    const q = posOf(event);
    if (q !== null) choose(q);
  });
  stack.addEventListener('keydown', (event) => {
    const line = across ? upper : lower;
    const at = Array.from(line.children).indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: line.children.length - 1 }[event.key];
    if (at < 0) return;
    if (next !== undefined && line.children[next]) {
      line.children[at].tabIndex = -1;
      line.children[next].tabIndex = 0;
      line.children[next].focus();
      look(next);
      onLook(next);
    } else if (event.key === 'Enter' || event.key === ' ') choose(at);
    else return;
    event.preventDefault();
  });

  return {
    draw(next) {
      picture = next;
      ({ weights, cross: across } = picture);
      [, nk] = weights.shape;
      row = picture.pos;
      shown = row;
      upper.hidden = !across;
      stack.classList.toggle('pg-across', across);
      if (across) words(upper, picture.rows, 'option');
      words(lower, picture.columns, across ? null : 'option');
      paint();
      reveal();
    },
    resize: arcs,
    look,
    hover(pos) {
      for (const node of host.querySelectorAll('.pg-hover')) node.classList.remove('pg-hover');
      const line = across ? upper : lower;
      if (pos !== null && line.children[pos]) line.children[pos].classList.add('pg-hover');
    },
  };
};

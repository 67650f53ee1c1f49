/* The tree of a beam search: a column for each step, the best continuation at the top; what was kept is solid, what was
 * pruned is pale, the best text so far is amber. */
'use strict';

Playground.versusBeams = () => {
  const { el, setText } = Playground;
  const heading = el('h4', { class: 'pg-part' });
  const readout = el('p', { class: 'pg-readout' });
  const svg = el('svg', { class: 'pg-beams-tree' });
  const scroll = el('div', { class: 'pg-frame-scroll', tabindex: '0', role: 'region', 'aria-label': 'Tree of the beam search' }, svg);
  const list = el('ol', { class: 'pg-beams-finished' });
  const root = el('section', { class: 'pg-beams' }, heading, scroll, readout, list);
  let dots = [];
  let best = new Set();

  const plain = (shown) => shown.replace(/␣/g, ' ');

  function place(dot) {
    const unit = Playground.unit();
    return [(dot.depth - 1) * 8.2 * unit + 2, dot.row * 1.75 * unit];
  }

  function drawDot(dot, i) {
    const unit = Playground.unit();
    const [x, y] = place(dot);
    const group = el('g', { class: `pg-beam pg-${dot.fate}${best.has(i) ? ' pg-best' : ''}`, 'data-dot': i, 'aria-label': `${dot.text}: ln p ${Playground.sig(dot.log_prob)}, sum ${Playground.sig(dot.score, 4)}` });
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    text.setAttribute('x', String(x + 0.5 * unit));
    text.setAttribute('y', String(y + 1.12 * unit));
    text.textContent = Playground.shorten(dot.text, 10);
    group.append(el('rect', { x, y, width: 6.9 * unit, height: 1.5 * unit, rx: 3 }), text);
    return group;
  }

  function drawLine(dot, i) {
    if (dot.parent === null) return null;
    const unit = Playground.unit();
    const [x, y] = place(dot);
    const [px, py] = place(dots[dot.parent]);
    const [from, to] = [px + 6.9 * unit, y + 0.75 * unit];
    const kind = best.has(i) ? ' pg-best' : '';
    return el('path', { class: `pg-beam-line pg-${dot.fate}${kind}`, d: `M${from} ${py + 0.75 * unit}C${from + unit} ${py + 0.75 * unit} ${x - unit} ${to} ${x} ${to}` });
  }

  svg.addEventListener('pointerover', (event) => {
    const group = event.target.closest('[data-dot]');
    if (!group) return;
    const dot = dots[Number(group.dataset.dot)];
    setText(readout, `“${dot.text}” · ln p ${Playground.sig(dot.log_prob)} · sum ${Playground.sig(dot.score, 4)} · ${dot.fate}`);
  });

  return {
    root,
    draw(picture) {
      const { beams } = picture;
      root.hidden = beams === null;
      if (beams === null) return;
      ({ dots } = picture);
      best = new Set(beams.best);
      const unit = Playground.unit();
      const depth = Math.max(1, ...dots.map((dot) => dot.depth));
      const rows = Math.max(1, ...dots.map((dot) => dot.row + 1));
      setText(heading, `Beam search: ${beams.num_beams} beams, length penalty ${Playground.sig(beams.length_penalty)}`);
      const atEnd = scroll.scrollLeft + scroll.clientWidth >= scroll.scrollWidth - 20;
      svg.setAttribute('width', String(Math.ceil(depth * 8.2 * unit + 4)));
      svg.setAttribute('height', String(Math.ceil(rows * 1.75 * unit + 2)));
      svg.replaceChildren(...dots.map(drawLine).filter(Boolean), ...dots.map(drawDot));
      if (picture.running !== null && atEnd) scroll.scrollLeft = scroll.scrollWidth;
      setText(readout, 'Each step weighs the best continuations of all beams. Solid: kept. Pale: pruned. Amber: the best text.');
      list.replaceChildren(...beams.finished.map(([text, score]) => el('li', {}, el('b', { text: Playground.sig(score, 4) }), el('span', { dir: 'auto', text: plain(text) }))));
    },
  };
};

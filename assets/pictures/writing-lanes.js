/* The tree of texts, drawn: a row for each text, a cell for each token, a line where it forks off. */
'use strict';

/**
 * @param {(node: number) => void} onGo a cell or a text was chosen
 * @param {(node: number) => void} onPrune a text is to go
 * @param {(node: number|null) => void} onHover
 */
Playground.writingLanes = (onGo, onPrune, onHover) => {
  const { el, setText } = Playground;
  const svg = el('svg', { class: 'pg-lanes-cells', 'aria-hidden': 'true' });
  const list = el('ol', { class: 'pg-lanes-list' });
  const cells = el('div', { class: 'pg-lanes-room' }, svg);
  const titles = el('div', { class: 'pg-lanes-titles', 'aria-hidden': 'true' }, ...['tokens', 'perplexity', 'repeats'].map((name) => el('span', { text: name })));
  const rows = el('div', { class: 'pg-lanes-rows' }, cells, list);
  const root = el('div', { class: 'pg-lanes', role: 'region', 'aria-label': 'All texts from this prompt', tabindex: '0' }, titles, rows);
  let lanes = [];

  const nodeOf = (event) => {
    const found = event.target.closest('[data-node]');
    return found ? Number(found.dataset.node) : null;
  };
  svg.addEventListener('click', (event) => { const node = nodeOf(event); if (node) onGo(node); });
  svg.addEventListener('pointerover', (event) => onHover(nodeOf(event)));
  svg.addEventListener('pointerleave', () => onHover(null));
  list.addEventListener('click', (event) => {
    const row = event.target.closest('li');
    const lane = row && lanes[Array.from(list.children).indexOf(row)];
    if (!lane) return;
    if (event.target.closest('.pg-lane-cut')) onPrune(lane.text.leaf);
    else if (event.target.closest('.pg-lane-go')) onGo(lane.text.leaf);
  });

  const newRow = () => el('li', {}, el('button', { type: 'button', class: 'pg-lane-go' }, el('span'), el('span'), el('span'), el('span')),
    el('button', { type: 'button', class: 'pg-lane-cut', 'aria-label': 'Cut this text off', title: 'Cut this text off', text: '×' }));

  function fillRow(row, lane, words, shown) {
    const [go] = row.children;
    const { text } = lane;
    setText(go.children[0], words || '…');
    [String(text.n_tokens), Playground.sig(text.perplexity), Playground.percent(text.repeat_rate)].forEach((value, k) => setText(go.children[k + 1], value));
    go.setAttribute('aria-pressed', String(shown));
    go.setAttribute('aria-label', `${words}: ${text.n_tokens} tokens, perplexity ${Playground.sig(text.perplexity)}, ${Playground.percent(text.repeat_rate)} repeats`);
    go.title = text.ended;
  }

  /** Cells are as wide as fit; `amount(node)` tints them. */
  function draw(picture, tree, amount, words) {
    lanes = tree.lanes();
    const unit = Playground.unit();
    const height = Math.round(2.1 * unit);
    const longest = Math.max(1, ...picture.texts.map((text) => text.n_tokens));
    const room = Math.max(90, cells.clientWidth - 6);
    const width = Math.max(3, Math.min(1.7 * unit, room / longest));
    const on = new Set(tree.path(picture.tip));
    const parts = [];
    lanes.forEach((lane, row) => {
      const top = row * height;
      const [x, middle] = [lane.start * width, top + height / 2];
      if (lane.start > 0 && lane.own.length) {
        parts.push(el('path', { class: 'pg-lane-fork', d: `M${x - width / 2} ${lane.above * height + height * 0.8}V${middle}H${x}` }));
      }
      lane.own.forEach((node, k) => parts.push(cell(node, x + k * width, top + height * 0.18, width, height * 0.64, amount(node), on.has(node), picture.at)));
    });
    svg.replaceChildren(...parts);
    svg.setAttribute('width', String(Math.ceil(longest * width + 4)));
    svg.setAttribute('height', String(Math.ceil(lanes.length * height)));
    root.style.setProperty('--pg-lane', `${height}px`);
    while (list.children.length > lanes.length) list.lastChild.remove();
    lanes.forEach((lane, i) => {
      if (!list.children[i]) list.append(newRow());
      fillRow(list.children[i], lane, words(lane), lane.text.leaf === picture.tip);
    });
  }

  function cell(node, x, y, width, height, tint, on, at) {
    const made = el('rect', {
      class: `pg-lane-cell${on ? ' pg-on' : ''}${node === at ? ' pg-at' : ''}`, x: x + 0.5, y, width: Math.max(1, width - 1), height, rx: 2, 'data-node': node,
    });
    made.style.setProperty('--a', String(Math.round(tint * 1000) / 1000));
    return made;
  }

  return { root, draw };
};

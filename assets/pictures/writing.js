/* Texts in the making: the story, what could stand at one of its places, and the tree of all texts from this prompt. */
'use strict';

/**
 * @typedef {{parent: number, text: string, token_id: number, special: boolean, p: number, rank: number, surprisal_bits: number,
 *            entropy_bits: number, repeat: boolean, alternatives: [string, number][], pos: number?}} WritingNode
 * @typedef {Object} WritingPicture playground/views/pictures/writing.py
 * @property {string} mark names the prompt in the tree's text
 * @property {string[]} prompt
 * @property {number[]} places of the prompt's pieces, for an encoder
 * @property {WritingNode[]} nodes
 * @property {{parent: number, length: number, ended: string, how: string, said: string}[]} runs
 * @property {{leaf: number, n_tokens: number, perplexity: number, repeat_rate: number, ended: string}[]} texts
 * @property {number} tip
 * @property {number} at
 * @property {{title: string, bars: Object[], full: number}?} place
 * @property {boolean} open
 * @property {number?} mask
 * @property {'probability'|'surprisal'|'entropy'} colouring
 * @property {number} full
 * @property {[string, string]} legend
 * @property {boolean} running
 */

Playground.kinds.writing = (host, panel) => {
  const { el, setText, percent, shorten } = Playground;
  const text = el('div', { class: 'pg-gen-text', dir: 'auto' });
  const legend = Playground.legend('', '');
  const facts = el('p', { class: 'pg-readout' });
  const copy = el('button', { type: 'button', class: 'pg-action', text: 'Copy text' });
  const clear = el('button', { type: 'button', class: 'pg-action', text: 'Start over' });
  const story = el('section', { class: 'pg-gen-story' }, text, el('div', { class: 'pg-legend-row' }, legend, el('span', {}, copy, clear)));
  const heading = el('h4', { class: 'pg-part' });
  const bars = el('ol', { class: 'pg-bar-list' });
  const hint = el('p', { class: 'pg-notes', text: 'Outline: the model’s own. Bar and number: after the settings. Choose a bar to take that token: the text forks there.' });
  const aside = el('section', { class: 'pg-gen-aside' }, heading, bars, facts, hint);
  const pick = (change) => { if (!picture.running) panel.pick(change); };
  const lanes = Playground.writingLanes((node) => pick(tree.go(node)), (leaf) => pick(tree.prune(tree.ownRoot(leaf))), (node) => say(node));
  const below = el('section', { class: 'pg-gen-tree' }, el('h4', { class: 'pg-part' }), lanes.root);
  host.replaceChildren(el('div', { class: 'pg-gen' }, story, aside, below));

  /** @type {WritingPicture} */
  let picture = null;
  let tree = null;
  let spans = new Map(); // node → its element in the story

  /** Running text has real blanks and line breaks where single tokens show signs for them. */
  const plain = (shown) => shown.replace(/␣/g, ' ').replace(/[↵⏎]/g, '\n').replace(/⇥/g, '\t');

  const valueOf = (node) => ({ probability: node.p, surprisal: node.surprisal_bits, entropy: node.entropy_bits }[picture.colouring]);
  const amount = (n) => Math.min(1, valueOf(picture.nodes[n - 1]) / picture.full);

  // ---- the story -----------------------------------------------------------------------------------------------------

  function newStep(n) {
    const node = picture.nodes[n - 1];
    const gap = node.pos === null ? '' : picture.prompt[picture.places.indexOf(node.pos)].match(/^\s*/)[0];
    const span = el('span', { 'data-node': n, role: 'button', tabindex: '-1' });
    setText(span, gap + plain(node.text));
    return span;
  }

  function dress(span, n) {
    const node = picture.nodes[n - 1];
    span.className = `pg-gen-step${node.repeat ? ' pg-repeat' : ''}${node.special ? ' pg-special' : ''}${n === picture.at ? ' pg-at' : ''}`;
    span.title = `could have been ${node.alternatives.map(([label, p]) => `${shorten(label, 12)} ${percent(p)}`).join(', ')}`;
    Playground.tint(span, amount(n));
  }

  /** What stands in the story: pieces of the prompt, written tokens in their places, and the end. */
  function drawStory() {
    const path = tree.path(picture.tip);
    const filled = new Map(path.filter((n) => picture.nodes[n - 1].pos !== null).map((n) => [picture.nodes[n - 1].pos, n]));
    const old = spans;
    spans = new Map();
    const stepOf = (n) => {
      const kept = old.get(n);
      const span = kept && kept.pgNode === picture.nodes[n - 1] ? kept : newStep(n);
      span.pgNode = picture.nodes[n - 1];
      spans.set(n, span);
      dress(span, n);
      return span;
    };
    const pieces = picture.places.length
      ? picture.prompt.map((piece, i) => (filled.has(picture.places[i]) ? stepOf(filled.get(picture.places[i])) : promptPiece(piece, picture.places[i])))
      : [el('span', { class: 'pg-gen-prompt', text: picture.prompt.map(plain).join('') })];
    const written = el('span', { class: 'pg-gen-steps' }, ...(picture.places.length ? [] : path.map(stepOf)));
    text.replaceChildren(...pieces, written, end());
  }

  /** A piece of an encoder's text; the mask that is filled next is marked. */
  function promptPiece(piece, pos) {
    if (pos !== picture.mask) return el('span', { class: 'pg-gen-prompt', text: piece });
    const [gap] = piece.match(/^\s*/);
    return el('span', { class: 'pg-gen-prompt' }, gap, el('span', {
      class: `pg-gen-next pg-gen-mask${picture.at === 0 ? ' pg-at' : ''}`, 'data-node': 0, role: 'button', tabindex: '0', text: piece.slice(gap.length), title: 'The mask that is filled next',
    }));
  }

  /** Behind the text: what comes next, where something can. An encoder writes in the places of its masks. */
  function end() {
    if (picture.places.length || !picture.open) return '';
    if (picture.running) return el('span', { class: 'pg-caret', 'aria-hidden': 'true' });
    return el('button', {
      type: 'button', class: `pg-gen-next${picture.at === 0 ? ' pg-at' : ''}`, 'data-node': 0, text: '?', title: 'What comes next', 'aria-label': 'What comes next',
    });
  }

  const nodeOf = (event) => {
    const span = event.target.closest('[data-node]');
    return span ? Number(span.dataset.node) : null;
  };
  text.addEventListener('click', (event) => {
    const node = nodeOf(event);
    if (node !== null) pick(node ? tree.go(node) : tree.look(0));
  });
  text.addEventListener('pointerover', (event) => say(nodeOf(event)));
  text.addEventListener('pointerleave', () => say(null));
  text.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const path = [...tree.path(picture.tip), ...(picture.open ? [0] : [])];
    const next = path[path.indexOf(picture.at) + step];
    if (next !== undefined) pick(tree.look(next));
    event.preventDefault();
  });

  // ---- what could stand there ----------------------------------------------------------------------------------------

  /** The figures of a token, the one under the pointer first. */
  function say(hovered) {
    const n = hovered || picture.at;
    const node = n ? picture.nodes[n - 1] : null;
    if (!node) {
      setText(facts, '');
      return;
    }
    setText(facts, `“${shorten(node.text, 20)}” ${percent(node.p)} · rank ${node.rank} · surprisal ${Playground.sig(node.surprisal_bits)} bits · uncertainty ${Playground.sig(node.entropy_bits)} bits · ${tree.said(n)}`);
  }

  const newBar = () => el('li', { class: 'pg-bar-row', role: 'button' }, el('span', { class: 'pg-bar-label', dir: 'auto' }),
    el('span', { class: 'pg-bar-track' }, el('span', { class: 'pg-bar-before' }), el('span', { class: 'pg-bar-fill' })), el('span', { class: 'pg-bar-value' }));

  function fillBar(row, bar) {
    const [label, track, value] = row.children;
    const [before, fill] = track.children;
    const width = (x) => `${Math.max(0, Math.min(100, (100 * x) / picture.place.full))}%`;
    setText(label, bar.label);
    const cut = bar.state === 'cut' || (bar.value === 0 && bar.before > 0);
    setText(value, cut ? 'cut' : percent(bar.value));
    fill.style.width = width(bar.value);
    before.style.width = width(bar.before);
    row.className = `pg-bar-row pg-${bar.state}${bar.token_id === null ? '' : ' pg-pickable'}`;
    row.tabIndex = bar.token_id === null ? -1 : 0;
    row.title = [bar.label, `with the settings ${bar.value}`, `the model's own ${bar.before}`, bar.token_id === null ? null : `id ${bar.token_id}`, bar.note].filter(Boolean).join(' · ');
  }

  function drawPlace() {
    const { place } = picture;
    aside.classList.toggle('pg-blank', place === null);
    setText(heading, place ? place.title : 'Nothing can follow here');
    const shown = place ? place.bars : [];
    while (bars.children.length > shown.length) bars.lastChild.remove();
    shown.forEach((bar, i) => {
      if (!bars.children[i]) bars.append(newBar());
      fillBar(bars.children[i], bar);
    });
    hint.hidden = place === null || picture.running;
    say(null);
  }

  function takeBar(event) {
    const row = event.target.closest('.pg-bar-row');
    if (!row || !picture.place) return;
    const bar = picture.place.bars[Array.from(bars.children).indexOf(row)];
    if (bar && bar.token_id !== null) pick(tree.take(picture.at ? tree.parentOf(picture.at) : picture.tip, bar.token_id));
  }
  bars.addEventListener('click', takeBar);
  bars.addEventListener('keydown', (event) => { if (event.key === 'Enter') takeBar(event); });

  // ---- the whole -----------------------------------------------------------------------------------------------------

  const told = () => plain(picture.prompt.join('')) + tree.path(picture.tip).map((n) => plain(picture.nodes[n - 1].text)).join('');
  copy.addEventListener('click', () => Playground.copyText(picture.places.length ? text.textContent : told()));
  clear.addEventListener('click', () => pick({ tree: '' }));

  function drawTree() {
    const { texts } = picture;
    below.hidden = texts.length === 0;
    setText(below.firstChild, texts.length === 1 ? 'The text, token by token' : `${texts.length} texts from this prompt`);
    const words = (lane) => shorten(lane.own.slice(0, 8).map((n) => plain(picture.nodes[n - 1].text)).join(picture.places.length ? ' ' : '').replace(/\s+/g, ' ').trim(), 26);
    lanes.draw(picture, tree, amount, words);
  }

  /** A short story stands in large type; the bars share the height that is left beside it. */
  function arrange() {
    const unit = Playground.unit();
    const { width, height } = panel.room;
    const narrow = width < 760;
    const rows = Math.max(bars.children.length, 1);
    const above = narrow ? height : height - (picture.texts.length ? Math.min(picture.texts.length, 5) * 2.1 * unit + 4 * unit : 0);
    const column = narrow ? width : width * 0.6;
    const size = Math.sqrt((0.72 * Math.max(above, 12 * unit) * column) / Math.max(text.textContent.length, 60) / 1.1);
    host.style.setProperty('--pg-story', `${Math.max(1.3 * unit, Math.min(2.4 * unit, size))}px`);
    host.style.setProperty('--pg-bar', `${Math.max(1.75 * unit, Math.min((narrow ? 2.1 : 3.2) * unit, (above - 8 * unit) / rows))}px`);
    host.style.setProperty('--pg-above', `${Math.max(0, above)}px`);
    drawTree();
  }

  return {
    resize: arrange,
    draw(next) {
      picture = next;
      tree = Playground.writingTree(picture);
      setText(legend.firstChild, picture.legend[0]);
      setText(legend.lastChild, picture.legend[1]);
      copy.hidden = clear.hidden = picture.running || picture.nodes.length === 0;
      drawStory();
      drawPlace();
      arrange();
    },
  };
};

/* The guess from less and less context, how long an exchanged word is felt, and the one state of a recurrent network. */
'use strict';

/**
 * @typedef {Object} ContextPicture playground/views/pictures/context.py
 * @property {string[]} tokens
 * @property {number} first position of the first of them
 * @property {number} pos
 * @property {string} target
 * @property {{length: number, p: number, rank: number, guess: string, guess_p: number, mean_bits: number?}[]} rows
 * @property {number} changed
 * @property {string[]} others
 * @property {Float32Array} bits from the exchanged token to the end
 * @property {Float32Array} attention
 * @property {Float32Array} network_bits empty where there is no network
 * @property {Float32Array} state_left
 * @property {Uint8Array} states (tokens, numbers of the state), 0 for −1, 255 for 1
 * @property {Uint8Array} state_changes (tokens from the exchanged one on, numbers of the state)
 */

Playground.kinds.context = (host, panel) => {
  const { el, setText, percent, sig, shorten } = Playground;
  const heading = el('h4', { class: 'pg-part', dir: 'auto' });
  const step = (way, text, hint) => el('button', { type: 'button', class: 'pg-context-step', 'data-way': way, text, title: hint });
  const back = step('back', '‹ one token earlier', 'Look at the guess of the token before');
  const on = step('on', 'one later ›', 'Look at the guess of the token behind');
  const rows = el('div', { class: 'pg-context-rows' });
  const second = el('h4', { class: 'pg-part', dir: 'auto' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const memory = el('p', { class: 'pg-context-memory' });
  const after = Playground.contextAfter({ choose: (pos) => panel.pick({ changed: pos }), point });
  host.replaceChildren(el('div', { class: 'pg-context-head' }, heading, back, on), rows, second, after.node, readout, memory);
  /** @type {ContextPicture} */
  let picture = null;

  const plain = (shown) => shown.replace(/␣/g, ' ').replace(/[↵⏎]/g, '¶').replace(/⇥/g, ' ');
  const token = (pos) => picture.tokens[pos - picture.first];
  const end = () => picture.first + picture.tokens.length - 1;
  const said = (text) => `“${shorten(text, 18)}”`;

  function title(text) {
    return el('span', { class: 'pg-context-column', text });
  }

  function seen(row) {
    const line = el('div', { class: 'pg-context-seen', title: `${row.length} in view` });
    for (let pos = picture.first; pos <= picture.pos; pos++) {
      const shown = picture.pos - pos < row.length;
      line.append(el('bdi', { class: shown ? 'pg-seen' : null, 'data-pos': pos, text: plain(token(pos)) }));
    }
    return line;
  }

  function drawRows() {
    const { target, pos } = picture;
    const last = pos === end();
    const means = picture.rows.some((row) => row.mean_bits !== null);
    const largest = Math.max(1e-9, ...picture.rows.map((row) => row.mean_bits || 0));
    const [place, n] = [pos - picture.first + 1, picture.tokens.length];
    setText(heading, `After ${said(token(pos))}, token ${place} of ${n}, ${last ? 'the model’s own next token is' : 'the text goes on with'} ${said(target)}. How probable is that, with more and more in view?`);
    back.disabled = pos <= picture.first;
    on.disabled = last;
    rows.classList.toggle('pg-means', means);
    const head = [title('in view'), title('what the model reads'), title(`probability of ${said(target)}`), title('first guess'), ...(means ? [title('whole text, mean surprise')] : [])];
    rows.replaceChildren(...head, ...picture.rows.flatMap((row) => {
      const fill = el('span', { class: 'pg-bar-fill' });
      fill.style.width = `${100 * row.p}%`;
      const bar = el('div', { class: 'pg-context-bar', title: `probability ${row.p}, rank ${row.rank}` }, el('span', { class: 'pg-bar-track' }, fill), el('span', { text: percent(row.p) }));
      const guess = el('div', { class: 'pg-context-guess', title: `${row.guess}: ${Playground.share(row.guess_p)}` },
        el('bdi', { text: shorten(row.guess, 12) }), el('span', { text: percent(row.guess_p) }));
      guess.classList.toggle('pg-right', row.rank === 1);
      const cells = [el('span', { class: 'pg-context-length', text: String(row.length) }), seen(row), bar, guess];
      if (means) cells.push(mean(row, largest));
      return cells;
    }));
  }

  function mean(row, largest) {
    const none = row.mean_bits === null;
    const fill = el('span', { class: 'pg-bar-fill' });
    fill.style.width = none ? '0' : `${(100 * row.mean_bits) / largest}%`;
    return el('div', { class: 'pg-context-bar pg-context-mean', 'data-none': none, title: none ? '' : `${row.mean_bits} bits` }, el('span', { class: 'pg-bar-track' }, fill), el('span', { text: none ? '' : `${sig(row.mean_bits)} bits` }));
  }

  rows.addEventListener('click', (event) => {
    const chosen = event.target.closest('[data-pos]');
    if (chosen) panel.pick({ pos: Number(chosen.dataset.pos) });
  });
  rows.addEventListener('pointerover', (event) => {
    const pointed = event.target.closest('[data-pos]');
    Playground.hover(pointed ? Number(pointed.dataset.pos) : null);
  });
  rows.addEventListener('pointerleave', () => Playground.hover(null));
  back.addEventListener('click', () => panel.pick({ pos: picture.pos - 1 }));
  on.addEventListener('click', () => panel.pick({ pos: picture.pos + 1 }));

  function point(pos) {
    Playground.hover(pos);
    tell(pos);
  }

  function tell(pos) {
    const { changed, others, bits, attention, network_bits: theirs, state_left: left } = picture;
    const word = said(token(changed));
    if (pos === null) {
      setText(readout, `${word} exchanged for ${others.map((other) => shorten(other, 12)).join(', ')} in turn; means over these. Point at a column for its numbers, choose another word to exchange it.`);
      return;
    }
    const k = pos - changed;
    if (k < 0) {
      setText(readout, `${said(token(pos))} stands before ${word}: nothing changes there.`);
      return;
    }
    const network = theirs.length ? ` · recurrent network ${sig(theirs[k])} bits, ${percent(left[k])} of its state’s change left` : '';
    setText(readout, `${k ? `${k} later, after ${said(token(pos))}` : `At ${word} itself`}: transformer ${sig(bits[k])} bits · largest attention to it ${percent(attention[k])}${network}`);
  }

  function arrange() {
    const { width } = panel.room;
    const means = picture.rows.some((row) => row.mean_bits !== null);
    host.classList.toggle('pg-context-narrow', width < (means ? 62 : 52) * Playground.unit());
    after.fit(width);
  }

  return {
    resize: arrange,
    draw(next) {
      picture = next;
      const [, size] = picture.states.shape;
      drawRows();
      setText(second, `${said(token(picture.changed))} is exchanged: how long is it felt?`);
      after.draw(picture);
      arrange();
      after.reveal();
      setText(memory, size ? `Each square is all that the recurrent network remembers after that token: one state of ${size} numbers (blue below 0, vermilion above), made from the one before it and the token. Below, how much of it the exchange has changed. `
        + 'The framed one is all that a recurrent decoder would be handed of this text; the decoder of a transformer looks back at every token.' : '');
      memory.hidden = !size;
      tell(null);
    },
    hover: (pos) => after.mark(pos),
  };
};

/* Why a text was split as it was: the stages before, and one word spelled step by step on a wall of bricks.
 *
 * Each brick knows from which step on it stands; all that a step changes is which bricks are to be seen.
 */
'use strict';

/**
 * @typedef {Object} SplitPicture playground/views/pictures/split.py
 * @property {{stop: string, title: string, said: string, chips: {text: string, note: string, special: boolean, pos: ?number}[]}[]} lines
 * @property {number} word
 * @property {number} cells
 * @property {number} rows
 * @property {{row: number, start: number, end: number, text: string, detail: string, note: string, since: number, role: string, final: boolean}[]} bricks
 * @property {{stop: string, title: string, sentence: string, options: {text: string, number: string, taken: boolean}[], more: string}[]} steps
 * @property {number} at
 * @property {{text: string, token_id: number, pos: number, tint: number}[]} tokens
 * @property {?number} pos
 * @property {string} question
 * @property {string} hint
 * @property {string} badge
 */

Playground.kinds.split = (host, panel) => {
  const { el, setText, shorten } = Playground;
  const PACE_MS = 1600;
  const STOPS = { text: 'Text', normal: 'Normalised', words: 'Words', spell: 'Spelling', tokens: 'Tokens' };

  const lines = el('div', { class: 'pg-sp-lines' });
  const button = (text, label) => el('button', { type: 'button', class: 'pg-sp-button', 'aria-label': label, text });
  const back = button('‹', 'One step back');
  const play = button('Play', 'Walk through the steps by itself');
  const next = button('›', 'One step on');
  const stops = el('div', { class: 'pg-sp-stops', role: 'group', 'aria-label': 'Jump to' });
  const slider = el('input', { type: 'range', class: 'pg-sp-slider', min: '0', step: '1', 'aria-label': 'Step' });
  const which = el('span', { class: 'pg-sp-which' });
  const bar = el('div', { class: 'pg-sp-bar' }, back, play, next, stops, slider, which);
  const title = el('h4');
  const sentence = el('p', { 'aria-live': 'polite' });
  const question = el('span', { class: 'pg-sp-question' });
  const options = el('div', { class: 'pg-sp-options' });
  const told = el('div', { class: 'pg-sp-told' }, el('div', {}, title, sentence), options);
  const wall = el('div', { class: 'pg-sp-wall' });
  const frame = el('div', { class: 'pg-frame-scroll pg-sp-frame', tabindex: '0', role: 'group', 'aria-label': 'The word, piece by piece. Left and right arrow: step.' }, wall);
  Playground.fade(frame);
  const tokens = el('div', { class: 'pg-sp-tokens' });
  const readout = el('p', { class: 'pg-readout' });
  const badge = el('span', { class: 'pg-sp-badge' });
  host.replaceChildren(lines, bar, told, frame, tokens, el('div', { class: 'pg-part-row' }, readout, badge));

  let picture = null;
  let at = 0; // the step, at once when it is chosen
  let timer = null;
  const drawn = { lines: null, bricks: null, steps: null, tokens: null };

  const stop = () => { window.clearInterval(timer); timer = null; setText(play, 'Play'); };

  /** Goes to a step at once; the page hears of it, so that a link leads back to it. */
  function go(to) {
    if (to < 0 || to >= picture.steps.length || to === at) return;
    const last = picture.steps.length - 1;
    const ends = at === last || to === last;
    at = to;
    paintStep();
    if (ends) arrange();
    panel.pick({ step: to === picture.steps.length - 1 ? -1 : to });
  }

  back.addEventListener('click', () => { stop(); go(at - 1); });
  next.addEventListener('click', () => { stop(); go(at + 1); });
  slider.addEventListener('input', () => { stop(); go(Number(slider.value)); });
  play.addEventListener('click', () => {
    if (timer) { stop(); return; }
    setText(play, 'Pause');
    go(at === picture.steps.length - 1 ? 0 : at + 1);
    timer = window.setInterval(() => {
      if (at < picture.steps.length - 1 && host.isConnected && host.offsetParent) go(at + 1); else stop();
    }, PACE_MS);
  });
  frame.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    stop();
    go(at + by);
    event.preventDefault();
  });

  /** White space and bytes in a quieter ink. */
  function write(node, text) {
    for (const part of String(text).split(/([␣↵⇥␍⍽]+|⟨[^⟩]*⟩)/u)) {
      if (part) node.append(/^[␣↵⇥␍⍽⟨]/u.test(part) ? el('span', { class: 'pg-sp-quiet', text: part }) : part);
    }
    return node;
  }

  function chip(line, given, i) {
    const can = given.pos !== null;
    const node = write(el(can ? 'button' : 'span', { type: can ? 'button' : null, class: `pg-sp-chip${given.special ? ' pg-sp-special' : ''}`, dir: 'auto', title: given.note || null }), given.text);
    if (line.stop === 'words') node.dataset.word = String(i);
    if (can) node.addEventListener('click', () => { stop(); panel.pick({ pos: given.pos, step: -1 }); });
    return node;
  }

  function drawLines() {
    if (drawn.lines === picture.lines) return;
    drawn.lines = picture.lines;
    lines.replaceChildren(...picture.lines.map((line) => el('div', { class: 'pg-sp-line', 'data-stop': line.stop },
      el('b', { class: 'pg-sp-name', title: line.said, text: line.title }),
      line.chips.length ? el('div', { class: 'pg-sp-chips' }, ...line.chips.map((given, i) => chip(line, given, i))) : el('div', { class: 'pg-sp-same', text: line.said }))));
  }

  function markWord() {
    for (const node of lines.querySelectorAll('[data-word]')) {
      const on = Number(node.dataset.word) === picture.word;
      node.classList.toggle('pg-sp-on', on);
      if (node.tagName === 'BUTTON') node.setAttribute('aria-pressed', String(on));
      const row = node.parentElement;
      if (on && (node.offsetTop < row.scrollTop || node.offsetTop + node.offsetHeight > row.scrollTop + row.clientHeight)) row.scrollTop = node.offsetTop - row.clientHeight / 2;
    }
  }

  function drawWall() {
    if (drawn.bricks === picture.bricks) return;
    drawn.bricks = picture.bricks;
    wall.replaceChildren(...picture.bricks.map((brick) => {
      const node = el('div', { class: `pg-sp-brick pg-sp-${brick.role}`, title: brick.note, 'data-since': brick.since }, write(el('span', { class: 'pg-sp-text', dir: 'auto' }), brick.text));
      if (brick.detail) node.append(el('span', { class: 'pg-sp-detail', text: brick.detail }));
      node.classList.toggle('pg-sp-final', brick.final);
      node.style.gridArea = `${brick.row + 1} / ${brick.start + 1} / ${brick.row + 2} / ${brick.end + 1}`;
      node.addEventListener('pointerenter', () => setText(readout, brick.note));
      node.addEventListener('pointerleave', () => setText(readout, picture.hint));
      return node;
    }));
  }

  /** At the end what was looked up in vain goes, and the pieces that were found come together in one row. */
  const gathered = () => at === picture.steps.length - 1 && picture.bricks.some((brick) => brick.role === 'tried') && picture.bricks.some((brick) => brick.final);

  /** Cells as wide as the room allows, but wide enough for what stands in them; a long word scrolls in its frame. */
  function arrange() {
    if (!picture) return;
    const unit = Playground.unit();
    const together = gathered();
    wall.classList.toggle('pg-sp-gathered', together);
    picture.bricks.forEach((brick, i) => { wall.children[i].style.gridRow = together && brick.role !== 'cell' ? '2' : String(brick.row + 1); });
    const rows = together ? 2 : picture.rows;
    const longest = Math.max(1.5, ...picture.bricks.map((brick) => (
      Math.max(0.73 * Array.from(brick.text).length + 0.22, 0.5 * brick.detail.length + 0.1) / (brick.end - brick.start))));
    const least = Math.min(9, longest) * unit;
    const wide = Math.min(Math.max(least, 4.6 * unit), Math.max(least, (panel.room.width - 4) / picture.cells - 2));
    wall.style.gridTemplateColumns = `repeat(${picture.cells}, ${Math.floor(wide)}px)`;
    const used = lines.offsetHeight + bar.offsetHeight + told.offsetHeight + tokens.offsetHeight + 6 * unit;
    const room = Math.max(14 * unit, panel.room.height - used);
    const tall = Math.max(1.5, Math.min(3, (room / rows - 3) / unit));
    wall.style.setProperty('--tall', `${tall * unit}px`);
    wall.classList.toggle('pg-sp-low', tall < 2.5);
    wall.style.gridTemplateRows = `repeat(${rows}, var(--tall))`;
    frame.style.maxHeight = `${Math.max(room + unit, 26 * unit)}px`;
  }

  function drawStops() {
    if (drawn.steps === picture.steps) return;
    drawn.steps = picture.steps;
    slider.max = String(picture.steps.length - 1);
    stops.replaceChildren(...Object.keys(STOPS).map((name) => {
      const node = el('button', { type: 'button', class: 'pg-sp-stop', 'data-stop': name, text: STOPS[name] });
      node.addEventListener('click', () => { stop(); go(picture.steps.findIndex((step) => step.stop === name)); });
      return node;
    }));
  }

  function drawTokens() {
    if (drawn.tokens === picture.tokens) return;
    drawn.tokens = picture.tokens;
    tokens.replaceChildren(...picture.tokens.map((token) => {
      const node = el('button', { type: 'button', class: `pg-sp-token pg-sp-tint-${token.tint}`, 'data-pos': token.pos, title: `token ${token.pos}: ${token.text}, id ${token.token_id}` },
        write(el('span', { dir: 'auto' }), shorten(token.text, 30)), el('small', { text: String(token.token_id) }));
      node.addEventListener('click', () => panel.pick({ pos: token.pos }));
      node.addEventListener('pointerenter', () => Playground.hover(token.pos));
      node.addEventListener('pointerleave', () => Playground.hover(null));
      return node;
    }));
  }

  function markToken() {
    for (const node of tokens.children) node.classList.toggle('pg-sp-on', Number(node.dataset.pos) === picture.pos);
  }

  function drawOptions(step) {
    options.hidden = step.options.length === 0;
    told.classList.toggle('pg-sp-alone', options.hidden);
    setText(question, picture.question);
    options.replaceChildren(question, ...step.options.map((option) => el('span', { class: option.taken ? 'pg-sp-option pg-sp-on' : 'pg-sp-option' },
      write(el('b', { dir: 'auto' }), shorten(option.text, 24)), el('span', { text: option.number }))));
    if (step.more) options.append(el('span', { class: 'pg-sp-question', text: step.more }));
  }

  /** What stands at the step, and what is new in it. */
  function paintStep() {
    const step = picture.steps[at];
    const last = picture.steps.length - 1;
    setText(title, step.title);
    setText(sentence, step.sentence);
    drawOptions(step);
    slider.value = String(at);
    setText(which, `step ${at + 1} of ${last + 1}`);
    back.disabled = at === 0;
    next.disabled = at === last;
    host.dataset.stop = step.stop;
    const names = Object.keys(STOPS);
    for (const node of stops.children) {
      node.classList.toggle('pg-sp-on', node.dataset.stop === step.stop);
      node.classList.toggle('pg-sp-past', names.indexOf(node.dataset.stop) < names.indexOf(step.stop));
    }
    for (const node of lines.children) {
      node.classList.toggle('pg-sp-later', names.indexOf(node.dataset.stop) > names.indexOf(step.stop));
      node.classList.toggle('pg-sp-now', node.dataset.stop === step.stop);
    }
    wall.classList.toggle('pg-sp-done', at === last);
    let fresh = null;
    picture.bricks.forEach((brick, i) => {
      const node = wall.children[i];
      node.classList.toggle('pg-sp-later', brick.since > at);
      node.classList.toggle('pg-sp-now', brick.since === at && at < last);
      if (brick.since === at && (!fresh || brick.role === 'win')) fresh = node;
    });
    tokens.classList.toggle('pg-sp-later', at < last);
    if (fresh) follow(fresh);
  }

  /** Keeps what is new in the frame of a long word. */
  function follow(node) {
    const { offsetLeft: left, offsetTop: top } = node;
    if (left < frame.scrollLeft || left + node.offsetWidth > frame.scrollLeft + frame.clientWidth) frame.scrollLeft = left + node.offsetWidth / 2 - frame.clientWidth / 2;
    if (top < frame.scrollTop || top + node.offsetHeight > frame.scrollTop + frame.clientHeight) frame.scrollTop = top - frame.clientHeight / 2;
  }

  return {
    draw(given) {
      picture = given;
      ({ at } = picture);
      drawLines();
      drawStops();
      drawWall();
      drawTokens();
      markWord();
      markToken();
      setText(badge, picture.badge);
      setText(readout, picture.hint);
      paintStep();
      arrange();
    },
    resize: arrange,
    hover(pos) {
      for (const node of tokens.children) node.classList.toggle('pg-sp-hover', Number(node.dataset.pos) === pos);
    },
    remove: stop,
  };
};

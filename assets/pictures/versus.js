/* Texts of two to four settings side by side: each with its uncertainty along the way, its figures, and where it parts. */
'use strict';

/**
 * @typedef {{text: string, special: boolean, p: number, rank: number, entropy_bits: number, repeat: boolean}} VersusToken
 * @typedef {{name: string, value: number?, mean: number?, low: number?, high: number?, share: boolean}} VersusFigure
 * @typedef {{title: string, said: string, first: [string, number][], tokens: VersusToken[], differs: number?,
 *            figures: VersusFigure[], ended: string}} Contender
 * @typedef {Object} VersusPicture playground/views/pictures/versus.py
 * @property {string[]} prompt
 * @property {Contender[]} contenders
 * @property {number} full_bits
 * @property {number?} running
 * @property {{best: number[], finished: [string, number][], num_beams: number, length_penalty: number}?} beams
 * @property {{parent: number?, depth: number, row: number, text: string, log_prob: number, score: number, fate: string}[]} dots
 */

Playground.kinds.versus = (host, panel) => {
  const { el, setText, percent, sig } = Playground;
  const columns = el('div', { class: 'pg-versus' });
  const beams = Playground.versusBeams();
  const legend = Playground.legend('uncertainty 0 bits', '');
  const readout = el('p', { class: 'pg-readout' });
  host.replaceChildren(columns, el('div', { class: 'pg-legend-row' }, readout, legend), beams.root);
  /** @type {VersusPicture} */
  let picture = null;

  const plain = (shown) => shown.replace(/␣/g, ' ').replace(/[↵⏎]/g, '\n').replace(/⇥/g, '\t');

  const newColumn = () => el('section', { class: 'pg-versus-column' },
    el('h4', { class: 'pg-part' }, el('b'), el('span')),
    el('div', { class: 'pg-gen-text pg-versus-text', dir: 'auto' }),
    el('div', { class: 'pg-versus-spark', 'aria-hidden': 'true' }),
    el('dl', { class: 'pg-versus-figures' }),
    el('p', { class: 'pg-notes' }));

  function textOf(contender, running) {
    const parts = [el('span', { class: 'pg-gen-prompt', text: picture.prompt.map(plain).join('') })];
    contender.tokens.forEach((token, i) => {
      const marked = contender.differs === i ? ' pg-parts' : '';
      const span = el('span', { class: `pg-gen-step${token.repeat ? ' pg-repeat' : ''}${token.special ? ' pg-special' : ''}${marked}`, 'data-token': i, text: plain(token.text), title: `probability ${percent(token.p)}, rank ${token.rank}` });
      Playground.tint(span, Math.min(1, token.entropy_bits / picture.full_bits));
      parts.push(span);
    });
    if (running) parts.push(el('span', { class: 'pg-caret', 'aria-hidden': 'true' }));
    return parts;
  }

  function firstBar(word, p) {
    const bar = el('span', { class: 'pg-bar-fill' });
    bar.style.width = `${100 * p}%`;
    return el('span', { class: 'pg-versus-first' }, el('b', { text: word }), el('span', { class: 'pg-bar-track' }, bar), el('span', { text: percent(p) }));
  }

  /** Before anything is written: what each would draw its first token from. */
  function firstOf(contender) {
    return [el('span', { class: 'pg-gen-prompt', text: picture.prompt.map(plain).join('') }),
      ...contender.first.map(([word, p]) => firstBar(word, p))];
  }

  function sparkOf(contender) {
    return contender.tokens.map((token, i) => {
      const bar = el('i', { 'data-token': i });
      bar.style.height = `${Math.max(3, Math.min(100, (100 * token.entropy_bits) / picture.full_bits))}%`;
      if (contender.differs === i) bar.className = 'pg-parts';
      return bar;
    });
  }

  const number = (figure, value) => (value === null ? '–' : figure.share ? percent(value) : Number.isInteger(value) || value >= 1000 ? Math.round(value).toLocaleString('en') : sig(value));

  function figuresOf(contender) {
    return contender.figures.flatMap((figure) => {
      const many = figure.mean === null ? '' : `${number(figure, figure.mean)} (${number(figure, figure.low)}–${number(figure, figure.high)})`;
      const said = figure.name === 'different texts' ? `${figure.mean} of ${figure.high}` : figure.value === null ? many : number(figure, figure.value);
      return [el('dt', { text: figure.name }), el('dd', { text: said }), el('dd', { class: 'pg-versus-many', text: figure.value === null ? '' : many })];
    });
  }

  function fill(column, contender, running) {
    const [head, text, spark, figures, ended] = column.children;
    setText(head.children[0], contender.title);
    setText(head.children[1], contender.said);
    head.title = `its first token: ${contender.first.map(([word, p]) => `${word} ${percent(p)}`).join(', ')}`;
    text.replaceChildren(...(contender.tokens.length || running ? textOf(contender, running) : firstOf(contender)));
    spark.replaceChildren(...sparkOf(contender));
    spark.hidden = figures.hidden = contender.tokens.length === 0 && contender.figures.every((figure) => figure.mean === null);
    figures.replaceChildren(...figuresOf(contender));
    setText(ended, contender.ended || (contender.tokens.length || running ? '' : 'What its first token is drawn from.'));
  }

  columns.addEventListener('pointerover', (event) => {
    const node = event.target.closest('[data-token]');
    if (!node) return;
    const contender = picture.contenders[Array.from(columns.children).indexOf(node.closest('.pg-versus-column'))];
    const i = Number(node.dataset.token);
    const token = contender.tokens[i];
    setText(readout, `${contender.title}, token ${i + 1} “${Playground.shorten(token.text, 16)}”: probability ${percent(token.p)}, rank ${token.rank}, uncertainty ${sig(token.entropy_bits)} bits`);
  });

  function arrange() {
    const unit = Playground.unit();
    const { width } = panel.room;
    const n = picture.contenders.length;
    const longest = Math.max(...Array.from(columns.querySelectorAll('.pg-versus-text'), (node) => node.textContent.length), 60);
    const each = width < 620 ? width : width / (width < 900 && n > 2 ? 2 : n);
    const size = Math.sqrt((16 * unit * each) / longest / 1.1);
    columns.style.setProperty('--n', String(width < 620 ? 1 : width < 900 && n > 2 ? 2 : n));
    host.style.setProperty('--pg-story', `${Math.max(1.15 * unit, Math.min(1.9 * unit, size))}px`);
  }

  return {
    resize: arrange,
    draw(next) {
      picture = next;
      while (columns.children.length > picture.contenders.length) columns.lastChild.remove();
      picture.contenders.forEach((contender, i) => {
        if (!columns.children[i]) columns.append(newColumn());
        fill(columns.children[i], contender, picture.running === i);
      });
      setText(legend.lastChild, `${picture.full_bits} bits`);
      setText(readout, '');
      beams.draw(picture);
      arrange();
    },
  };
};

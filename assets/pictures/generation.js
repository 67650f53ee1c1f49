/* Text as it is generated: each new token tinted by how probable it was; the number under the pointer. */
'use strict';

/**
 * @typedef {{text: string, token_id: number, special: boolean, p: number, p_drawn: number, rank: number, entropy_bits: number,
 *            repeat: boolean, alternatives: [string, number][]}} Written
 * @typedef {Object} GenerationPicture playground/views/pictures/generation.py
 * @property {string[]} prompt
 * @property {Written[]} steps
 * @property {boolean} running
 * @property {'end token'|'max new tokens'|'cancelled'|'context window'|null} ended_by
 */

Playground.kinds.generation = (host, panel) => {
  const { el, setText, percent, shorten } = Playground;
  const prompt = el('span', { class: 'pg-gen-prompt' });
  const steps = el('span', { class: 'pg-gen-steps' });
  const caret = el('span', { class: 'pg-caret', 'aria-hidden': 'true' });
  const text = el('div', { class: 'pg-gen-text', dir: 'auto' }, prompt, steps, caret);
  const facts = el('dl', { class: 'pg-gen-facts' });
  const alternatives = el('ol', { class: 'pg-bar-list pg-gen-alternatives' });
  const ended = el('p', { class: 'pg-gen-ended', role: 'status' });
  const legend = el('div', { class: 'pg-legend-row' }, ended, Playground.legend('probability 0 %', '100 %'));
  const heading = el('h4', { class: 'pg-part' });
  const aside = el('section', { class: 'pg-gen-aside' }, heading, alternatives, facts);
  host.replaceChildren(el('div', { class: 'pg-gen' }, el('div', { class: 'pg-gen-story' }, text, legend), aside));

  let picture = null;
  let looked = null;

  /** Running text has real blanks and line breaks where single tokens show signs for them. */
  const plain = (shown) => shown.replace(/␣/g, ' ').replace(/[↵⏎]/g, '\n').replace(/⇥/g, '\t');

  function fillStep(node, step, i) {
    // A stream comes back whole with each new token: what is already there must cost nothing.
    const now = [step.text, step.p, step.repeat, Playground.inkSwitch()].join('|');
    if (node.pgStep === now) return;
    node.pgStep = now;
    node.className = `pg-gen-step${step.repeat ? ' pg-repeat' : ''}${step.special ? ' pg-special' : ''}`;
    setText(node, plain(step.text));
    node.dataset.step = String(i);
    Playground.tint(node, step.p);
  }

  function say() {
    const i = looked === null ? picture.steps.length - 1 : looked;
    const step = picture.steps[i];
    aside.hidden = !step;
    if (!step) {
      alternatives.replaceChildren();
      return;
    }
    setText(heading, `Step ${i + 1}: what could have come`);
    const said = [['token', `${shorten(step.text, 24)} (id ${step.token_id})`], ['probability', Playground.share(step.p)],
      ['drawn with', Playground.share(step.p_drawn)], ['rank', String(step.rank)],
      ['uncertainty', `${Playground.sig(step.entropy_bits)} bits`], ['', step.repeat ? 'repeats four tokens seen before' : '']];
    facts.replaceChildren(...said.flatMap(([name, value]) => [el('dt', { text: name }), el('dd', { text: value, dir: 'auto' })]));
    drawAlternatives(step);
  }

  function drawAlternatives(step) {
    const others = step.alternatives;
    while (alternatives.children.length > others.length) alternatives.lastChild.remove();
    others.forEach(([label, value], k) => {
      if (!alternatives.children[k]) {
        alternatives.append(el('li', { class: 'pg-bar-row' }, el('span', { class: 'pg-bar-label', dir: 'auto' }),
          el('span', { class: 'pg-bar-track' }, el('span', { class: 'pg-bar-fill' })), el('span', { class: 'pg-bar-value' })));
      }
      const row = alternatives.children[k];
      row.className = `pg-bar-row ${label === step.text ? 'pg-chosen' : 'pg-kept'}`;
      row.title = `${label} · ${value}`;
      setText(row.children[0], shorten(label, 20));
      row.children[1].firstChild.style.width = `${100 * value}%`;
      setText(row.children[2], percent(value));
    });
  }

  const WHY = {
    'end token': 'It ended by itself: the model chose its end token.',
    'max new tokens': 'It was cut off: the limit of new tokens was reached.',
    cancelled: 'You stopped it.',
    'context window': 'It was cut off: the context window is full.',
  };

  function look(event) {
    const node = event.target.closest('.pg-gen-step');
    looked = node ? Number(node.dataset.step) : null;
    say();
  }
  text.addEventListener('pointerover', look);
  text.addEventListener('pointerleave', () => { looked = null; say(); });
  text.addEventListener('click', (event) => {
    const node = event.target.closest('.pg-gen-step');
    if (node) panel.pick({ step: Number(node.dataset.step) });
  });

  /** A short story stands in large type. */
  function arrange() {
    const letters = text.textContent.length;
    const { width, height } = panel.room;
    const column = width < 760 ? width : width * 0.62;
    const size = Math.sqrt((0.85 * height * column) / Math.max(letters, 60) / 1.1);
    const unit = Playground.unit();
    host.style.setProperty('--pg-story', `${Math.max(1.45 * unit, Math.min(2.6 * unit, size))}px`);
    const rows = Math.max(alternatives.children.length, 1);
    host.style.setProperty('--pg-bar', `${Math.max(2.1 * unit, Math.min((width < 760 ? 2.4 : 4.4) * unit, (height - 13 * unit) / rows))}px`);
  }

  return {
    resize: arrange,
    draw(next) {
      picture = next;
      setText(prompt, picture.prompt.map(plain).join(''));
      while (steps.children.length > picture.steps.length) steps.lastChild.remove();
      picture.steps.forEach((step, i) => {
        const node = steps.children[i] || el('span');
        fillStep(node, step, i);
        if (!node.parentNode) steps.append(node);
      });
      caret.hidden = !picture.running;
      setText(ended, picture.ended_by ? WHY[picture.ended_by] : picture.running ? 'Writing …' : '');
      say();
      arrange();
    },
  };
};

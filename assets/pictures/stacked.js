/* Bars on one scale, each made of segments; under each bar its parts by name. */
'use strict';

/**
 * @typedef {{label: string, value: number, said: string, role: string}} Segment
 * @typedef {Object} StackedPicture playground/views/pictures/stacked.py
 * @property {{title: string, said: string, segments: Segment[], note: string}[]} bars
 * @property {number} full the number of a bar from edge to edge
 */

Playground.kinds.stacked = (host, panel) => {
  const { el, colour, percent } = Playground;
  const box = el('div', { class: 'pg-stacked' });
  const frame = el('div', { class: 'pg-frame-scroll' }, box);
  host.replaceChildren(frame);
  let picture = null;

  const share = (value) => `${(100 * value) / picture.full}%`;

  function track(bar) {
    const total = bar.segments.reduce((sum, { value }) => sum + value, 0);
    const pieces = bar.segments.map(({ label, value, said, role }) => {
      const piece = el('span', { class: 'pg-stacked-piece', title: `${label}: ${said} (${value.toLocaleString('en')}), ${percent(value / total)}` });
      piece.style.width = share(value);
      piece.style.background = colour(role);
      return piece;
    });
    return el('div', { class: 'pg-stacked-track' }, ...pieces);
  }

  /** The parts of one bar with their colours, numbers and shares. */
  function parts(bar) {
    const total = bar.segments.reduce((sum, { value }) => sum + value, 0);
    return el('ul', { class: 'pg-stacked-parts' }, ...bar.segments.map(({ label, value, said, role }) => {
      const mark = el('span', { class: 'pg-stacked-mark' });
      mark.style.background = colour(role);
      return el('li', { title: value.toLocaleString('en') }, mark, el('span', { text: label }), el('span', { class: 'pg-stacked-said', text: `${said} · ${percent(value / total)}` }));
    }));
  }

  function line(bar) {
    const title = el('span', { class: 'pg-stacked-title', dir: 'auto', text: bar.title }, bar.note ? el('span', { class: 'pg-stacked-note', text: bar.note }) : null);
    const said = el('span', { class: 'pg-stacked-total', text: bar.said });
    return picture.bars.every(({ segments }) => segments.length === 1)
      ? el('div', { class: 'pg-stacked-line' }, title, track(bar), said)
      : el('section', { class: 'pg-stacked-bar' }, el('div', { class: 'pg-part-row' }, title, said), track(bar), parts(bar));
  }

  function arrange() {
    const unit = Playground.unit();
    const lines = picture.bars.every(({ segments }) => segments.length === 1);
    const each = panel.room.height / Math.max(1, picture.bars.length);
    box.style.setProperty('--pg-track', `${Math.max(1.1 * unit, Math.min((picture.bars.length > 1 ? 3.4 : 6) * unit, lines ? 0.6 * each : each - 9 * unit))}px`);
    box.style.setProperty('--pg-line', `${Math.max(1.9 * unit, Math.min(4.6 * unit, each))}px`);
  }

  return {
    draw(next) {
      picture = next;
      box.replaceChildren(...picture.bars.map(line));
      box.classList.toggle('pg-stacked-lines', picture.bars.every(({ segments }) => segments.length === 1));
      arrange();
    },
    resize: arrange,
  };
};

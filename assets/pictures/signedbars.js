/* Named numbers left and right of nought; where they run, each begins where the one before it ended. */
'use strict';

/**
 * @typedef {{label: string, value: number, note: string, role: string, pick: [string, number|string][]}} SignedBar
 * @typedef {Object} SignedBarsPicture playground/views/pictures/signed_bars.py
 * @property {{title: string, bars: SignedBar[]}[]} groups
 * @property {number} full right end of the track
 * @property {number} low left end
 * @property {boolean} running
 * @property {number?} total
 * @property {string} total_label
 * @property {string} unit
 * @property {'signed'|'percent'|'plain'} form
 * @property {[number, number]?} chosen group and index
 * @property {string} badge
 */

Playground.kinds.signedbars = (host, panel) => {
  const { el, setText, sig } = Playground;
  const box = el('ol', { class: 'pg-signed-list' });
  const frame = el('div', { class: 'pg-frame-scroll pg-signed' }, box);
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const badge = el('p', { class: 'pg-signed-badge' });
  host.replaceChildren(frame, el('div', { class: 'pg-part-row' }, readout, badge));

  let picture = null;
  let lines = []; // {row, pick, said} of each bar, from the top down

  /** With as many decimals for every bar, so that they can be compared at a glance; the exact number is below. */
  function signed(x) {
    if (picture.form !== 'signed') return picture.form === 'percent' ? Playground.percent(x) : sig(x);
    const size = Math.floor(Math.log10(Math.max(picture.full, -picture.low)));
    if (size < -2 || size > 5) return `${x > 0 ? '+' : ''}${sig(x)}`;
    const text = Math.abs(x).toFixed(Math.max(0, Math.min(4, 3 - size)));
    return `${Number(text) === 0 ? '' : x > 0 ? '+' : '−'}${text}`;
  }
  const exact = (x) => String(Number(x.toPrecision(7))).replace('-', '−');
  const unit = () => (picture.unit ? ` ${picture.unit}` : '');
  const across = (x) => `${(100 * (x - picture.low)) / (picture.full - picture.low)}%`;

  const newRow = () => el('li', { class: 'pg-signed-row' }, el('span', { class: 'pg-signed-label', dir: 'auto' }),
    el('span', { class: 'pg-signed-track' }, el('span', { class: 'pg-signed-from' }), el('span', { class: 'pg-signed-fill' })),
    el('span', { class: 'pg-signed-value' }));

  function fillRow(row, label, from, to, role) {
    const [name, track, value] = row.children;
    const [start, fill] = track.children;
    setText(name, label);
    setText(value, signed(to - from));
    const colour = role === 'signed' ? (to < from ? 'query' : 'key') : role;
    fill.style.background = `var(--pg-${colour})`;
    fill.style.left = across(Math.min(from, to));
    fill.style.width = `max(1px, ${across(picture.low + Math.abs(to - from))})`;
    start.style.left = across(from);
    start.hidden = !picture.running;
  }

  /** Every row anew: headings, bars, the sum. Elements are kept while their order is the same. */
  function build() {
    let sum = 0;
    lines = [];
    const rows = [];
    const old = new Map(Array.from(box.querySelectorAll('.pg-signed-row'), (row) => [row.dataset.at, row]));
    const rowAt = (at) => { const row = old.get(at) || newRow(); row.dataset.at = at; return row; };
    picture.groups.forEach((group, g) => {
      if (group.title) rows.push(el('li', { class: 'pg-signed-title pg-part', text: group.title }));
      group.bars.forEach((bar, i) => {
        const from = picture.running ? sum : 0;
        const to = from + bar.value;
        sum += bar.value;
        const row = rowAt(`${g}.${i}`);
        const can = bar.pick.length > 0;
        const chosen = Boolean(picture.chosen && picture.chosen[0] === g && picture.chosen[1] === i);
        row.className = `pg-signed-row${can ? ' pg-pickable' : ''}${chosen ? ' pg-chosen' : ''}`;
        row.tabIndex = can ? 0 : -1;
        if (can) row.setAttribute('role', 'button'); else row.removeAttribute('role');
        fillRow(row, bar.label, from, to, bar.role);
        lines.push({ row, pick: can ? Object.fromEntries(bar.pick) : null, said: words(bar, from, to) });
        rows.push(row);
      });
    });
    if (picture.total !== null) {
      const row = rowAt('sum');
      row.className = 'pg-signed-row pg-signed-sum';
      fillRow(row, picture.total_label, 0, picture.total, 'residual');
      row.querySelector('.pg-signed-from').hidden = true;
      lines.push({ row, pick: null, said: `${picture.total_label}: ${exact(picture.total)}${unit()}` });
      rows.push(row);
    }
    box.replaceChildren(...rows);
    box.style.setProperty('--zero', across(0));
    setText(badge, picture.badge);
    badge.hidden = !picture.badge;
  }

  /** Rows share the height there is. */
  function arrange() {
    const size = Playground.unit();
    const titles = picture.groups.filter((group) => group.title).length;
    const each = (panel.room.height - readout.parentNode.offsetHeight - 10 - 2 * size * titles) / Math.max(1, lines.length);
    box.style.setProperty('--pg-signed-row', `${Math.max(1.85 * size, Math.min(3.4 * size, each))}px`);
  }

  function words(bar, from, to) {
    const way = picture.running ? `from ${sig(from)} to ${sig(to)}` : '';
    return [`${bar.label}: ${exact(bar.value)}${unit()}`, way, bar.note].filter(Boolean).join(' · ');
  }

  function say(line) {
    const at = line || lines.find(({ row }) => row.classList.contains('pg-chosen')) || lines[lines.length - 1];
    setText(readout, at ? at.said : '');
  }

  const lineOf = (event) => lines.find(({ row }) => row === event.target.closest('.pg-signed-row'));
  box.addEventListener('pointerover', (event) => say(lineOf(event)));
  box.addEventListener('pointerleave', () => say(null));
  box.addEventListener('focusin', (event) => say(lineOf(event)));
  const pick = (event) => {
    const line = lineOf(event);
    if (line && line.pick) panel.pick(line.pick);
  };
  box.addEventListener('click', pick);
  box.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const able = lines.filter((line) => line.pick);
      const next = able[able.indexOf(lineOf(event)) + step];
      if (next) next.row.focus();
    } else if (event.key === 'Enter' || event.key === ' ') pick(event);
    else return;
    event.preventDefault();
  });

  return {
    draw(next) {
      picture = next;
      build();
      say(null);
      arrange();
    },
    resize: arrange,
  };
};

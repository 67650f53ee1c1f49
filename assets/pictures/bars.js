/* Bars: what stands for what, how much, and how much it was before. Rows are kept, so a changed value only slides. */
'use strict';

/**
 * @typedef {{label: string, value: number, before: number?, state: 'kept'|'cut'|'chosen'|'rest', token_id: number?, note: string}} Bar
 * @typedef {Object} BarsPicture playground/views/pictures/bars.py
 * @property {{title: string, bars: Bar[]}[]} groups side by side
 * @property {number} full value of a full track
 */

Playground.kinds.bars = (host, panel) => {
  const { el, setText } = Playground;
  const box = el('div', { class: 'pg-bars' });
  host.replaceChildren(box);
  let picture = null;

  const newRow = () => el('li', { class: 'pg-bar-row', tabindex: '-1' },
    el('span', { class: 'pg-bar-label', dir: 'auto' }),
    el('span', { class: 'pg-bar-track' }, el('span', { class: 'pg-bar-before' }), el('span', { class: 'pg-bar-fill' })),
    el('span', { class: 'pg-bar-value' }));

  function fillRow(row, bar, full) {
    const [label, track, value] = row.children;
    const [before, fill] = track.children;
    const width = (x) => `${Math.max(0, Math.min(100, (100 * x) / full))}%`;
    setText(label, bar.label);
    const cut = bar.state === 'rest' && bar.value === 0 && bar.before > 0; // none of them is left
    setText(value, cut ? 'cut' : Playground.percent(bar.value));
    fill.style.width = width(bar.value);
    fill.hidden = bar.value === 0;
    const has = bar.before !== null;
    before.hidden = !has;
    if (has) before.style.width = width(bar.before);
    row.className = `pg-bar-row pg-${bar.state}${bar.token_id === null ? '' : ' pg-pickable'}`;
    row.title = [bar.label, `${bar.value}`, has ? `before ${bar.before}` : null, bar.token_id === null ? null : `id ${bar.token_id}`, bar.note].filter(Boolean).join(' · ');
  }

  function fillGroup(node, group) {
    const [title, list] = node.children;
    setText(title, group.title);
    while (list.children.length > group.bars.length) list.lastChild.remove();
    group.bars.forEach((bar, i) => {
      if (!list.children[i]) list.append(newRow());
      fillRow(list.children[i], bar, picture.full);
    });
  }

  box.addEventListener('click', (event) => {
    const row = event.target.closest('.pg-bar-row');
    if (!row) return;
    const group = Array.from(box.children).indexOf(row.closest('.pg-bar-group'));
    const bar = picture.groups[group].bars[Array.from(row.parentNode.children).indexOf(row)];
    if (bar.token_id !== null) panel.pick({ token_id: bar.token_id });
  });

  /** Rows share the height there is. */
  function arrange() {
    const unit = Playground.unit();
    const columns = getComputedStyle(box).gridTemplateColumns.split(' ').length;
    const stacked = picture.groups.length > 1 && columns === 1;
    const rows = Math.max(...picture.groups.map((group) => group.bars.length), 1);
    const each = stacked ? 0 : (panel.room.height / Math.ceil(picture.groups.length / columns) - 2.6 * unit) / rows;
    box.style.setProperty('--pg-bar', `${Math.max(1.9 * unit, Math.min(3.6 * unit, each))}px`);
  }

  return {
    draw(next) {
      picture = next;
      const { groups } = picture;
      while (box.children.length > groups.length) box.lastChild.remove();
      groups.forEach((group, i) => {
        if (!box.children[i]) box.append(el('section', { class: 'pg-bar-group' }, el('h4', { class: 'pg-part' }), el('ol', { class: 'pg-bar-list' })));
        fillGroup(box.children[i], group);
      });
      box.style.setProperty('--groups', String(Math.max(1, groups.length)));
      arrange();
    },
    resize: arrange,
  };
};

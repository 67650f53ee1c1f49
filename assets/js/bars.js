/* Bars: what stands for what, how much, and how much it was before. Rows are kept, so a changed value only slides. */
'use strict';

/**
 * @typedef {{label: string, value: number, before: number?, state: ('kept'|'cut'|'chosen')?, id: number?, note: string?}} Bar
 * @typedef {Object} BarsPicture
 * @property {{title: string, bars: Bar[], rest: Bar?, max: number?}[]} groups side by side; `rest`: all that has no bar
 * @property {string?} unit "%" (the default): values are shares from 0 to 1
 * @property {number?} max value of a full track, in all groups
 * @property {number?} sum
 */

Playground.kinds.bars = (host, panel) => {
  const { el, setText } = Playground;
  const box = el('div', { class: 'pg-bars' });
  const foot = el('p', { class: 'pg-readout' });
  host.replaceChildren(box, foot);
  let picture = null;

  const format = (value) => (picture.unit === '%' || picture.unit === undefined ? Playground.percent(value)
    : `${Playground.sig(value)}${picture.unit ? ` ${picture.unit}` : ''}`);

  const newRow = () => el('li', { class: 'pg-bar-row', tabindex: '-1' },
    el('span', { class: 'pg-bar-label', dir: 'auto' }),
    el('span', { class: 'pg-bar-track' }, el('span', { class: 'pg-bar-before' }), el('span', { class: 'pg-bar-fill' })),
    el('span', { class: 'pg-bar-value' }));

  function fillRow(row, bar, max) {
    const [label, track, value] = row.children;
    const [before, fill] = track.children;
    const width = (x) => `${Math.max(0, Math.min(100, (100 * x) / max))}%`;
    setText(label, bar.label);
    setText(value, format(bar.value));
    fill.style.width = width(bar.value);
    const has = typeof bar.before === 'number';
    before.hidden = !has;
    if (has) before.style.width = width(bar.before);
    row.className = `pg-bar-row pg-${bar.state || 'kept'}`;
    row.title = [bar.label, `${bar.value}`, has ? `before ${bar.before}` : null, bar.id === undefined ? null : `id ${bar.id}`, bar.note].filter(Boolean).join(' · ');
  }

  function fillGroup(node, group, index) {
    const [title, list] = node.children;
    setText(title, group.title || '');
    title.hidden = !group.title;
    const bars = [...(group.bars || [])];
    const rest = group.rest || (index === 0 || picture.groups.length === 1 ? picture.rest : null);
    if (rest) bars.push({ ...rest, state: 'rest' });
    const max = group.max || picture.max || Math.max(1e-12, ...picture.groups.flatMap((g) => (g.bars || []).flatMap((b) => [b.value, b.before || 0])));
    while (list.children.length > bars.length) list.lastChild.remove();
    bars.forEach((bar, i) => {
      if (!list.children[i]) list.append(newRow());
      list.children[i].dataset.index = String(i);
      fillRow(list.children[i], bar, max);
    });
  }

  box.addEventListener('click', (event) => {
    const row = event.target.closest('.pg-bar-row');
    if (!row) return;
    const group = Array.from(box.children).indexOf(row.closest('.pg-bar-group'));
    const index = Number(row.dataset.index);
    const bar = (picture.groups[group].bars || [])[index];
    if (bar) panel.pick({ group, index, id: bar.id === undefined ? null : bar.id });
  });

  return {
    draw(next) {
      picture = next;
      const groups = picture.groups || [];
      while (box.children.length > groups.length) box.lastChild.remove();
      groups.forEach((group, i) => {
        if (!box.children[i]) box.append(el('section', { class: 'pg-bar-group' }, el('h4', { class: 'pg-part' }), el('ol', { class: 'pg-bar-list' })));
        fillGroup(box.children[i], group, i);
      });
      box.style.setProperty('--groups', String(Math.max(1, groups.length)));
      const sum = typeof picture.sum === 'number' ? `All bars together with the rest: ${format(picture.sum)}` : '';
      setText(foot, sum);
      foot.hidden = !sum;
    },
  };
};

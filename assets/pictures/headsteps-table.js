/* The table of a head's steps: a row for each token that is looked at, a column for each step, sums below. */
'use strict';

Playground.headTable = (() => {
  const { el, sig, percent, shorten } = Playground;
  const { largestOf, strip } = Playground.headStrip;
  const NUMBER = 5.2; // units of type
  const SHARE = 6.4;
  const LEAST = 9;

  const exact = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(7))) : 'masked');

  /** How wide each column is: numbers as wide as numbers are, strips share what is left. */
  function widths(parts, width, unit, label) {
    const fixed = parts.map((part) => (part.form === 'strip' ? 0 : (part.form === 'share' ? SHARE : NUMBER) * unit));
    const strips = parts.filter((part) => part.form === 'strip').length;
    const left = width - label - fixed.reduce((a, b) => a + b, 0) - parts.length * 6 - 10;
    const each = Math.max(LEAST * unit, strips ? left / strips : 0);
    return fixed.map((w) => w || Math.floor(each));
  }

  /** A cell of a single number. */
  function number(part, value, largest) {
    const off = !Number.isFinite(value);
    const share = part.form === 'share';
    const cell = el('td', { class: `pg-hs-number${off ? ' pg-hs-masked' : value < 0 ? ' pg-hs-low' : ''}${share ? ' pg-hs-share' : ''}`, title: exact(value), text: off ? '−∞' : share ? percent(value) : sig(value) });
    if (share) Playground.tint(cell, value);
    else cell.style.setProperty('--a', String(off ? 0 : (0.5 * Math.abs(value)) / largest));
    return cell;
  }

  /** The whole table. `pick(key)` chooses a row, `say` is the readout. */
  function draw(picture, width, unit, tall, pick, say) {
    const { parts, shown } = picture;
    const texts = Array.from(shown, (i) => picture.columns[i]);
    const label = Math.min(11, Math.max(5, ...texts.map((text) => Array.from(text).length * 0.72 + 1.2))) * unit;
    const wide = widths(parts, width, unit, label);
    const scales = parts.map((part) => {
      const own = part.form === 'masked' || part.form === 'number' ? Array.from(part.values).filter(Number.isFinite) : part.values;
      return largestOf(own, part.sum.length > 1 ? part.sum : [], part.rest.length > 1 ? part.rest : []);
    });
    const cellClass = (part) => `pg-hs-col pg-hs-of-${part.step}`;
    const head = el('tr', {}, el('th', { class: 'pg-hs-corner', text: picture.cross ? 'source' : 'looked at' }),
      ...parts.map((part, c) => el('th', { scope: 'col', class: `${cellClass(part)}${part.role ? ` pg-hs-${part.role}` : ''}`, style: `width: ${wide[c]}px`, text: part.name })));
    const top = el('tr', { class: 'pg-hs-top' }, el('th', { class: 'pg-hs-query', dir: 'auto', text: `q of ${shorten(picture.rows[picture.pos], 10)}` }),
      ...parts.map((part, c) => (part.top.length
        ? el('td', { class: cellClass(part) }, strip(part.top, wide[c], tall, largestOf(part.top), (i) => `${part.top_name}[${i}] of ${picture.rows[picture.pos]}`, say))
        : el('td', { class: cellClass(part) }))));
    const body = Array.from(shown, (at, r) => {
      const row = el('tr', { 'data-key': at, class: at === picture.key ? 'pg-hs-chosen' : null }, el('th', { scope: 'row', dir: 'auto', title: `token ${at}: ${texts[r]}`, text: shorten(texts[r], 14) }));
      parts.forEach((part, c) => {
        if (part.form !== 'strip') {
          const cell = number(part, part.values[r], scales[c]);
          cell.classList.add(...cellClass(part).split(' '));
          row.append(cell);
          return;
        }
        const n = part.values.shape[1];
        const values = part.values.subarray(r * n, (r + 1) * n);
        row.append(el('td', { class: cellClass(part) }, strip(values, wide[c], tall, scales[c], (i) => `${part.name}[${i}] of ${texts[r]}`, say)));
      });
      row.addEventListener('click', () => pick(at));
      row.addEventListener('pointerenter', () => Playground.hover(at));
      row.addEventListener('pointerleave', () => Playground.hover(null));
      return row;
    });
    return el('table', { class: 'pg-hs-table' }, el('thead', {}, head, picture.query.length ? top : null), el('tbody', {}, ...body), foot(picture, wide, scales, tall, say));
  }

  /** Tokens without a row, and the sums. */
  function foot(picture, wide, scales, tall, say) {
    const { parts } = picture;
    const line = (title, field, kind) => el('tr', { class: kind }, el('th', { scope: 'row', text: title }), ...parts.map((part, c) => {
      const values = part[field];
      const cell = el('td', { class: `pg-hs-col pg-hs-of-${part.step}` });
      if (!values.length) return cell;
      if (part.form === 'strip') cell.append(strip(values, wide[c], tall, scales[c], (i) => `${field === 'sum' ? part.sum_name : part.name}[${i}]`, say));
      else {
        cell.classList.add('pg-hs-number');
        cell.title = exact(values[0]);
        cell.textContent = `${field === 'sum' ? `${part.sum_name} ` : ''}${part.form === 'share' ? percent(values[0]) : sig(values[0])}`;
      }
      if (part.form === 'strip' && field === 'sum') cell.title = part.sum_name;
      return cell;
    }));
    return el('tfoot', {}, picture.n_rest ? line(`${picture.n_rest} others`, 'rest', 'pg-hs-rest') : null, line('sum', 'sum', 'pg-hs-sum'));
  }

  return { draw };
})();

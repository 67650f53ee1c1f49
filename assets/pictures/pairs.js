/* Pairs: each name in the middle, what it had to the left and what it has to the right. */
'use strict';

/**
 * @typedef {{label: string, before: number, after: number, pick: string?}} Pair
 * @typedef {Object} PairsPicture playground/views/pictures/what_if.py
 * @property {[string, string]} titles
 * @property {Pair[]} pairs
 * @property {[number, number]} rest
 * @property {number} n_rest
 * @property {number} full
 * @property {string} said
 * @property {string} key
 * @property {number?} chosen
 */

Playground.kinds.pairs = (host, panel) => {
  const { el, percent, setText } = Playground;
  const said = el('p', { class: 'pg-pairs-said' });
  const heads = el('div', { class: 'pg-pairs-row pg-pairs-heads' }, el('b'), el('span'), el('b'));
  const list = el('ol', { class: 'pg-pairs' });
  host.replaceChildren(heads, list, said);
  let picture = null;

  const newRow = () => el('li', {}, el('button', { type: 'button', class: 'pg-pairs-row' },
    el('span', { class: 'pg-pairs-side pg-pairs-left' }, el('span', { class: 'pg-pairs-value' }), el('span', { class: 'pg-pairs-bar' })),
    el('span', { class: 'pg-pairs-label', dir: 'auto' }),
    el('span', { class: 'pg-pairs-side pg-pairs-right' }, el('span', { class: 'pg-pairs-bar' }), el('span', { class: 'pg-pairs-value' }))));

  function fill(row, pair, on) {
    const line = row.firstChild;
    const [left, label, right] = line.children;
    const width = (share) => String(Math.max(0, Math.min(1, share / picture.full))); // the number beside it keeps its place
    setText(label, pair.label);
    setText(left.firstChild, percent(pair.before));
    setText(right.lastChild, percent(pair.after));
    left.lastChild.style.setProperty('--wide', width(pair.before));
    right.firstChild.style.setProperty('--wide', width(pair.after));
    // What the others have together may be more than a full bar: then the number stands alone, not a bar cut short.
    for (const bar of [left.lastChild, right.firstChild]) bar.hidden = Math.max(pair.before, pair.after) > picture.full;
    right.firstChild.className = `pg-pairs-bar ${pair.after > pair.before * 1.02 + 1e-4 ? 'pg-pairs-more' : pair.after < pair.before * 0.98 - 1e-4 ? 'pg-pairs-less' : ''}`;
    line.disabled = pair.pick === null;
    line.classList.toggle('pg-on', on);
    if (pair.pick !== null) line.setAttribute('aria-pressed', String(on));
    line.title = `${pair.label}: ${Playground.share(pair.before)} before, ${Playground.share(pair.after)} after${left.lastChild.hidden ? '; too long for a bar on this scale' : ''}`;
  }

  list.addEventListener('click', (event) => {
    const at = Array.from(list.children).indexOf(event.target.closest('li'));
    const pair = picture.pairs[at];
    if (pair && pair.pick !== null) panel.pick({ [list.dataset.key]: pair.pick });
  });

  function arrange() {
    const { pairs, rest, titles, key } = picture;
    list.dataset.key = key;
    const rows = [...pairs, { label: `${picture.n_rest.toLocaleString('en')} others`, before: rest[0], after: rest[1], pick: null }];
    while (list.children.length > rows.length) list.lastChild.remove();
    rows.forEach((pair, i) => {
      if (!list.children[i]) list.append(newRow());
      fill(list.children[i], pair, i === picture.chosen);
      list.children[i].classList.toggle('pg-pairs-rest', i === pairs.length);
    });
    setText(heads.firstChild, titles[0]);
    setText(heads.lastChild, titles[1]);
    setText(said, picture.said);
    said.hidden = !picture.said;
    const unit = Playground.unit();
    const each = (panel.room.height - heads.offsetHeight - said.offsetHeight - unit) / rows.length;
    list.style.setProperty('--pg-pair', `${Math.max(1.75 * unit, Math.min(3.2 * unit, each))}px`);
  }

  return { draw(next) { picture = next; arrange(); }, resize: arrange };
};

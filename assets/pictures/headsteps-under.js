/* Under the table of a head's steps: the one step that is walked through, written out. */
'use strict';

Playground.headUnder = (() => {
  const { el, sig, percent, shorten } = Playground;
  const { largestOf, strip, bars } = Playground.headStrip;

  const titled = (title, ...more) => el('div', { class: 'pg-hs-below' }, el('h5', { class: 'pg-part', text: title }), ...more);
  const line = (name, role, drawing, end) => el('div', { class: 'pg-hs-line' }, el('span', { class: `pg-hs-name pg-hs-${role}`, dir: 'auto', text: name }), drawing, el('span', { class: 'pg-hs-end', text: end || '' }));

  /** Room for a drawing beside its name; on a phone the name stands above it. */
  const across = (width, unit) => (width < 50 * unit ? width - 4 : width - 17.5 * unit);

  /** q, the key and their products, number under number. */
  function products(picture, width, unit, say) {
    const { query, met } = picture;
    const found = picture.products;
    const room = across(width, unit);
    const high = Math.round((room / query.length >= 3.4 * unit ? 4.2 : 2.4) * unit);
    const sums = [];
    let sum = 0;
    for (const value of found) { sum += value; sums.push(sum); }
    const q = shorten(picture.rows[picture.pos], 9);
    const k = shorten(picture.columns[picture.key], 9);
    const told = (i) => `q[${i}] · k[${i}] = ${sig(query[i], 4)} · ${sig(met[i], 4)} = ${sig(found[i], 4)}; sum so far ${sig(sums[i], 4)}`;
    const both = largestOf(query, met);
    return titled(`The dot product of ${picture.rows[picture.pos]} with ${picture.columns[picture.key]}, number by number`,
      line(`q of ${q}`, 'q', bars(query, room, high, 'query', both, told, say)),
      line(`k of ${k}`, 'key', bars(met, room, high, 'key', both, told, say)),
      line('q × k', 'attention', bars(found, room, high, 'attention', largestOf(found), told, say), `Σ = ${sig(sum)}`));
  }

  /** q and k as their matrices left them, and as they meet. */
  function turned(picture, width, unit, say) {
    const n = picture.query.length;
    const room = across(width, unit);
    const rows = [
      ['q before', 'q', picture.before.subarray(0, n)], ['q as it meets k', 'q', picture.query],
      ['k before', 'key', picture.before.subarray(n, 2 * n)], ['k as it meets q', 'key', picture.met],
    ];
    return titled('Before and after they are turned or scaled', ...rows.map(([name, role, values]) => line(name, role, strip(values, room, Math.round(1.5 * unit), largestOf(values), (i) => `${name}[${i}]`, say))));
  }

  /** The denominator of softmax as one bar: a piece for each token. */
  function denominator(picture, width, unit, say) {
    const part = picture.parts.find((p) => p.name === 'exp');
    const weights = picture.parts.find((p) => p.form === 'share');
    const total = part ? part.sum[0] : 1;
    const pieces = Array.from(picture.shown, (at, r) => [picture.columns[at], part ? part.values[r] : weights.values[r], at]);
    const rest = part ? part.rest : weights.rest;
    if (rest.length) pieces.push([`${picture.n_rest} others`, rest[0], null]);
    const bar = el('div', { class: 'pg-hs-total' }, ...pieces.filter(([, value]) => value > 0).map(([text, value, at]) => {
      const piece = el('span', { class: at === picture.key ? 'pg-hs-piece pg-hs-on' : 'pg-hs-piece', style: `width: ${(100 * value) / total}%`, title: `${text}: ${sig(value, 4)} of ${sig(total, 4)}, ${percent(value / total)}` });
      if ((value / total) * width > 3 * unit) piece.append(el('span', { dir: 'auto', text: shorten(text, Math.max(2, Math.floor(((value / total) * width) / (0.62 * unit)) - 1)) }), el('small', { text: (value / total) * width > 8 * unit ? `${sig(value)} → ${percent(value / total)}` : percent(value / total) }));
      piece.addEventListener('pointerenter', () => say(piece.title));
      piece.addEventListener('pointerleave', () => say(''));
      return piece;
    }));
    return titled(part ? `The denominator, Σ exp = ${sig(total)}: each token's part of it is its weight` : 'The weights: shares of 1', bar);
  }

  /** The head's output, as bars. */
  function mixed(picture, width, unit, say) {
    const part = picture.parts.find((p) => p.step === 'mix');
    if (!part || !part.sum.length) return null;
    const n = part.sum.length;
    const weights = picture.parts.find((p) => p.form === 'share').values;
    const told = (i) => {
      const first = Array.from(picture.shown, (at, r) => [Math.abs(part.values[r * n + i]), r]).sort((a, b) => b[0] - a[0]).slice(0, 3);
      return `output[${i}] = ${first.map(([, r]) => `${sig(part.values[r * n + i])} (${percent(weights[r])} of ${shorten(picture.columns[picture.shown[r]], 8)})`).join(' + ')} + … = ${sig(part.sum[i], 4)}`;
    };
    return titled(`What head ${picture.head} found: ${n} numbers`, line('output', 'attention', bars(part.sum, across(width, unit), Math.round(6 * unit), 'attention', largestOf(part.sum), told, say)));
  }

  /** What each head of the layer adds behind the output matrix. */
  function shares(picture, width, unit, say, pickHead) {
    const found = picture.shares;
    const largest = Math.max(largestOf(found.shares), Math.abs(found.bias));
    const entries = [...Array.from(found.shares, (share, h) => [`head ${h}`, share, h]), ...(found.bias ? [['bias', found.bias, null]] : [])];
    const list = el('div', { class: 'pg-hs-shares' }, ...entries.map(([name, share, h]) => {
      const fill = el('span', { class: share < 0 ? 'pg-hs-fill pg-hs-against' : 'pg-hs-fill', style: `height: ${(100 * Math.abs(share)) / largest}%` });
      const attributes = { class: h === picture.head ? 'pg-hs-bar pg-hs-on' : 'pg-hs-bar', title: `${name}: ${Number((100 * share).toPrecision(7))} % of what the attention adds` };
      const bar = h === null ? el('span', attributes) : el('button', { type: 'button', ...attributes, 'aria-label': `${name}: ${sig(100 * share)} %` });
      bar.append(el('small', { text: `${sig(100 * share, 2)} %` }), el('span', { class: 'pg-hs-well' }, fill), el('small', { text: h === null ? 'bias' : String(h) }));
      if (h !== null) bar.addEventListener('click', () => pickHead(h));
      return bar;
    }));
    const room = across(width, unit);
    const both = largestOf(found.part, found.total);
    const row = (name, values) => line(name, 'attention', strip(values, room, Math.round(1.5 * unit), both, (i) => `${name}[${i}]`, say));
    return titled('Share of each head in what the attention adds here (together with the bias: 100 %)', list,
      row(`head ${picture.head}'s part`, found.part), row('all heads', found.total));
  }

  /** What belongs to a stop, by its name; null for nothing. */
  function draw(picture, stop, width, unit, say, pickHead) {
    if (stop === 'out' && picture.shares) return shares(picture, width, unit, say, pickHead);
    if (stop === 'mix') return mixed(picture, width, unit, say);
    if (stop === 'softmax' || !picture.query.length) return denominator(picture, width, unit, say);
    if (stop === 'qkv' && picture.before.length) return turned(picture, width, unit, say);
    return products(picture, width, unit, say);
  }

  return { draw };
})();

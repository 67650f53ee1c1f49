/* What stands beside the lens' table: the most probable tokens at the chosen cell, and what each part adds there. */
'use strict';

Playground.lensBeside = () => {
  const { el, setText, shorten, percent } = Playground;
  const PARTS = { attn: 'attention', cross: 'cross-attention', mlp: 'feed-forward' };
  const title = el('h4', { class: 'pg-part', dir: 'auto' });
  const list = el('ol', { class: 'pg-lens-best' });
  const addedTitle = el('h4', { class: 'pg-part', dir: 'auto' });
  const added = el('ol', { class: 'pg-lens-best pg-lens-added' });
  const node = el('aside', { class: 'pg-lens-beside' }, el('section', {}, title, list), el('section', {}, addedTitle, added));

  function line(label, share, said, role, hint) {
    const bar = el('span', { class: 'pg-lens-bar' });
    bar.style.width = `${100 * share}%`;
    bar.style.background = `var(--pg-${role})`;
    return el('li', { title: hint }, el('span', { class: 'pg-lens-name', dir: 'auto', text: label }), el('span', { class: 'pg-lens-track' }, bar), el('span', { class: 'pg-lens-said', text: said }));
  }

  return {
    node,
    /** Height of the lists when they stand one below the other, beside the table. */
    height: () => Array.from(node.children).reduce((sum, section) => sum + section.offsetHeight, 1.2 * Playground.unit()),
    draw(picture) {
      const { best, levels, tokens, layer, pos, norms } = picture;
      const place = shorten(tokens[pos], 12);
      setText(title, layer < 0 ? `Read out of the embedding at ${place}` : `After ${levels[layer + 1]} at ${place}`);
      const most = Math.max(...best.map(({ p }) => p), 1e-12);
      list.replaceChildren(...best.map(({ text, p }) => line(shorten(text, 14), p / most, percent(p), 'attention', `${text}: ${Playground.share(p)}`)));
      const parts = picture.added;
      setText(addedTitle, parts.length ? `Length of what is added at ${place}` : '');
      const start = norms[pos]; // the embedding's row
      const largest = Math.max(start, ...parts.map((part) => part.norm), 1e-12);
      const rows = parts.map((part) => line(`${part.layer} ${PARTS[part.part]}`, part.norm / largest, Playground.sig(part.norm), part.part === 'mlp' ? 'mlp' : 'attention',
        `${PARTS[part.part]} of layer ${part.layer}: a vector of length ${part.norm}`));
      if (parts.length) rows.unshift(line('embedding', start / largest, Playground.sig(start), 'residual', `a vector of length ${start}`));
      added.replaceChildren(...rows.reverse()); // the stream flows upwards
    },
  };
};

/* Where the text and its tokens each fit on a line: ribbons from the words to their chips, and on to the ids.
 *
 * `flow(pairs)` draws one set of ribbons: each pair is [from, to, tint], both ends as {left, right} in pixels of the host.
 */
'use strict';

Playground.tokenRiver = () => {
  const { el } = Playground;

  const drawing = () => el('svg', { class: 'pg-river', 'aria-hidden': 'true' });
  const upper = drawing();
  const lower = drawing();

  function ribbon(from, to, height, tint) {
    const half = height / 2;
    const d = `M${from.left},0 C${from.left},${half} ${to.left},${half} ${to.left},${height} L${to.right},${height} `
      + `C${to.right},${half} ${from.right},${half} ${from.right},0 Z`;
    return el('path', { d, class: `pg-ribbon pg-tint-${tint}` });
  }

  function flow(svg, pairs, width, height) {
    svg.setAttribute('width', width);
    svg.setAttribute('height', height);
    svg.replaceChildren(...pairs.map(([from, to, tint]) => ribbon(from, to, height, tint)));
  }

  return {
    upper,
    lower,
    /**
     * @param {{span: Element?, chip: Element, tint: number|'special', id: string}[]} tokens
     * @param {Element} host both drawings are as wide as it is
     * @param {number} tall height of the upper drawing
     */
    draw(tokens, host, tall) {
      const edge = host.getBoundingClientRect();
      const place = (node) => {
        const box = node.getBoundingClientRect();
        return { left: box.left - edge.left, right: box.right - edge.left };
      };
      const unit = Playground.unit();
      const chips = tokens.map((token) => place(token.chip));
      flow(upper, tokens.flatMap((token, i) => (token.span ? [[place(token.span), chips[i], token.tint]] : [])), edge.width, tall);
      const ids = tokens.map((token, i) => {
        const middle = (chips[i].left + chips[i].right) / 2;
        const half = token.id.length * unit * 0.42 + unit * 0.4;
        return { left: middle - half, right: middle + half };
      });
      const down = unit * 3.4;
      flow(lower, chips.map((chip, i) => [chip, ids[i], tokens[i].tint]), edge.width, down);
      lower.setAttribute('height', down + unit * 2);
      tokens.forEach((token, i) => {
        const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
        text.textContent = token.id;
        text.setAttribute('class', 'pg-river-id');
        text.setAttribute('x', (ids[i].left + ids[i].right) / 2);
        text.setAttribute('y', down + unit * 1.25);
        lower.append(text);
      });
    },
  };
};

/* The text at three levels, one above the other: words, tokens, characters. The columns are the characters.
 *
 * A block is a grid of its own, so that lines break between words and what belongs together stays above each other.
 */
'use strict';

Playground.tokenLevels = () => {
  const { el } = Playground;
  const LEVELS = [['word', 'words'], ['token', 'tokens'], ['character', 'characters']];

  const models = Object.fromEntries(LEVELS.map(([level]) => [level, el('span', { class: `pg-level pg-level-${level}`, dir: 'auto' })]));

  function cell(level, from, to, text) {
    const node = models[level].cloneNode(false);
    if (text) node.textContent = text;
    node.style.gridColumn = `${from + 1} / ${to + 1}`;
    return node;
  }

  /** The characters of a block as they are read in some of its columns. */
  const read = (row, from, to) => {
    let column = 0;
    let text = '';
    row.characters.forEach((character, i) => {
      if (column >= from && column < to) text += character.replace('◌', '');
      column += row.wide[i];
    });
    return text;
  };

  function block(row, picture, dress, indexOf) {
    const columns = row.wide.reduce((sum, wide) => sum + wide, 0);
    const node = el('span', { class: 'pg-level-block', role: 'presentation' });
    node.style.setProperty('--columns', columns);
    for (const [from, to] of row.words) node.append(cell('word', from, to, read(row, from, to)));
    for (const [pos, from, to] of row.tokens) {
      const i = indexOf(pos);
      if (i < 0) continue;
      const token = picture.tokens[i];
      const made = cell('token', from, to, '');
      made.classList.add(`pg-tint-${token.tint}`);
      if (token.special) made.classList.add('pg-special');
      dress(made, token, i);
      node.append(made);
    }
    let column = 0;
    row.characters.forEach((character, i) => {
      if (character) node.append(cell('character', column, column + row.wide[i], character));
      column += row.wide[i];
    });
    return node;
  }

  return {
    /**
     * @param {Object} picture TokensPicture
     * @param {(cell: Element, token: Object, index: number) => void} dress makes a cell of the middle level a token
     * @param {(pos: number) => number} indexOf index of the token at a place, −1 where it is hidden
     * @param {number} chunk blocks that stand together: what is out of sight is not laid out
     */
    draw(picture, dress, indexOf, chunk) {
      const fragment = document.createDocumentFragment();
      const names = el('span', { class: 'pg-level-block pg-level-names', 'aria-hidden': 'true' });
      for (const [level, name] of LEVELS) names.append(cell(level, 0, 1, name));
      let line = fragment;
      picture.levels.forEach((row, i) => {
        if (chunk < Infinity && i % chunk === 0) fragment.append(line = el('div', { class: 'pg-chunk', role: 'presentation' }));
        if (i === 0) line.append(names); // at the start of the first line
        line.append(block(row, picture, dress, indexOf));
      });
      return fragment;
    },
  };
};

/* The tree of texts as the browser changes it: taking a token, pruning, going to another text. Nodes count from 1, 0 is the
 * prompt. The other side is playground/analysis/writing_tree.py, which reads the text that `write` makes. */
'use strict';

/**
 * @typedef {{parent: number, ids: number[], ended: string, how: string}} TreeRun
 */

Playground.writingTree = (picture) => {
  const { mark } = picture;
  const parents = picture.nodes.map((node) => node.parent);
  const children = new Map();
  parents.forEach((parent, i) => {
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(i + 1);
  });

  let at = 0;
  /** @type {TreeRun[]} */
  const runs = picture.runs.map((run) => {
    const ids = picture.nodes.slice(at, at + run.length).map((node) => node.token_id);
    at += run.length;
    return { parent: run.parent, ids, ended: run.ended, how: run.how };
  });

  /** How a token came to be, in words. */
  const said = picture.runs.flatMap((run) => Array.from({ length: run.length }, () => run.said));

  const childrenOf = (node) => children.get(node) || [];

  /** The nodes from the prompt (left out) to a node. */
  function path(node) {
    const found = [];
    for (let n = node; n > 0; n = parents[n - 1]) found.push(n);
    return found.reverse();
  }

  /** The end of the text that goes on from a node: the one that is shown if it runs through there, else the first. */
  function leafFrom(node) {
    if (path(picture.tip).includes(node)) return picture.tip;
    let n = node;
    while (childrenOf(n).length) [n] = childrenOf(n);
    return n;
  }

  /** The change that a click makes. */
  function write(tip, looked, some) {
    if (!some.length) return { tree: '' };
    return { tree: [mark, `${tip}.${looked}`, ...some.map((run) => [run.parent, run.ids.join('.'), run.ended, run.how].join('-'))].join('~') };
  }

  /** The tree with a token taken by hand behind a node; where it stands there already, that text is shown. */
  function take(node, tokenId) {
    const there = childrenOf(node).find((n) => picture.nodes[n - 1].token_id === tokenId);
    if (there) return go(there);
    return write(parents.length + 1, 0, [...runs, { parent: node, ids: [tokenId], ended: '', how: 'hand' }]);
  }

  /** The text that runs through a node is shown, and the node looked at. */
  function go(node) {
    return write(leafFrom(node), node, runs);
  }

  /** A token of the text that is shown is looked at, or its end. */
  const look = (node) => write(picture.tip, node, runs);

  /** Without a node and all that goes on from it; the text before it is shown. */
  function prune(node) {
    const gone = new Set([node]);
    parents.forEach((parent, i) => { if (gone.has(parent)) gone.add(i + 1); });
    const left = [];
    const number = new Map([[0, 0]]);
    let first = 1;
    for (const run of runs) {
      const length = run.ids.length;
      let kept = 0;
      while (kept < length && !gone.has(first + kept)) kept += 1;
      for (let k = 0; k < kept; k++) number.set(first + k, number.size);
      if (kept) left.push({ ...run, parent: number.get(run.parent), ids: run.ids.slice(0, kept), ended: kept < length ? '' : run.ended });
      first += length;
    }
    const tip = gone.has(picture.tip) ? parents[node - 1] : picture.tip;
    return write(number.get(tip), 0, left);
  }

  /** One row for each text: the nodes that the rows above do not show, and where they fork off. */
  function lanes() {
    const shown = new Map([[0, -1]]); // node → row
    return picture.texts.map((text, row) => {
      const whole = path(text.leaf);
      const own = whole.filter((n) => !shown.has(n));
      const from = own.length ? parents[own[0] - 1] : 0;
      const above = shown.get(from);
      for (const n of own) shown.set(n, row);
      return { text, own, start: whole.length - own.length, above };
    });
  }

  /** Where a text can be cut off so that the others stay: its first node that no other text runs through. */
  function ownRoot(leaf) {
    let n = leaf;
    while (parents[n - 1] > 0 && childrenOf(parents[n - 1]).length === 1) n = parents[n - 1];
    return n;
  }

  return { said: (node) => said[node - 1], path, take, go, look, prune, lanes, ownRoot, parentOf: (node) => parents[node - 1] };
};

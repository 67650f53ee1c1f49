/* BertViz's own drawings (Jesse Vig), in a frame of their own with its scripts served from here.
 *
 * BertViz's scripts ask for jquery and d3 through require.js from a content delivery network and hold their data as text.
 * Here the frame loads both libraries from this server, a one-line stand-in takes require.js' place, and the weights
 * come as an array. Tokens reach the drawing as data, never as markup. What BertViz does not do itself (choosing a head
 * for the whole page, a dark page, growing with the room) is added from outside; its scripts stay as they are.
 */
'use strict';

/**
 * @typedef {Object} BertvizPicture playground/views/pictures/bertviz.py
 * @property {'head'|'model'} view
 * @property {number[]} layers whose weights are here
 * @property {number} layer
 * @property {number} head
 * @property {Float32Array} weights (layer, head, query, key)
 * @property {string[]} rows
 * @property {string[]} columns
 */

Playground.kinds.bertviz = (host, panel) => {
  const { el, setText } = Playground;
  const note = el('p', { class: 'pg-readout', text: 'BertViz is being loaded.' });
  const frame = el('iframe', { class: 'pg-bertviz', title: 'BertViz' });
  host.replaceChildren(frame, note);
  const urls = window.playgroundSettings.bertviz;
  const sources = {};
  let libraries = null;
  let turn = 0;
  let picture = null;
  let drawn = null; // what stands in the frame; `on`: the heads that the head view shows

  /** A script that runs inside the frame. */
  function run(attributes, text) {
    const inside = frame.contentDocument;
    const script = inside.createElement('script');
    if (text) script.textContent = text;
    return new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(new Error('a script of BertViz could not be loaded from this server'));
      Object.assign(script, attributes);
      inside.head.append(script);
      if (text) resolve();
    });
  }

  async function prepare() {
    await run({ src: new URL(urls.jquery, document.baseURI).href });
    await run({ src: new URL(urls.d3, document.baseURI).href });
    await run({}, 'window.require = { config() {} }; window.requirejs = (names, use) => use(window.jQuery, window.d3);'
      + 'console.log = () => {};');
  }

  async function source(view) {
    if (!sources[view]) {
      const answer = await fetch(urls[view]);
      if (!answer.ok) throw new Error('the drawing of BertViz could not be loaded from this server');
      sources[view] = (await answer.text()).replace('PYTHON_PARAMS', 'window.playgroundParams');
    }
    return sources[view];
  }

  /** Flat weights → [layer][head][query][key], as BertViz wants them. */
  function nested(flat) {
    const [layers, heads, queries, keys] = flat.shape;
    let at = 0;
    const row = () => Array.from(flat.subarray(at, at += keys));
    const map = (n, make) => Array.from({ length: n }, make);
    return map(layers, () => map(heads, () => map(queries, row)));
  }

  const isDark = () => document.body.classList.contains('dark');

  /** BertViz paints in black and white by attribute; a style sheet may overrule attributes. */
  function style() {
    const { colour } = Playground;
    const [surface, text, sunken] = ['surface', 'text', 'sunken'].map(colour);
    return `html { color-scheme: ${isDark() ? 'dark' : 'light'} } body { margin: 0; background: ${surface}; color: ${text}; font: 14px ${colour('font')}; overflow: auto }
      svg { display: block; margin: 0 auto; fill: ${surface} } text { fill: ${text}; font-family: ${colour('mono')} } select { font: inherit; margin: 0 0 10px }
      rect[fill=black], rect[fill=white] { fill: ${surface} } rect.background { fill: ${sunken} }
      rect[fill="#222"], rect[fill="#F5F5F5"] { fill: ${sunken} } #vis svg > g:last-child > rect, #left text { cursor: pointer }
      .playground-chosen { stroke: ${colour('chosen')} !important; stroke-opacity: 1 !important; stroke-width: 3 }`;
  }

  function page() {
    const inside = frame.contentDocument;
    const styles = inside.createElement('style');
    styles.textContent = style();
    const root = inside.createElement('div');
    root.id = 'bertviz';
    const label = inside.createElement('label');
    if (picture.view === 'head') {
      const select = inside.createElement('select');
      select.id = 'layer';
      label.append('Layer ', select);
    }
    const vis = inside.createElement('div');
    vis.id = 'vis';
    root.append(label, vis);
    inside.body.replaceChildren(styles, root);
  }

  function params() {
    const { weights, layers, layer, head, rows, columns } = picture;
    return {
      attention: { 0: { name: '', attn: nested(weights), left_text: rows, right_text: columns } },
      default_filter: '0', root_div_id: 'bertviz', layer, heads: picture.view === 'head' ? [head] : null,
      include_layers: layers, include_heads: weights.shape[1] ? Array.from({ length: weights.shape[1] }, (_, i) => i) : [],
      total_heads: weights.shape[1], display_mode: isDark() ? 'dark' : 'light',
    };
  }

  const svg = () => frame.contentDocument.querySelector('#vis svg');

  /** The drawing grows with the room; on a phone it keeps a size that fingers can hit, and the frame scrolls. */
  function fit() {
    const drawing = svg();
    if (!drawing) return;
    const { width, height } = panel.room;
    const heads = picture.weights.shape[1];
    const [wide, least, most] = picture.view === 'head' ? [Math.max(345, heads * 20 + 10), 1, 1.7] : [970, 0.7, 1.5];
    const tall = Number(drawing.dataset.tall || parseFloat(drawing.getAttribute('height')));
    drawing.dataset.tall = String(tall);
    const scale = Math.max(least, Math.min(most, width / wide, Math.max(1, (height - 90) / tall)));
    drawing.setAttribute('viewBox', `0 0 ${wide} ${tall}`);
    drawing.setAttribute('width', String(wide * scale));
    drawing.setAttribute('height', String(tall * scale));
    frame.style.height = `${Math.min(tall * scale + (picture.view === 'head' ? 44 : 4) + 16, Math.max(height - 40, 900))}px`;
  }

  /** The chosen head has a frame in the model view; in the head view BertViz' squares show it. */
  function mark() {
    const inside = frame.contentDocument;
    for (const node of inside.querySelectorAll('.playground-chosen')) node.classList.remove('playground-chosen');
    if (picture.view !== 'model') return;
    const node = inside.getElementById(`attn_background_${picture.layers.indexOf(picture.layer)}_${picture.head}`);
    if (node) node.classList.add('playground-chosen');
  }

  /** Which heads BertViz shows now: its squares are paler where a head is off. */
  function squares() {
    return Array.from(svg().lastElementChild.querySelectorAll('rect'));
  }

  function clicked(event) {
    if (picture.view === 'model') {
      const group = event.target.closest('g');
      const [, layer, head] = /^attn_background_(\d+)_(\d+)$/.exec(group && group.firstElementChild ? group.firstElementChild.id : '') || [];
      if (head !== undefined) choose(picture.layers[Number(layer)], Number(head));
      return;
    }
    const square = squares().indexOf(event.target);
    const token = event.target.closest('#left > g:not(.attentionBoxes) > g');
    if (square >= 0) toggle(square, event.type === 'dblclick');
    else if (token && event.type === 'click') panel.pick({ pos: Array.from(token.parentNode.children).indexOf(token) });
  }

  /** Keeps count of BertViz's own rules: a click adds or takes away, but never the last; a double click leaves one alone, or all. */
  function toggle(head, alone) {
    const { on } = drawn;
    const last = on.has(head) && on.size === 1;
    if (alone) drawn.on = new Set(last ? squares().keys() : [head]);
    else if (!last && !on.delete(head)) on.add(head);
    if (drawn.on.has(head) && head !== drawn.head) choose(drawn.layer, head);
  }

  function choose(layer, head) {
    drawn.layer = layer;
    drawn.head = head;
    panel.pick({ layer, head });
  }

  function hook() {
    const inside = frame.contentDocument;
    for (const type of ['click', 'dblclick']) inside.getElementById('vis').addEventListener(type, clicked);
    const select = inside.getElementById('layer');
    if (select) select.addEventListener('change', () => { fit(); choose(Number(select.value), drawn.head); });
  }

  /** What was chosen by a click in this drawing is on it already, with whatever else the reader has switched on there. */
  const stands = () => drawn && drawn.view === picture.view && drawn.weights === picture.weights && drawn.dark === isDark()
    && drawn.rows === picture.rows && (picture.view === 'model' || (drawn.layer === picture.layer && drawn.head === picture.head));

  async function draw(next) {
    const mine = ++turn;
    libraries = libraries || prepare();
    await libraries;
    const code = await source(next.view);
    if (mine !== turn) return; // a later picture has overtaken this one
    picture = next;
    if (!stands()) {
      page();
      frame.contentWindow.playgroundParams = params();
      await run({}, `(() => {${code}\n})();`);
      const { view, weights, rows, layer, head } = picture;
      drawn = { view, weights, rows, layer, head, dark: isDark(), on: new Set([head]) };
      hook();
    }
    fit();
    mark();
    setText(note, picture.view === 'head'
      ? 'Drawn by BertViz: point at a token. A click on a coloured square shows that head, too, or hides it; a double click shows it alone.'
      : 'Drawn by BertViz: every layer and head; choose one to see it large.');
    host.dataset.ready = String(mine);
  }

  return {
    draw(next) {
      return draw(next).catch((error) => setText(note, `This drawing could not be made: ${error.message}.`));
    },
    resize: fit,
  };
};

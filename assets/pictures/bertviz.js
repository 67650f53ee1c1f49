/* BertViz's own drawings (Jesse Vig), in a frame of their own with its scripts served from here.
 *
 * BertViz's scripts ask for jquery and d3 through require.js from a content delivery network and hold their data as text.
 * Here the frame loads both libraries from this server, a one-line stand-in takes require.js' place, and the weights
 * come as an array. Tokens reach the drawing as data, never as markup. What BertViz does not do itself (choosing a head
 * for the whole page, a dark page, growing with the room) is added from outside. Of its scripts only this is
 * changed on the way: where they find their data, numbers on the head view's squares, and of the neuron view its colours
 * and that it opens unfolded.
 */
'use strict';

/**
 * @typedef {Object} BertvizPicture playground/views/pictures/bertviz.py
 * @property {'head'|'model'|'neuron'} view
 * @property {number[]} layers whose weights are here
 * @property {number[]} heads whose weights are here
 * @property {number} n_layers
 * @property {number} n_heads
 * @property {number} layer
 * @property {number} head
 * @property {number} pos
 * @property {Float32Array} weights (layer, head, query, key)
 * @property {Float32Array} queries (query, head_dim), of the neuron view
 * @property {Float32Array} keys (key, head_dim)
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {number|null} second where the second sentence begins
 * @property {boolean} causal
 * @property {number} n_marks lines and cells that BertViz makes
 */

Playground.kinds.bertviz = (host, panel) => {
  const { el, setText } = Playground;
  const note = el('p', { class: 'pg-readout', text: 'BertViz is being loaded.' });
  const frame = el('iframe', { class: 'pg-bertviz', title: 'BertViz' });
  host.replaceChildren(frame, note);
  const HINTS = {
    head: 'Drawn by BertViz: point at a token. A click on a coloured square shows that head, too, or hides it; a double click shows it alone.',
    model: 'Drawn by BertViz: every layer and head; choose one to see it large.',
    neuron: 'Drawn by BertViz: point at a token on the left. Blue numbers are positive, orange ones negative; where query and key agree in sign, their product is positive.',
  };
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
      sources[view] = (await answer.text()).replace('PYTHON_PARAMS', 'window.playgroundParams').replace('window.bertviz_params', 'window.playgroundParams')
        // The neuron view paints in colours of its own and opens folded: the page's colours, and unfolded.
        .replace('return PALETTE[config.mode][name]', 'return window.playgroundParams.palette[name]')
        .replace(/config\.expanded = false;(\s*config\.bidirectional)/, 'config.expanded = true;$1')
        // The head view's squares say which head they are.
        .replace('checkbox.on("click"', `checkboxContainer.selectAll("text").data(config.headVis).enter().append("text").attr("class", "playground-number")
          .attr("x", (d, i) => (i + 0.5) * CHECKBOX_SIZE).attr("y", top + 0.68 * CHECKBOX_SIZE).text((d, i) => i);
        checkbox.on("click"`);
    }
    return sources[view];
  }

  const SLOW = 60000; // marks from which on a drawing takes a second and more
  const SENTENCES = { all: 'All', aa: 'Sentence A → Sentence A', ab: 'Sentence A → Sentence B', ba: 'Sentence B → Sentence A', bb: 'Sentence B → Sentence B' };
  const map = (n, make) => Array.from({ length: n }, (_, i) => make(i));

  /** Which rows and columns a choice of sentences leaves: [[from, to], [from, to]]. */
  function part(filter) {
    const { rows, columns, second } = picture;
    const sides = { a: [0, second], b: [second, rows.length] };
    return filter === 'all' ? [[0, rows.length], [0, columns.length]] : [sides[filter[0]], sides[filter[1]]];
  }

  /** Flat weights → [layer][head][query][key], as BertViz wants them, of the rows and columns of a part. */
  function nested(flat, [[top, bottom], [left, right]]) {
    const [layers, heads, queries, keys] = flat.shape;
    const at = (l, h, q) => ((l * heads + h) * queries + q) * keys;
    return map(layers, (l) => map(heads, (h) => map(bottom - top, (q) => Array.from(flat.subarray(at(l, h, top + q) + left, at(l, h, top + q) + right)))));
  }

  const vectors = (flat, [from, to]) => map(to - from, (i) => Array.from(flat.subarray((from + i) * flat.shape[1], (from + i + 1) * flat.shape[1])));

  /** What BertViz reads for one choice of sentences. */
  function sentences(filter) {
    const [across, down] = part(filter);
    const data = {
      name: '', attn: nested(picture.weights, [across, down]), left_text: picture.rows.slice(...across), right_text: picture.columns.slice(...down),
    };
    if (picture.view === 'neuron') {
      data.queries = [[vectors(picture.queries, across)]];
      data.keys = [[vectors(picture.keys, down)]];
    }
    return data;
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
      text.token { fill: ${text} !important } #placeholder { fill: ${colour('muted')} } #heading tspan { font-size: 13px } label { margin-right: 14px } #leftText > g { cursor: pointer }
      .playground-number { fill: #111; font-size: 13px; text-anchor: middle; pointer-events: none } ${isDark() ? '#attention { filter: brightness(1.8) }' : ''}
      .playground-chosen { stroke: ${colour('chosen')} !important; stroke-opacity: 1 !important; stroke-width: 3 }`;
  }

  /** A list to choose from; BertViz fills those whose ids it knows, `layer` and `filter`. */
  function list(id, label, options, value) {
    const inside = frame.contentDocument;
    const select = inside.createElement('select');
    select.id = id;
    for (const [key, text] of options) {
      const option = inside.createElement('option');
      option.value = key;
      option.textContent = text;
      select.append(option);
    }
    if (options.length) select.value = String(value);
    const around = inside.createElement('label');
    around.append(`${label} `, select);
    return around;
  }

  const counted = (n) => map(n, (i) => [String(i), String(i)]);

  function page() {
    const inside = frame.contentDocument;
    const styles = inside.createElement('style');
    styles.textContent = style();
    const root = inside.createElement('div');
    root.id = 'bertviz';
    if (picture.view === 'head') root.append(list('layer', 'Layer', []));
    if (picture.view === 'neuron') {
      root.append(list('playground-layer', 'Layer', counted(picture.n_layers), picture.layer), list('playground-head', 'Head', counted(picture.n_heads), picture.head));
    }
    if (picture.second !== null) root.append(list('filter', 'Attention', Object.entries(SENTENCES), 'all'));
    const vis = inside.createElement('div');
    vis.id = 'vis';
    root.append(vis);
    inside.body.replaceChildren(styles, root);
  }

  /** The colours of the neuron view. */
  function palette() {
    const role = Playground.colour;
    return {
      attn: role('attention'), pos: role('query'), neg: role('key'), connector: role('attention'), text: role('text'), selected_text: role('text'),
      heading_text: role('muted'), text_highlight_left: role('chosen/0.45'), text_highlight_right: role('attention/0.75'), vector_border: role('grid'),
      background: role('surface'), dropdown: role('text'), icon: role('muted'),
    };
  }

  function params() {
    const { view, layers, heads, layer, head, n_heads: total } = picture;
    const neuron = view === 'neuron';
    const filters = picture.second === null ? ['all'] : Object.keys(SENTENCES);
    return {
      attention: Object.fromEntries(filters.map((filter) => [filter, sentences(filter)])),
      default_filter: 'all', root_div_id: 'bertviz', layer: neuron ? 0 : layer, head: 0, heads: view === 'head' ? [head] : null,
      include_layers: layers, include_heads: heads, total_heads: total, display_mode: isDark() ? 'dark' : 'light', bidirectional: !picture.causal,
      palette: palette(),
    };
  }

  const svg = () => frame.contentDocument.querySelector('#vis svg');

  /** The drawing grows with the room; on a phone it keeps a size that fingers can hit, and the frame scrolls. */
  function fit() {
    const drawing = svg();
    if (!drawing) return;
    const { width, height } = panel.room;
    const heads = picture.heads.length;
    const [wide, least, most] = { head: [Math.max(345, heads * 20 + 10), 1, 1.7], model: [970, 0.7, 1.5], neuron: [1060, 0.7, 1.35] }[picture.view];
    const tall = Number(drawing.dataset.tall || parseFloat(drawing.getAttribute('height')));
    drawing.dataset.tall = String(tall);
    const scale = Math.max(least, Math.min(most, width / wide, Math.max(1, (height - 90) / tall)));
    drawing.setAttribute('viewBox', `0 0 ${wide} ${tall}`);
    drawing.setAttribute('width', String(wide * scale));
    drawing.setAttribute('height', String(tall * scale));
    const above = picture.view !== 'model' || picture.second !== null ? 44 : 4;
    frame.style.height = `${Math.min(tall * scale + above + 16, Math.max(height - 40, 900))}px`;
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
    const square = picture.view === 'head' ? squares().indexOf(event.target) : -1;
    const token = event.target.closest('#left > g:not(.attentionBoxes) > g, #leftText > g');
    if (square >= 0) toggle(square, event.type === 'dblclick');
    else if (token && event.type === 'click') panel.pick({ pos: part(filter())[0][0] + Array.from(token.parentNode.children).indexOf(token) });
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
    const value = (id) => Number(inside.getElementById(id).value);
    const on = (id, act) => { const node = inside.getElementById(id); if (node) node.addEventListener('change', act); };
    on('layer', () => { refit(); choose(value('layer'), drawn.head); });
    on('filter', refit);
    on('playground-layer', () => choose(value('playground-layer'), Math.min(drawn.head, picture.n_heads - 1)));
    on('playground-head', () => choose(drawn.layer, value('playground-head')));
  }

  const filter = () => { const node = frame.contentDocument.getElementById('filter'); return node ? node.value : 'all'; };

  /** BertViz has drawn anew. */
  function refit() {
    drawn.on = picture.view === 'head' ? drawn.on : new Set([drawn.head]);
    fit();
    mark();
    point();
  }

  /** The neuron view begins with the chosen token, as if the pointer were on it. */
  function point() {
    if (picture.view !== 'neuron') return;
    const [[top, bottom]] = part(filter());
    const row = frame.contentDocument.querySelectorAll('#expanded #leftText > g')[picture.pos - top];
    if (row && picture.pos < bottom) row.dispatchEvent(new frame.contentWindow.MouseEvent('mouseover'));
  }

  /** What was chosen by a click in this drawing is on it already, with whatever else the reader has switched on there. */
  const stands = () => drawn && drawn.view === picture.view && drawn.weights === picture.weights && drawn.dark === isDark()
    && drawn.rows === picture.rows && (picture.view === 'model' || (drawn.layer === picture.layer && drawn.head === picture.head));

  /** Says how much BertViz is about to draw, and lets the page show it. */
  async function forewarn() {
    if (picture.n_marks < SLOW) return;
    setText(note, `BertViz draws ${picture.n_marks.toLocaleString('en')} lines and cells: this takes a while.`);
    await new Promise((done) => { setTimeout(done, 40); });
  }

  async function draw(next) {
    const mine = ++turn;
    libraries = libraries || prepare();
    await libraries;
    const code = await source(next.view);
    if (mine !== turn) return; // a later picture has overtaken this one
    picture = next;
    if (!stands()) {
      await forewarn();
      if (mine !== turn) return;
      page();
      frame.contentWindow.playgroundParams = params();
      await run({}, `(() => {${code}\n})();`);
      const { view, weights, rows, layer, head } = picture;
      drawn = { view, weights, rows, layer, head, dark: isDark(), on: new Set([head]) };
      hook();
    }
    fit();
    mark();
    point();
    setText(note, HINTS[picture.view]);
    host.dataset.ready = String(mine);
  }

  return {
    draw(next) {
      return draw(next).catch((error) => setText(note, `This drawing could not be made: ${error.message}.`));
    },
    resize: fit,
  };
};

/* BertViz's own drawings (Jesse Vig), in a frame of their own with its scripts served from here.
 *
 * BertViz's scripts ask for jquery and d3 through require.js from a content delivery network and hold their data as text.
 * Here the frame loads both libraries from this server, a one-line stand-in takes require.js' place, and the weights
 * come as an array. Tokens reach the drawing as data, never as markup.
 */
'use strict';

Playground.kinds.bertviz = (host) => {
  const { el, setText } = Playground;
  const note = el('p', { class: 'pg-readout', text: 'BertViz is being loaded.' });
  const frame = el('iframe', { class: 'pg-bertviz', title: 'BertViz' });
  host.replaceChildren(frame, note);
  const urls = window.playgroundSettings.bertviz;
  const sources = {};
  let libraries = null;
  let turn = 0;

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
  function nested(block) {
    const [layers, heads, queries, keys] = block.shape;
    const flat = Playground.decode(block.weights, 'f4');
    let at = 0;
    const row = () => Array.from(flat.subarray(at, at += keys));
    const map = (n, make) => Array.from({ length: n }, make);
    return map(layers, () => map(heads, () => map(queries, row)));
  }

  function page(picture) {
    const inside = frame.contentDocument;
    const style = inside.createElement('style');
    // BertViz draws in black: it keeps a light page also where ours is dark.
    style.textContent = 'html { color-scheme: light } body { margin: 8px; background: #fff; color: #000; font-family: sans-serif }';
    const root = inside.createElement('div');
    root.id = 'bertviz';
    const label = inside.createElement('span');
    if (picture.view === 'head') {
      const select = inside.createElement('select');
      select.id = 'layer';
      label.append('Layer: ', select);
    }
    const vis = inside.createElement('div');
    vis.id = 'vis';
    root.append(label, vis);
    inside.body.replaceChildren(style, root);
  }

  function params(picture) {
    const block = picture.block;
    return {
      attention: { 0: { name: block.name, attn: nested(block), left_text: block.left, right_text: block.right } },
      default_filter: '0', root_div_id: 'bertviz', layer: picture.layer, heads: picture.heads,
      include_layers: picture.include_layers, include_heads: picture.include_heads, total_heads: block.shape[1],
      display_mode: 'light',
    };
  }

  async function draw(picture) {
    const mine = ++turn;
    libraries = libraries || prepare();
    await libraries;
    const code = await source(picture.view);
    if (mine !== turn) return; // a later picture has overtaken this one
    page(picture);
    frame.contentWindow.playgroundParams = params(picture);
    await run({}, `(() => {${code}\n})();`);
    frame.style.height = '0'; // else the page inside is never less tall than the frame was
    frame.style.height = `${Math.min(Math.max(frame.contentDocument.documentElement.scrollHeight + 12, 320), 900)}px`;
    setText(note, picture.view === 'head'
      ? 'Drawn by BertViz: point at a token; choose heads by their coloured squares (a double click leaves one).'
      : 'Drawn by BertViz: every layer and head; choose one to see it large.');
    host.dataset.ready = String(mine);
  }

  return {
    draw(picture) {
      draw(picture).catch((error) => setText(note, `This drawing could not be made: ${error.message}.`));
    },
  };
};

/* Plotly figures on a plane: loaded when the first one is drawn, coloured by role, redrawn in place with the zoom kept. */
'use strict';

/**
 * @typedef {Object} PlotPicture playground/views/pictures/plot.py
 * @property {{data: Object[], layout: Object}} figure colours are roles ("@query", "@chosen/0.3", "@amount")
 * @property {Object<string, Int32Array>[]} picks for each trace: key of a click → its value for each point
 * @property {string} view_key the zoom is kept while it stays the same
 */

(() => {
  const { el } = Playground;
  let loading = null;

  /** plotly.js, 4.8 MB: fetched once, when the first figure is to be drawn. */
  function load() {
    if (window.Plotly) return Promise.resolve(window.Plotly);
    loading = loading || new Promise((done, fail) => {
      const script = el('script', { src: window.playgroundSettings.plotly });
      script.onload = () => done(window.Plotly);
      script.onerror = () => {
        loading = null; // so that the next figure tries again
        fail(new Error('plotly.js could not be loaded from this server'));
      };
      document.head.append(script);
    });
    return loading;
  }

  const isColourKey = (key) => /(color|colors|colorway|colorscale)$/i.test(key);

  /** Roles → colours, only where Plotly expects a colour: a token may well read "@query". theme.py does the same. */
  function resolve(node, key = '') {
    if (Array.isArray(node)) return isColourKey(key) || node.some((x) => x && typeof x === 'object') ? node.map((x) => resolve(x, key)) : node;
    if (node && typeof node === 'object') {
      if ('bdata' in node) return { ...node };
      return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, resolve(value, name)]));
    }
    if (typeof node !== 'string' || !node.startsWith('@') || !isColourKey(key)) return node;
    if (node === '@amount' || node === '@signed') {
      const colours = Playground.stops(node.slice(1));
      return colours.map((colour, i) => [i / (colours.length - 1), colour]);
    }
    return Playground.colour(node.slice(1));
  }

  const LITERAL = new Set(['text', 'hovertext', 'ticktext', 'labels', 'customdata']);

  /** The trace whose points are the tokens that light up: the first scatter trace with a `pos` for each point. */
  function linkOf(picture) {
    const curve = picture.picks.findIndex((keys, i) => keys.pos && String(picture.figure.data[i].type).startsWith('scatter'));
    return curve < 0 ? null : { curve, positions: picture.picks[curve].pos };
  }

  /**
   * Plotly reads a little HTML in every text, so that a token "<b>" would vanish and "&lt;" would change: data is shown
   * as it is written. An invisible word joiner breaks tag and entity alike. Views may break the lines of a hover text
   * with <br>.
   */
  function literal(node, inside = null) {
    if (Array.isArray(node)) return node.map((x) => literal(x, inside));
    if (typeof node === 'string') {
      if (inside === null) return node;
      return node.replace(inside === 'hovertext' ? /[<&](?!br>)(?=[a-z/#])/gi : /[<&](?=[a-z/#])/gi, '$&\u2060');
    }
    if (!node || typeof node !== 'object' || 'bdata' in node) return node;
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, LITERAL.has(name) && Array.isArray(value) ? literal(value, name) : literal(value)]));
  }

  /** Sizes of type and marks are written for the smallest page; they grow with it. */
  function grown(node, key = '') {
    if (Array.isArray(node)) return node.some((x) => x && typeof x === 'object') ? node.map((x) => grown(x, key)) : node;
    if (!node || typeof node !== 'object' || 'bdata' in node) return node;
    const factor = /font|marker/.test(key) ? Playground.unit() / 12.25 : 1;
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, name === 'size' && typeof value === 'number' ? value * factor : grown(value, name)]));
  }

  const CONFIG = {
    displaylogo: false, responsive: false, scrollZoom: true, showTips: false, doubleClickDelay: 400,
  };
  // Named one by one: among Plotly's own buttons there is one that sends the figure to a server elsewhere.
  const BUTTONS = [['zoom2d', 'pan2d', 'zoomIn2d', 'zoomOut2d', 'resetScale2d']];
  const RING = 'pg-ring';

  Playground.kinds.plot = (host, panel) => {
    const graph = el('div', { class: 'pg-plot' });
    host.replaceChildren(graph);
    let picture = null;
    let linked = null;
    let link = null;
    let hooked = false;
    let queue = Promise.resolve();

    /** A ring around the point of the token that the pointer is on, in whichever picture: one more trace. */
    const ringTrace = () => ({
      type: 'scatter', mode: 'markers', name: RING, showlegend: false, hoverinfo: 'skip', x: [null], y: [null],
      marker: { size: (15 * Playground.unit()) / 12.25, color: 'rgba(0,0,0,0)', line: { width: 3, color: Playground.colour('text') } },
    });

    /** Coordinates of a point as Plotly decoded them (ours are base64). */
    function place(pos) {
      const curve = graph._fullData && graph._fullData[link.curve];
      const index = link.positions.indexOf(pos);
      return !curve || pos === null || index < 0 || index >= curve.x.length ? [null, null] : [curve.x[index], curve.y[index]];
    }

    function ring(pos) {
      const at = (graph.data || []).findIndex((trace) => trace.name === RING);
      if (at < 0) return;
      const [x, y] = place(pos);
      if (graph.data[at].x[0] === x && graph.data[at].y[0] === y) return;
      window.Plotly.restyle(graph, { x: [[x]], y: [[y]] }, [at]);
    }

    /** What a point stands for, such as {pos: 3}; of a heatmap's cell, Plotly gives the row and the column. */
    function keysOf(point) {
      const keys = picture.picks[point.curveNumber] || {};
      const at = point.pointNumber === undefined ? point.pointIndex : point.pointNumber;
      return Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, values[Array.isArray(at) ? at[0] * values.shape[1] + at[1] : at]]));
    }

    function hook() {
      if (hooked) return;
      hooked = true;
      graph.on('plotly_click', (event) => {
        const keys = keysOf(event.points[0]);
        if (Object.keys(keys).length) panel.pick(keys);
      });
      graph.on('plotly_hover', (event) => Playground.hover(keysOf(event.points[0]).pos));
      graph.on('plotly_unhover', () => Playground.hover(null));
    }

    async function draw() {
      const Plotly = await load();
      const figure = grown(literal(resolve(picture.figure)));
      const layout = { ...figure.layout };
      layout.height = layout.height || panel.room.height;
      layout.width = panel.room.width;
      layout.autosize = false;
      layout.uirevision = picture.view_key;
      layout.modebar = { bgcolor: 'rgba(0,0,0,0)', color: Playground.colour('special'), activecolor: Playground.colour('text'), ...layout.modebar };
      const data = link ? [...figure.data, ringTrace()] : figure.data;
      await Plotly.react(graph, data, layout, { ...CONFIG, modeBarButtons: BUTTONS });
      hook();
    }

    return {
      draw(next) {
        picture = next;
        link = linkOf(picture);
        queue = queue.catch(() => {}).then(draw); // one after the other: two reacts at once mix their figures
        return queue;
      },
      resize() {
        if (!picture) return; // behind the draw under way: until that is done Plotly has no layout to change
        queue = queue.catch(() => {}).then(() => window.Plotly.relayout(graph, { width: panel.room.width, height: panel.room.height }));
      },
      hover(pos) {
        if (!graph._fullLayout || pos === linked) return;
        linked = pos;
        if (link) ring(pos);
      },
      async image() {
        await queue;
        const { width, height } = graph._fullLayout;
        const layout = { ...graph.layout, paper_bgcolor: Playground.colour('surface') };
        const data = await window.Plotly.toImage({ data: graph.data, layout }, { format: 'png', scale: 2, width, height });
        return (await fetch(data)).blob();
      },
      remove() {
        if (window.Plotly) window.Plotly.purge(graph);
      },
    };
  };
})();

/* Kinds of picture: assets/pictures/KIND.js (with KIND-PART.js before it) and KIND.css, fetched when the first is drawn. */
'use strict';

(() => {
  const { el } = Playground;
  const loading = {};

  function fetched(tag, attributes) {
    return new Promise((done, fail) => {
      const node = el(tag, attributes);
      node.onload = done;
      node.onerror = () => { node.remove(); fail(new Error('its script could not be loaded from this server')); };
      document.head.append(node);
    });
  }

  async function load(kind) {
    const files = window.playgroundSettings.pictures[kind];
    if (!files) throw new Error(`no picture is called "${kind}"`);
    const styles = files.css.map((href) => fetched('link', { rel: 'stylesheet', href }));
    for (const src of files.js) await fetched('script', { src });
    await Promise.all(styles);
    if (!Playground.kinds[kind]) throw new Error('its script is not the right one');
    return Playground.kinds[kind];
  }

  /** The kind's maker, or a promise of it where its script is not here yet. */
  Playground.kind = (kind) => {
    if (Playground.kinds[kind] && !(kind in loading)) return Playground.kinds[kind];
    loading[kind] = loading[kind] || load(kind).finally(() => { delete loading[kind]; }); // a failure may pass: try again
    return loading[kind];
  };
})();

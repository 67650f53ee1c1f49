/* The address bar as memory: what the page shows is what the link says, and back goes back. */
'use strict';

Playground.state = (() => {
  const listeners = new Set();

  /** The query string, "?a=1&b=2" or "". */
  function query() {
    return window.location.search;
  }

  /** Everything in the address bar as a plain object. */
  function all() {
    return Object.fromEntries(new URLSearchParams(query()));
  }

  function address(changes) {
    const search = new URLSearchParams(query());
    for (const [key, [value, fallback]] of Object.entries(changes)) {
      if (value === null || value === undefined || String(value) === String(fallback)) search.delete(key);
      else search.set(key, String(value));
    }
    const text = search.toString();
    return window.location.pathname + (text ? `?${text}` : '') + window.location.hash;
  }

  function replace(url) {
    // Components report their first values while the page mounts: they must not overwrite the link before it is read.
    if (!window.playgroundRead) return;
    if (url === window.location.pathname + window.location.search + window.location.hash) return;
    // Browsers refuse more than about 100 changes in 30 s, and very long addresses: the page must not fall over that.
    try {
      window.history.replaceState(window.history.state, '', url);
    } catch (error) {
      console.warn('The link could not be updated:', error.message);
    }
  }

  /** Writes one key; a value equal to its default (or null) leaves the link, which stays short. */
  function set(key, value, fallback = null) {
    replace(address({ [key]: [value, fallback] }));
  }

  /** Writes several keys at once: {key: [value, default]}. */
  function update(changes) {
    replace(address(changes));
  }

  /** Keeps the present state as an entry that the back button returns to. */
  function push() {
    window.history.pushState(window.history.state, '', window.location.href);
  }

  /** Calls back with the query string when the reader goes back or forward. Returns the function that stops it. */
  function onBack(callback) {
    listeners.add(callback);
    return () => listeners.delete(callback);
  }

  /** Copies the link to exactly this state. */
  function copyLink() {
    return Playground.copyText(window.location.href);
  }

  window.addEventListener('popstate', () => {
    for (const callback of listeners) callback(query());
  });

  return { query, all, set, update, push, onBack, copyLink };
})();

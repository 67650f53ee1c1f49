/* The address bar as memory: what the page shows is what the link says, and back goes back. */
'use strict';

Playground.state = (() => {
  /** Copies the link to exactly this state. */
  function copyLink() {
    return Playground.copyText(window.location.href);
  }

  function write(query, push) {
    const url = window.location.pathname + query + window.location.hash;
    if (url === window.location.pathname + window.location.search + window.location.hash) return;
    // Browsers refuse more than about 100 changes in 30 s, and very long addresses: the page must not fall over that.
    try {
      window.history[push ? 'pushState' : 'replaceState'](window.history.state, '', url);
    } catch (error) {
      console.warn('The link could not be updated:', error.message);
    }
  }

  /** Presses the button that a link says was pressed, once its tab is on the page and its view is open. */
  function press(id, tries = 40) {
    const button = document.getElementById(id);
    if (button && button.offsetParent) button.click();
    else if (tries > 0) setTimeout(() => press(id, tries - 1), 100);
  }

  return { copyLink, write, press };
})();

/** Python writes the address here: value {query, push, press}. */
Playground.address = (element, props, trigger, watch) => {
  let query = null;
  const follow = () => {
    if (!props.value || props.value.query === query) return;
    query = props.value.query;
    Playground.state.write(query, props.value.push);
    if (props.value.press) Playground.state.press(props.value.press);
  };
  watch('value', follow);
  follow();
  window.addEventListener('popstate', () => {
    query = window.location.search;
    trigger('back', { query });
  });
};

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

/**
 * What the reader does in our own parts, on its way to Python: value {event: its data}.
 *
 * Not as data of a Gradio event: of two events in a row Gradio 6.31 holds the second back until the first is answered, and
 * then sends it with the first one's data. It gathers the values of inputs anew, so the data travels as one.
 */
Playground.events = (element, props, trigger) => {
  Playground.tell = (event, data) => {
    props.value = { ...props.value, [event]: data };
    trigger(event);
  };
};

/** Sends an event of a tab's part, or lets the part itself send it where the page has no events (a page of one panel). */
Playground.send = (event, tab, data, otherwise) => {
  if (Playground.tell) Playground.tell(`${event}_${tab.replaceAll('-', '_')}`, data);
  else otherwise(event, data);
};

/**
 * Calls `draw(value)` for every value that is newer than the one that is shown. Answers to two events of one reader may
 * arrive in another order than Python gave them; `value.turn` counts upwards with each. `read` makes a value of what was
 * sent.
 */
Playground.inTurn = (props, watch, draw, read = (sent) => sent) => {
  let shown = 0;
  const update = () => {
    const value = read(props.value);
    const turn = value && typeof value === 'object' && value.turn;
    if (turn && turn < shown) return;
    if (turn) shown = turn;
    draw(value);
  };
  watch('value', update);
  update();
};

/** Python writes the address here: value {query, push, press, gone}. */
Playground.address = (element, props, trigger, watch) => {
  let gone = 0; // how often the reader has gone back or forward: what was written for a place that they have left is late
  let last = null;
  Playground.inTurn(props, watch, (value) => {
    if (!value || value.turn === last || (value.gone !== null && value.gone !== gone)) return;
    last = value.turn;
    Playground.state.write(value.query, value.push);
    if (value.press) Playground.state.press(value.press);
  });
  window.addEventListener('popstate', () => {
    gone += 1;
    Playground.tell('back', { query: window.location.search, gone });
  });
};

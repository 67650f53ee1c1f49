/* A quiet strip of facts: label and value, a hint on hover, a small meter where a share of something is used. */
'use strict';

Playground.facts = (root, props, trigger, watch) => {
  const { el, setText } = Playground;
  const element = root.querySelector('.pg-facts-strip') || root;
  const strip = el('dl', { class: 'pg-facts-list' });
  element.replaceChildren(strip);

  const item = () => {
    const node = el('div', { class: 'pg-fact' }, el('dt'), el('dd'),
      el('span', { class: 'pg-meter', hidden: true }, el('span')));
    strip.append(node);
    return node;
  };

  const draw = () => {
    const items = (props.value && props.value.items) || [];
    while (strip.children.length > items.length) strip.lastChild.remove();
    items.forEach((fact, i) => {
      const node = strip.children[i] || item();
      const [label, value, meter] = node.children;
      setText(label, fact.label);
      setText(value, String(fact.value));
      node.title = fact.hint || '';
      const share = typeof fact.share === 'number' ? fact.share : null;
      meter.hidden = share === null;
      meter.firstChild.style.width = `${Math.min(100, 100 * (share || 0))}%`;
      meter.classList.toggle('pg-over', share !== null && share > 1);
    });
    if (props.value && props.value.kind) document.body.dataset.kind = props.value.kind;
    element.dataset.drawn = String(Number(element.dataset.drawn || 0) + 1);
  };
  watch('value', draw);
  draw();
};

/** The same strip as a picture inside a panel. */
Playground.kinds.facts = (host) => {
  const holder = { value: null };
  let redraw = () => {};
  Playground.facts(host, holder, () => {}, (_, callback) => { redraw = callback; });
  return { draw(picture) { holder.value = picture; redraw(); } };
};

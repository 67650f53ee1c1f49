/* Several pictures in one panel. Each is drawn by the script of its kind, as if it had a panel of its own. */
'use strict';

/**
 * @typedef {Object} GroupPicture playground/views/pictures/group.py
 * @property {string[]} titles
 * @property {{kind: string}[]} pictures
 * @property {{widths: number[], height: number}[]} rows
 */

Playground.kinds.group = (host, panel) => {
  const { el, setText } = Playground;
  const NARROW = 640; // pixels below which pictures stand below each other
  let members = []; // {kind, node, title, host, script}
  let picture = null;
  let turn = 0;
  let drawnRooms = '';
  let seating = ''; // taking a node out and putting it back would lose what is scrolled in it

  const narrow = () => panel.room.width < NARROW;
  const rowOf = (index) => {
    let first = 0;
    for (const row of picture.rows) {
      if (index < first + row.widths.length) return { row, share: row.widths[index - first] };
      first += row.widths.length;
    }
    throw new Error(`no place for picture ${index}`);
  };

  /** What a member may fill: its share of the row's width, and of the height that the other rows leave. */
  function roomOf(member) {
    const { row } = rowOf(members.indexOf(member));
    const unit = Playground.unit();
    const total = picture.rows.reduce((sum, { height }) => sum + height, 0);
    const gaps = 1.6 * unit * (picture.rows.length - 1);
    const head = picture.titles.some(Boolean) ? 2 * unit : 0;
    const share = ((panel.room.height - gaps) * row.height) / total - head;
    return { width: member.host.clientWidth, height: narrow() ? Math.max(share, 0.62 * panel.room.height) : Math.max(share, 8 * unit) };
  }

  function newMember(kind) {
    const title = el('h4', { class: 'pg-part', dir: 'auto' });
    const png = el('button', { type: 'button', class: 'pg-action pg-group-png', text: 'PNG', title: 'Download this picture as PNG', hidden: true });
    const inner = el('div', { class: 'pg-view-picture pg-group-picture', 'data-kind': kind });
    const node = el('section', { class: 'pg-group-member' }, el('div', { class: 'pg-part-row' }, title, png), inner);
    const member = { kind, node, title, png, host: inner, script: null };
    png.addEventListener('click', async () => {
      const blob = await member.script.image();
      if (blob) Playground.download(`${panel.value.name || 'view'}-${members.indexOf(member) + 1}.png`, blob, 'image/png');
    });
    return member;
  }

  /** The same members while their kinds stay, so that scroll positions and canvases survive. */
  function seat() {
    const kinds = picture.pictures.map((inner) => inner.kind);
    if (String(kinds) !== String(members.map((member) => member.kind))) {
      for (const member of members) if (member.script && member.script.remove) member.script.remove();
      members = kinds.map(newMember);
    }
    members.forEach((member, i) => {
      setText(member.title, picture.titles[i]);
      const { share } = rowOf(i);
      member.node.style.setProperty('--share', String(share));
    });
    host.classList.toggle('pg-group-narrow', narrow());
    const wanted = JSON.stringify([kinds, picture.rows.map(({ widths }) => widths.length)]);
    if (wanted === seating) return;
    seating = wanted;
    let first = 0;
    host.replaceChildren(...picture.rows.map(({ widths }) => {
      const line = el('div', { class: 'pg-group-row' }, ...members.slice(first, first + widths.length).map((member) => member.node));
      first += widths.length;
      return line;
    }));
  }

  const roomsKey = () => JSON.stringify([members.map(roomOf), Playground.unit()]);

  async function draw(next) {
    const mine = ++turn;
    picture = next;
    const makers = await Promise.all(next.pictures.map((inner) => Playground.kind(inner.kind)));
    if (mine !== turn) return;
    seat();
    drawnRooms = roomsKey();
    const done = members.map((member, i) => {
      if (!member.script) {
        const own = { pick: (data) => panel.pick(data), get room() { return roomOf(member); } };
        member.script = makers[i](member.host, own);
        member.png.hidden = !member.script.image;
      }
      return member.script.draw(next.pictures[i]);
    });
    await Promise.all(done);
  }

  return {
    draw,
    resize() {
      if (!picture || !members.every((member) => member.script)) return;
      host.classList.toggle('pg-group-narrow', narrow());
      if (roomsKey() === drawnRooms) return;
      drawnRooms = roomsKey();
      for (const member of members) if (member.script.resize) member.script.resize();
    },
    hover(pos) {
      for (const { script } of members) if (script && script.hover) script.hover(pos);
    },
    remove() {
      for (const { script } of members) if (script && script.remove) script.remove();
    },
  };
};

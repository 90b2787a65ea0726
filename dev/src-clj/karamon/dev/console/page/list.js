// The list of requests, which grows as they come.

function matches(summary) {
  const text = [
    summary.status,
    summary.method,
    target(summary),
    summary.source,
    sourceOf(summary),
    summary.function,
    startOf(summary),
  ]
    .join(' ')
    .toLowerCase();
  const terms = byId('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  return terms.every((term) => (/^[1-5]xx$/.test(term) ? String(summary.status).startsWith(term[0]) : text.includes(term)));
}

const rowsById = new Map(); // number to row; a row stays in place while its request changes, so that clicks and focus aren't lost

function newRow(id) {
  const path = make('td', { class: 'path' }, make('button', { type: 'button' }));
  const cells = [
    make('td'),
    make('td'),
    path,
    make('td'),
    make('td'),
    make('td', { class: 'number' }),
    make('td'),
    make('td', { class: 'muted' }),
  ];
  const row = make('tr', { 'data-id': id, click: () => choose(id) }, cells);
  rowsById.set(id, row);
  return row;
}

function row(summary) {
  const { id, pending, status, method, ms, time, function: name } = summary;
  const element = rowsById.get(id) ?? newRow(id);
  const [statusCell, methodCell, pathCell, sourceCell, functionCell, msCell, startCell, timeCell] = element.children;
  statusCell.textContent = pending ? '…' : String(status);
  statusCell.className = statusClass(summary);
  methodCell.textContent = method;
  pathCell.firstChild.textContent = target(summary);
  sourceCell.textContent = sourceOf(summary);
  functionCell.textContent = name ?? '';
  msCell.textContent = pending ? '' : milliseconds(ms);
  startCell.textContent = startOf(summary);
  startCell.className = summary.cold ? 'warn' : 'muted';
  timeCell.textContent = new Date(time).toLocaleTimeString([], { hour12: false });
  mark(id, id === chosen);
  return element;
}

function mark(id, isChosen) {
  const element = rowsById.get(id);
  element?.classList.toggle('chosen', isChosen);
  if (isChosen) element?.querySelector('button').setAttribute('aria-current', 'true');
  else element?.querySelector('button').removeAttribute('aria-current');
}

function count() {
  const shown = byId('rows').childElementCount;
  const more = waiting.size > 0 ? `, ${waiting.size} waiting` : '';
  byId('count').textContent = shown === summaries.size ? `${shown}${more}` : `${shown} of ${summaries.size}${more}`;
  byId('empty').hidden = shown > 0;
  byId('empty').textContent =
    summaries.size > 0
      ? 'No request matches the filter.'
      : 'No requests yet. Send one to this port, or invoke a function: it appears here at once.';
}

function renderList() {
  const found = [...summaries.values()].filter(matches).sort((a, b) => b.id - a.id);
  byId('rows').replaceChildren(...found.map(row));
  count();
}

function forget(id) {
  summaries.delete(id);
  rowsById.get(id)?.remove();
  rowsById.delete(id);
}

function add(summary) {
  came?.add(summary.id);
  if (paused) {
    waiting.set(summary.id, summary);
    return count();
  }
  const before = summaries.get(summary.id);
  summaries.set(summary.id, summary);
  while (summaries.size > maxRows) forget(summaries.keys().next().value);
  const element = row(summary);
  if (!matches(summary)) element.remove();
  else if (!element.isConnected) {
    element.classList.add('new');
    element.addEventListener('animationend', () => element.classList.remove('new'), { once: true });
    byId('rows').prepend(element);
  }
  count();
  if (summary.id === chosen && before?.pending && !summary.pending) show(chosen);
}

function clearList() {
  for (const id of [...summaries.keys()]) forget(id);
  waiting.clear();
  renderList();
}

// Fetches the whole list. What comes as an event meanwhile is newer than the answer.
async function reload() {
  const meanwhile = new Set();
  came = meanwhile;
  const { requests } = await call('requests');
  came = null;
  const known = new Set([...meanwhile, ...requests.map(({ id }) => id)]);
  for (const id of [...summaries.keys()]) if (!known.has(id)) forget(id);
  const newer = [...summaries.values()].filter(({ id }) => meanwhile.has(id));
  for (const { id } of newer) summaries.delete(id);
  for (const summary of requests.reverse()) if (!meanwhile.has(summary.id)) summaries.set(summary.id, summary);
  for (const summary of newer) summaries.set(summary.id, summary);
  renderList();
}

function connect() {
  const events = new EventSource('/_karamon/events');
  const state = byId('state');
  events.onopen = () => {
    state.textContent = 'live';
    state.classList.add('live');
    attempt(reload);
  };
  events.onmessage = ({ data }) => add(JSON.parse(data));
  events.onerror = () => {
    state.textContent = 'not connected, trying again';
    state.classList.remove('live');
  };
}

function pause() {
  paused = !paused;
  byId('pause').setAttribute('aria-pressed', String(paused));
  const came = [...waiting.values()];
  waiting.clear();
  if (!paused) came.forEach(add);
  announce(paused ? 'Paused' : 'Live again');
}

async function clear() {
  await call('clear', {});
  clearList();
  announce('Cleared');
}

function moveInList(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = [...byId('rows').querySelectorAll('button')];
  const at = buttons.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  buttons[Math.min(buttons.length - 1, Math.max(0, at + step))].focus();
}

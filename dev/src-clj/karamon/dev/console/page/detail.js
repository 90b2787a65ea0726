// One request, and its actions.

async function choose(id) {
  mark(chosen, false);
  chosen = id;
  secrets = false;
  mark(id, true);
  await show(id);
}

const load = (id, withSecrets) =>
  withSecrets ? call(`requests/${id}?secrets=true`, undefined, { 'x-karamon-token': token }) : call(`requests/${id}`);

async function show(id) {
  const data = await attempt(() => load(id, secrets));
  if (data && id === chosen) {
    detail = data;
    renderDetail();
  }
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make('textarea', { class: 'hidden' }, text); // without a secure origin there is no clipboard
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  announce(`Copied ${what}`);
  byId('copied')?.replaceChildren(`Copied ${what}.`);
}

function save() {
  const url = URL.createObjectURL(new Blob([`${detail.event.json}\n`], { type: 'application/json' }));
  make('a', { href: url, download: `${detail.function ?? 'function'}-event-${detail.id}.json` }).click();
  URL.revokeObjectURL(url);
  announce('Saved the event');
}

async function replay() {
  const { id } = await call('replay', { id: detail.id });
  announce(`Replayed as request ${id}`);
  await choose(id);
  byId('replay')?.focus();
}

function button(text, click, properties = {}) {
  return make('button', { type: 'button', click: () => attempt(click), ...properties }, text);
}

function formatToggle() {
  const choice = (name) =>
    button(
      name.toUpperCase(),
      () => {
        format = name;
        renderDetail();
        document.querySelector(`.toggle [data-format=${name}]`).focus();
      },
      { 'aria-pressed': String(format === name), 'data-format': name },
    );
  return make('div', { class: 'toggle', role: 'group', 'aria-label': 'Format' }, choice('edn'), choice('json'));
}

function actions(data) {
  return make(
    'div',
    { class: 'actions' },
    formatToggle(),
    button('Replay', replay, { id: 'replay', disabled: !data.replayable }),
    button('Edit and send…', edit, { id: 'edit', disabled: !data.replayable }),
    button('Copy as curl', () => copy(data.curl, 'the curl command'), { id: 'curl', disabled: data.curl == null }),
    button('Copy as test', () => copy(data.test, 'the test'), { id: 'test', disabled: data.test == null }),
    button('Save event', save, { id: 'save', disabled: !data.replayable }),
    button('Show secrets', toggleSecrets, { id: 'secrets', 'aria-pressed': String(secrets) }),
    make('span', { id: 'copied', class: 'muted' }),
  );
}

async function toggleSecrets() {
  secrets = !secrets;
  await show(chosen);
  byId('secrets').focus();
}

function renderDetail() {
  const data = detail;
  const facts = [
    sourceOf(data),
    data.function,
    data.handler,
    data.pending ? 'running' : `${milliseconds(data.ms)} ms`,
    startOf(data),
  ];
  if (data.replayOf) facts.push(`sent from request ${data.replayOf}`);
  byId('detail').replaceChildren(
    ...[
      make(
        'div',
        { class: 'head' },
        make(
          'h2',
          {},
          make('span', { class: statusClass(data) }, data.pending ? '…' : String(data.status)),
          ` ${data.method} ${target(data)}`,
        ),
        make('p', { class: 'muted' }, facts.filter(Boolean).join(' · ')),
      ),
      actions(data),
      spans(data),
      thrown(data),
      panes(data),
      log(data),
    ]
      .flat()
      .filter(Boolean),
  );
}

// The form that sends an event to a function.

function openForm(title, name, event) {
  byId('form-title').textContent = title;
  byId('form-error').textContent = '';
  byId('form-function').replaceChildren(
    ...service.functions.map((f) => make('option', { value: f.name, selected: f.name === name }, f.name)),
  );
  byId('form-sample').replaceChildren(
    make('option', { value: '' }, event ? 'this event' : 'choose…'),
    ...service.samples.map((kind) => make('option', { value: kind }, kind)),
  );
  byId('form-event').value = event ?? '{}';
  byId('form').showModal();
  byId('form-event').setSelectionRange(0, 0);
}

let edited = null;

async function edit() {
  edited = detail.id;
  const data = await load(detail.id, true);
  openForm('Edit and send', data.function, data.event.json);
  byId('form-event').focus();
}

async function loadService() {
  service = await call('functions');
  byId('service').textContent = service.service ?? '';
}

async function invoke() {
  edited = null;
  await loadService();
  openForm('Invoke a function', detail?.function);
}

async function sample() {
  const kind = byId('form-sample').value;
  if (kind) byId('form-event').value = JSON.stringify(await call(`samples/${kind}`), null, 2);
}

async function send() {
  const error = byId('form-error');
  error.textContent = '';
  try {
    const event = JSON.parse(byId('form-event').value);
    const { id } = await call('send', { function: byId('form-function').value, event, id: edited });
    byId('form').close();
    announce(`Sent as request ${id}`);
    await choose(id);
  } catch (e) {
    error.textContent = e instanceof SyntaxError ? `This isn't JSON: ${e.message}` : e.message;
  }
}

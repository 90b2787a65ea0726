// The parts of one request: event, maps, reply, times, log, what was thrown.

// A line of text with the masks of secrets marked. What doesn't fit goes on below, indented further than the line's own indent.
function line(text) {
  const element = make('span', { class: 'line' });
  const indent = text.length - text.trimStart().length + 2;
  element.style.paddingLeft = `${indent}ch`;
  element.style.textIndent = `-${indent}ch`;
  text.split(mask).forEach((part, i) => element.append(...(i === 0 ? [part] : [make('span', { class: 'mask' }, mask), part])));
  return element;
}

const lines = (text) => text.split('\n').map(line);

function textOf(value) {
  return value == null ? null : ((format === 'json' ? value.json : value.edn) ?? value.edn);
}

function pane(title, value, note) {
  const text = textOf(value);
  const size = value?.bytes == null ? null : make('span', { class: 'muted' }, `${value.bytes} bytes${value.cut ? ', cut' : ''}`);
  return make(
    'section',
    { class: 'pane', 'aria-label': title },
    make(
      'header',
      {},
      make('h3', {}, title),
      size,
      text == null
        ? null
        : make('button', { type: 'button', 'aria-label': `Copy ${title}`, click: () => copy(text, title) }, 'Copy'),
    ),
    make(
      'pre',
      { tabindex: 0, 'aria-label': title, role: 'region' },
      text == null ? make('span', { class: 'muted' }, note) : lines(text),
    ),
  );
}

function withBody(element, body) {
  if (body)
    element.append(
      make('h4', {}, 'Its body'),
      make('pre', { class: 'body', tabindex: 0, 'aria-label': 'Body of the reply', role: 'region' }, lines(textOf(body))),
    );
  return element;
}

function replyPane({ reply, replyBody, answer, pending }) {
  if (reply) return withBody(pane('Reply', reply), replyBody);
  const head =
    answer && [`HTTP ${answer.status}`, ...Object.entries(answer.headers).map(([k, v]) => `${k}: ${v.join(', ')}`)].join('\n');
  const text = answer && `${head}\n\n${textOf(answer.body) ?? ''}`;
  return pane('Reply', answer && { edn: text, json: text }, pending ? 'Not there yet.' : 'None.');
}

function panes(data) {
  const none = data.event ? (data.exceptions ? 'None: see what was thrown.' : 'None.') : 'The request reached no function.';
  return make(
    'div',
    { class: 'panes' },
    pane('Event', data.event, none),
    pane('Request map', data.request, none),
    pane('Response map', data.response, data.pending ? 'Not there yet.' : none),
    replyPane(data),
  );
}

function spans({ spans: all }) {
  if (all.length === 0) return null;
  const track = make('div', { class: 'track', 'aria-hidden': 'true' });
  for (const { name, ms } of all) {
    const part = make('span', { class: `s-${name}` });
    part.style.flexGrow = String(Math.max(ms, 0.001));
    track.append(part);
  }
  const items = all.map(({ name, ms }) =>
    make('li', {}, make('i', { class: `s-${name}`, 'aria-hidden': 'true' }), `${name} `, make('b', {}, `${ms.toFixed(2)} ms`)),
  );
  return [track, make('ul', { class: 'spans', 'aria-label': 'Time of each step' }, items)];
}

function log({ log: texts }) {
  if (texts.length === 0) return null;
  const text = texts.map((t) => t.trimEnd()).join('\n');
  return make(
    'section',
    { class: 'block', 'aria-label': 'Log' },
    make(
      'header',
      {},
      make('h3', {}, 'Log'),
      make('span', { class: 'muted' }, `${texts.length}`),
      make('button', { type: 'button', 'aria-label': 'Copy the log', click: () => copy(text, 'the log') }, 'Copy'),
    ),
    make('pre', { class: 'log', tabindex: 0, role: 'region', 'aria-label': 'Log' }, text),
  );
}

function frame({ text, project, source }) {
  const code = source?.map(({ line: number, text: code, at }) =>
    make('span', { class: at ? 'line at' : 'line' }, `${String(number).padStart(5)}  ${code}`),
  );
  return make(
    'li',
    { class: project && 'own' },
    text,
    code ? make('pre', { tabindex: 0, role: 'region', 'aria-label': 'Source' }, code) : null,
  );
}

function frames(all) {
  const own = all.filter(({ project }) => project);
  const others = all.filter(({ project }) => !project);
  return [
    make('ul', {}, own.map(frame)),
    others.length > 0 &&
      make(
        'details',
        { open: own.length === 0 },
        make('summary', {}, `${others.length} frames outside the project`),
        make('ul', {}, others.map(frame)),
      ),
  ].filter(Boolean);
}

function thrown({ exceptions }) {
  if (!exceptions) return null;
  const parts = exceptions.map(({ class: name, message, data, frames: all }, i) =>
    make(
      'div',
      { class: 'thrown' },
      make('p', {}, `${i > 0 ? 'Caused by ' : ''}${name}${message == null ? '' : `: ${message}`}`),
      data == null ? null : make('pre', { tabindex: 0, role: 'region', 'aria-label': 'Data' }, data),
      frames(all),
    ),
  );
  return make('section', { class: 'block', 'aria-label': 'Thrown' }, make('header', {}, make('h3', {}, 'Thrown')), parts);
}

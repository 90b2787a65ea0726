// Lists the routes. Values from the service become text nodes only.
'use strict';

const sourceNames = { rest: 'REST API', http: 'HTTP API', 'function-url': 'function URL', alb: 'load balancer' };

function cell(child) {
  const td = document.createElement('td');
  td.append(child);
  return td;
}

function address({ method, path, host }) {
  const url = new URL(location.origin);
  if (host) url.hostname = host;
  const text = url.origin + path;
  if (path.includes('{') || !['GET', 'ANY'].includes(method)) return text;
  const link = document.createElement('a');
  link.href = url.origin + path;
  link.append(text);
  return link;
}

function row(method, where, source, { name, handler }) {
  const tr = document.createElement('tr');
  tr.append(...[method, where, source, name, handler].map(cell));
  return tr;
}

async function start() {
  const { service, functions } = await (await fetch('/_karamon/functions')).json();
  document.getElementById('service').textContent = service ?? '';
  const rows = functions.flatMap((f) =>
    f.routes.length > 0
      ? f.routes.map((r) => row(r.method, address(r), sourceNames[r.source] ?? r.source, f))
      : [row('POST', `${location.origin}/_karamon/invoke/${f.name}`, 'any event', f)],
  );
  document.getElementById('rows').replaceChildren(...rows);
}

start();

'use strict';

// `serverless karamon list`

function route(detail) {
  if (typeof detail === 'string') return detail;
  return [detail?.method?.toUpperCase(), detail?.path].filter((part) => typeof part === 'string').join(' ');
}

function events(f) {
  const declared = [f.events ?? []].flat().map((event) => {
    const [kind, detail] = typeof event === 'string' ? [event] : Object.entries(event)[0];
    return `${kind} ${['http', 'httpApi'].includes(kind) ? route(detail) : ''}`.trim();
  });
  return f.url ? [...declared, 'url'] : declared;
}

/** Prints the name, the handler and the events of each function written in Clojure. */
function list(plugin) {
  const rows = plugin.functions().map(([name, f]) => [name, f.clj, events(f).join(', ')]);
  if (rows.length === 0) return plugin.writeText('No function here is written in Clojure: none has clj: namespace/name');
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map(([name, clj, called]) => `${name.padEnd(widths[0])}  ${clj.padEnd(widths[1])}  ${called}`.trimEnd());
  plugin.writeText(lines.join('\n'));
}

module.exports = { list };

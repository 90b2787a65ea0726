// docs/grafana-dashboard.json against Grafana's types and the grammar of PromQL. karamon.server.DashboardTest compares its metrics with
// those that the server has.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { parser } = require('@prometheus-io/lezer-promql');
const ts = require('typescript');

const text = fs.readFileSync(path.join(__dirname, '../../docs/grafana-dashboard.json'), 'utf8');
const dashboard = JSON.parse(text);

// Returns what is wrong with a dashboard: unknown fields, missing ones, wrong types.
function faults(json) {
  const name = path.join(__dirname, 'dashboard.ts');
  const source = `import type { Dashboard } from '@grafana/schema';\nexport const dashboard: Dashboard = ${json};\n`;
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  options.module = ts.ModuleKind.ESNext;
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, source, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  const program = ts.createProgram([name], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

// Returns whether a query is as PromQL's grammar says. Grafana replaces its variables before Prometheus reads it.
function isQuery(expr) {
  let valid = true;
  parser.parse(expr.replaceAll('$__rate_interval', '1m')).iterate({ enter: (node) => void (valid &&= !node.type.isError) });
  return valid;
}

test("the dashboard is as Grafana's types say", () => {
  assert.deepEqual(faults(text), []);
  for (const broken of [
    { ...dashboard, pannels: [] },
    { ...dashboard, panels: [{ ...dashboard.panels[0], type: undefined }] },
    { ...dashboard, panels: [{ ...dashboard.panels[0], gridPos: { x: '0' } }] },
  ]) {
    assert.notDeepEqual(faults(JSON.stringify(broken)), []);
  }
});

test('panels have queries, ids of their own, and places that do not overlap', () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const panel of panels) {
    assert.ok(panel.title && panel.description && panel.targets.length > 0, panel.title);
    for (const { expr } of panel.targets) assert.ok(isQuery(expr), expr);
  }
  const taken = new Set();
  for (const { gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!taken.has(`${x} ${y}`));
        taken.add(`${x} ${y}`);
      }
    }
  }
  assert.ok(!isQuery('sum(rate(a[5m])'));
});

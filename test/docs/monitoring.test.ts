/** What the documentation makes of metrics is made of metrics that there are. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openMetrics } from '../../src/server/metrics/metrics.ts';
import { root, textOf } from './pages.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const { described } = openMetrics({ engine: {}, size: () => Promise.reject(new Error('There is no store')) });
/** What may be asked for: of a histogram its buckets, their sum and their count. */
const names = new Set(
  described.flatMap(({ name, type }) =>
    type === 'histogram' || type === 'summary' ? ['_bucket', '_sum', '_count', ''].map((end) => name + end) : [name],
  ),
);

const page = textOf('docs/monitoring.md');
const dashboard = JSON.parse(readFileSync(join(root, 'docs/grafana/tributary.json'), 'utf8')) as Dashboard;

function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/\b(?:tributary|nodejs|process)_\w+/g)].map(([name]) => name);
}

/** Every bracket of it is closed, in their order. */
function isBalanced(expression: string): boolean {
  const open: string[] = [];
  for (const [bracket] of expression.replaceAll(/"[^"]*"/g, '""').matchAll(/[()[\]{}]/g)) {
    if ('([{'.includes(bracket)) open.push(bracket);
    else if ('([{'.indexOf(open.pop() ?? ' ') !== ')]}'.indexOf(bracket)) return false;
  }
  return open.length === 0;
}

describe('metrics', () => {
  it('have names as Prometheus has them: with their unit, and counters with their kind', () => {
    for (const { name, type, help } of described.filter(({ name }) => name.startsWith('tributary_'))) {
      assert.match(name, /^tributary_[a-z]+(_[a-z]+)*$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      if (type === 'histogram') assert.match(name, /_seconds$/);
      assert.match(help, /^[A-Z].*\.$/);
    }
  });

  it('are those of the alerts', () => {
    const alerts = [...page.matchAll(/^\| [^|]+ \| `([^`]+)` \|/gm)].map(([, expression = '']) => expression);
    const asked = alerts.filter((expression) => /[({]/.test(expression));
    assert.ok(asked.length >= 7);
    for (const expression of asked) {
      assert.ok(isBalanced(expression), expression);
      for (const name of metricsIn(expression)) assert.ok(names.has(name), name);
    }
  });
});

describe('the dashboard', () => {
  const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('is one that Grafana reads: panels with ids of their own, none over another', () => {
    assert.ok(dashboard.uid && dashboard.title && dashboard.schemaVersion >= 36);
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, type, gridPos, targets } of panels) {
      assert.ok(title);
      assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
      assert.equal(type === 'row', targets === undefined, title);
    }
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
  });

  it('asks for metrics that there are, in expressions that are whole', () => {
    assert.ok(expressions.length > 25);
    for (const expression of expressions) {
      assert.ok(isBalanced(expression), expression);
      const asked = metricsIn(expression);
      assert.equal(asked.length, 1, expression);
      for (const name of asked) assert.ok(names.has(name), name);
    }
  });

  it('asks for every metric of the server', () => {
    const asked = new Set(expressions.flatMap(metricsIn).map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    for (const { name } of described.filter(({ name }) => name.startsWith('tributary_')))
      assert.ok(asked.has(name), name);
  });

  it('knows every variable that it names', () => {
    const known = new Set([...dashboard.templating.list.map(({ name }) => name), '__rate_interval', '__all']);
    for (const [, name = ''] of JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)) assert.ok(known.has(name), name);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { palettes } from '../drawing/palette.ts';
import { type Origin, textFiles } from './files.ts';
import type { Takeaway } from './takeaway.ts';

const source = {
  question: { model: 'org/sample' },
  run: { id: 'UnVuOjAxYTIyYTc2LTk3ODYtNzAwMC05MDk4LWI4MWQ5MGMyZmNjOQ==', contentHash: 'h', createdAt: '2026-11-30' },
  revision: 'r',
};
const origin: Origin = { explained: [source], url: 'http://localhost:4000/graphql', link: undefined };
const scores = { name: 'scores', columns: ['token', 'score (logits)'], rows: [['=1', 0.1]] };
const takeaway: Takeaway = {
  name: 'tokens',
  picture: ({ background, ink }) => ({
    width: 10,
    height: 10,
    background,
    marks: [{ type: 'text', x: 0, y: 0, fill: ink, size: 10, text: `<script>&"\u0000\u001b\ud800\uffff` }],
  }),
  tables: () => [scores, { ...scores, name: 'layers × heads' }],
  asked: () => [],
};
const files = textFiles(takeaway, origin, palettes.dark);
const file = (label: string) => files.find((one) => one.label === label);

describe('The files of a view', () => {
  it('are named after the view, the model and the run', () => {
    assert.deepEqual(
      files.map(({ label, name }) => [label, name]),
      [
        ['SVG', 'tributary-tokens-org-sample-MyZmNjOQ.svg'],
        ['CSV: scores', 'tributary-tokens-org-sample-MyZmNjOQ-scores.csv'],
        ['CSV: layers × heads', 'tributary-tokens-org-sample-MyZmNjOQ-layers-heads.csv'],
        ['JSON', 'tributary-tokens-org-sample-MyZmNjOQ.json'],
      ],
    );
  });

  it('have no query where nothing was asked, and one table without its name', () => {
    const [table] = textFiles({ ...takeaway, tables: () => [scores] }, origin, palettes.light).slice(1);
    assert.equal(table?.label, 'CSV');
  });

  it('have the picture in the colours of the palette, without a character that XML has not', () => {
    const svg = file('SVG')?.text() ?? '';
    assert.match(svg, new RegExp(palettes.dark.background));
    assert.match(svg, />&lt;script&gt;&amp;&quot;����<\/text>/);
  });

  it('have the figures as they are, with what they are of', () => {
    const json = JSON.parse(file('JSON')?.text() ?? '');
    assert.deepEqual(json.tables[0], scores);
    const { question, run } = source;
    assert.deepEqual(json.explained, [{ question, run, model: { name: 'org/sample', revision: 'r' } }]);
  });
});

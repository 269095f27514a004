/** A server on a database of version 0.1. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { experimentOfBefore, makeEarlierDatabase } from '../support/earlier-database.ts';
import { queryData } from '../support/post-query.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestServer } from './harness.ts';

interface Run {
  readonly id: string;
  readonly status: string;
  readonly kind: string;
  readonly error: { readonly code: string } | null;
  readonly experiments: readonly { readonly name: string }[];
  readonly events: { readonly edges: readonly { readonly node: { readonly __typename: string } }[] };
  readonly attribution: {
    readonly audit: { readonly logit: number; readonly passed: boolean };
    readonly tokens: readonly { readonly score: number }[];
  } | null;
}

const query = `query ($experiment: String!) {
  runs(first: 20) { edges { node {
    id status kind error { code } experiments { name }
    events(first: 20) { edges { node { __typename } } }
    attribution { audit { logit passed } tokens { score } }
  } } }
  experiment(name: $experiment) { runs(first: 20) { edges { node { id } } } aggregates { count auditsPassed } }
}`;

it('a server on a database of version 0.1 has its runs, their events, answers and experiments, and ends those under way', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'earlier.db');
  await makeEarlierDatabase(path);
  const server = await startTestServer({ DATABASE_URL: `file:${path}` });
  try {
    const { runs, experiment } = await queryData<{
      runs: { edges: { node: Run }[] };
      experiment: { runs: { edges: { node: { id: string } }[] }; aggregates: object };
    }>(server.url, query, { experiment: experimentOfBefore });
    const nodes = runs.edges.map(({ node }) => node);
    const shown = nodes.map(({ kind, status, error }) => [kind, status, error?.code]);
    assert.deepEqual(shown, [
      ['LOGIT_ATTRIBUTION', 'FAILED', 'INTERRUPTED'],
      ['LOGIT_ATTRIBUTION', 'CANCELLED', undefined],
      ['LOGIT_ATTRIBUTION', 'FAILED', 'INTERRUPTED'],
      ['LOGIT_ATTRIBUTION', 'COMPLETED', undefined],
      ['CIRCULATION', 'COMPLETED', undefined],
      ['CIRCULATION', 'COMPLETED', undefined],
      ['LOGIT_ATTRIBUTION', 'COMPLETED', undefined],
    ]);
    const [frozen, , circulated, occluded] = nodes.slice(3);
    // What the server of that version answered.
    assert.deepEqual(
      frozen?.attribution?.tokens.map(({ score }) => score),
      [0.6488504409790039, -1.2687954902648926, 0.8128121495246887],
    );
    assert.deepEqual({ ...frozen?.attribution?.audit }, { logit: 7.246848106384277, passed: true });
    assert.deepEqual(
      occluded?.attribution?.tokens.map(({ score }) => score),
      [2.3928184509277344, 0.6904182434082031, 3.178697109222412],
    );
    assert.deepEqual(
      circulated?.events.edges.map(({ node }) => node.__typename),
      ['CirculationStarted', 'LayerCirculated', 'LayerCirculated', 'CirculationCompleted'],
    );
    const members = nodes.filter(({ experiments }) => experiments.some(({ name }) => name === experimentOfBefore));
    assert.deepEqual(
      members.map(({ id }) => id),
      [frozen?.id, circulated?.id],
    );
    assert.deepEqual(
      experiment.runs.edges.map(({ node }) => node.id),
      members.map(({ id }) => id),
    );
    assert.deepEqual({ ...experiment.aggregates }, { count: 2, auditsPassed: 1 });
  } finally {
    await server.close();
  }
});

/** What a live attribution is started with: what is not selected of its events is not computed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, subscribe, validate } from 'graphql';
import { TributaryError } from '../../errors.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { schema } from '../schema.ts';

/** Notes what is asked of the run service, which then refuses. */
async function started(body: string): Promise<AttributionSelection | undefined> {
  let seen: AttributionSelection | undefined;
  const start = async (...[, , selection]: [unknown, unknown, AttributionSelection]) => {
    seen = selection;
    throw new TributaryError('OVER_CAPACITY', 'noted');
  };
  const model = {
    name: 'm',
    checkpoint: { folder: '', revision: async () => '', tokenizer: {} },
    specification: { vocabularySize: 10, contextLength: 10, layerCount: 2, headCount: 1 },
  };
  const contextValue = { maxAnswerSize: 1e9, catalogue: { get: async () => model }, runs: { attributions: { start } } };
  const input = 'input: { model: "m", prompt: { tokenIds: [1] } }';
  const document = parse(`subscription { logitAttribution(${input}) { __typename ${body} } }`);
  assert.deepEqual(validate(schema, document), []);
  const events = await subscribe({ schema, document, contextValue });
  assert.ok(Symbol.asyncIterator in events, JSON.stringify(events));
  assert.deepEqual(JSON.parse(JSON.stringify(await Array.fromAsync(events))), [
    { data: { logitAttribution: { __typename: 'OverCapacityError' } } },
  ]);
  return seen;
}

describe('a live attribution', () => {
  it('is asked for nothing but its progress where no figure is selected', async () => {
    for (const body of [
      '',
      '... on RunEvent { seq at run { id status eventCount } }',
      '... on AttributionStarted { tokens { text } requested { position } total unit }',
      '... on LayerPassed { layer elapsed } ... on LayerAttributed { layer elapsed }',
      '... on AttributionProgressed { done }',
      '... on AttributionCompleted { tokens { score } bias audit { passed } attribution { bias } }',
      '... on LayerPassed { lens(first: 0) { rank } provisional @skip(if: true) { attention } }',
      '... on RunEvent { run { attribution { layers { layer } } } }',
    ])
      assert.deepEqual(await started(body), {}, body);
  });

  it('is asked for each figure that is selected, under any name, and for all that the answer is asked for', async () => {
    const cases: [body: string, selection: AttributionSelection][] = [
      ['... on LayerPassed { it: provisional { heads } }', { 'ledger.PROVISIONAL': 1 }],
      ['... on AttributionCompleted { normScale }', { 'ledger.PROVISIONAL': 1 }],
      ['... on LayerPassed { lens { rank } more: lens(first: 9) { rank } }', { 'ledger.LENS': 9 }],
      ['... on LayerPassed { target { rank } }', { 'ledger.LENS': 1 }],
      ['... on LayerAttributed { mlp { total } }', { 'ledger.TOTAL': 1 }],
      ['... on LayerAttributed { residual }', { 'ledger.TOTAL': 1 }],
      ['... on LayerAttributed { biasSoFar }', { 'ledger.TOTAL': 1 }],
      [
        '... on AttributionCompleted { attribution { edges(first: 3) { score } layers { layer } } }',
        { 'edges.TOTAL': 3, layers: 1 },
      ],
    ];
    for (const [body, selection] of cases) assert.deepEqual(await started(body), selection, body);
  });
});

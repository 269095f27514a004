import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { coerceInputValue, type GraphQLInputType } from 'graphql';
import { type TemporaryRuns, temporaryRuns } from '../../../test/support/temporary-runs.ts';
import { TributaryError } from '../../errors.ts';
import type { PlannedRow } from '../../experiments/sweeps/row.ts';
import { Catalogue } from '../../inference/catalogue.ts';
import { uploadGlobalId } from '../global-id.ts';
import { schema } from '../schema.ts';
import { askingBy } from './ask-row.ts';
import { plannedRows } from './planned-rows.ts';
import type { SweepInput } from './request.ts';

type Input = typeof SweepInput.$inferInput;
type Operation = Input['operations'][number];

const template = {
  prompt: 'When {a} and {b} went to the store, {b} gave a drink to',
  slots: [
    { name: 'a', values: ['Mary', 'John'] },
    { name: 'b', values: ['Mary', 'John'] },
  ],
  different: [['a', 'b']],
};
const attribution = (more: object = {}): Operation => ({
  logitAttribution: { methods: ['FROZEN'], targets: [{}], ...more },
});
const base: Input = { experiment: 'names', rows: { template }, models: ['sample'], operations: [attribution()] };

describe('the rows of a sweep', () => {
  const catalogue = new Catalogue(fileURLToPath(new URL('../../../models/', import.meta.url)));
  let fixture: TemporaryRuns;
  before(async () => {
    fixture = await temporaryRuns();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const planned = (change: Partial<Input>, maxSweepRows = 1000) =>
    plannedRows({ ...base, ...change }, { catalogue, runs: fixture.runs, maxSweepRows });
  const rowsOf = async (change: Partial<Input>) => {
    const { rows, count } = await planned(change);
    const all = await Array.fromAsync(rows);
    assert.equal(all.length, count);
    assert.deepEqual(await Array.fromAsync(rows), all, 'the same when they are read again');
    return all;
  };
  const uploaded = async (...rows: Record<string, string>[]) => {
    const all = (async function* () {
      yield* rows;
    })();
    const { id } = await fixture.store.uploads.add('rows.jsonl', all, () => 0);
    return uploadGlobalId(id);
  };
  async function fault(change: Partial<Input>, maxSweepRows?: number) {
    try {
      const { rows } = await planned(change, maxSweepRows);
      await Array.fromAsync(rows);
    } catch (error) {
      assert.ok(error instanceof TributaryError, String(error));
      return error;
    }
    throw new Error('nothing is wrong');
  }

  it('are one for each prompt, method and target, in an order that keeps what is computed together together', async () => {
    const targets = [
      { token: ' {a}', against: ' {b}' },
      { position: 3, kind: 'PROBABILITY' as const },
    ];
    const rows = await rowsOf({ operations: [attribution({ methods: ['FROZEN', 'GRADIENT'], targets })] });
    assert.deepEqual(
      rows.map(({ slots, request: { input } }) => [input.model, input.method, slots.a, input.target]),
      ['FROZEN', 'GRADIENT'].flatMap((method) =>
        ['Mary', 'John'].flatMap((a) => {
          const b = a === 'Mary' ? 'John' : 'Mary';
          return [
            ['sample', method, a, { token: { text: ` ${a}` }, against: { text: ` ${b}` } }],
            ['sample', method, a, { position: 3, kind: 'PROBABILITY' }],
          ];
        }),
      ),
    );
    assert.deepEqual(rows[0]?.request.input.prompt, {
      text: 'When Mary and John went to the store, John gave a drink to',
    });
  });

  it('are what their operations take, so that each can be asked by hand', async () => {
    const operations: Operation[] = [
      attribution({ options: { steps: 5 }, methods: ['INTEGRATED_GRADIENTS'], selection: { heads: true } }),
      { circulation: { top: 3, target: { token: ' {a}' }, figures: ['LENS'], track: [0] } },
      { generation: { maxTokens: 4, top: 2, explained: false, sampling: { temperature: 1, topP: 1, seed: 1 } } },
    ];
    const rows = await rowsOf({ operations });
    assert.deepEqual(
      [...new Set(rows.map(({ request }) => request.operation))],
      ['logitAttribution', 'circulation', 'generation'],
    );
    const types = {
      logitAttribution: 'LogitAttributionInput',
      circulation: 'CirculationInput',
      generation: 'GenerationInput',
    };
    for (const { request } of rows) {
      const { operation, input } = JSON.parse(JSON.stringify(request)) as PlannedRow['request'];
      coerceInputValue(input, schema.getType(types[operation]) as GraphQLInputType);
    }
  });

  it('are asked as the operation would ask them', async () => {
    const operations: Operation[] = [
      attribution({ targets: [{ token: ' {a}' }], selection: { layers: true } }),
      { circulation: { top: 3, figures: ['HEADS'] } },
      { generation: { maxTokens: 4, top: 2, explained: true } },
    ];
    const ask = askingBy(catalogue);
    const { tokenizer } = (await catalogue.get('sample')).checkpoint;
    const rows = await rowsOf({ operations });
    const asked = await Promise.all(rows.map(({ request }) => ask(JSON.parse(JSON.stringify(request)))));
    const [attributed, , circulated, , generated] = asked;
    assert.ok(attributed?.kind === 'LOGIT_ATTRIBUTION');
    assert.equal(attributed.subject.name, 'sample');
    assert.equal(attributed.questions.targets[0]?.token, tokenizer.single(' Mary'));
    assert.deepEqual(attributed.selection, { layers: 1 });
    assert.ok(circulated?.kind === 'CIRCULATION');
    assert.deepEqual(circulated.input.figures, ['HEADS']);
    assert.ok(generated?.kind === 'GENERATION');
    assert.equal(generated.input.attribution?.method, 'FROZEN');
  });

  it('are of prompts as they are given, braces and all, whose slots are for targets', async () => {
    const prompts = [
      { prompt: { text: '{not a slot}' }, slots: [{ name: 'answer', value: ' yes' }] },
      { prompt: { tokenIds: [1, 2, 3] }, slots: [{ name: 'answer', value: ' no' }] },
    ];
    const rows = await rowsOf({ rows: { prompts }, operations: [attribution({ targets: [{ token: '{answer}' }] })] });
    assert.deepEqual(
      rows.map(({ slots, request: { input } }) => [slots, input.prompt, input.target]),
      prompts.map(({ prompt, slots: [slot] }) => [{ answer: slot?.value }, prompt, { token: { text: slot?.value } }]),
    );
  });

  it('are of a file, whose columns are slots', async () => {
    const id = await uploaded(
      { prompt: 'The sky is', answer: ' blue' },
      { prompt: 'A {b}', answer: ' red', note: 'x' },
    );
    const rows = await rowsOf({
      rows: { upload: { id, prompt: 'Q: {prompt}' } },
      operations: [attribution({ targets: [{ token: '{answer}' }] })],
    });
    assert.deepEqual(
      rows.map(({ slots, request: { input } }) => [slots, input.prompt, input.target]),
      [
        [{ prompt: 'The sky is', answer: ' blue' }, { text: 'Q: The sky is' }, { token: { text: ' blue' } }],
        [{ prompt: 'A {b}', answer: ' red', note: 'x' }, { text: 'Q: A {b}' }, { token: { text: ' red' } }],
      ],
    );
  });

  it('are refused where there are too many, before any is made', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => `${index}`);
    const slots = ['a', 'b', 'c', 'd'].map((name) => ({ name, values }));
    const huge = { prompt: '{a}{b}{c}{d}', slots };
    const refused = await fault({ rows: { template: huge } });
    assert.equal(refused.details.field, 'input.rows.template.slots');
    assert.match(refused.message, /1000000000000 prompts.* at most 1000: draw some/);
    const differ = await fault({ rows: { template: { ...huge, different: [['a', 'b', 'c', 'd']] } } });
    assert.match(differ.message, /^Up to 1000000000000 prompts/);
    const two = { prompt: '{a}{b}', slots: slots.slice(0, 2), different: [['a', 'b']] };
    const uncounted = await fault({ rows: { template: two } }, 2_000_000);
    assert.match(uncounted.message, /1000000 combinations differ .* cannot be counted: draw some/);
    assert.equal((await rowsOf({ rows: { template: { ...huge, sample: { count: 50, seed: 3 } } } })).length, 50);
    const sampled = await fault({ rows: { template: { ...huge, sample: { count: 2000, seed: 3 } } } });
    assert.equal(sampled.details.field, 'input.rows.template.sample.count');
    assert.match(
      (await fault({ operations: [attribution(), attribution()] }, 3)).message,
      /2 prompts, asked 2 times of a model, are 4/,
    );
  });

  it('are refused by where it stands what is wrong', async () => {
    const id = await uploaded({ prompt: 'A', b: '1' }, { prompt: 'B' });
    const target = (token: string) => ({ operations: [attribution({ targets: [{}, { token }] })] });
    const prompts = (...slots: { name: string; value: string }[]) => ({
      rows: { prompts: [{ prompt: { text: 'A' }, slots }] },
    });
    const at = 'input.operations.0.logitAttribution';
    for (const [change, field] of [
      [{ models: [] }, 'input.models'],
      [{ models: ['sample', 'sample'] }, 'input.models.1'],
      [{ operations: [] }, 'input.operations'],
      [{ operations: Array(17).fill(attribution()) }, 'input.operations'],
      [{ operations: [attribution({ methods: [] })] }, `${at}.methods`],
      [{ operations: [attribution({ methods: ['FROZEN', 'FROZEN'] })] }, `${at}.methods.1`],
      [{ operations: [attribution({ targets: [] })] }, `${at}.targets`],
      [{ operations: [attribution({ options: { steps: 3 } })] }, `${at}.options.steps`],
      [{ operations: [attribution({ selection: { edges: -1 } })] }, `${at}.selection.edges`],
      [target(' {a'), `${at}.targets.1.token`],
      [target(' {c}'), `${at}.targets.1.token`],
      [{ operations: [{ circulation: { top: -1, figures: [] } }] }, 'input.operations.0.circulation.top'],
      [
        { operations: [{ generation: { maxTokens: 0, top: 1, explained: false } }] },
        'input.operations.0.generation.maxTokens',
      ],
      [{ rows: { template: { ...template, prompt: '{a} {b} {c}' } } }, 'input.rows.template.prompt'],
      [{ rows: { prompts: [] } }, 'input.rows.prompts'],
      [{ ...prompts(), ...target('{a}') }, 'input.rows.prompts.0.slots'],
      [prompts({ name: 'a', value: '' }, { name: 'a', value: '' }), 'input.rows.prompts.0.slots.1.name'],
      [prompts({ name: '{', value: '' }), 'input.rows.prompts.0.slots.0.name'],
      [{ rows: { upload: { id: 'nothing', prompt: '{prompt}' } } }, 'input.rows.upload.id'],
      [{ rows: { upload: { id, prompt: '{question}' } } }, 'input.rows.upload.prompt'],
      [{ rows: { upload: { id, prompt: '{prompt} {b}' } } }, 'input.rows.upload.prompt'],
    ] as [Partial<Input>, string][]) {
      const { code, details } = await fault(change);
      assert.deepEqual([code, details.field], ['INPUT', field], JSON.stringify(change).slice(0, 100));
    }
    assert.equal((await fault({ models: ['nobody'] })).code, 'UNKNOWN_MODEL');
  });

  it('are made though the first prompt cannot be asked: its own row says so', async () => {
    const prompts = [{ prompt: { text: '' } }, { prompt: { text: 'A' } }];
    assert.equal(
      (await rowsOf({ rows: { prompts }, operations: [attribution({ targets: [{ token: ' no token at all' }] })] }))
        .length,
      2,
    );
  });
});

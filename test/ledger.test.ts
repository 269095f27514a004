/** The ledger of a live attribution, on every reference checkpoint: what is told on the way, against the answer at the end. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attributeAll } from '../src/explain/attribution/attribute.ts';
import { keptTokens } from '../src/explain/attribution/batch.ts';
import type { LayerResult } from '../src/explain/attribution/grains/layer-result.ts';
import { isForeseen } from '../src/explain/attribution/ledger/ledger.ts';
import type { AttributionStep, ToldStep } from '../src/explain/attribution/ledger/step.ts';
import type { AttributionMethod } from '../src/explain/attribution/methods/registry.ts';
import type { AttributionResult, AttributionSelection } from '../src/explain/attribution/result.ts';
import { circulate } from '../src/explain/circulation/circulate.ts';
import type { CirculationStep } from '../src/explain/circulation/event.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import type { TargetRequest } from '../src/inference/target.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of the largest figure of its kind: the same product, with the scale of the final norm before it or behind. */
const rounding = 1e-5;
/** Of the largest of the parts, for sums that must come out the same by two ways. */
const identity = 1e-4;

const whole: AttributionSelection = { 'ledger.PROVISIONAL': 1, 'ledger.LENS': 3, 'ledger.TOTAL': 1 };
const reverseMethods = ['FROZEN', 'GRADIENT', 'ATTN_LRP'] as const;

type Step<Type extends AttributionStep['type']> = Extract<AttributionStep, { type: Type }>;

interface Told {
  readonly answers: readonly AttributionResult[];
  readonly told: readonly ToldStep[];
  /** The steps of one target, in order. */
  of(target: number): AttributionStep[];
  forward(target: number): Step<'FORWARD'>[];
  /** By layer, the first one first. */
  reverse(target: number): Step<'REVERSE'>[];
}

async function follow(
  model: LoadedModel,
  inputIds: readonly number[],
  targets: readonly TargetRequest[],
  method: AttributionMethod,
  selection: AttributionSelection,
): Promise<Told> {
  const told: ToldStep[] = [];
  const options = { steps: 3, baseline: null };
  const request = { inputIds, targets, method, options, selection };
  const answers = await attributeAll(model, request, new Gate(), (step) => void told.push(step));
  const of = (number: number) =>
    told.filter(({ target }) => target === undefined || target === number).map(({ step }) => step);
  return {
    answers,
    told,
    of,
    forward: (number) => of(number).filter((step) => step.type === 'FORWARD'),
    reverse: (number) =>
      of(number)
        .filter((step) => step.type === 'REVERSE')
        .toReversed(),
  };
}

await describeReferences((reference, model) => {
  const { layerCount, blocks } = model.specification;
  const prompt = reference.prompts.at(-1) as ReferencePrompt;
  const named = prompt.targets.map(({ position, token, against }): TargetRequest => ({ position, token, against }));
  const foreseen = named.filter((target) => isForeseen(model.specification, target));

  it('tells every block once on the way up and once on the way down, of each target', async () => {
    const layers = [...blocks.keys()];
    for (const selection of [{}, whole]) {
      const { of } = await follow(model, prompt.ids, named, 'FROZEN', selection);
      for (const target of named.keys()) {
        assert.deepEqual(
          of(target).map((step) => [step.type, 'layer' in step ? step.layer : null]),
          [
            ['STARTED', null],
            ...layers.map((layer) => ['FORWARD', layer]),
            ...layers.toReversed().map((layer) => ['REVERSE', layer]),
          ],
        );
        const [started] = of(target);
        assert.deepEqual(started, {
          type: 'STARTED',
          layerCount,
          throughBlocks: true,
          unit: 'BLOCKS',
          total: 2 * layerCount,
        });
      }
    }
  });

  it('has provisional figures that are the direct contributions, once they are multiplied by the scale of the final norm', async () => {
    for (const method of reverseMethods) {
      const { answers, forward } = await follow(model, prompt.ids, named, method, whole);
      for (const [target, request] of named.entries()) {
        const { layers = [], 'ledger.PROVISIONAL': end } = answers[target]?.grains ?? {};
        assert.equal(layers.length, layerCount);
        const scale = end?.scale ?? Number.NaN;
        assert.ok(scale > 0);
        if (!model.specification.unembedding.norm) assert.equal(scale, 1);
        const steps = forward(target);
        if (!isForeseen(model.specification, request)) {
          for (const { provisional } of steps) assert.equal(provisional, null);
          continue;
        }
        const scaled = (part: (step: NonNullable<Step<'FORWARD'>['provisional']>) => number[]) =>
          steps.flatMap(({ provisional }) => {
            assert.ok(provisional);
            return part(provisional).map((value) => value * scale);
          });
        const compare = (name: string, found: readonly number[], of: (layer: LayerResult) => number[]) => {
          const expected = layers.flatMap(of);
          assertClose(found, expected, scaledTolerance(expected, rounding), `${method}: ${name}`);
        };
        compare(
          'attention',
          scaled(({ attention }) => [attention]),
          ({ attention }) => [attention.direct],
        );
        compare(
          'attention bias',
          scaled(({ attentionBias }) => [attentionBias]),
          ({ attentionBias }) => [attentionBias.direct],
        );
        compare(
          'MLP',
          scaled(({ mlp }) => (mlp === null ? [] : [mlp])),
          ({ mlp }) => (mlp ? [mlp.direct] : []),
        );
        compare(
          'heads',
          scaled(({ heads }) => [...heads]),
          ({ heads }) => heads.map(({ direct }) => direct),
        );
      }
    }
  });

  it('tells the same of a prompt that goes through the blocks in slices', async () => {
    const { longestSlice } = model;
    const together = await follow(model, prompt.ids, named, 'FROZEN', whole);
    model.longestSlice = 3;
    const sliced = await follow(model, prompt.ids, named, 'FROZEN', whole);
    model.longestSlice = longestSlice;
    for (const target of named.keys()) {
      const figures = ({ forward, reverse }: Told) => [
        ...forward(target).flatMap(({ provisional, lens = [] }) => [
          provisional?.attention ?? 0,
          provisional?.mlp ?? 0,
          ...(provisional?.heads ?? []),
          ...lens.map(({ logit }) => logit),
        ]),
        ...reverse(target).flatMap(({ contributions, biasSoFar }) => [contributions?.residual ?? 0, biasSoFar ?? 0]),
      ];
      const expected = figures(together);
      assertClose(figures(sliced), expected, scaledTolerance(expected, rounding), 'in slices');
    }
  });

  it('says nothing provisional of what only the end decides', async () => {
    const [{ position, token }] = named as [TargetRequest];
    const undecided: TargetRequest[] = [
      { position, token: null, against: null },
      { position, token, against: null, kind: 'PROBABILITY' },
    ];
    const { forward } = await follow(model, prompt.ids, undecided, 'FROZEN', whole);
    for (const target of undecided.keys())
      for (const { provisional, lens } of forward(target)) {
        assert.equal(provisional, null);
        assert.equal(lens?.length, 3);
      }
  });

  it('has the totals of the answer on the way down, to the last bit, and they are those of the query alone', async () => {
    for (const method of reverseMethods) {
      const { answers, reverse } = await follow(model, prompt.ids, named, method, whole);
      const alone = await follow(model, prompt.ids, named, method, { layers: 1 });
      for (const target of named.keys()) {
        const contributions = reverse(target).map((step) => step.contributions);
        assert.deepEqual(contributions, answers[target]?.grains.layers);
        assert.deepEqual(contributions, alone.answers[target]?.grains.layers);
        const { grains: _, ...summary } = answers[target] as AttributionResult;
        const { grains: __, ...same } = alone.answers[target] as AttributionResult;
        assert.deepEqual(summary, same);
      }
    }
  });

  it('adds up at every depth on the way down: the residual stream and the biases so far are the logit', async () => {
    for (const method of ['FROZEN'] as const) {
      const { answers, reverse } = await follow(model, prompt.ids, named, method, whole);
      for (const target of named.keys()) {
        const { audit, bias, tokens } = answers[target] as AttributionResult;
        const steps = reverse(target);
        assert.equal(steps[0]?.biasSoFar, bias);
        const residuals = steps.map(({ contributions }) => contributions?.residual ?? Number.NaN);
        const sums = steps.map(({ biasSoFar = Number.NaN }, layer) => biasSoFar + (residuals[layer] as number));
        const tolerance = scaledTolerance([audit.logit, bias, ...tokens, ...residuals], identity);
        assertClose(
          sums,
          steps.map(() => audit.logit),
          tolerance,
          'residual and biases',
        );
      }
    }
  });

  it("has the lens of a circulation at the target's position", async () => {
    const [target] = named as [TargetRequest];
    const { forward } = await follow(model, prompt.ids, [target], 'FROZEN', whole);
    const request = { inputIds: prompt.ids, track: [target.position], target, layers: layerCount, top: 3 };
    const circulated: CirculationStep[] = [];
    await circulate(model, request, new Gate(), (step) => void circulated.push(step));
    const layers = circulated.filter((step) => step.type === 'LAYER');
    assert.equal(layers.length, layerCount);
    // Whether the position goes through the last MLP alone or with all others is a matter of rounding.
    for (const [layer, { lens = [], target }] of forward(0).entries()) {
      const expected = layers[layer];
      assert.deepEqual(
        lens.map(({ token, rank }) => ({ token, rank })),
        expected?.lens?.map(({ token, rank }) => ({ token, rank })),
      );
      const logits = (of: typeof lens = []) => of.map(({ logit }) => logit);
      assertClose(logits(lens), logits(expected?.lens), scaledTolerance(logits(expected?.lens), identity), 'lens');
      assert.equal(target?.rank, expected?.target?.rank);
    }
  });

  it('computes nothing of what is not selected', async () => {
    const graphs = async (selection: AttributionSelection) => {
      const ran: string[] = [];
      const watched = new Proxy(model, {
        get(of, property) {
          const member = Reflect.get(of, property) as unknown;
          if (typeof member !== 'function') return member;
          const method = member.bind(of) as (...args: unknown[]) => unknown;
          if (property !== 'run' && property !== 'runBlock') return method;
          return (...args: unknown[]) => {
            ran.push(String(args[0]));
            return method(...args);
          };
        },
      });
      await follow(watched, prompt.ids, foreseen.slice(0, 1), 'FROZEN', selection);
      return ran.filter((graph) => graph !== 'tokenScores').sort();
    };
    if (foreseen.length === 0) return;
    const plain = await graphs({});
    assert.deepEqual(
      plain.filter((graph) => graph === 'direct' || graph === 'direction' || graph === 'headContributions'),
      [],
    );
    assert.deepEqual(
      await graphs({ 'ledger.PROVISIONAL': 1 }),
      [...plain, 'direction', ...blocks.map(() => 'direct')].sort(),
    );
    const lens = await graphs({ 'ledger.LENS': 1 });
    assert.deepEqual([...new Set(lens)], [...new Set(plain)]);
    assert.ok(lens.length > plain.length);
  });

  it('counts the progress of the other methods up to their total', async () => {
    const [target] = named as [TargetRequest];
    const total = target.position + 1;
    const others = { OCCLUSION: total, INTEGRATED_GRADIENTS: 3, ATTENTION_ROLLOUT: layerCount };
    for (const [method, count] of Object.entries(others)) {
      const { of } = await follow(model, prompt.ids, [target], method as AttributionMethod, {});
      const [started, ...steps] = of(0);
      assert.ok(started?.type === 'STARTED' && !started.throughBlocks);
      assert.equal(started.total, count);
      const done = steps.map((step) => (step.type === 'PROGRESS' ? step.done : Number.NaN));
      assert.equal(done.at(-1), count, method);
      for (const [index, value] of done.entries()) assert.ok(value > (done[index - 1] ?? 0), `${method}: ${done}`);
    }
  });
});

await describeReferences(
  (reference, model) => {
    it('tells each of so many targets its own that they go back in several batches', async () => {
      const { ids } = reference.prompts.at(-1) as ReferencePrompt;
      const position = ids.length - 1;
      const count = Math.floor(keptTokens / ids.length) + 2;
      const targets = Array.from({ length: count }, (_, token): TargetRequest => ({ position, token, against: null }));
      const { answers, forward, reverse } = await follow(model, ids, targets, 'FROZEN', whole);
      for (const [target, { token }] of targets.entries()) {
        assert.deepEqual(
          reverse(target).map(({ contributions }) => contributions),
          answers[target]?.grains.layers,
        );
        for (const step of forward(target)) assert.equal(step.target?.token, token);
      }
    });
  },
  ['gpt2-plain'],
);

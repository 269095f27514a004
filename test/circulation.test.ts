/** Circulation in every family: against transformers' own layers, against Arrakis's formulas, and against what is attributed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { circulate } from '../src/explain/circulation/circulate.ts';
import type { CirculationStep } from '../src/explain/circulation/event.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { forEachAttributed } from './support/attributed.ts';
import { assertClose, scaledTolerance, sum } from './support/close.ts';

/** Absolute, for logits, residual streams and patterns. */
const parity = 1e-4;
/** Of the largest value involved, for sums that must come out the same by two ways. */
const identity = 1e-4;

await describeReferences((reference, model) => {
  it('circulates forward what it attributes in reverse, and shares sum to the residual stream', async () => {
    await forEachAttributed(reference, model, {}, async (prompt, index, result) => {
      const { position, token, against } = prompt.targets[index] as ReferencePrompt['targets'][number];
      const track = [...prompt.ids.keys()];
      const target = { position, token, against };
      const steps = await circulated(model, {
        inputIds: prompt.ids,
        track,
        target,
        layers: model.specification.layerCount,
        top: 3,
      });
      const completed = steps.at(-1) as Extract<CirculationStep, { type: 'COMPLETED' }>;
      const tolerance = scaledTolerance(result.tokens, identity);
      assertClose(
        completed.tracked.map(({ score }) => score),
        result.tokens,
        tolerance,
        'forward = reverse',
      );
      assert.ok(completed.audit.passed, `relative gap ${completed.audit.relativeGap}`);
      const movement = reference.tensor(prompt, 'movement');
      const direct = reference.tensor(prompt, 'direct_moves');
      const length = prompt.ids.length;
      for (const step of steps) {
        if (step.type !== 'LAYER') continue;
        const expected = movement.subarray(step.layer * length, (step.layer + 1) * length);
        assertClose(
          step.tracked.map((tracked) => tracked.movement),
          expected,
          scaledTolerance(expected, parity),
          'movement',
        );
      }
      for (const [at, { directMoves }] of completed.tracked.entries()) {
        const expected = directMoves.map((_, layer) => (layer === 0 ? 0 : (direct[layer * length + at] as number)));
        assertClose(directMoves, expected, parity, "Arrakis's direct moves");
      }
    });
  });

  it("circulates a token as transformers' own layers do with the same things held, part by part", async () => {
    for (const prompt of reference.prompts) {
      const length = prompt.ids.length;
      const { width, headCount, layerCount, vocabularySize } = model.specification;
      const target = { position: length - 1, token: null, against: null };
      const steps = await circulated(model, {
        inputIds: prompt.ids,
        track: [prompt.circulationSource],
        target,
        layers: layerCount,
        top: vocabularySize,
      });
      const circulation = reference.tensor(prompt, 'circulation');
      const residual = reference.tensor(prompt, 'residual');
      for (const step of steps) {
        if (step.type !== 'LAYER') continue;
        const { layer } = step;
        const [tracked] = step.tracked;
        assert.ok(tracked);
        const rows = Array.from({ length }, (_, position) => {
          const start = ((layer + 1) * length + position) * width;
          return [circulation.subarray(start, start + width), residual.subarray(start, start + width)] as const;
        });
        const of = (name: string, size: number) =>
          reference.tensor(prompt, name).subarray(layer * size, (layer + 1) * size);
        const compare = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) =>
          assertClose(actual, expected, scaledTolerance(expected, parity), `${what} after block ${layer}`);
        compare(
          tracked.norm,
          rows.map(([c]) => Math.sqrt(dot(c, c))),
          'norm',
        );
        compare(
          tracked.share,
          rows.map(([c, x]) => dot(c, x) / dot(x, x)),
          'share',
        );
        compare(tracked.throughAttention, of('circulation_attention', length), 'through attention');
        const throughMlp = reference.find(prompt, 'circulation_mlp')
          ? of('circulation_mlp', length)
          : new Float32Array(length);
        compare(tracked.throughMlp, throughMlp, 'through MLP');
        compare(tracked.heads ?? [], of('circulation_heads', headCount * length), 'heads');
        const patterns = of('patterns', headCount * length * length);
        const at = (head: number, to: number, from: number) => patterns[(head * length + to) * length + from] as number;
        const perHead = (value: (head: number, position: number) => number) =>
          Array.from({ length: headCount * length }, (_, index) => value(Math.floor(index / length), index % length));
        compare(
          tracked.paid ?? [],
          perHead((head, position) => at(head, prompt.circulationSource, position)),
          'attention paid',
        );
        compare(
          tracked.received ?? [],
          perHead((head, position) => at(head, position, prompt.circulationSource)),
          'attention received',
        );
        const { softcap } = model.specification.unembedding;
        const logits = of('logit_lens', vocabularySize).map((logit) =>
          softcap ? softcap * Math.tanh(logit / softcap) : logit,
        );
        const { lens = [] } = step;
        assert.equal(lens.length, vocabularySize);
        compare(
          lens.map(({ logit }) => logit),
          lens.map(({ token }) => logits[token] as number),
          'logit lens',
        );
        assert.ok(Math.abs(sum(lens.map(({ probability }) => probability)) - 1) < 1e-5, 'probabilities sum to 1');
      }
    }
  });

  it('leaves a token where it was when nothing can have moved it: causality', async () => {
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const position = Math.floor(prompt.ids.length / 2);
    const target = { position: prompt.ids.length - 1, token: null, against: null };
    const steps = await circulated(model, { inputIds: prompt.ids, track: [position], target, layers: 1, top: 0 });
    for (const step of steps) {
      if (step.type !== 'LAYER') continue;
      const { norm, heads = [], received = [] } = step.tracked[0] as (typeof step.tracked)[number];
      assert.ok(
        norm.subarray(0, position).every((value) => value === 0),
        'no influence on earlier positions',
      );
      assert.ok((norm[position] as number) > 0);
      for (let head = 0; head < model.specification.headCount; head++) {
        const row = head * prompt.ids.length;
        assert.ok(heads.slice(row, row + position).every((value) => value === 0));
        assert.ok(
          received.slice(row, row + position).every((value) => value === 0),
          'no earlier position attends to it',
        );
      }
    }
  });
});

async function circulated(model: LoadedModel, request: Parameters<typeof circulate>[1]): Promise<CirculationStep[]> {
  const steps: CirculationStep[] = [];
  await circulate(model, request, new Gate(), (step) => steps.push(step));
  return steps;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((total, value, index) => total + value * (b[index] as number), 0);
}

/** The sample model does what its card says, and its attributions find what is known to be the evidence. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Checkpoint, openCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { attribute } from '../../src/explain/attribution/attribute.ts';
import { circulate } from '../../src/explain/circulation/circulate.ts';
import type { CirculationStep } from '../../src/explain/circulation/event.ts';
import { forwardPass } from '../../src/inference/forward-pass.ts';
import { Gate } from '../../src/inference/gate.ts';
import { LoadedModel } from '../../src/inference/loaded-model.ts';
import { readTarget } from '../../src/inference/target.ts';
import { sampleFolder } from '../server/harness.ts';
import { assertClose, scaledTolerance } from '../support/close.ts';

interface HeldOut {
  readonly prompt: string;
  readonly answer: string;
  readonly against: string | null;
  /** Character spans of what should be the evidence. */
  readonly evidence: readonly (readonly [start: number, end: number])[];
}

const heldOut = JSON.parse(readFileSync(new URL('./held-out.json', import.meta.url), 'utf8')) as Record<
  string,
  HeldOut[]
>;
const coarse = {};

describe('the sample model', () => {
  let model: LoadedModel;
  let checkpoint: Checkpoint;
  before(async () => {
    checkpoint = await openCheckpoint(sampleFolder);
    model = new LoadedModel(checkpoint, 1);
  });
  after(() => model.release());

  const tokenOf = (text: string): number => {
    const id = checkpoint.tokenizer.single(text);
    assert.ok(id !== undefined, `${JSON.stringify(text)} is one token`);
    return id;
  };
  /** Positions of the tokens that overlap a span of characters. */
  const positionsOf = (prompt: string, spans: HeldOut['evidence']): number[] => {
    let end = 0;
    return checkpoint.tokenizer.encode(prompt).flatMap((id, position) => {
      const start = end;
      end += checkpoint.tokenizer.token(id).text.length;
      return spans.some(([from, to]) => start < to && from < end) ? [position] : [];
    });
  };

  for (const [kind, prompts] of Object.entries(heldOut)) {
    it(`has the expected word as its top choice at least 95 times of 100 on held-out prompts: ${kind}`, async (t) => {
      assert.ok(prompts.length >= 100);
      let right = 0;
      for (const { prompt, answer } of prompts) {
        const ids = checkpoint.tokenizer.encode(prompt);
        const { last } = await forwardPass(model, ids, new Gate());
        const { target } = await readTarget(model, last, {
          position: ids.length - 1,
          token: tokenOf(answer),
          against: null,
        });
        if (target.rank === 1) right++;
      }
      t.diagnostic(`${right} of ${prompts.length}`);
      assert.ok(right / prompts.length >= 0.95, `${right} of ${prompts.length}`);
    });
  }

  it('attributes an indirect object to its mention: mean reciprocal rank at least 0.8 over 100 held-out prompts', async (t) => {
    const prompts = (heldOut.indirectObject ?? []).slice(0, 120);
    assert.ok(prompts.length >= 100);
    let found = 0;
    let random = 0;
    for (const { prompt, answer, against, evidence } of prompts) {
      const inputIds = checkpoint.tokenizer.encode(prompt);
      const target = { position: inputIds.length - 1, token: tokenOf(answer), against: tokenOf(against ?? '') };
      const { tokens, audit } = await attribute(
        model,
        { inputIds, target, method: 'FROZEN', selection: coarse },
        new Gate(),
      );
      assert.ok(audit.passed, `${prompt}: relative gap ${audit.relativeGap}`);
      const best = Math.max(...positionsOf(prompt, evidence).map((position) => tokens[position] as number));
      found += 1 / (1 + tokens.filter((score) => score > best).length);
      // A random order puts the evidence at each of n ranks alike: the mean of 1/rank.
      random += inputIds.reduce((sum, _, index) => sum + 1 / (index + 1), 0) / inputIds.length;
    }
    const [rank, floor] = [found / prompts.length, random / prompts.length];
    t.diagnostic(`mean reciprocal rank ${rank.toFixed(3)}; of a random order ${floor.toFixed(3)}`);
    assert.ok(rank >= 0.8, `mean reciprocal rank ${rank}`);
  });

  it('adds up on prompts of every kind, at several positions, and circulates forward what it attributes in reverse', async () => {
    for (const { prompt } of Object.values(heldOut).flatMap((prompts) => prompts.slice(0, 3))) {
      const inputIds = checkpoint.tokenizer.encode(prompt);
      for (const position of [inputIds.length - 1, Math.floor(inputIds.length / 2)]) {
        for (const against of [null, 300]) {
          const target = { position, token: null, against };
          const {
            tokens,
            audit,
            target: found,
          } = await attribute(model, { inputIds, target, method: 'FROZEN', selection: coarse }, new Gate());
          assert.ok(audit.passed, `${prompt}: relative gap ${audit.relativeGap}`);
          const steps: CirculationStep[] = [];
          const request = {
            inputIds,
            track: [...inputIds.keys()],
            target: { ...target, token: found.token },
            layers: 4,
            top: 1,
          };
          await circulate(model, request, new Gate(), (step) => steps.push(step));
          const completed = steps.at(-1) as Extract<CirculationStep, { type: 'COMPLETED' }>;
          assert.ok(completed.audit.passed);
          assertClose(
            completed.tracked.map(({ score }) => score),
            tokens,
            scaledTolerance(tokens, 1e-4),
            'forward = reverse',
          );
        }
      }
    }
  });
});

import { sum, times } from '../../../inference/cost.ts';
import { embed } from '../../../inference/forward-pass.ts';
import { at } from '../../../inference/rows.ts';
import {
  eachIn,
  eachOf,
  type ResolvedTarget,
  readRows,
  readWhole,
  type TargetReading,
  type TargetRequest,
  type WholeReading,
} from '../../../inference/target.ts';
import { baselineEmbedding } from '../baseline.ts';
import { askedOf } from '../end.ts';
import { readingDemand } from '../reading-demand.ts';
import { ReplaceablePrompt, type Replacements, replacementsDemand } from '../replacements.ts';
import type { AttributionResult } from '../result.ts';
import { ofTokens } from '../token-scores.ts';
import type { Method } from './method.ts';

/**
 * Takes one token away at a time and runs the model again: a_s = logit − logit with the token's part of x^0_s replaced by
 * the baseline's. Exact for each token by itself; together they need not sum to the logit.
 */
export const occlusion: Method<'OCCLUSION'> = {
  name: 'OCCLUSION',
  version: 2,
  description:
    'Takes one token away at a time, runs the model again from there on and reports how much the logit falls. No approximation, and a causal answer for each token alone; together the parts need not sum to the logit. Tokens only, no finer grains. One pass forward for each token, from its position on.',
  options: { baseline: null },
  throughBlocks: false,
  graphs: ['embedding', 'forward', 'target'],
  passes: (_options, length) => length,
  progress: (_model, { targets }) => ({ unit: 'TOKENS', total: askedOf(targets).end }),
  demand(model, { inputIds, targets }) {
    const { cost, activations } = replacementsDemand(model, eachTokenAlone(targets), targets.flatMap(eachOf).length);
    return {
      cost: sum(
        times(2, model.embedding(inputIds.length)),
        ...targets.map((target) => readingDemand(model, target).cost),
        cost,
      ),
      activations,
    };
  },
  async run(model, { inputIds, targets, options }, gate, tell) {
    const embedded = await embed(model, inputIds);
    const { x } = embedded;
    const prompt = new ReplaceablePrompt(model, x, await baselineEmbedding(model, embedded, options?.baseline));
    const replacements = eachTokenAlone(targets);
    const own = await prompt.run([], replacements.read, gate);
    const asked: { reading: WholeReading; tokens: Float64Array }[] = [];
    const singles: { target: ResolvedTarget; whole: number; tokens: Float64Array }[] = [];
    for (const target of targets) {
      const reading = await readWhole(model, own.last, target);
      const tokens = new Float64Array(inputIds.length);
      asked.push({ reading, tokens });
      for (const [index, single] of eachOf({ ...target, token: reading.target.token }).entries())
        singles.push({ target: single, whole: (eachIn(reading)[index] as TargetReading).attributed, tokens });
    }
    let done = 0;
    for await (const { runs, from, last } of prompt.runs(replacements, [own.past], gate)) {
      for (const { target, whole, tokens } of singles) {
        if (target.position < from) continue;
        const { attributed } = await readRows(model, last, { ...target, position: target.position - from });
        for (const [index, position] of runs.entries())
          if (position <= target.position) tokens[position] = at(tokens, position) + whole - at(attributed, index);
      }
      done += runs.length;
      await tell({ step: { type: 'PROGRESS', done } });
    }
    const answers: AttributionResult[] = [];
    for (const { reading, tokens } of asked)
      answers.push(await ofTokens(model, reading, Float32Array.from(tokens), x, gate));
    return answers;
  },
};

/** No token after a target's position can change it: those stay 0. */
function eachTokenAlone(targets: readonly TargetRequest[]): Replacements {
  const { read, end } = askedOf(targets);
  const runs = Array.from({ length: end }, (_, position) => [position]);
  return { origins: [[]], runs, read: [...read] };
}

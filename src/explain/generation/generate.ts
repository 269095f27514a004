/** An answer, token by token, with what each token comes from. */
import { Decoding } from '../../inference/decoding.ts';
import { inputsOf, type Keep } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { BlockGraph, GrowingGraph, LoadedModel, SingleGraph } from '../../inference/loaded-model.ts';
import { readNext, readTarget, type TargetReading } from '../../inference/target.ts';
import type { Tensor } from '../../inference/tensor.ts';
import { passBack } from '../attribution/pass-back.ts';
import type { AnswerAttribution, GenerationRequest, GenerationStep } from './event.ts';
import { distributionOf, readingOf, sample } from './sampling.ts';
import { stopOf } from './stop.ts';

/** Raised when the events of a generation change. */
export const generationVersion = 1;

/** The sessions that a generation needs. */
export function generationGraphs({ attribution }: GenerationRequest): (BlockGraph | SingleGraph | GrowingGraph)[] {
  return [
    ...(['embedding', 'growing', 'target'] as const),
    ...(attribution ? ([`reverse.${attribution.method}`, 'tokenScores'] as const) : []),
    ...(attribution?.kind ? (['linearised'] as const) : []),
  ];
}

/** Positions, over all rows of a batch, of the reverse passes that are made together; and rows at the most. */
const positionsTogether = 1024;
const mostTogether = 8;

/** Tokens that are explained together: of a long sequence a batch is no faster, and what it says comes later. */
export function explainedTogether(length: number): number {
  return Math.max(1, Math.min(mostTogether, Math.floor(positionsTogether / length)));
}

/** A token that was chosen, and not explained yet. */
interface Chosen {
  readonly index: number;
  readonly reading: TargetReading;
}

/**
 * Tells each token as it is chosen, and what it comes from once so many wait for that as are explained together.
 * @param tell to be awaited with each step as it comes
 * @throws TributaryError CANCELLED between two blocks
 */
export async function generate(
  model: LoadedModel,
  request: GenerationRequest,
  gate: Gate,
  tell: (step: GenerationStep) => Promise<void>,
): Promise<void> {
  const { inputIds, maxTokens, sampling, top, attribution } = request;
  await tell({ type: 'STARTED', tokens: inputIds, maxTokens });
  const stop = await stopOf(model, request);
  const kind = attribution?.kind;
  const decoding = new Decoding(model, gate, attribution ? wayBack(model, attribution) : undefined);
  const answer: number[] = [];
  const waiting: Chosen[] = [];
  let since = performance.now();
  let x = await decoding.read(inputIds);
  for (;;) {
    const { own, logits } = await readNext(model, x, { position: 0, kind }, top);
    const distribution = distributionOf(logits);
    const index = answer.length;
    const token = sampling ? sample(distribution, sampling, index) : own.target.token;
    const { entropy, total } = distribution;
    const figures = readingOf(distribution, token);
    const elapsed = performance.now() - since;
    const logProbability = figures.logit - total;
    const alternatives = own.lens.slice(0, top);
    await tell({ type: 'TOKEN', index, elapsed, ...figures, logProbability, entropy, top: alternatives });
    since = performance.now();
    answer.push(token);
    const reason = stop(answer);
    if (attribution) {
      waiting.push({ index, reading: await readingAt(model, x, own, token, decoding.length - 1) });
      const enough = waiting.length >= explainedTogether(decoding.length);
      if (reason || enough || decoding.changesWith(1))
        await explain(model, attribution, decoding, waiting.splice(0), gate, tell);
    }
    if (reason) {
      await tell({ type: 'COMPLETED', reason, answer });
      return;
    }
    x = await decoding.read([token]);
  }
}

function wayBack(model: LoadedModel, { method }: AnswerAttribution): Keep {
  return inputsOf(model, `reverse.${method}`, ['x']);
}

/** The reading of a chosen token as a target. @param x where it is predicted, [1, 1, width] @param own the model's own choice */
async function readingAt(
  model: LoadedModel,
  x: Tensor,
  own: TargetReading,
  token: number,
  position: number,
): Promise<TargetReading> {
  const { kind } = own.target;
  const reading =
    token === own.target.token ? own : await readTarget(model, x, { position: 0, token, against: null, kind });
  return { ...reading, target: { ...reading.target, position } };
}

/** One way back for several tokens of the answer, over the pass that is behind them all. */
async function explain(
  model: LoadedModel,
  { method }: AnswerAttribution,
  decoding: Decoding,
  chosen: readonly Chosen[],
  gate: Gate,
  tell: (step: GenerationStep) => Promise<void>,
): Promise<void> {
  const readings = chosen.map(({ reading }) => reading);
  const pass = decoding.passed(readings.map(({ target }) => target.position));
  const answers = await passBack(model, method, pass, readings, {}, decoding.length, gate);
  for (const [row, { target, tokens, positions, bias, intercept, audit }] of answers.entries()) {
    const { index } = chosen[row] as Chosen;
    // Nothing behind a position can matter to it.
    const end = target.position + 1;
    await tell({
      type: 'ATTRIBUTED',
      index,
      target,
      tokens: tokens.slice(0, end),
      positions: positions?.slice(0, end) ?? null,
      bias,
      ...(intercept !== undefined && { intercept }),
      audit,
    });
  }
}

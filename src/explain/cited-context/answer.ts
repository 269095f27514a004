/** An answer behind its prompt: the model's own where none is given, the pass over both, and what it says of each token. */
import { Decoding } from '../../inference/decoding.ts';
import { type ForwardPass, forwardPass, inputsOf } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { rotatesAlike } from '../../inference/rotating.ts';
import { at } from '../../inference/rows.ts';
import { pastNames } from '../../inference/slices.ts';
import { readTarget } from '../../inference/target.ts';
import { floatsOf, integers, type Tensor } from '../../inference/tensor.ts';
import { rowsTogether } from '../activations/end.ts';
import { stopOf } from '../generation/stop.ts';
import type { AnswerTokenReading, CitedContextRequest } from './result.ts';

/** A prompt with an answer behind it, whose last token is predicted and not read. */
export interface Answered {
  readonly answer: readonly number[];
  /** All that was read. */
  readonly ids: readonly number[];
  /** Where each token of the answer is predicted. */
  readonly positions: readonly number[];
}

export function answered(inputIds: readonly number[], answer: readonly number[]): Answered {
  const ids = [...inputIds, ...answer.slice(0, -1)];
  return { answer, ids, positions: answer.map((_, index) => inputIds.length - 1 + index) };
}

/**
 * The pass over prompt and answer, which is made while the answer is written where it is the model's own.
 * @returns `pass` with what a way back takes, and keys and values
 * @throws TributaryError CANCELLED between two blocks
 */
export async function answeredPass(
  model: LoadedModel,
  { inputIds, answer, method, ...request }: CitedContextRequest,
  gate: Gate,
): Promise<Answered & { readonly pass: ForwardPass }> {
  const keep = inputsOf(model, `reverse.${method}`, ['x', ...pastNames]);
  const whole = async (given: readonly number[]) => {
    const asked = answered(inputIds, given);
    const { length } = asked.ids;
    const positions = model.positions(length, { from: 0, to: length }, asked.positions);
    return { ...asked, pass: await forwardPass(model, asked.ids, gate, keep, positions) };
  };
  if (answer) return whole(answer);
  const decoding = new Decoding(model, gate, keep);
  const own = await ownAnswer(model, { inputIds, ...request }, decoding);
  const asked = answered(inputIds, own);
  // The beginning was read as if the sequence ended there.
  if (!rotatesAlike(model.specification, inputIds.length, asked.ids.length)) return whole(own);
  return { ...asked, pass: decoding.passed(asked.positions) };
}

/** The likeliest token each time, until one ends the answer; that one is its last. */
async function ownAnswer(
  model: LoadedModel,
  request: Pick<CitedContextRequest, 'inputIds' | 'maxTokens' | 'stopTokens' | 'stopTexts'>,
  decoding: Decoding,
): Promise<number[]> {
  const stop = await stopOf(model, request);
  const answer: number[] = [];
  let x = await decoding.read(request.inputIds);
  for (;;) {
    const { target } = await readTarget(model, x, { position: 0, token: null, against: null });
    answer.push(target.token);
    if (stop(answer)) return answer;
    x = await decoding.read([target.token]);
  }
}

/**
 * What the model says of each token of an answer.
 * @param last x^L, [1, position, width], right at the positions
 * @param positions of `last` where the tokens are predicted
 */
export async function readAnswer(
  model: LoadedModel,
  last: Tensor,
  positions: readonly number[],
  answer: readonly number[],
  gate: Gate,
): Promise<AnswerTokenReading[]> {
  const together = rowsTogether(model.specification.vocabularySize);
  const readings: AnswerTokenReading[] = [];
  for (let from = 0; from < answer.length; from += together) {
    gate.throwIfCancelled();
    const tokens = answer.slice(from, from + together);
    const where = positions.slice(from, from + together).flatMap((position) => [0, position]);
    const out = await model.run(
      'target',
      {
        x: last,
        at: integers(where, tokens.length, 2),
        token: integers(tokens),
        against: integers(tokens.map(() => -1)),
        top: integers([1]),
      },
      ['capped_logit', 'log_sum_exp', 'rank'],
    );
    const of = (name: string, row: number) => at(floatsOf(out, name), row);
    for (const [row, token] of tokens.entries())
      readings.push({
        token,
        logProbability: of('capped_logit', row) - of('log_sum_exp', row),
        rank: of('rank', row),
      });
  }
  return readings;
}

/** Of the whole answer: the sum over its tokens. */
export function logProbabilityOf(readings: readonly AnswerTokenReading[]): number {
  return readings.reduce((sum, { logProbability }) => sum + logProbability, 0);
}

/** Which passages of a prompt an answer comes from, and what becomes of the answer without them. */
import type { ForwardPass } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { BlockGraph, GrowingGraph, LoadedModel, SingleGraph } from '../../inference/loaded-model.ts';
import { at } from '../../inference/rows.ts';
import type { Span } from '../../inference/span.ts';
import { readWhole } from '../../inference/target.ts';
import type { Tensors } from '../../inference/tensor.ts';
import { passBack } from '../attribution/pass-back.ts';
import type { AttributionResult } from '../attribution/result.ts';
import { sharesOf } from '../attribution/shares.ts';
import { type Answered, answeredPass, logProbabilityOf, readAnswer } from './answer.ts';
import { drawn, PassagesLeftOut, type Whole } from './leaving-out.ts';
import { placesOf } from './prompt.ts';
import type { CitedContextRequest, CitedContextResult, PassageScore } from './result.ts';

/** The sessions that it needs. */
export function citedContextGraphs(request: CitedContextRequest): (BlockGraph | SingleGraph | GrowingGraph)[] {
  const { answer, method, kind } = request;
  return [
    ...(['embedding', 'forward', 'target', `reverse.${method}`, 'tokenScores'] as const),
    ...(answer ? [] : (['growing'] as const)),
    ...(kind ? (['linearised'] as const) : []),
  ];
}

/** @throws TributaryError CANCELLED between two blocks, PROMPT where nothing is left of a prompt without its passages */
export async function citedContext(
  model: LoadedModel,
  request: CitedContextRequest,
  gate: Gate,
): Promise<CitedContextResult> {
  const { inputIds, strongest, random, seed, checked } = request;
  const tokenizer = await model.tokenizer();
  const { whole, answer, scores } = await read(model, request, gate);
  const { tokens, ...explained } = scores;
  const places = placesOf(tokenizer, request.prompt, inputIds, () => gate.throwIfCancelled());
  const passages = scored(tokens, places);
  const ofPassages = passages.reduce((sum, { score }) => sum + score, 0);
  const first = [...passages.keys()].sort((a, b) => rankOf(passages, a) - rankOf(passages, b)).slice(0, strongest);
  const leftOut = new PassagesLeftOut(model, tokenizer, whole, gate);
  return {
    passages,
    answer,
    logProbability: whole.logProbability,
    rest: total(tokens, { from: 0, to: inputIds.length }) - ofPassages,
    ofAnswer: total(tokens, { from: inputIds.length, to: tokens.length }),
    ...explained,
    ...(checked.strongest && { strongest: await leftOut.each(first) }),
    ...(checked.random && { random: await leftOut.each(drawn(passages.length, first, random, seed)) }),
  };
}

/** Prompt and answer by one pass and its way back, of which only keys and values are left. */
async function read(model: LoadedModel, request: CitedContextRequest, gate: Gate) {
  const { pass, answer, ids, positions } = await answeredPass(model, request, gate);
  const readings = await readAnswer(model, pass.last, positions, answer, gate);
  const past = pass.saved.map(({ key, value }) => ({ key, value }) as Tensors);
  const whole: Whole = { prompt: request.prompt, answer, logProbability: logProbabilityOf(readings), ids, past };
  return { whole, answer: readings, scores: await explained(model, request, { answer, ids, positions }, pass, gate) };
}

type AnswerScores = Pick<AttributionResult, 'tokens' | 'bias' | 'intercept' | 'audit'>;

/** The scores of all tokens for the answer as a whole: a span, of which there is one way back. */
async function explained(
  model: LoadedModel,
  { method, kind }: CitedContextRequest,
  { answer, positions, ids }: Answered,
  pass: ForwardPass,
  gate: Gate,
): Promise<AnswerScores> {
  const [position, token] = [positions.at(-1) as number, answer.at(-1) as number];
  const span = { from: at(positions, 0) + 1, tokens: answer };
  const reading = await readWhole(model, pass.last, { position, token, against: null, kind, span });
  const [scores] = await passBack(model, method, pass, [reading], {}, ids.length, gate);
  const { tokens, bias, intercept, audit } = scores as AttributionResult;
  return { tokens, bias, ...(intercept !== undefined && { intercept }), audit };
}

function scored(tokens: Float32Array, places: readonly Span[]): PassageScore[] {
  const scores = places.map((place) => total(tokens, place));
  const shares = sharesOf(Float32Array.from(scores));
  return places.map(({ from, to }, place) => {
    const score = at(scores, place);
    // Of equal ones the earlier comes first.
    const better = scores.filter((other, index) => other > score || (other === score && index < place)).length;
    return { from, to, score, share: shares[place] ?? null, rank: better + 1 };
  });
}

function rankOf(passages: readonly PassageScore[], place: number): number {
  return (passages[place] as PassageScore).rank;
}

function total(tokens: Float32Array, { from, to }: Span): number {
  return tokens.subarray(from, to).reduce((sum, score) => sum + score, 0);
}

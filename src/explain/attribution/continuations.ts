/** Spans against another continuation of the same prompt: two sequences, each traced by itself, and what the one has more than the other. */
import type { ModelSpecification } from '../../architecture/specification.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { at } from '../../inference/rows.ts';
import type { SpanRequest, SpanResult, TargetRequest } from '../../inference/target.ts';
import type { BatchPrompt, BatchRequest } from './batch-request.ts';
import { progressAfter, sparing, type Tell } from './ledger/step.ts';
import { methodOf } from './methods/registry.ts';
import type { AttributionRequest, AttributionResult, AuditResult } from './result.ts';

type Contrasted = TargetRequest & { readonly span: SpanRequest & { readonly against: readonly number[] } };

export function isContrasted(target: TargetRequest): target is Contrasted {
  return target.span?.against !== undefined;
}

/** Prompts that are asked for what one sequence answers, with those targets alone: their numbers, and the targets' places. */
export function plainIn({ prompts }: Pick<BatchRequest, 'prompts'>) {
  return prompts.flatMap(({ inputIds, targets }, number) => {
    const places = [...targets.keys()].filter((place) => !isContrasted(targets[place] as TargetRequest));
    const prompt: BatchPrompt = { inputIds, targets: places.map((place) => targets[place] as TargetRequest) };
    return places.length > 0 ? [{ number, places, prompt }] : [];
  });
}

/** Targets that take two sequences, with their places among a prompt's. */
export function contrastedIn({ targets }: Pick<AttributionRequest, 'targets'>) {
  return targets.flatMap((target, place) => (isContrasted(target) ? [{ place, target }] : []));
}

/**
 * The sequences that contrasted spans take: the prompt, for all of them, and of each what it is contrasted with. Of these
 * nothing is known but tokens.
 */
export function sequencesOf(
  request: AttributionRequest,
  targets: readonly Contrasted[],
): [own: AttributionRequest, ...others: AttributionRequest[]] {
  const own = targets.map(({ span: { from, tokens }, ...target }) => ({ ...target, span: { from, tokens } }));
  const others = targets.map(({ span: { from, against }, kind }) => ({
    ...{ ...request, selection: {} },
    inputIds: [...request.inputIds.slice(0, from), ...against],
    targets: [
      {
        position: from + against.length - 2,
        token: at(against, against.length - 1),
        against: null,
        ...(kind && { kind }),
        span: { from, tokens: against },
      },
    ],
  }));
  return [{ ...request, targets: own, selection: {} }, ...others];
}

/** The longest sequence of a request, in tokens. */
export function longestOf({ inputIds, targets }: Pick<AttributionRequest, 'inputIds' | 'targets'>): number {
  const others = targets.filter(isContrasted).map(({ span: { from, against } }) => from + against.length);
  return Math.max(inputIds.length, ...others);
}

/**
 * One answer for each target, in order; of its way only how far it is is told, over both sequences.
 * @param tell by the place among `targets`
 * @throws TributaryError CANCELLED between two blocks
 */
export async function attributeContrasted(
  model: LoadedModel,
  request: AttributionRequest,
  targets: readonly Contrasted[],
  gate: Gate,
  tell: Tell,
): Promise<AttributionResult[]> {
  const method = methodOf(request.method);
  const [own, ...others] = sequencesOf(request, targets);
  const totalOf = (sequence: AttributionRequest) => method.progress(model.specification, sequence).total;
  const { unit } = method.progress(model.specification, own);
  const { layerCount } = model.specification;
  const tellers: Tell[] = [];
  for (const [place, other] of others.entries()) {
    const total = totalOf(own) + totalOf(other);
    await tell({ target: place, step: { type: 'STARTED', layerCount, throughBlocks: false, unit, total } });
    tellers.push(sparing(({ step }) => tell({ target: place, step }), { unit, total }));
  }
  const tellOwn = told(model.specification, totalOf(own), async (done, target) => {
    const those = target === undefined ? tellers : [tellers[target]];
    for (const teller of those) await teller?.({ step: { type: 'PROGRESS', done } });
  });
  const answers = await method.run(model, own, gate, tellOwn);
  const differences: AttributionResult[] = [];
  for (const [place, other] of others.entries()) {
    const tellOther = told(model.specification, totalOf(other), (done) =>
      tellers[place]?.({ step: { type: 'PROGRESS', done: totalOf(own) + done } }),
    );
    const [against] = await method.run(model, other, gate, tellOther);
    differences.push(differenceOf(answers[place] as AttributionResult, against as AttributionResult));
  }
  return differences;
}

/** Of the steps of a method how far it is, of `total`. */
function told(
  { layerCount }: Pick<ModelSpecification, 'layerCount'>,
  total: number,
  tell: (done: number, target: number | undefined) => unknown,
): Tell {
  return ({ step, target }) => tell(Math.round(total * progressAfter(step, { total }, layerCount)), target);
}

/** f(span) − f(other): the tokens before both have what the one gives them more, those of each their own share. */
function differenceOf(own: AttributionResult, other: AttributionResult): AttributionResult {
  const span = own.target.span as SpanResult;
  const { from } = span;
  const less = (scores: Float32Array, others: Float32Array | undefined) =>
    scores.map((score, position) => (position < from ? score - at(others ?? [], position) : score));
  const scores = other.tokens.slice(from).map((score) => 0 - score);
  const { embedding, intercept } = own;
  return {
    target: { ...own.target, span: { ...span, against: { tokens: other.target.span?.tokens ?? [], scores } } },
    tokens: less(own.tokens, other.tokens),
    positions: own.positions && less(own.positions, other.positions ?? undefined),
    bias: own.bias - other.bias,
    ...(intercept !== undefined && { intercept: intercept - (other.intercept ?? 0) }),
    audit: bothAudits(own.audit, other.audit),
    embedding: { direct: embedding.direct - other.embedding.direct, total: embedding.total - other.embedding.total },
    grains: {},
  };
}

/** A difference adds up as far as both that it is of do. */
function bothAudits(own: AuditResult, other: AuditResult): AuditResult {
  return {
    logit: own.logit - other.logit,
    sum: own.sum - other.sum,
    gap: own.gap - other.gap,
    relativeGap: Math.max(own.relativeGap, other.relativeGap),
    tolerance: own.tolerance,
    passed: own.passed && other.passed,
  };
}

/** What is asked: a prompt, a target, a method. */
import type {
  AttributionOptionsInput,
  CirculationInput,
  LogitAttributionInput,
  RunRequestPartsFragment,
  TargetInput,
} from '../../client/generated/graphql.ts';

/** As `logitAttribution` takes it. */
export type Question = LogitAttributionInput;

/** The question that a stored run was asked, with the same token ids. */
export function questionOf(model: string, request: RunRequestPartsFragment): Question {
  const { prompt, target } = request;
  return {
    model,
    prompt: { tokenIds: prompt.tokens.map(({ tokenId }) => tokenId) },
    target: askedOf(target),
    ...(request.__typename === 'LogitAttributionRequest' && {
      method: request.method,
      ...(request.options && { options: optionsOf(request.options) }),
    }),
  };
}

function askedOf({ position, token, against, kind, span }: RunRequestPartsFragment['target']): TargetInput {
  if (span) {
    const tokenIds = span.against?.map(({ tokenId }) => tokenId);
    return { kind, span: { from: span.from, to: span.to, ...(tokenIds && { against: { tokenIds } }) } };
  }
  return {
    position,
    kind,
    ...(token && { token: { tokenId: token.tokenId } }),
    ...(against && { against: { tokenId: against.tokenId } }),
  };
}

/** The tracked positions' way to the same target. */
export function circulationOf(
  { model, prompt }: Question,
  target: TargetInput,
  track: readonly number[],
): CirculationInput {
  return { model, prompt, target, track: [...track] };
}

function optionsOf({
  steps,
  baseline,
}: {
  steps: number | null;
  baseline: { tokenId: number } | null;
}): AttributionOptionsInput {
  return { ...(steps !== null && { steps }), ...(baseline && { baseline: { tokenId: baseline.tokenId } }) };
}

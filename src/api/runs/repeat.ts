/** A stored question asked again, as if a client had sent it. */
import { ledgerFigures } from '../../explain/attribution/ledger/ledger.ts';
import type { AttributionInput } from '../../explain/attribution/result.ts';
import { circulationFigures } from '../../explain/circulation/event.ts';
import type { TargetRequest } from '../../inference/target.ts';
import type { RunRecord } from '../../runs/types.ts';
import { selectionOfFigures } from '../attribution/figures.ts';
import { type AttributionMethod, attributionQuestion } from '../attribution/request.ts';
import type { Context } from '../builder.ts';
import { circulationQuestion } from '../circulation/request.ts';
import { subjectOf } from './subject.ts';

/**
 * The run that answers the question of another one, of the model of that name as it is now.
 * @throws TributaryError UNKNOWN_MODEL or CHECKPOINT where there is no such model any more, PROMPT or TARGET where it does
 *   not have the tokens or blocks
 */
export async function repeated(
  { modelName, question }: RunRecord,
  keep: boolean,
  { catalogue, runs, client }: Context,
): Promise<RunRecord> {
  const model = await catalogue.get(modelName);
  const { inputIds, target } = question.input;
  const asked = { model: modelName, prompt: { tokenIds: [...inputIds] }, target: targetInput(target) };
  const asking = { keep, client };
  if (question.kind === 'CIRCULATION') {
    const { track, layers, top, figures = circulationFigures } = question.input;
    const request = circulationQuestion(model, { ...asked, track: [...track], layers, top }, figures);
    return runs.startCirculation(await subjectOf(model), request, asking);
  }
  const { method, options } = question.input;
  const request = attributionQuestion(model, {
    ...asked,
    method: method as typeof AttributionMethod.$inferType,
    options: options && optionsInput(options),
  });
  const [run] = await runs.startAttributions(
    await subjectOf(model),
    request,
    selectionOfFigures(ledgerFigures),
    asking,
  );
  return run as RunRecord;
}

function targetInput({ position, token, against, kind }: TargetRequest) {
  return { position, token: tokenInput(token), against: tokenInput(against), kind: kind ?? ('LOGIT' as const) };
}

/** A method is given what it takes alone: a question that was stored has all of that. */
function optionsInput({ steps, baseline = null }: NonNullable<AttributionInput['options']>) {
  return { steps, baseline: tokenInput(baseline) };
}

function tokenInput(tokenId: number | null) {
  return tokenId === null ? null : { tokenId };
}

/** A stored question asked again, as if a client had sent it. */
import { ledgerFigures } from '../../explain/attribution/ledger/ledger.ts';
import type { AttributionInput } from '../../explain/attribution/result.ts';
import { circulationFigures } from '../../explain/circulation/event.ts';
import type { SpanRequest, TargetRequest } from '../../inference/target.ts';
import { subjectOf } from '../../runs/subject.ts';
import type { Asking, RunRecord } from '../../runs/types.ts';
import { selectionOfFigures } from '../attribution/figures.ts';
import { type AttributionMethod, attributionQuestion } from '../attribution/request.ts';
import type { Context } from '../builder.ts';
import { circulationQuestion } from '../circulation/request.ts';
import { generationQuestion } from '../generation/request.ts';

/**
 * The run that answers the question of another one, of the model of that name as it is now.
 * @throws TributaryError UNKNOWN_MODEL or CHECKPOINT where there is no such model any more, PROMPT or TARGET where it does
 *   not have the tokens or blocks
 */
export async function repeated(
  { modelName, question }: RunRecord,
  asked: Pick<Asking, 'keep' | 'experiments'>,
  { catalogue, runs, client }: Context,
): Promise<RunRecord> {
  const model = await catalogue.get(modelName);
  const subject = await subjectOf(model);
  const asking = { ...asked, client };
  const prompt = { tokenIds: [...question.input.inputIds] };
  // Ids do not tell where the messages are that they were made of.
  const { messages } = question.input;
  const ofMessages = messages && { messages };
  switch (question.kind) {
    case 'CIRCULATION': {
      const { track, layers, top, target, figures = circulationFigures } = question.input;
      const input = { model: modelName, prompt, target: targetInput(target), track: [...track], layers, top };
      const again = { ...circulationQuestion(model, input, figures), ...ofMessages };
      return runs.startCirculation(subject, again, asking);
    }
    case 'LOGIT_ATTRIBUTION': {
      const { method, options, target } = question.input;
      const input = {
        ...{ model: modelName, prompt, target: targetInput(target) },
        method: method as typeof AttributionMethod.$inferType,
        options: options && optionsInput(options),
      };
      const selection = selectionOfFigures(ledgerFigures);
      const again = { ...attributionQuestion(model, input), ...ofMessages };
      const [run] = await runs.attributions.start(subject, again, selection, asking);
      return run as RunRecord;
    }
    case 'GENERATION': {
      const { maxTokens, sampling, stopTokens, stopTexts, top, attribution } = question.input;
      const input = {
        ...{ model: modelName, prompt, maxTokens, sampling, top },
        stop: { texts: [...stopTexts], endOfText: false },
        attribution: attribution && { ...attribution, kind: attribution.kind ?? ('LOGIT' as const) },
      };
      const again = { ...generationQuestion(model, input, attribution !== null, stopTokens), ...ofMessages };
      return runs.startGeneration(subject, again, asking);
    }
  }
}

function targetInput({ position, token, against, kind, span }: TargetRequest) {
  const what = { kind: kind ?? ('LOGIT' as const) };
  if (span) return { ...what, span: spanInput(span) };
  return { ...what, position, token: tokenInput(token), against: tokenInput(against) };
}

function spanInput({ from, tokens, against }: SpanRequest) {
  return { from, to: from + tokens.length, ...(against && { against: { tokenIds: [...against] } }) };
}

/** A method is given what it takes alone: a question that was stored has all of that. */
function optionsInput({ steps, baseline = null }: NonNullable<AttributionInput['options']>) {
  return { steps, baseline: tokenInput(baseline) };
}

function tokenInput(tokenId: number | null) {
  return tokenId === null ? null : { tokenId };
}

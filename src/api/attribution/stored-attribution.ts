/** The answer of a run that is completed. */
import type { GraphQLResolveInfo } from 'graphql';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { subjectOf } from '../../runs/subject.ts';
import type { RunRecord } from '../../runs/types.ts';
import { answerSizeOf } from '../answer-size.ts';
import type { Context } from '../builder.ts';
import { expectedSize } from '../expected-size.ts';
import { orGraphQLError } from '../failures.ts';
import { modelOf, tokensOf } from '../runs/run-tokens.ts';
import type { AttributionValue } from './attribution-value.ts';
import { growing } from './deferred-parts.ts';
import { dimensionsOf } from './dimensions.ts';
import { firstNeedsOf, mostOf, selectionOf } from './selection.ts';

/**
 * With what is selected of it, computed as far as it is not stored; null for a run that is no completed attribution.
 * @param type of what is selected, where the field being resolved may be of several
 * @throws GraphQLError for what a client can expect
 */
export function storedAttribution(
  run: RunRecord,
  context: Context,
  info: GraphQLResolveInfo,
  type?: 'LogitAttribution',
): Promise<AttributionValue | null> {
  return orGraphQLError(async () => {
    if (run.question.kind !== 'LOGIT_ATTRIBUTION' || run.status !== 'COMPLETED') return null;
    const model = await modelOf(run, context);
    const subject = model && (await subjectOf(model));
    const whole = selectionOf(info, type);
    const selection = context.inParts ? mostOf(firstNeedsOf(info, type)) : whole;
    if (model) {
      const dimensions = dimensionsOf(model, run.question.input, whole);
      answerSizeOf(context).expect(expectedSize(info, dimensions, type));
    }
    const read = (further: AttributionSelection) => context.runs.attributions.read(run, subject, further, context);
    const value = { run, model, tokens: tokensOf(model), result: await read(selection) };
    return context.inParts ? growing(value, selection, read) : value;
  });
}

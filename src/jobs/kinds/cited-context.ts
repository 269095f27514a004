import { citedContextGraphs, citedContext as look } from '../../explain/cited-context/cited-context.ts';
import { citedContextDemand, passesOf } from '../../explain/cited-context/demand.ts';
import type { CitedContextRequest, CitedContextResult } from '../../explain/cited-context/result.ts';
import type { JobKind } from './kind.ts';

/** Which passages of a prompt an answer comes from, and how likely it is without them. */
export const citedContext: JobKind<CitedContextRequest, CitedContextResult, never> = {
  name: 'citedContext',
  length: ({ inputIds, answer, maxTokens }) => inputIds.length + (answer?.length ?? maxTokens),
  graphs: citedContextGraphs,
  demand: citedContextDemand,
  lighter: (request) => [
    'fewer or shorter passages',
    request.answer ? 'a shorter answer' : 'fewer `maxTokens`',
    ...(passesOf(request) > 0 ? ['fewer passages left out'] : []),
  ],
  run: look,
};

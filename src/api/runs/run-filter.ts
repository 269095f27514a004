/** Which runs are listed, and followed in the list. */
import { inputError } from '../../errors.ts';
import { experimentName } from '../../runs/labels.ts';
import type { RunFilter as Filter } from '../../runs/run-filter.ts';
import { AttributionMethod } from '../attribution/request.ts';
import { builder } from '../builder.ts';
import { RunKind, RunStatus } from './run-kinds.ts';

/** Characters of a text that prompts are searched for. */
const longestSought = 1000;

export const RunFilter = builder.inputType('RunFilter', {
  description: 'Which runs to list: those for which every condition that is given holds. An empty list admits none.',
  fields: (t) => ({
    kinds: t.field({ type: [RunKind], description: 'Only runs of one of these kinds.' }),
    statuses: t.field({ type: [RunStatus], description: 'Only runs of one of these statuses.' }),
    model: t.string({ description: 'Only runs of the model that had this name when they were asked for.' }),
    methods: t.field({
      type: [AttributionMethod],
      description:
        'Only attributions by one of these methods, and answers whose tokens are explained by one; no circulations.',
    }),
    prompt: t.string({
      description: `Only runs whose prompt has this in its text, in letters of any case; at most ${longestSought} characters. Runs that were stored by version 0.1 have no text to be found by.`,
    }),
    createdAfter: t.field({ type: 'DateTime', description: 'Only runs that were asked for then or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Only runs that were asked for before.' }),
    experiment: t.string({
      description: 'Only runs that belong to the experiment of this name; none where there is none.',
    }),
    pinned: t.boolean({ description: 'Only runs that are pinned; with false, only those that are not.' }),
  }),
});

/**
 * A filter as clients write it.
 * @param field where it stands in what was asked
 * @throws TributaryError INPUT for a text that is too long, and for what is no name
 */
export function runFilterOf(filter: typeof RunFilter.$inferInput | null | undefined, field = 'filter'): Filter {
  const { prompt, experiment, ...rest } = filter ?? {};
  if (prompt && prompt.length > longestSought) {
    const message = `The text to find prompts by has ${prompt.length} characters; at most ${longestSought} are looked for`;
    throw inputError(`${field}.prompt`, message);
  }
  const named = typeof experiment === 'string' && { experiment: experimentName(`${field}.experiment`, experiment) };
  return { ...rest, prompt, ...named };
}

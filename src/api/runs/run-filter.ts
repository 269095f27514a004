/** Which runs are listed, and followed in the list. */
import { inputError } from '../../errors.ts';
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
  }),
});

/** @throws TributaryError INPUT for a text that is too long */
export function requireShort(prompt: string | null | undefined, field = 'filter.prompt'): void {
  if (!prompt || prompt.length <= longestSought) return;
  const message = `The text to find prompts by has ${prompt.length} characters; at most ${longestSought} are looked for`;
  throw inputError(field, message);
}

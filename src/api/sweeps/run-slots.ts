/** What stood in the slots of the prompt of a run that a sweep asked. */
import { mostAtOnce } from '../../runs/many-runs.ts';
import { builder, type Context } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { readTogether } from '../read-together.ts';
import { Run } from '../runs/run-type.ts';
import { SlotValue } from './sweep-type.ts';

type Slots = Readonly<Record<string, string>>;

/** Of each request: of the newest row that a run answers. */
const slots = new WeakMap<Context, (id: string) => Promise<Slots | undefined>>();

function slotsOf(id: string, context: Context): Promise<Slots | undefined> {
  let read = slots.get(context);
  if (!read) {
    read = readTogether(async (ids) => {
      const rows = await context.runs.many.rowsOf(ids);
      return new Map(rows.map((row) => [row.runId, row.slots] as const));
    }, mostAtOnce);
    slots.set(context, read);
  }
  return read(id);
}

builder.objectFields(Run, (t) => ({
  slots: t.field({
    type: [SlotValue],
    description:
      'What stands in the slots of the template that its prompt is of, in the newest sweep that it answers; empty of a run that no sweep asked, or of a prompt without slots.',
    resolve: ({ id }, _, context) => orGraphQLError(async () => Object.entries((await slotsOf(id, context)) ?? {})),
  }),
}));

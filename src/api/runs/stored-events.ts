/** The stored events of a run, in pages. */
import type { EventPage } from '../../runs/page.ts';
import type { RunRecord } from '../../runs/types.ts';
import { answerSizeOf } from '../answer-size.ts';
import { selectionOf } from '../attribution/selection.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { connectionOf, eventPageSizes, pageComplexity, pageOf } from '../paging.ts';
import { selectedOfNodes } from '../selected-fields.ts';
import { eventListsOf } from './event-lists.ts';
import { eventSize, mostLarge } from './event-size.ts';
import { type EventValue, RunEvent } from './run-event.ts';
import { modelOf, tokensOf } from './run-tokens.ts';
import { Run } from './run-type.ts';
import { requireTold } from './told.ts';

/** A cursor is the `seq`, so that who has followed a run may go on in the list, and the other way round. */
const paging = {
  ...eventPageSizes,
  cursorOf: ({ event }: EventValue) => String(event.seq),
  placeOf: (cursor: string) => (/^(0|[1-9]\d{0,8})$/.test(cursor) ? Number(cursor) : undefined),
};

builder.objectField(Run, 'events', (t) =>
  t.connection(
    {
      type: RunEvent,
      nullable: true,
      description:
        'What it told so far, in order; the cursor of an event is its `seq`, and `runEvents(after:)` goes on from the last. Null with an error of its own for a page that there is none, and where what is selected was not computed for the run. The answer of an attribution is in `attribution`.',
      complexity: (args) => pageComplexity(args, eventPageSizes),
      resolve: (run, args, context, info) =>
        orGraphQLError(async () => {
          const page = pageOf(args, paging);
          await requireTold(run, context, info);
          const model = await modelOf(run, context);
          const there = countOf(run, page);
          if (model) {
            const blocks = Math.min(there, page.limit, mostLarge(model, run));
            answerSizeOf(context).expect(blocks * eventSize(selectedOfNodes(info), model, run, selectionOf(info)));
          }
          const events = await eventListsOf(context).read(context.runs, run, page);
          const tokens = tokensOf(model);
          const values = events.map((event) => ({ event, run, model, tokens }));
          return connectionOf(page, paging, values, there > values.length);
        }),
    },
    { name: 'RunEventConnection', description: 'A page of events.' },
    { name: 'RunEventEdge', description: 'An event in a page.' },
  ),
);

/** Events between the ends of a page: their `seq` is dense. */
function countOf({ eventCount }: RunRecord, { after = -1, before = eventCount }: EventPage): number {
  return Math.max(Math.min(before, eventCount) - after - 1, 0);
}

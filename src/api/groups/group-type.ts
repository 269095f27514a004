/** Tokens that stand together, in GraphQL. */
import type { TokenGroup as Group } from '../../explain/groups/group.ts';
import { builder } from '../builder.ts';
import type { GroupedText } from './request.ts';

export interface GroupValue {
  readonly group: Group;
  readonly text: GroupedText;
}

export const TokenGroup = builder.interfaceRef<GroupValue>('TokenGroup').implement({
  description: 'Tokens that follow each other, as they were asked to be put together.',
  fields: (t) => ({
    from: t.int({ description: 'Its first position.', resolve: ({ group }) => group.from }),
    to: t.int({
      description: 'The position before which it ends, and the next group begins.',
      resolve: ({ group }) => group.to,
    }),
    text: t.string({
      nullable: true,
      description:
        'Its text; those of all groups together are the whole text. A character that is split over tokens is in the group with its last one. Null where the checkpoint is gone.',
      resolve: ({ group, text }) => text.textOf(group),
    }),
    name: t.string({
      nullable: true,
      description: 'Of a span what it was called, of a message its role, of a special token itself; null of others.',
      resolve: ({ group }) => group.name,
    }),
    rest: t.boolean({
      description: 'Whether it stands in none of the spans or messages, but before, between or behind them.',
      resolve: ({ group }) => group.rest,
    }),
  }),
});

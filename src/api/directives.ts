/** `@defer` and `@stream`: what may be sent later than the rest of an answer, to clients that take answers in parts. */
import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLString,
  specifiedDirectives,
} from 'graphql';

const label = { type: GraphQLString, description: 'A name by which its parts are told from others.' };

export const DeferDirective = new GraphQLDirective({
  name: 'defer',
  description:
    'What is selected in the fragment may be sent, and computed, after the rest: over HTTP to clients that accept `multipart/mixed` or `text/event-stream`. All others get the answer whole.',
  locations: [DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT],
  args: {
    if: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true, description: 'Whether it is deferred.' },
    label,
  },
});

export const StreamDirective = new GraphQLDirective({
  name: 'stream',
  description: 'The items of the list may be sent one by one, after the rest; otherwise as `@defer`.',
  locations: [DirectiveLocation.FIELD],
  args: {
    if: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true, description: 'Whether it is streamed.' },
    label,
    initialCount: { type: GraphQLInt, defaultValue: 0, description: 'How many items are sent with the rest.' },
  },
});

export const directives = [...specifiedDirectives, DeferDirective, StreamDirective];

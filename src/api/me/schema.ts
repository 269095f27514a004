/** Who asks, and what of its share is in use, in GraphQL. */
import { type Principal, type Scope as ScopeName, scopes } from '../../principal.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import type { ShareUse } from './usage.ts';

const Scope = builder.enumType('Scope', {
  description: 'What whoever asks may do.',
  values: {
    READ: { description: 'Read what is stored of their own, and what is shared.' },
    RUN: { description: 'Have models run, and change or delete what is their own.' },
    MANAGE: { description: "All of that with what is anybody's." },
  } satisfies Record<ScopeName, object>,
});

const Share = builder.objectRef<ShareUse>('Share').implement({
  description:
    'What one key may have at once, over all its connections, and what of it is in use. Who asks without a key is counted by address.',
  fields: (t) => ({
    used: t.exposeFloat('used', { description: 'What is in use now, by the count that refusals go by.' }),
    limit: t.float({
      nullable: true,
      description: 'The most that there may be; null: there is no limit.',
      resolve: ({ limit }) => limit,
    }),
    left: t.float({
      nullable: true,
      description: 'What may still be had now: `limit` − `used`, no less than 0; null where there is no limit.',
      resolve: ({ limit, used }) => (limit === null ? null : Math.max(0, limit - used)),
    }),
    resetsIn: t.float({
      nullable: true,
      description:
        'Of requests, the seconds until nothing is used if nothing more is sent: what is used comes back evenly, in a minute all of it. Null of all else, which is used until it ends.',
      resolve: ({ resetsIn }) => resetsIn ?? null,
    }),
  }),
});

const Me = builder.objectRef<Principal>('Me').implement({
  description: 'Who asks: by the key or token of the request, or nobody in particular where the server asks for none.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the key, for people; "anybody" without one.' }),
    key: t.string({
      nullable: true,
      description: 'The id of the key, which is no secret; null where the server asks for none.',
      resolve: ({ key }) => key,
    }),
    scopes: t.field({
      type: [Scope],
      description: 'What they may do.',
      resolve: (principal) => scopes.filter((scope) => principal.scopes.has(scope)),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the key ends; null: never.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
    running: t.field({
      type: Share,
      description:
        'Jobs that compute, `MAX_RUNNING`: further ones wait. One that stands aside for a shorter one is not counted.',
      resolve: (_, __, context) => context.shares.running(context),
    }),
    waiting: t.field({
      type: Share,
      description: 'Jobs that wait for a worker, `MAX_WAITING`: further ones are refused by an `OverCapacityError`.',
      resolve: (_, __, context) => context.shares.waiting(context),
    }),
    requests: t.field({
      type: Share,
      description:
        'Requests in a minute, `MAX_REQUESTS`, this one among them: further ones are refused with `TOO_MANY_REQUESTS`. Counted only where there is a limit.',
      resolve: (_, __, context) => context.shares.requests(context),
    }),
    storedBytes: t.field({
      type: Share,
      description:
        "Bytes that the owner's runs take in the database, `MAX_STORED_BYTES`, as of a second ago; where nothing is left, no new run is begun.",
      resolve: (_, __, context) => orGraphQLError(() => context.shares.storedBytes(context)),
    }),
    sockets: t.field({
      type: Share,
      description: 'WebSockets that are open, `MAX_SOCKETS`: further ones are refused.',
      resolve: (_, __, context) => context.shares.sockets(context),
    }),
  }),
});

builder.queryField('me', (t) =>
  t.field({
    type: Me,
    description: 'Who asks, what they may, and what they have at once of what they may have.',
    resolve: (_, __, { principal }) => principal,
  }),
);

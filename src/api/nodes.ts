/** Anything that has an id, by that id. */
import { brandWithType } from '@pothos/core';
import { resolveNodes } from '@pothos/plugin-relay';
import { type GraphQLResolveInfo, isObjectType } from 'graphql';
import { builder, type Context, passComplexity } from './builder.ts';
import { globalIdOf } from './global-id.ts';

/** What looking one thing up by its id costs. */
const lookUpComplexity = 10;

/** What an attribution is asked for beyond what is stored of it takes a pass. */
function complexityOf(id: string): number {
  return globalIdOf(id)?.typename === 'LogitAttribution' ? passComplexity : lookUpComplexity;
}

async function nodeOf(id: string, context: Context, info: GraphQLResolveInfo): Promise<object | null> {
  const named = globalIdOf(id);
  const type = named && info.schema.getType(named.typename);
  if (!isObjectType(type) || !type.getInterfaces().some(({ name }) => name === 'Node')) return null;
  const [found] = await resolveNodes(builder, context, info, [named]);
  const node = ((await found) as object | null | undefined) ?? null;
  // One that another field is still waiting for has not got its type yet.
  if (node) brandWithType(node, type.name as never);
  return node;
}

const Node = builder.nodeInterfaceRef();

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'Anything that has an id, by that id; null for an id of nothing, and for what is no id.',
    args: {
      id: t.arg.id({
        required: true,
        description: 'Of a model, a worker, a run, an attribution, a generation, an experiment, a sweep.',
      }),
    },
    complexity: ({ id }) => ({ field: complexityOf(id) }),
    resolve: (_, { id }, context, info) => nodeOf(id, context, info),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description:
      'Several of them at once, in order; null for an id of nothing, and for what is no id, without an error: the others are there.',
    args: { ids: t.arg.idList({ required: true, description: 'As of `node`.' }) },
    complexity: ({ ids }) => ({
      field: ids.reduce((sum, id) => sum + complexityOf(id), 0),
      multiplier: Math.max(ids.length, 1),
    }),
    // Each by itself: one that cannot be read costs no other.
    resolve: (_, { ids }, context, info) => ids.map((id) => nodeOf(id, context, info)),
  }),
}));

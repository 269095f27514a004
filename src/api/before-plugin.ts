/** A field may say, by its extension `before`, what has to be done before it is resolved. */
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';

/** @returns undefined where there is nothing to wait for */
export type Before<Parent, Args> = (parent: Parent, args: Args, info: GraphQLResolveInfo) => Promise<void> | undefined;

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      before: BeforePlugin<Types>;
    }
  }
}

export class BeforePlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { extensions }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    const before = extensions?.before as Before<unknown, object> | undefined;
    if (!before) return resolve;
    return (parent, args, context, info) => {
      const done = before(parent, args, info);
      return done ? done.then(() => resolve(parent, args, context, info)) : resolve(parent, args, context, info);
    };
  }
}

SchemaBuilder.registerPlugin('before', BeforePlugin);

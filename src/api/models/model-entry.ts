/** The list of models: those that can be used and those that cannot, with why. */

import { TributaryError } from '../../errors.ts';
import type { BrokenModel as Broken, Catalogue, CatalogueModel } from '../../inference/catalogue.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';

/** A folder that is a model, or looks like one. */
export type Entry = CatalogueModel | Broken;

export const isBroken = (entry: Entry): entry is Broken => !('specification' in entry);

export const ModelStatus = builder.enumType('ModelStatus', {
  description: 'Whether a model is in memory, and whether it can be.',
  values: {
    UNLOADED: { description: 'On disk only; it loads with the first request.' },
    LOADING: { description: 'Being loaded for a request.' },
    READY: { description: 'In memory.' },
    FAILED: { description: 'The last attempt to load it failed; `error` says why. The next request tries again.' },
    BROKEN: { description: 'Cannot be used as its files are; `error` says what is wrong. It is a `BrokenModel`.' },
  } as const,
});

export const ModelEntry = builder.interfaceRef<Entry>('ModelEntry').implement({
  description:
    'What lies in the models folder: a `Model`, or a `BrokenModel`, whose folder looks like a checkpoint but cannot be used.',
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: (entry) => (isBroken(entry) ? 'BrokenModel' : 'Model'),
  fields: (t) => ({
    name: t.exposeString('name', {
      description:
        'What requests name it by: its folder within the models folder, `sample` or `openai-community/gpt2`.',
    }),
    status: t.field({
      type: ModelStatus,
      description: 'Whether it is in memory, and whether it can be.',
      resolve: (entry, _, { engine }) => (isBroken(entry) ? 'BROKEN' : engine.stateOf(entry.checkpoint).status),
    }),
    error: t.string({
      nullable: true,
      description:
        'What is wrong with it, naming the file, or why the last attempt to load it failed; null where nothing is.',
      resolve: (entry, _, { engine }) => (isBroken(entry) ? entry.error : engine.stateOf(entry.checkpoint).error),
    }),
  }),
});

const BrokenModel = builder.objectRef<Broken>('BrokenModel');
builder.node(BrokenModel, {
  description:
    'A folder in the models folder that looks like a checkpoint but cannot be used. `status` is BROKEN, and `error` is there.',
  interfaces: [ModelEntry],
  id: { resolve: ({ name }) => name, description: 'Of the folder.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'name' in value && 'error' in value,
  loadOne: async (name, { catalogue }) => {
    const entry = await entryOf(catalogue, name);
    return entry && isBroken(entry) ? entry : null;
  },
  fields: () => ({}),
});

/** The model of a name, broken or not; null when there is none. @throws GraphQLError OVER_CAPACITY when that cannot be told */
export function entryOf(catalogue: Catalogue, name: string): Promise<Entry | null> {
  return orGraphQLError(async () => {
    try {
      return await catalogue.get(name);
    } catch (error) {
      if (!(error instanceof TributaryError) || error.code === 'OVER_CAPACITY') throw error;
      return error.code === 'UNKNOWN_MODEL' ? null : { name, error: error.message };
    }
  });
}

/** All of them, by name. @throws GraphQLError OVER_CAPACITY when they cannot be listed */
export async function entriesOf(catalogue: Catalogue): Promise<Entry[]> {
  const { models, broken } = await orGraphQLError(() => catalogue.list());
  return [...models, ...broken].sort((a, b) => (a.name < b.name ? -1 : 1));
}

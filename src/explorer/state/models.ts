/** The models that the server has, and how each stands, live. */
import { computed, effect, signal } from '@preact/signals';
import {
  ModelChangesDocument,
  type ModelChangesSubscription,
  ModelsDocument,
  type ModelsQuery,
} from '../../client/generated/graphql.ts';
import { type Problem, problemIn, problemOf } from './problem.ts';
import { connected, server } from './server.ts';

type Described = NonNullable<ModelsQuery['models']>['edges'][number]['node'];
type State = Extract<ModelChangesSubscription['modelChanges'], { __typename: 'ModelChanges' }>['changed'][number];
export type ModelEntry = Described & Pick<Extract<State, { __typename: 'Model' }>, 'progress' | 'weights'>;

const described = signal<readonly Described[] | undefined>(undefined);
const states = signal<ReadonlyMap<string, State>>(new Map());
const problem = signal<Problem | undefined>(undefined);

/** By name; undefined until they are known. */
export const models = computed<readonly ModelEntry[] | undefined>(() =>
  described.value?.map((model) => {
    const state = states.value.get(model.name);
    const { progress = null, weights = null } = state?.__typename === 'Model' ? state : {};
    return { ...model, ...(state && { status: state.status, error: state.error }), progress, weights };
  }),
);

/** Why they are not known. */
export const modelsProblem = computed(() => problem.value);

export function modelNamed(name: string): ModelEntry | undefined {
  return models.value?.find((model) => model.name === name);
}

/** Whether it can be asked: what failed to load is tried again with the next request. */
export function isUsable({ status }: Pick<ModelEntry, 'status'>): boolean {
  return status !== 'BROKEN';
}

/** Whether the connection was lost since they were read: what went meanwhile nobody tells. */
let isStale = false;
effect(() => {
  if (!connected.value) isStale = true;
});

/** Reads them, then follows how they change, as long as the page is open. */
export async function followModels(): Promise<void> {
  problem.value = undefined;
  try {
    await describe();
    for await (const { modelChanges } of server.subscribe(ModelChangesDocument, {})) {
      if ('changed' in modelChanges) await take(modelChanges);
      else {
        problem.value = problemIn(modelChanges);
        return;
      }
    }
  } catch (thrown) {
    problem.value = problemOf(thrown);
  }
}

async function take({
  changed,
  removed,
}: Extract<ModelChangesSubscription['modelChanges'], { __typename: 'ModelChanges' }>): Promise<void> {
  const next = new Map(states.value);
  for (const state of changed) next.set(state.name, state);
  for (const name of removed) next.delete(name);
  states.value = next;
  const isNew = changed.some(({ name, __typename }) => __typename !== typeOf(name));
  if (isNew || isStale || removed.length > 0) await describe();
}

function typeOf(name: string): string | undefined {
  return described.value?.find((model) => model.name === name)?.__typename;
}

async function describe(): Promise<void> {
  isStale = false;
  const all: Described[] = [];
  let after: string | null = null;
  do {
    const page: ModelsQuery['models'] = (await server.request(ModelsDocument, { first: 100, after })).models;
    all.push(...(page?.edges.map(({ node }) => node) ?? []));
    after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after);
  described.value = all;
}

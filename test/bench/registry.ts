import type { Group } from './group.ts';
import { answers } from './groups/answers.ts';
import { circulation } from './groups/circulation.ts';
import { clientsAtOnce } from './groups/clients.ts';
import { cluster } from './groups/cluster.ts';
import { estimates } from './groups/estimates.ts';
import { explorer } from './groups/explorer.ts';
import { generation } from './groups/generation.ts';
import { loading } from './groups/loading.ts';
import { long } from './groups/long.ts';
import { memory } from './groups/memory.ts';
import { methods } from './groups/methods.ts';
import { metrics } from './groups/metrics.ts';
import { passes } from './groups/passes.ts';
import { profile } from './groups/profile.ts';
import { replacements } from './groups/replacements.ts';
import { store } from './groups/store.ts';
import { subscribers } from './groups/subscribers.ts';
import { sweeps } from './groups/sweeps.ts';
import { workers } from './groups/workers.ts';

/** Every group that there is, in the order of the tables. */
export const groups: readonly Group[] = [
  passes,
  circulation,
  methods,
  replacements,
  profile,
  generation,
  loading,
  memory,
  answers,
  subscribers,
  clientsAtOnce,
  sweeps,
  workers,
  estimates,
  explorer,
  store,
  long,
  metrics,
  cluster,
];

export const groupNames: readonly string[] = groups.map(({ name }) => name);

export function groupOf(name: string): Group {
  const group = groups.find((one) => one.name === name);
  if (!group) throw new Error(`There is no group ${name}`);
  return group;
}

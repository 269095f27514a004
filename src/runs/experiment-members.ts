/** Which runs belong to which experiments: rows of one table, each once. */
import { portionsOf } from '../portions.ts';
import type { PrismaClient } from './generated/client.ts';
import { mostAtOnce } from './many-runs.ts';
import type { Transaction } from './transactions.ts';
import type { RunRecord } from './types.ts';

type Members = Pick<PrismaClient, 'experimentRun'>;

/** Has runs join an experiment, each once. @returns those that were not in it before */
export async function join(
  transaction: Transaction,
  experimentId: string,
  runIds: readonly string[],
  addedAt: Date,
): Promise<string[]> {
  const members = await membersAmong(transaction, experimentId, runIds);
  const added = [...new Set(runIds)].filter((runId) => !members.has(runId));
  for (const some of portionsOf(added, mostAtOnce))
    await transaction.experimentRun.createMany({ data: some.map((runId) => ({ experimentId, runId, addedAt })) });
  return added;
}

/** Has runs leave an experiment. @returns those that were in it */
export async function leave(
  transaction: Transaction,
  experimentId: string,
  runIds: readonly string[],
): Promise<string[]> {
  const members = [...(await membersAmong(transaction, experimentId, runIds))];
  for (const some of portionsOf(members, mostAtOnce))
    await transaction.experimentRun.deleteMany({ where: { experimentId, runId: { in: some } } });
  return members;
}

/** Does a run belong to all experiments of these names of an owner? */
export async function joined(
  { experimentRun }: Members,
  runId: string,
  names: readonly string[],
  owner: string,
): Promise<boolean> {
  if (names.length === 0) return true;
  const where = { runId, experiment: { owner, name: { in: [...names] } } };
  return (await experimentRun.count({ where })) === new Set(names).size;
}

/** Those of these runs that there are: whose they are, and whether they are shared. */
export async function runsThere(
  { run }: Transaction,
  runIds: readonly string[],
): Promise<Map<string, Pick<RunRecord, 'owner' | 'shared'>>> {
  const there = new Map<string, Pick<RunRecord, 'owner' | 'shared'>>();
  const select = { id: true, owner: true, shared: true } as const;
  for (const some of portionsOf(runIds, mostAtOnce))
    for (const { id, ...whose } of await run.findMany({ where: { id: { in: some } }, select })) there.set(id, whose);
  return there;
}

async function membersAmong(
  { experimentRun }: Members,
  experimentId: string,
  runIds: readonly string[],
): Promise<Set<string>> {
  const members = new Set<string>();
  for (const some of portionsOf(runIds, mostAtOnce)) {
    const where = { experimentId, runId: { in: some } };
    for (const { runId } of await experimentRun.findMany({ where, select: { runId: true } })) members.add(runId);
  }
  return members;
}

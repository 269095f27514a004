/** For tests: rows of runs that nobody has asked for. */
import type { Prisma } from '../../src/runs/generated/client.ts';
import type { TemporaryRuns } from './temporary-runs.ts';

/** @param details of each, by its place from 0. @returns their ids, in the order of the list from its end */
export async function storeRuns(
  { database, store }: Pick<TemporaryRuns, 'database' | 'store'>,
  count: number,
  details: (index: number) => Partial<Prisma.RunCreateManyInput> = () => ({}),
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => store.newId());
  const data = ids.map((id, index) => ({
    id,
    kind: 'CIRCULATION',
    status: 'COMPLETED',
    contentHash: id,
    modelName: 'model',
    modelRevision: '0',
    input: '{"inputIds":[1]}',
    createdAt: new Date(0),
    ...details(index),
  }));
  await database.run.createMany({ data });
  return ids;
}

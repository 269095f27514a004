/** Keys in the database of a server that is running, as `npm run keys` makes them. */
import type { NewApiKey } from '../../src/runs/key-store.ts';
import { openBeside } from '../../src/runs/open.ts';
import { RunStore } from '../../src/runs/store.ts';

export async function addKey(databaseUrl: string, said: Partial<NewApiKey> = {}) {
  const key: NewApiKey = { name: 'ada', owner: 'ada', scopes: ['READ', 'RUN'], limits: {}, expiresAt: null, ...said };
  return beside(databaseUrl, (store) => store.keys.add(key));
}

export async function revokeKey(databaseUrl: string, id: string) {
  return beside(databaseUrl, (store) => store.keys.revoke(id));
}

async function beside<Result>(databaseUrl: string, work: (store: RunStore) => Promise<Result>): Promise<Result> {
  const { database, dialect } = await openBeside(databaseUrl);
  const store = new RunStore(database, undefined, undefined, { dialect });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

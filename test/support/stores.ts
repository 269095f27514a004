/** For tests of what is stored: the same sentences about each database that it may lie in. */
import { describe } from 'node:test';
import type { Patience } from '../../src/runs/audience.ts';
import type { Parts } from '../../src/server/server.ts';
import type { TestServer } from '../server/harness.ts';
import { noPostgres } from './postgres/binaries.ts';
import { type Provider, postgresql, sqlite } from './providers.ts';
import { type TemporaryRuns, temporaryRuns } from './temporary-runs.ts';

export interface TestedStore {
  readonly provider: Provider;
  /** As that of `temporary-runs.ts`, in a database of this provider. */
  temporaryRuns(patience?: Partial<Patience>): Promise<TemporaryRuns>;
  /** As that of `harness.ts`, on such a database. */
  startTestServer(variables?: Record<string, string>, unasked?: Parts['unasked']): Promise<TestServer>;
}

/** A `describe` for each provider. One that cannot be had on this machine is skipped, with the reason. */
export function onEachStore(title: string, tests: (store: TestedStore) => void): void {
  for (const provider of [sqlite, postgresql]) {
    const skip = provider === postgresql && noPostgres ? noPostgres : false;
    describe(`${title}, in ${provider.name}`, { skip }, () =>
      tests({
        provider,
        temporaryRuns: (patience) => temporaryRuns(patience, provider),
        async startTestServer(variables, unasked) {
          // Not by those who have a store alone.
          const { startTestServer } = await import('../server/harness.ts');
          return startTestServer(variables, undefined, undefined, unasked, provider);
        },
      }),
    );
  }
}

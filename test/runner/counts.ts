/** A reporter of node's test runner that writes what a phase came to as JSON, for the summary of all phases. */
import type { TestEvent } from 'node:test/reporters';

export interface Counts {
  readonly tests: number;
  readonly passed: number;
  /** Or cancelled. */
  readonly failed: number;
  /** Or to do. */
  readonly skipped: number;
  /** Where each test that failed is, and what it says. */
  readonly failures: readonly string[];
}

export default async function* counts(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: string[] = [];
  for await (const { type, data } of events) {
    if (type === 'test:fail' && isCause(data.details.error)) failures.push(`${data.file}:${data.line} ${data.name}`);
    // Of all files together.
    if (type === 'test:summary' && data.file === undefined) {
      const { tests, passed, skipped, todo } = data.counts;
      const left = skipped + todo;
      yield JSON.stringify({ tests, passed, failed: tests - passed - left, skipped: left, failures } satisfies Counts);
    }
  }
}

/** Not that of a suite or of a file, which fails by a test in it. */
function isCause(error: Error): boolean {
  return (error as { failureType?: string }).failureType !== 'subtestsFailed';
}

/** Asks before something is gone. */
import { createInterface } from 'node:readline/promises';

/** Anything but a yes is none. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Input that ends without an answer is no consent.
  const { promise, resolve } = Promise.withResolvers<string>();
  terminal.once('close', () => resolve(''));
  terminal.question(question).then(resolve, () => resolve(''));
  const answer = await promise;
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

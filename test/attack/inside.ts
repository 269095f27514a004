/** What no answer may show: that something went wrong inside, and where. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const signs: readonly (readonly [sign: RegExp, what: string])[] = [
  [/Unexpected error|"INTERNAL/, 'a fault of the server'],
  [/\bat [^"]*:\d+:\d+|node_modules|node:internal/, 'a stack trace'],
];

/**
 * @param folder of the server, whose path is nobody's business
 * @param question what was asked, for the message
 */
export function assertShowsNothing(answer: string, folder: string, question: string): void {
  const told = `\n${question}\n${answer.slice(0, 2000)}`;
  for (const [sign, what] of signs) assert.doesNotMatch(answer, sign, `an answer shows ${what}${told}`);
  for (const path of [folder, root])
    assert.ok(!answer.includes(path), `an answer shows a path of the machine, ${path}${told}`);
}

/** Times scenarios of a group in a process of their own, which has its memory from malloc as runners have it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { keepMemory } from '../../src/jobs/runner-process.ts';
import type { Bench } from './group.ts';

const script = fileURLToPath(new URL('./timing-process.ts', import.meta.url));

/** By scenario, milliseconds of each repetition; or why there are none. */
export type Times = Readonly<Record<string, readonly number[] | string>>;

export interface Asked extends Pick<Bench, 'folder' | 'lengths' | 'repetitions' | 'threads' | 'weights'> {
  readonly group: string;
  /** For each length. */
  readonly scenarios: readonly (readonly string[])[];
}

export type Said = { readonly progress: string } | { readonly length: number; readonly times: Times };

/**
 * @param scenarios which, at a length
 * @param watch called with the process, when it is there
 */
export async function* measureTimes(
  group: string,
  scenarios: (length: number) => readonly string[],
  { folder, lengths, repetitions, threads, weights, progress }: Bench,
  watch: (child: ChildProcess) => void = () => undefined,
): AsyncGenerator<[length: number, times: Times]> {
  const child = fork(script, { env: { ...process.env, ...keepMemory } });
  const asked: Asked = { group, folder, lengths, repetitions, threads, weights, scenarios: lengths.map(scenarios) };
  const said: Said[] = [];
  let [heard, ended] = [Promise.withResolvers<void>(), false];
  child.on('message', (message: Said) => {
    said.push(message);
    heard.resolve();
  });
  const exited = once(child, 'exit').then(([code, signal]) => {
    ended = true;
    heard.resolve();
    return code === 0 ? undefined : `its process ended with ${signal ?? code}`;
  });
  watch(child);
  child.send(asked);
  const missing = new Set(lengths);
  while (!ended || said.length > 0) {
    if (said.length === 0) await heard.promise;
    heard = Promise.withResolvers();
    for (const message of said.splice(0)) {
      if ('progress' in message) progress(message.progress);
      else {
        missing.delete(message.length);
        yield [message.length, message.times];
      }
    }
  }
  const fault = (await exited) ?? 'its process ended without a word';
  for (const length of missing)
    yield [length, Object.fromEntries(scenarios(length).map((scenario) => [scenario, fault]))];
}

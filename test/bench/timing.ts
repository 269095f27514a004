/** Times scenarios of a group in a process of their own, which has its memory from malloc as runners have it. */
import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
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
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  watch(child);
  child.send(asked);
  const missing = new Set(lengths);
  for await (const [said] of on(child, 'message', { close: ['disconnect'] }) as AsyncIterable<[Said]>) {
    if ('progress' in said) progress(said.progress);
    else {
      missing.delete(said.length);
      yield [said.length, said.times];
    }
  }
  const [code, signal] = await exited;
  const fault = `its process ended with ${signal ?? code}`;
  for (const length of missing)
    yield [length, Object.fromEntries(scenarios(length).map((scenario) => [scenario, fault]))];
}

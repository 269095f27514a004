/** Times scenarios of a group, turn by turn, so that whatever else the machine does meets all alike. Started by `timing.ts`. */
import { groupOf } from './registry.ts';
import { Subject } from './subject.ts';
import type { TimedGroup } from './timed.ts';
import type { Asked, Said } from './timing.ts';

/** Milliseconds from which a run is measured the first time, and not repeated. */
const patience = 10_000;
/** Tokens of the prompt by which graphs are loaded. */
const shortest = 8;

process.once('message', async (asked: Asked) => {
  await time(asked);
  process.disconnect();
});

async function time({ group, folder, lengths, repetitions, threads, weights, scenarios }: Asked): Promise<void> {
  const known = (groupOf(group) as TimedGroup).scenarios;
  const subject = await Subject.open(folder, threads, weights);
  const run = async (name: string, length: number) => {
    const started = performance.now();
    const scenario = known[name];
    if (!scenario) throw new Error(`${group} has no scenario ${name}`);
    const own = await scenario(subject, subject.prompt(length));
    return typeof own === 'number' ? own : performance.now() - started;
  };
  const faults = new Map<string, string>();
  const attempt = async (name: string, length: number): Promise<number | undefined> => {
    if (faults.has(name)) return undefined;
    try {
      return await run(name, length);
    } catch (error) {
      faults.set(name, (error as Error).message);
      return undefined;
    }
  };
  for (const name of new Set(scenarios.flat())) {
    await tell({ progress: `${name}: loads` });
    await attempt(name, shortest);
  }
  for (const [index, length] of lengths.entries()) {
    const names = scenarios[index] ?? [];
    const times = new Map<string, number[]>();
    for (const name of names) {
      await tell({ progress: `T = ${length}, ${name}` });
      const took = await attempt(name, length);
      times.set(name, took !== undefined && took >= patience ? [took] : []);
    }
    const repeated = names.filter((name) => times.get(name)?.length === 0);
    for (let turn = 0; turn < repetitions; turn++) {
      await tell({ progress: `T = ${length}, turn ${turn + 1} of ${repetitions}` });
      for (const name of repeated) {
        const took = await attempt(name, length);
        if (took !== undefined) times.get(name)?.push(took);
      }
    }
    await tell({
      length,
      times: Object.fromEntries(names.map((name) => [name, faults.get(name) ?? times.get(name) ?? []])),
    });
  }
}

/** Settles when it was handed over: a pass that follows at once would keep it back. */
function tell(said: Said): Promise<void> {
  return new Promise((resolve) => process.send?.(said, () => resolve()));
}

/** Tributary without a server, as `host.py` runs a peer: `node tributary.ts "FROZEN tokens" <checkpoint> <threads>`. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { attribution, circulation, everything, generated, lastOf, plainLast, traced } from '../scenarios.ts';
import { type Scenario, Subject } from '../subject.ts';

const cases: Readonly<Record<string, Scenario>> = {
  'plain graph': plainLast,
  'traced forward pass': traced,
  'FROZEN tokens': attribution('FROZEN'),
  'FROZEN layers and heads': attribution('FROZEN', { layers: 1 }),
  'FROZEN everything': attribution('FROZEN', everything),
  'answer of 64 tokens': generated('TOKEN'),
  GRADIENT: attribution('GRADIENT'),
  ATTN_LRP: attribution('ATTN_LRP'),
  'INTEGRATED_GRADIENTS, 32 steps': attribution('INTEGRATED_GRADIENTS', {}, { steps: 32 }),
  'circulation of the last token': circulation(lastOf, ['LENS']),
};

const [name = '', folder = '', threads = '1'] = process.argv.slice(2);

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function prompt(length: number): number[] {
  return Array.from({ length }, (_, position) => (position * 37 + 13) % 251);
}

try {
  const scenario = cases[name];
  if (!scenario) throw new Error(`there is no case ${name}`);
  const subject = await Subject.open(folder, Number(threads));
  await scenario(subject, prompt(8));
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line) as { length?: number };
    if (asked.length === undefined) {
      const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
      say({ bytes: 1024 * Number(kilobytes) });
      continue;
    }
    const [started, before] = [performance.now(), process.cpuUsage()];
    await scenario(subject, prompt(asked.length));
    const { user, system } = process.cpuUsage(before);
    say({ milliseconds: performance.now() - started, processor: (user + system) / 1000, logit: null });
  }
} catch (error) {
  say({ error: (error as Error).message });
}

/**
 * A process that takes memory until so much of the machine's is left to all others, the page cache among them; more when
 * others give some back, less when they need it. Linux, without swap. Should the system be short of memory all the same,
 * it ends this process first. Started by `larger-than-memory.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setInterval } from 'node:timers/promises';

const wanted = Number(process.argv[2]);
const piece = 1 << 28;
const held: Buffer[] = [];

writeFileSync('/proc/self/oom_score_adj', '1000');
process.on('disconnect', () => process.exit());
let told = false;
for await (const _ of setInterval(100)) {
  const available = 1024 * Number(/MemAvailable: +(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
  if (available > wanted + piece) held.push(Buffer.alloc(piece, 1));
  else if (available < wanted - piece) {
    held.pop();
    globalThis.gc?.();
  } else if (!told) {
    told = true;
    process.send?.(held.length * piece);
  }
}

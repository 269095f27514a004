import { fanOut } from '../fan-out.ts';
import type { Group } from '../group.ts';

/** Events of a run: it starts, passes its blocks and ends. */
const blocks = 40;

/** One run, made as fast as it is told of. */
export const subscribers: Group = {
  name: 'subscribers',
  title: `One run of ${blocks} blocks, followed over WebSockets, a socket each`,
  shapes: ['sample'],
  lengths: () => [],
  async *measure({ progress }) {
    for (const count of [1, 100, 1000]) {
      const column = `${count} ${count === 1 ? 'subscriber' : 'subscribers'}`;
      progress(column);
      const { complete, lasted, latency, processor } = await fanOut({ subscribers: count, blocks, interval: 0 });
      const events = complete * (blocks + 1);
      yield { row: 'events', column, value: (events / lasted) * 1000, unit: 'a second' };
      yield { row: 'from a step to its event, median', column, value: latency.median, unit: 'ms' };
      yield { row: 'from a step to its event, p99', column, value: latency.p99, unit: 'ms' };
      yield { row: "the server's processor time", column, value: processor, unit: 'ms' };
    }
  },
};

/** For tests: a process that is a member of a cluster and does nothing else. */
import { Members } from '../../../src/cluster/members.ts';
import { Wire } from '../../../src/cluster/wire.ts';

/** Told to whoever started it. */
export interface Announcement {
  /** Its id. */
  readonly joined: string;
}

const members = new Members(await Wire.open(process.argv[2] as string));
await members.join('WORKER', null);
process.send?.({ joined: members.id } satisfies Announcement);

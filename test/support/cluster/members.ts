/** For tests: members of a cluster, in this process and in processes of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { Members } from '../../../src/cluster/members.ts';
import { Wire } from '../../../src/cluster/wire.ts';
import type { WorkerState } from '../../../src/worker-state.ts';
import type { Announcement } from './member-main.ts';

const main = fileURLToPath(new URL('./member-main.ts', import.meta.url));

/** Of a worker that has nothing. */
export const idle: WorkerState = {
  models: [],
  memory: { total: 8e9, used: 0 },
  speed: null,
  workers: 1,
  running: 0,
  program: 'test',
};

/** The table alone, of what the migrations make. */
export async function makeMembers(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(
    'CREATE TABLE "Member" ("id" text PRIMARY KEY, "kind" text NOT NULL, "name" text NOT NULL, "startedAt" timestamp(3) NOT NULL, "seenAt" timestamp(3) NOT NULL, "state" text NOT NULL)',
  );
  await client.end();
}

export interface Joined extends AsyncDisposable {
  readonly wire: Wire;
  readonly members: Members;
  /** Ids of those that it has found lost. */
  readonly lost: string[];
  /** Ids under which it was expelled. */
  readonly expelled: string[];
}

export async function join(url: string): Promise<Joined> {
  const wire = await Wire.open(url);
  const members = new Members(wire);
  const joined = { wire, members, lost: [] as string[], expelled: [] as string[] };
  members.onLost(({ id }) => void joined.lost.push(id));
  members.onExpelled((id) => joined.expelled.push(id));
  await members.join('SERVER', null);
  return {
    ...joined,
    async [Symbol.asyncDispose]() {
      await members.leave();
      wire.close();
    },
  };
}

/** A worker in a process of its own, which goes on until it is killed. */
export class MemberProcess implements Disposable {
  readonly id: string;
  readonly process: ChildProcess;

  private constructor(process: ChildProcess, id: string) {
    this.process = process;
    this.id = id;
  }

  static async start(url: string): Promise<MemberProcess> {
    const child = fork(main, [url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [{ joined }] = (await once(child, 'message')) as [Announcement];
    return new MemberProcess(child, joined);
  }

  [Symbol.dispose](): void {
    this.process.kill('SIGKILL');
  }
}

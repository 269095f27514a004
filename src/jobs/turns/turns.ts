/**
 * Whose turn it is. Clients share the time that jobs compute for, by virtual time: the one that had least of it comes
 * first, and one that comes anew has had as much as those who are there. Within a client short work comes before long, but
 * what overtakes an older job is owed to it: once that is more than `patience` the oldest comes first, until as much time
 * went to it. So of a client's time its oldest job has half, and waits for no more than twice what is older, and a moment.
 */

import { type JobCounts, type JobLimitsOf, shareOf } from '../shares.ts';

/** Seconds by which a client's oldest job may be overtaken before it is its turn. */
export const patience = 1;
/** Seconds that sums of seconds may be apart by. */
const rounding = 1e-9;
/** So many times shorter is what a job stands aside for, or goes on after. */
export const shorter = 4;

/** Time that a client has had, and what it asked for. */
interface Account<Job> {
  /** Seconds, from where the client came in. */
  served: number;
  /** Seconds that overtook the oldest. */
  owed: number;
  /** From the oldest on. */
  readonly entries: Set<Entry<Job>>;
}

interface Entry<Job> {
  readonly job: Job;
  readonly arrived: number;
  /** Among whose jobs it counts. */
  share: string;
  account: Account<Job>;
  state: 'waits' | 'computes' | 'stands aside';
  /** Seconds. */
  computed: number;
  /** Since it computes: does it overtake none that is older? */
  inOrder: boolean;
}

export class Turns<Job> {
  readonly #secondsOf: (job: Job) => number;
  readonly #now: () => number;
  readonly #limitsOf: JobLimitsOf;
  readonly #accounts = new Map<string, Account<Job>>();
  readonly #entries = new Map<Job, Entry<Job>>();
  readonly #computing = new Set<Entry<Job>>();
  /** Virtual time: what a client has had that comes now. */
  #start = 0;
  #arrivals = 0;
  #asOf: number;

  /**
   * @param secondsOf what a job is expected to take in all
   * @param now seconds of a clock
   * @param limitsOf how many jobs of a share may compute
   */
  constructor(
    secondsOf: (job: Job) => number,
    now: () => number = () => performance.now() / 1000,
    limitsOf: JobLimitsOf = () => ({}),
  ) {
    this.#secondsOf = secondsOf;
    this.#limitsOf = limitsOf;
    this.#now = now;
    this.#asOf = now();
  }

  /**
   * The same turns by another clock, where all jobs take what is expected by now: what becomes of them changes nothing here.
   * @param others what jobs take that may enter there
   */
  copy<Other = never>(now: () => number, others: ReadonlyMap<Other, number> = new Map()): Turns<Job | Other> {
    this.#advance();
    const own = Array.from(this.#entries.keys(), (job) => [job, this.#secondsOf(job)] as const);
    const seconds = new Map<Job | Other, number>([...own, ...others]);
    const copy = new Turns<Job | Other>((job) => seconds.get(job) ?? 0, now, this.#limitsOf);
    copy.#start = this.#start;
    copy.#arrivals = this.#arrivals;
    for (const [client, { served, owed, entries }] of this.#accounts) {
      const account: Account<Job | Other> = { served, owed, entries: new Set() };
      copy.#accounts.set(client, account);
      for (const entry of entries) copy.#put({ ...entry, account });
    }
    return copy;
  }

  /** It waits from now on. */
  enter(job: Job, client: string): void {
    this.#advance();
    const account = this.#accountOf(client);
    const share = shareOf(client);
    this.#put({ job, arrived: this.#arrivals++, share, account, state: 'waits', computed: 0, inOrder: false });
  }

  /** Another client waits for the job too: it has the turn of that client where that comes sooner. */
  join(job: Job, client: string): void {
    this.#advance();
    const entry = this.#entries.get(job);
    if (entry?.state !== 'waits') return;
    const { account } = entry;
    const other = this.#accountOf(client);
    const share = shareOf(client);
    if (other.served <= account.served && other.entries.size < account.entries.size && this.#hasRoom(share)) {
      account.entries.delete(entry);
      other.entries.add(entry);
      entry.account = other;
      entry.share = share;
    }
    this.#forget();
  }

  /** It computes from now on. */
  begin(job: Job): void {
    this.#advance();
    const entry = this.#entryOf(job);
    entry.inOrder = oldestOf(entry.account) === entry;
    entry.state = 'computes';
    this.#computing.add(entry);
  }

  /** It computes no longer, and waits to go on. */
  setAside(job: Job): void {
    this.#advance();
    this.#stop(this.#entryOf(job)).state = 'stands aside';
  }

  /** It begins anew, with the turn that it had. */
  again(job: Job): void {
    this.#advance();
    Object.assign(this.#stop(this.#entryOf(job)), { state: 'waits', computed: 0 });
  }

  /** It is over. */
  leave(job: Job): void {
    this.#advance();
    const entry = this.#entries.get(job);
    if (!entry) return;
    this.#entries.delete(job);
    this.#stop(entry).account.entries.delete(entry);
    this.#forget();
  }

  get computing(): Job[] {
    return Array.from(this.#computing, ({ job }) => job);
  }

  /** Those that have not begun yet. */
  get waiting(): Job[] {
    return [...this.#entries.values()].filter(({ state }) => state === 'waits').map(({ job }) => job);
  }

  stateOf(job: Job): Entry<Job>['state'] | undefined {
    return this.#entries.get(job)?.state;
  }

  /** Those of a client that have not begun yet. */
  waitingOf(client: string): Job[] {
    const entries = this.#accounts.get(client)?.entries ?? [];
    return Array.from(entries).flatMap(({ job, state }) => (state === 'waits' ? [job] : []));
  }

  /** The same of all clients of its share. */
  waitingInShareOf(client: string): Job[] {
    const share = shareOf(client);
    return [...this.#entries.values()].flatMap((entry) =>
      entry.share === share && entry.state === 'waits' ? [entry.job] : [],
    );
  }

  /** How many jobs of a client's share there are; one that stands aside is neither. */
  countsOf(client: string): JobCounts {
    const share = shareOf(client);
    const counts = { running: 0, waiting: 0 };
    for (const entry of this.#entries.values()) {
      if (entry.share !== share) continue;
      if (entry.state === 'computes') counts.running++;
      if (entry.state === 'waits') counts.waiting++;
    }
    return counts;
  }

  /** May a job compute, by what its share has computing? @param aside one that would stand aside for it */
  mayCompute(job: Job, aside?: Job): boolean {
    const { share } = this.#entryOf(job);
    return this.#hasRoom(share, aside === undefined ? undefined : this.#entryOf(aside));
  }

  /** All that wait or stand aside, as their turns come: the first has the next free worker, or else the second, … */
  next(): Job[] {
    return this.#choices().flatMap((choices) => choices.map(({ job }) => job));
  }

  /** The first in turn of each client. */
  firsts(): Job[] {
    return this.#choices().flatMap(([first]) => (first ? [first.job] : []));
  }

  /** Seconds that the job will still compute for; what is overdue is expected to be so for as long again, within bounds. */
  remaining(job: Job): number {
    this.#advance();
    return this.#remaining(this.#entryOf(job));
  }

  /** Seconds until a job that computes will do so for this long yet, be it since it is overdue; Infinity: not before its end. */
  remains(job: Job, seconds: number): number {
    if (this.remaining(job) >= seconds) return 0;
    const expected = this.#secondsOf(job);
    if (expected < seconds) return Number.POSITIVE_INFINITY;
    const after = expected + seconds - this.#entryOf(job).computed;
    return after > rounding ? after : 0;
  }

  /**
   * Seconds until a job's turn comes before that of one that computes, if that computes on; Infinity: not before its end.
   * @param first in turn of its client
   */
  comesBefore(first: Job, computing: Job): number {
    this.#advance();
    const [mine, other] = [this.#entryOf(first), this.#entryOf(computing)];
    if (mine.account === other.account) {
      const { owed } = mine.account;
      if (owed <= patience + rounding || mine.arrived < other.arrived) return 0;
      return other.inOrder ? owed - patience : Number.POSITIVE_INFINITY;
    }
    const after = this.#lead(mine.account) - this.#lead(other.account) + this.#remaining(other);
    return after > rounding ? after : 0;
  }

  /** By client, the one with the next turn first. */
  #choices(): Entry<Job>[][] {
    this.#advance();
    return Array.from(this.#accounts.values(), (account) => ({ lead: this.#lead(account), choices: this.#of(account) }))
      .filter(({ choices }) => choices.length > 0)
      .sort((a, b) => a.lead - b.lead || byLength(a.choices[0] as Choice<Job>, b.choices[0] as Choice<Job>))
      .map(({ choices }) => choices.map(({ entry }) => entry));
  }

  /** A client's jobs as their turns come. */
  #of(account: Account<Job>): Choice<Job>[] {
    const choices = [...account.entries]
      .filter(({ state }) => state !== 'computes')
      .map((entry) => {
        const remaining = this.#remaining(entry);
        return { entry, length: entry.state === 'waits' ? remaining : remaining / shorter };
      })
      .sort(byLength);
    if (account.owed <= patience + rounding) return choices;
    const oldest = oldestOf(account);
    return [...choices.filter(({ entry }) => entry === oldest), ...choices.filter(({ entry }) => entry !== oldest)];
  }

  /** What a client has had, and is about to have by what computes for it. */
  #lead({ served, entries }: Account<Job>): number {
    return [...entries].reduce((sum, entry) => sum + (entry.state === 'computes' ? this.#remaining(entry) : 0), served);
  }

  #remaining({ job, computed }: Entry<Job>): number {
    const seconds = this.#secondsOf(job);
    return Math.min(Math.abs(seconds - computed), seconds);
  }

  /** Counts the time that has gone by to those who had it. */
  #advance(): void {
    const now = this.#now();
    const seconds = now - this.#asOf;
    this.#asOf = now;
    if (seconds === 0) return;
    const active = [...this.#accounts.values()].filter(({ entries }) => entries.size > 0);
    let ahead = 0;
    for (const entry of this.#computing) {
      const { account } = entry;
      entry.computed += seconds;
      account.owed = entry.inOrder ? Math.max(0, account.owed - seconds) : account.owed + seconds;
      const before = Math.max(account.served, this.#start);
      account.served += seconds;
      ahead += Math.max(0, account.served - before);
    }
    // What a client had that was behind only brings it level with the others.
    this.#start += ahead / Math.max(1, active.length);
    if (active.length > 0) this.#start = Math.max(this.#start, Math.min(...active.map(({ served }) => served)));
  }

  #hasRoom(share: string, without?: Entry<Job>): boolean {
    const { running = Number.POSITIVE_INFINITY } = this.#limitsOf(share);
    const computing = this.#computing.values().filter((entry) => entry.share === share && entry !== without);
    return computing.reduce((count) => count + 1, 0) < running;
  }

  #accountOf(client: string): Account<Job> {
    const account = this.#accounts.get(client) ?? { served: this.#start, owed: 0, entries: new Set() };
    this.#accounts.set(client, account);
    if (account.entries.size === 0) {
      account.served = Math.max(account.served, this.#start);
      account.owed = 0;
    }
    return account;
  }

  /** Of clients that want nothing, those who would come in again as anybody. */
  #forget(): void {
    const none = this.#entries.size === 0;
    for (const [client, { served, entries }] of this.#accounts)
      if (entries.size === 0 && (none || served <= this.#start)) this.#accounts.delete(client);
  }

  #put(entry: Entry<Job>): void {
    this.#entries.set(entry.job, entry);
    entry.account.entries.add(entry);
    if (entry.state === 'computes') this.#computing.add(entry);
  }

  #stop(entry: Entry<Job>): Entry<Job> {
    this.#computing.delete(entry);
    return entry;
  }

  #entryOf(job: Job): Entry<Job> {
    const entry = this.#entries.get(job);
    if (!entry) throw new Error('The job has no turn');
    return entry;
  }
}

interface Choice<Job> {
  readonly entry: Entry<Job>;
  /** Seconds; of what stands aside less, so that it goes on before what is hardly shorter. */
  readonly length: number;
}

function byLength<Job>(a: Choice<Job>, b: Choice<Job>): number {
  return a.length - b.length || a.entry.arrived - b.entry.arrived;
}

/** Of those that do not compute. */
function oldestOf<Job>({ entries }: Account<Job>): Entry<Job> | undefined {
  let oldest: Entry<Job> | undefined;
  for (const entry of entries)
    if (entry.state !== 'computes' && entry.arrived < (oldest?.arrived ?? Number.POSITIVE_INFINITY)) oldest = entry;
  return oldest;
}

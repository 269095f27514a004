import { createHash, randomBytes } from 'node:crypto';

const countBits = 12;

/**
 * Ids of runs: UUIDs of version 7 (RFC 9562), whose order is the order in which they were made. So a list of runs needs
 * no other order, and an id says where a page begins even when its run has been deleted.
 */
export class RunIds {
  readonly #now: () => Date;
  /** Milliseconds since 1970 of the last id, and how many were made in them before it. */
  #time = 0;
  #count = 0;

  /** @param now the clock */
  constructor(now: () => Date) {
    this.#now = now;
  }

  next(): string {
    const now = this.#now().getTime();
    if (now > this.#time) {
      this.#time = now;
      this.#count = 0;
    } else if (++this.#count >> countBits > 0) {
      // The clock stands still or has been put back: the order goes on, ahead of it.
      this.#time++;
      this.#count = 0;
    }
    const time = hex(this.#time, 12);
    const random = randomBytes(8);
    random[0] = ((random[0] as number) & 0x3f) | 0x80;
    const rest = random.toString('hex');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(this.#count, 3)}-${rest.slice(0, 4)}-${rest.slice(4)}`;
  }
}

/** Of what an owner has of another's run: of the same moment, and always the same. */
export function idOfCopy(id: string, owner: string): string {
  const rest = createHash('sha256')
    .update(JSON.stringify([owner, id]))
    .digest();
  rest[2] = ((rest[2] as number) & 0x3f) | 0x80;
  const digits = rest.toString('hex');
  return `${id.slice(0, 15)}${digits.slice(0, 3)}-${digits.slice(4, 8)}-${digits.slice(8, 20)}`;
}

/** The moment in an id, which is that of its run. */
export function momentOf(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

const latest = 2 ** 48 - 1;

/** What no id of this moment or a later one is below, and every id before it is. */
export function firstOf(moment: Date): string {
  const time = hex(Math.min(Math.max(moment.getTime(), 0), latest), 12);
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether a run could have this id. */
export function isRunId(id: string): boolean {
  return form.test(id);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** The processes that share a database: who is there, what each says of itself, and who was lost. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Signal } from '../signal.ts';
import type { WorkerState } from '../worker-state.ts';
import type { Member, MemberKind } from './member.ts';
import { type Look, look, mark, release, remove, renew, see, take } from './member-rows.ts';
import type { Wire } from './wire.ts';

/** Milliseconds between two looks at the others, and after which a process says that it is there. */
const lookPeriod = 250;
const seenPeriod = 1000;
/** Milliseconds between two states of a process that changes all the while. */
const updatePeriod = 100;
/**
 * Milliseconds for which nobody is judged by who has a new connection, or has not looked for longer than `pause`: it may be
 * that others were held up too, and are about to say so.
 */
const grace = 3000;
const pause = 2000;

export interface MembersOptions {
  /** Told of what goes wrong by the way; it is tried again. */
  readonly onFault?: (error: unknown) => void;
  /** Default: the machine's name. */
  readonly name?: string;
}

/** Idempotent: every process that is there calls its own, some of them again after a failure. */
export type LostListener = (member: Member) => Promise<void> | void;

/**
 * A member holds an advisory lock on its wire, which the database frees in the moment when the process ends, and says every
 * second that it is there. It is lost when its lock is free at two looks in a row, or when it was not seen for five seconds.
 * Who finds that marks its row; whoever finds the mark calls what takes over from it, and then deletes the row. A process
 * whose row is marked or gone has been taken for lost, whatever it was doing: it is expelled.
 */
export class Members implements AsyncDisposable {
  readonly #wire: Wire;
  readonly #name: string;
  readonly #onFault: (error: unknown) => void;
  readonly #changed = new Signal();
  readonly #lostListeners = new Set<LostListener>();
  readonly #expelledListeners = new Set<(id: string) => void>();
  readonly #stops: (() => void)[];
  #id = randomUUID();
  #joined: { readonly kind: MemberKind; state: WorkerState | null } | undefined;
  #list: readonly Member[] = [];
  /** What was told of them last. */
  #told = '';
  /** Ids of those whose lock was free at the last look. */
  #unlocked: ReadonlySet<string> = new Set();
  readonly #underTakeover = new Set<string>();
  #seen = Number.NEGATIVE_INFINITY;
  /** By the clock of the database: the last look, and the first of those since that were made without a pause. */
  #looked = Number.NEGATIVE_INFINITY;
  #steady = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #updating: Promise<void> | undefined;
  #stale = false;
  #left = false;

  constructor(wire: Wire, { onFault = () => undefined, name = hostname() }: MembersOptions = {}) {
    this.#wire = wire;
    this.#name = name;
    this.#onFault = onFault;
    this.#stops = [
      wire.listen((note) => {
        if ('member' in note) void this.#look();
      }),
      wire.onReconnect(() => void this.#return()),
    ];
  }

  /** Of this process; another one after it was expelled. */
  get id(): string {
    return this.#id;
  }

  /** Makes this process a member; again after it was expelled. @throws Error of the database */
  async join(kind: MemberKind, state: WorkerState | null): Promise<void> {
    const id = this.#id;
    await take(this.#wire, { id, kind, name: this.#name, state });
    this.#joined = { kind, state };
    this.#seen = performance.now();
    void this.#wire.notify({ member: id });
    await this.#looking;
    await this.#look();
  }

  /** Says what this process says of itself from now on. Settles when the others can read that, or something later. */
  async update(state: WorkerState | null): Promise<void> {
    if (!this.#joined) return;
    this.#joined.state = state;
    this.#stale = true;
    this.#updating ??= this.#update().finally(() => {
      this.#updating = undefined;
    });
    await this.#updating;
  }

  /** As they were at the last look, by id; this one among them. */
  list(): readonly Member[] {
    return this.#list;
  }

  /** @param listener called when one has come or gone, or has another state @returns stops that */
  watch(listener: () => void): () => void {
    return this.#changed.listen(listener);
  }

  /** @param listener called for each that is lost; the row is deleted once all have settled @returns stops that */
  onLost(listener: LostListener): () => void {
    this.#lostListeners.add(listener);
    return () => void this.#lostListeners.delete(listener);
  }

  /**
   * @param listener called when others have taken this process for lost: what it had taken is not its own any more. It may
   *   join again, under the id that it has from then on. @returns stops that
   */
  onExpelled(listener: (id: string) => void): () => void {
    this.#expelledListeners.add(listener);
    return () => void this.#expelledListeners.delete(listener);
  }

  /** Nobody takes this process for lost from now on; what it had taken it has to have given back. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
    const joined = this.#joined;
    this.#joined = undefined;
    await this.#looking;
    if (!joined) return;
    // Without a connection others find by themselves that it is gone. They look before long: a note could wait for one.
    await remove(this.#wire, this.#id).catch(() => undefined);
    await release(this.#wire, this.#id).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  async #update(): Promise<void> {
    while (this.#stale && this.#joined) {
      this.#stale = false;
      try {
        if (!(await renew(this.#wire, this.#id, this.#joined.state))) return;
        this.#seen = performance.now();
        void this.#wire.notify({ member: this.#id });
        void this.#look();
      } catch (error) {
        // It is written again when there is a connection.
        this.#onFault(error);
        return;
      }
      if (this.#stale) await new Promise((resolve) => setTimeout(resolve, updatePeriod).unref());
    }
  }

  /** After a new connection: the lock went with the old one, and others may have taken this process for lost. */
  async #return(): Promise<void> {
    const joined = this.#joined;
    this.#unlocked = new Set();
    this.#looked = Number.NEGATIVE_INFINITY;
    try {
      if (joined && !(await see(this.#wire, this.#id, joined.state))) this.#expel();
      else this.#seen = performance.now();
    } catch (error) {
      this.#onFault(error);
    }
    await this.#look();
  }

  /** Several who want one at once share the next. */
  #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#looking) this.#lookAgain = true;
    this.#looking ??= this.#lookOnce()
      .catch((error) => {
        if (this.#wire.connected) this.#onFault(error);
      })
      .finally(() => {
        this.#looking = undefined;
        if (this.#left) return;
        const again = this.#lookAgain;
        this.#lookAgain = false;
        this.#timer = setTimeout(() => void this.#look(), again ? 0 : lookPeriod).unref();
      });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    if (!this.#wire.connected) return;
    if (this.#joined && performance.now() - this.#seen > seenPeriod) {
      // What could not be written then is written now.
      const there = await renew(this.#wire, this.#id, this.#joined.state);
      if (!there) this.#expel();
      this.#seen = performance.now();
    }
    const found = await look(this.#wire);
    if (this.#left) return;
    this.#show(found);
    await this.#judge(found);
  }

  #show(found: readonly Look[]): void {
    this.#list = found.filter(({ marked }) => !marked).map(({ member }) => member);
    const told = JSON.stringify(this.#list.map(({ seenAt, ...rest }) => rest));
    if (told === this.#told) return;
    this.#told = told;
    this.#changed.wake();
  }

  async #judge(found: readonly Look[]): Promise<void> {
    const others = found.filter(({ member }) => member.id !== this.#id);
    const before = this.#unlocked;
    this.#unlocked = new Set(others.filter(({ locked }) => !locked).map(({ member }) => member.id));
    for (const { member, marked } of others) if (marked) void this.#takeOver(member);
    if (!this.#isSteady(found)) return;
    for (const one of others) {
      const { member, marked, locked, silent, spared } = one;
      if (marked || spared || !(silent || (!locked && before.has(member.id)))) continue;
      if (await mark(this.#wire, one)) void this.#takeOver(member);
    }
  }

  #isSteady([any]: readonly Look[]): boolean {
    if (!any) return false;
    if (any.now - this.#looked > pause) this.#steady = any.now;
    this.#looked = any.now;
    return any.now - this.#steady >= grace;
  }

  async #takeOver(member: Member): Promise<void> {
    if (this.#underTakeover.has(member.id)) return;
    this.#underTakeover.add(member.id);
    try {
      for (const listener of this.#lostListeners) await listener(member);
      await remove(this.#wire, member.id);
      void this.#wire.notify({ member: member.id });
    } catch (error) {
      // At the next look again.
      this.#onFault(error);
    } finally {
      this.#underTakeover.delete(member.id);
    }
  }

  #expel(): void {
    const id = this.#id;
    this.#joined = undefined;
    this.#id = randomUUID();
    release(this.#wire, id).catch(this.#onFault);
    for (const listener of this.#expelledListeners) listener(id);
  }
}

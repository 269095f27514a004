/** Runs in the database, each from its question to its end. What else is stored there is reached from here. */
import type { TributaryError } from '../errors.ts';
import { answersOf } from './access.ts';
import { ChangeLog } from './change-log.ts';
import type { Dialect } from './dialect.ts';
import { decode } from './encoding.ts';
import { lost } from './ending.ts';
import { EventStore } from './event-store.ts';
import { ExperimentStore } from './experiment-store.ts';
import { type Fence, requireFence } from './fenced.ts';
import type { PrismaClient } from './generated/client.ts';
import { Housekeeping } from './housekeeping.ts';
import { KeyStore } from './key-store.ts';
import { ManyRuns } from './many-runs.ts';
import type { RunPage } from './page.ts';
import { lockPatience } from './patience.ts';
import { addFigures, countBytes, type Part, putParts, putSteps } from './rows.ts';
import type { RunFilter } from './run-filter.ts';
import { RunIds } from './run-ids.ts';
import { newRun, runRecord } from './run-record.ts';
import { listed } from './run-search.ts';
import { sqlite } from './sqlite/dialect.ts';
import { storedText } from './stored-text.ts';
import { SweepStore } from './sweep-store.ts';
import { RunTransfer } from './takeaway/run-transfer.ts';
import { type OnWritten, type Transaction, Transactions, type Written } from './transactions.ts';
import {
  isOver,
  type Question,
  type RunLabels,
  type RunProfile,
  type RunRecord,
  type RunStatus,
  type RunStep,
  type Subject,
  statusAfter,
} from './types.ts';
import { UploadStore } from './upload-store.ts';

const over = { in: ['COMPLETED', 'FAILED', 'CANCELLED'] satisfies RunStatus[] };

/** What a store has of elsewhere than SQLite. */
export interface StoreOptions {
  /** Of the database's provider. */
  readonly dialect?: Dialect | undefined;
  /** Tells other processes, in the transaction that changes something. */
  readonly onWritten?: OnWritten | undefined;
  /** Of several processes, the id of this one: new runs are its own until a worker takes them. */
  readonly member?: (() => string) | undefined;
}

export class RunStore {
  /** Of every run that is written, once it is. */
  readonly changes = new ChangeLog();
  readonly events: EventStore;
  readonly experiments: ExperimentStore;
  readonly housekeeping: Housekeeping;
  readonly keys: KeyStore;
  readonly many: ManyRuns;
  readonly sweeps: SweepStore;
  readonly transfer: RunTransfer;
  readonly uploads: UploadStore;
  readonly #transactions: Transactions;
  /** Runs of which is being stored that they have begun; what they tell comes behind that, where several writes are under way. */
  readonly #beginning = new Map<string, Promise<void>>();
  readonly #now: () => Date;
  readonly #ids: RunIds;
  readonly #member: () => string | null;

  /**
   * @param now the clock
   * @param patience milliseconds that a read or write waits for the lock of another process, its turn included, or for a database
   * that is gone
   */
  constructor(
    database: PrismaClient,
    now: () => Date = () => new Date(),
    patience = lockPatience,
    { dialect = sqlite, onWritten, member }: StoreOptions = {},
  ) {
    const transactions = new Transactions(database, dialect, { patience, onWritten });
    this.#transactions = transactions;
    this.#now = now;
    this.#ids = new RunIds(now);
    this.#member = member ?? (() => null);
    const { changes } = this;
    const newId = () => this.newId();
    this.events = new EventStore(transactions);
    this.experiments = new ExperimentStore(transactions, changes, newId, now);
    this.housekeeping = new Housekeeping(transactions, this.events, changes);
    this.keys = new KeyStore(transactions, now);
    this.many = new ManyRuns(transactions);
    const sweepParts = { experiments: this.experiments, member: this.#member };
    this.sweeps = new SweepStore({ ...sweepParts, transactions, now, newId, changes });
    this.transfer = new RunTransfer({ transactions, events: this.events, changes, newId, now });
    this.uploads = new UploadStore(transactions, now);
  }

  /** An id for a new run or experiment, greater than all before. */
  newId(): string {
    return this.#ids.next();
  }

  /**
   * The run that answers a question, or a new one in the queue. A run that failed answers nothing, nor does one that is
   * neither over nor under way, since its end could not be stored: it gets one now. That there is one run for many who
   * ask at once follows from the order of writes, or from the unique column: whoever comes second looks again. One that is there is
   * found without a write, and so where nothing can be written.
   * @param experiments names of those that it joins, whichever it is; what is not there is made
   * @param refusal why none may be made; undefined where one may
   * @param owner whose it is, and they
   * @throws the refusal, where there is none
   */
  async findOrCreate(
    id: string,
    subject: Subject,
    question: Question,
    contentHash: string,
    isUnderWay: (runId: string) => boolean | Promise<boolean>,
    experiments: readonly string[] = [],
    refusal?: TributaryError,
    owner = '',
  ): Promise<{ run: RunRecord; created: boolean }> {
    const find = async (database: Transaction) => {
      const row = await database.run.findUnique({ where: { answers: answersOf(contentHash, owner) } });
      return row ? runRecord(row) : undefined;
    };
    const there = await this.#transactions.read(find);
    const isLost = there !== undefined && !isOver(there.status) && !(await isUnderWay(there.id));
    // One that has come since then is under way, or was.
    const answers = ({ status, id }: RunRecord) => isOver(status) || !isLost || id !== there?.id;
    if (there && answers(there) && (await this.experiments.hasJoined(there.id, experiments, owner)))
      return { run: await this.#asChat(there, question), created: false };
    let ended: string | undefined;
    const told = ({ run, created, joined }: { run: RunRecord; created: boolean; joined: boolean }): Written[] => [
      ...(ended ? [{ run: ended, what: 'status' } as const] : []),
      ...(created || joined ? [{ run: run.id, what: created ? 'status' : 'labels' } as const] : []),
    ];
    const found = await this.#transactions.write(async (transaction) => {
      const known = await find(transaction);
      const join = (runId: string) => this.experiments.joinNamed(transaction, runId, experiments, this.#now(), owner);
      if (known && answers(known)) return { run: known, created: false, joined: await join(known.id) };
      if (refusal) throw refusal;
      if (known) await putSteps(transaction, known, [lost], this.#now());
      ended = known?.id;
      const data = { ...newRun(id, subject, question, contentHash, owner), worker: this.#member() };
      const run = runRecord(await transaction.run.create({ data }));
      return { run, created: true, joined: await join(id) };
    }, told);
    if (ended) {
      this.events.renew(ended);
      this.changes.note(ended, 'status');
    }
    const { run, created, joined } = found;
    if (created || joined) this.changes.note(run.id, created ? 'status' : 'labels');
    return created ? { run, created } : { run: await this.#asChat(run, question), created };
  }

  /** A run that is asked for as messages has them from then on, whatever its tokens were given as before. */
  async #asChat(run: RunRecord, { input: { messages } }: Question): Promise<RunRecord> {
    const { id, question } = run;
    if (!messages || JSON.stringify(messages) === JSON.stringify(question.input.messages)) return run;
    const asked = { ...question, input: { ...question.input, messages } } as Question;
    const data = { input: JSON.stringify(asked.input) };
    await this.#transactions.writeOne(
      (database) => database.run.updateMany({ where: { id }, data }),
      () => [{ run: id, what: 'events' }],
    );
    this.changes.note(id, 'events');
    return { ...run, question: asked };
  }

  async find(id: string): Promise<RunRecord | undefined> {
    const row = await this.#transactions.read((database) => database.run.findUnique({ where: { id } }));
    return row ? runRecord(row) : undefined;
  }

  /** Newest first; from the end of the list where the page is inverted, then oldest first. */
  async list(page: RunPage, filter: RunFilter = {}): Promise<RunRecord[]> {
    const rows = await this.#transactions.read((database) =>
      listed(database, this.#transactions.dialect, page, filter),
    );
    return rows.map(runRecord);
  }

  /** What people say of a run; what is not given stays as it is. @returns undefined where there is no such run */
  async label(id: string, { pinned, note }: RunLabels): Promise<RunRecord | undefined> {
    const data = { ...(pinned !== undefined && { pinned }), ...(note !== undefined && { note: storedText(note) }) };
    const row = await this.#transactions.write(
      async (transaction) => {
        await transaction.run.updateMany({ where: { id }, data });
        return transaction.run.findUnique({ where: { id } });
      },
      (row) => (row ? [{ run: id, what: 'labels' }] : []),
    );
    if (!row) return undefined;
    this.changes.note(id, 'labels');
    return runRecord(row);
  }

  /** Whether everybody who may read finds it by its id. @returns undefined where there is no such run */
  async share(id: string, shared: boolean): Promise<RunRecord | undefined> {
    const row = await this.#transactions.write(
      async (transaction) => {
        await transaction.run.updateMany({ where: { id }, data: { shared } });
        return transaction.run.findUnique({ where: { id } });
      },
      (row) => (row ? [{ run: id, what: 'labels' }] : []),
    );
    if (!row) return undefined;
    this.changes.note(id, 'labels');
    return runRecord(row);
  }

  /** @throws Fenced where another one computes it by now */
  async started(id: string, fence?: Fence): Promise<void> {
    const beginning = this.#transactions.write(
      async (transaction) => {
        const run = await this.#unfinished(transaction, id, fence);
        if (run?.status !== 'QUEUED') return false;
        await transaction.run.updateMany({ where: { id }, data: { status: 'RUNNING', startedAt: this.#now() } });
        return true;
      },
      (began) => (began ? [{ run: id, what: 'status' }] : []),
    );
    const over = beginning.then(
      () => undefined,
      () => undefined,
    );
    this.#beginning.set(id, over);
    const began = await beginning.finally(() => this.#beginning.delete(id));
    if (began) this.changes.note(id, 'status');
  }

  /**
   * Stores steps behind those that are there, in one transaction; the last may end the run. A run that is over takes no
   * more: a cancellation can meet the last step, and whoever has read that one was told that nothing follows.
   * @throws Fenced where another one computes it by now
   */
  async append(id: string, steps: readonly RunStep[], fence?: Fence): Promise<void> {
    const beginning = this.#beginning.get(id);
    if (beginning) await beginning;
    const last = steps.at(-1);
    const what = last && statusAfter(last) ? 'status' : 'events';
    const began = performance.now();
    const taken = await this.#transactions.write(
      async (transaction) => {
        const run = await this.#unfinished(transaction, id, fence);
        if (run) await putSteps(transaction, run, steps, this.#now());
        return run;
      },
      (taken) => (taken && last ? [{ run: id, what }] : []),
    );
    this.events.stored(id, taken ? steps.length : 0, began);
    // Of one that has taken nothing there is nothing to tell; it may be deleted by now.
    if (taken && last) this.changes.note(id, what);
  }

  /** Ends a run with the parts of its answer and its last steps, of which the last completes it. One that is over takes none. @throws as `append` */
  async complete(
    id: string,
    parts: readonly Part[],
    steps: readonly RunStep[],
    profile?: RunProfile | undefined,
    fence?: Fence,
  ): Promise<void> {
    const beginning = this.#beginning.get(id);
    if (beginning) await beginning;
    const began = performance.now();
    const taken = await this.#transactions.write(
      async (transaction) => {
        const run = await this.#unfinished(transaction, id, fence);
        if (!run) return undefined;
        const bytes = await putParts(transaction, id, parts);
        await putSteps(transaction, run, steps, this.#now(), { profile, bytes });
        return run;
      },
      (taken) => (taken ? [{ run: id, what: 'status' }] : []),
    );
    this.events.stored(id, taken ? steps.length : 0, began);
    if (taken) this.changes.note(id, 'status');
  }

  /**
   * Adds parts to an answer. What was answered once stays as it was, to the last bit: only a list gives way, to a longer
   * one. A run that was deleted meanwhile takes none.
   * @param steps all that the run tells, with figures that its events may lack; none: they lack nothing
   */
  async addParts(id: string, parts: readonly Part[], steps: readonly RunStep[] = []): Promise<void> {
    const completed = await this.#transactions.write(
      async (transaction) => {
        const run = await this.#standing(transaction, id);
        if (run?.status !== 'COMPLETED') return false;
        if (steps.length > 0) await addFigures(transaction, id, steps, this.#now());
        const rows = await transaction.part.findMany({ where: { runId: id }, select: { name: true, count: true } });
        const stored = new Map(rows.map(({ name, count }) => [name, count]));
        const added = parts.filter(({ name, count }) => count > (stored.get(name) ?? -1));
        await transaction.part.deleteMany({ where: { runId: id, name: { in: added.map(({ name }) => name) } } });
        await putParts(transaction, id, added);
        await countBytes(transaction, id);
        return true;
      },
      (completed) => (completed && steps.length > 0 ? [{ run: id, what: 'figures' }] : []),
    );
    if (!completed || steps.length === 0) return;
    this.events.forget(id);
    this.changes.note(id, 'events');
  }

  /** Notes where the time of a run went whose events are all stored. */
  async profiled(id: string, profile: RunProfile): Promise<void> {
    const data = { profile: JSON.stringify(profile) };
    await this.#transactions.writeOne((database) => database.run.updateMany({ where: { id }, data }));
  }

  /** Names and counts of the parts that are there. */
  async partNames(runId: string): Promise<Map<string, number>> {
    const rows = await this.#transactions.read((database) =>
      database.part.findMany({ where: { runId }, select: { name: true, count: true } }),
    );
    return new Map(rows.map(({ name, count }) => [name, count]));
  }

  /** Those of these parts that are there, by their names. */
  async parts(runId: string, names: readonly string[]): Promise<Map<string, Omit<Part, 'name'>>> {
    const rows = await this.#transactions.read((database) =>
      database.part.findMany({ where: { runId, name: { in: [...names] } } }),
    );
    return new Map(
      rows.map(({ name, count, payload, arrays }) => [name, { count, value: decode({ payload, arrays }) }]),
    );
  }

  /** Deletes a run that is over, with all that it told. @returns whether there was one */
  async delete(id: string): Promise<boolean> {
    const deleted = await this.#transactions.write(
      async (transaction) => {
        const run = await transaction.run.findUnique({ where: { id, status: over }, select: { owner: true } });
        const { count } = await transaction.run.deleteMany({ where: { id, status: over } });
        return count > 0 ? run : null;
      },
      (deleted) => (deleted ? [{ run: id, what: 'deleted', owner: deleted.owner }] : []),
    );
    this.events.forget(id);
    if (deleted) this.changes.note(id, 'deleted', deleted.owner);
    return deleted !== null;
  }

  close(): Promise<void> {
    return this.#transactions.close();
  }

  /** A run that is not over. Nobody else writes it before the transaction ends. @throws Fenced */
  async #unfinished(transaction: Transaction, id: string, fence: Fence | undefined): Promise<Standing | undefined> {
    const run = await this.#standing(transaction, id);
    if (run) requireFence(run, fence);
    return run && !isOver(run.status) ? run : undefined;
  }

  /** How far a run is; nobody else writes it before the transaction ends. */
  async #standing(transaction: Transaction, id: string): Promise<Standing | undefined> {
    const [run] = await transaction.$queryRaw<Standing[]>`
      SELECT "id", "status", "eventCount", "attempt" FROM "Run" WHERE "id" = ${id} ${this.#transactions.dialect.forUpdate}`;
    return run && { ...run, eventCount: Number(run.eventCount), attempt: Number(run.attempt) };
  }
}

/** How far a run is. */
interface Standing extends Pick<RunRecord, 'id' | 'status' | 'eventCount'> {
  readonly attempt: number;
}

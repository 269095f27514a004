import { setTimeout as pause } from 'node:timers/promises';
import { Followers } from '../cluster/followers.ts';
import { PacedCluster } from '../cluster/paced.ts';
import { type Cell, quantile } from '../figure.ts';
import type { Group } from '../group.ts';

const [servers, workers, places, jobs, subscribers] = [2, 3, 3, 8, 1000];
/** Milliseconds between two events of a job. */
const pace = 200;
/** Tokens of what is followed: what the model reads is no more than 256. */
const tokens = 250;
/** Milliseconds for which events are followed at that pace. */
const window = 20_000;
/** Small jobs, one after the other. */
const submitted = 50;
/** Runs that are cancelled in turn. */
const cancelled = 20;

/** The sample model on one machine that has all of them: what is measured is the way between them, not the machine of each. */
export const cluster: Group = {
  name: 'cluster',
  title: `${servers} servers and ${workers} workers on PostgreSQL (fsync=on, synchronous_commit=on), all on this machine; ${jobs} jobs, an event of each every ${pace} ms, that is ${(jobs * 1000) / pace} a second, followed by ${subscribers} sockets`,
  shapes: ['sample'],
  lengths: () => [],
  byNameOnly: true,
  async *measure({ progress, repetitions }) {
    await using paced = await PacedCluster.start({ servers, workers, places, pace });
    progress('followed');
    yield* followed(paced);
    progress('submitted');
    yield* taken(paced);
    progress('cancelled');
    yield* stopped(paced);
    progress('killed');
    yield* killed(paced, repetitions);
  },
};

async function* followed(paced: PacedCluster): AsyncIterable<Cell> {
  const runs: string[] = [];
  for (let job = 0; job < jobs; job++) {
    // Before the next one is asked for: a worker that is busy would take it where the others are slow to.
    const mark = paced.mark();
    runs.push((await paced.submit(tokens, job % servers)).id);
    await paced.told('began', mark);
  }
  await using followers = await Followers.start({ urls: paced.urls, runs, subscribers });
  // What was told while they came was late for some.
  await pause(1000);
  await followers.heard();
  await pause(window);
  const { latencies, events } = await followers.heard();
  yield* quantiles('from an event’s moment to its subscribers', latencies, { median: 10, p99: 50 });
  yield { row: 'events stored meanwhile', column: 'all', value: (events / window) * 1000, unit: 'a second' };
  yield { row: 'events told meanwhile', column: 'all', value: (latencies.length / window) * 1000, unit: 'a second' };
  const released = Date.now();
  paced.release();
  await followers.whole();
  const rest = await followers.heard();
  const seconds = (rest.last - released) / 1000;
  yield { row: 'as fast as they can: events stored', column: 'all', value: rest.events / seconds, unit: 'a second' };
  yield { row: '… told', column: 'all', value: rest.latencies.length / seconds, unit: 'a second' };
}

/** @param paced whose jobs are released */
async function* taken(paced: PacedCluster): AsyncIterable<Cell> {
  const submits: number[] = [];
  const pickUps: number[] = [];
  for (let index = 0; index < submitted; index++) {
    const mark = paced.mark();
    const { at, took } = await paced.submit(1, index % servers);
    submits.push(took);
    pickUps.push((await paced.told('began', mark)).at - at);
    await paced.told('ended', mark);
  }
  yield* quantiles('submitted: from the mutation to its answer', submits);
  yield* quantiles('picked up: from submitted to the job of an idle worker', pickUps);
}

async function* stopped(paced: PacedCluster): AsyncIterable<Cell> {
  const times: number[] = [];
  for (let index = 0; index < cancelled; index++) {
    const mark = paced.mark();
    const { id } = await paced.submit(tokens, 0);
    await paced.told('began', mark);
    const asked = Date.now();
    await paced.cancel(id, 1);
    times.push((await paced.told('ended', mark)).at - asked);
  }
  yield* quantiles('cancelled at another server: until the worker has stopped', times, { median: 100, p99: 100 });
}

async function* killed(paced: PacedCluster, repetitions: number): AsyncIterable<Cell> {
  const times: number[] = [];
  for (let index = 0; index < repetitions; index++) {
    const mark = paced.mark();
    const { id } = await paced.submit(tokens);
    const { worker } = await paced.told('began', mark);
    const after = paced.mark();
    await paced.kill(worker, async (at) => {
      times.push((await paced.told('began', after)).at - at);
      await paced.cancel(id, 0);
    });
  }
  yield* quantiles('a worker is killed: until another one has its run', times);
}

function* quantiles(row: string, values: readonly number[], goals?: { median: number; p99: number }): Iterable<Cell> {
  yield { row, column: 'median', value: quantile(values, 0.5), unit: 'ms', goal: goals?.median };
  yield { row, column: 'p99', value: quantile(values, 0.99), unit: 'ms', goal: goals?.p99 };
}

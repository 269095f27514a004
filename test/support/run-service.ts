/** For tests: a run service on a database of its own, with an engine whose steps the test gives. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, mock } from 'node:test';
import type { PrismaClient } from '../../src/runs/generated/client.ts';
import { RunService } from '../../src/runs/service.ts';
import type { RunStore } from '../../src/runs/store.ts';
import { type attribution, ScriptedEngine, subject } from './scripted-engine.ts';
import type { TestedStore } from './stores.ts';
import type { TemporaryRuns } from './temporary-runs.ts';

interface ServiceFixture {
  readonly database: PrismaClient;
  readonly store: RunStore;
  readonly storeOn: TemporaryRuns['storeOn'];
  /** Anew for each test. */
  readonly engine: ScriptedEngine;
  readonly runs: RunService;
  /** What the service reported as nobody's input's fault. */
  readonly faults: unknown[];
}

/** Of the tests of a `describe`; filled before each. */
export function serviceFixture({ temporaryRuns }: TestedStore): ServiceFixture {
  let all: TemporaryRuns;
  const fixture = {} as ServiceFixture;
  before(async () => {
    all = await temporaryRuns();
  });
  after(() => all[Symbol.asyncDispose]());
  beforeEach(() => {
    const { database, store, storeOn } = all;
    const engine = new ScriptedEngine();
    const faults: unknown[] = [];
    const runs = new RunService(store, engine, (error) => faults.push(error));
    Object.assign(fixture, { database, store, storeOn, engine, runs, faults });
  });
  afterEach(() => mock.restoreAll());
  return fixture;
}

/** The one answer to a question with one target. */
export async function attributed(
  runs: RunService,
  questions: Parameters<RunService['attributions']['ask']>[1],
  selection: Parameters<RunService['attributions']['ask']>[2] = {},
  options?: Parameters<RunService['attributions']['ask']>[3],
) {
  const [answer] = await runs.attributions.ask(subject, questions, selection, options);
  assert.ok(answer);
  return answer;
}

/** The same questions at several positions of the prompt. */
export function targetsOf(questions: ReturnType<typeof attribution>, ...positions: number[]) {
  return {
    ...questions,
    targets: positions.flatMap((position) => questions.targets.map((target) => ({ ...target, position }))),
  };
}

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it, mock } from 'node:test';
import { attribution, ScriptedEngine, subject } from '../../test/support/scripted-engine.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import type { AttributionResult } from '../explain/attribution/result.ts';
import { RunService } from './service.ts';
import { openDatabase } from './sqlite/database.ts';
import { RunStore } from './store.ts';

describe('what was answered once', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let store: RunStore;
  before(async () => {
    folder = await temporaryFolder();
    store = new RunStore(await openDatabase(`file:${join(folder.path, 'test.db')}`));
  });
  after(async () => {
    await store.close();
    await folder[Symbol.asyncDispose]();
  });

  it('stays as it was, to the last bit, when finer grains of another computation are added', async () => {
    const engine = new ScriptedEngine();
    const compute = engine.run.bind(engine);
    let computed = 0;
    mock.method(engine, 'run', async (...args: Parameters<typeof compute>) => {
      const rounding = ++computed * 2 ** -20;
      return ((await compute(...args)) as AttributionResult[]).map((answer) => ({ ...answer, bias: rounding }));
    });
    const runs = new RunService(store, engine, assert.ifError);
    const biasOf = async (selection: Parameters<RunService['attributions']['ask']>[2]) => {
      const [answer] = await runs.attributions.ask(subject, attribution(1), selection);
      return answer?.result.bias;
    };
    const first = await biasOf({});
    assert.equal(await biasOf({ layers: 1 }), first);
    assert.equal(computed, 2);
    assert.equal(await biasOf({}), first);
    await runs.close();
  });
});

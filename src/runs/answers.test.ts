import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { attribution, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import type { AttributionResult } from '../explain/attribution/result.ts';
import type { RunService } from './service.ts';

onEachStore('what was answered once', ({ temporaryRuns }) => {
  it('stays as it was, to the last bit, when finer grains of another computation are added', async () => {
    await using fixture = await temporaryRuns();
    const { engine, runs } = fixture;
    const compute = engine.run.bind(engine);
    let computed = 0;
    mock.method(engine, 'run', async (...args: Parameters<typeof compute>) => {
      const rounding = ++computed * 2 ** -20;
      return ((await compute(...args)) as AttributionResult[]).map((answer) => ({ ...answer, bias: rounding }));
    });
    const biasOf = async (selection: Parameters<RunService['attributions']['ask']>[2]) => {
      const [answer] = await runs.attributions.ask(subject, attribution(1), selection);
      return answer?.result.bias;
    };
    const first = await biasOf({});
    assert.equal(await biasOf({ layers: 1 }), first);
    assert.equal(computed, 2);
    assert.equal(await biasOf({}), first);
    assert.deepEqual(fixture.faults, []);
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribution, circulation, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';

onEachStore('a run in the queue', ({ temporaryRuns }) => {
  it('tells where its job stands, and nothing when it is over', async () => {
    await using all = await temporaryRuns();
    const { runs, engine } = all;
    engine.queue = new Promise(() => undefined);
    engine.place = { position: 2, ahead: 3, expectedStart: new Date(0) };
    const [attributed] = await runs.attributions.start(subject, attribution(1), {}, { keep: true });
    const circulated = await runs.startCirculation(subject, circulation(1), { keep: true });
    await engine.asked('circulation', 1);
    for (const { id } of [attributed, circulated] as { id: string }[]) {
      assert.deepEqual(await runs.placeOf(id), engine.place);
      await runs.cancel(id);
      assert.equal(await runs.placeOf(id), null);
    }
  });

  it('is joined by each other client that asks the same', async () => {
    await using all = await temporaryRuns();
    const { runs, engine } = all;
    engine.queue = new Promise(() => undefined);
    await runs.startCirculation(subject, circulation(1), { keep: true, client: 'first' });
    await engine.asked('circulation', 1);
    assert.deepEqual(engine.joined, []);
    await runs.startCirculation(subject, circulation(1), { client: 'second' });
    assert.deepEqual(engine.joined, ['second']);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attribution, ScriptedEngine, subject } from '../../test/support/scripted-engine.ts';
import { SharedAttribution } from './shared-attribution.ts';

const { targets, ...input } = attribution(1);
const at = (position: number) => ({ token: null, against: null, ...targets[0], position });
const gone = () => AbortSignal.abort(new Error('gone'));
const onQueue = () => undefined;
const nobodyLeaves = new AbortController().signal;

describe('attributions that are computed together', () => {
  it('are those of who has not left before they begin, each told when they do', async () => {
    const engine = new ScriptedEngine();
    const shared = new SharedAttribution(engine, subject, input, {}, 'somebody');
    const begun: number[] = [];
    const join = (position: number, signal: AbortSignal) =>
      shared.join(at(position), signal, {
        onStart: () => begun.push(position),
        onQueue,
        onTook: onQueue,
        onStep: onQueue,
      });
    const left = assert.rejects(join(0, gone()), /gone/);
    const answers = Promise.all([join(1, nobodyLeaves), join(2, nobodyLeaves)]);
    shared.launch();
    await left;
    assert.equal((await answers).length, 2);
    assert.deepEqual(begun, [1, 2]);
    assert.deepEqual(
      engine.attributions.map((asked) => asked.targets.map(({ position }) => position)),
      [[1, 2]],
    );
  });

  it('are not begun for nobody', async () => {
    const engine = new ScriptedEngine();
    const shared = new SharedAttribution(engine, subject, input, {}, 'somebody');
    const left = assert.rejects(
      shared.join(at(0), gone(), { onStart: onQueue, onQueue, onTook: onQueue, onStep: onQueue }),
      /gone/,
    );
    shared.launch();
    await left;
    assert.deepEqual(engine.attributions, []);
  });
});

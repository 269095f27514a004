/** What becomes of every key of a configuration, beside what transformers makes of it; see test/reference/config_keys.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isJsonObject } from '../checkpoint/config.ts';
import { TributaryError } from '../errors.ts';
import { architectureOf, architectures, specificationOfConfig, unreadKeys } from './registry.ts';

type Config = Readonly<Record<string, unknown>>;

interface Measured {
  readonly model_type: string;
  readonly key: string;
  readonly value: unknown;
  /** Of the value, on a model that has the family's base otherwise. */
  readonly effect: 'none' | 'logits' | 'tensors' | 'refused';
  /** Of the class; absent where it does not declare the key. */
  readonly default?: unknown;
}

const lines: Record<string, unknown>[] = readFileSync(
  new URL('../../test/reference/config-keys.jsonl', import.meta.url),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
const measured = lines.filter((line): line is Record<string, unknown> & Measured => 'key' in line);
const bases = new Map(lines.filter(({ base }) => base).map(({ model_type, base }) => [model_type, base as Config]));
const generation = lines.find((line) => 'generation' in line)?.generation as string[];

/** Of MLPs; the tensors say it. */
const widths = ['intermediate_size', 'n_inner', 'ffn_dim'];

const baseOf = (type: string): Config => ({ model_type: type, ...bases.get(type) });
const file = 'models/small/config.json';

interface Outcome {
  /** As plain text, rotations by what they are at two lengths. */
  readonly model?: string;
  /** The longest prompt, which changes nothing in shorter ones. */
  readonly contextLength?: number;
  readonly refusal?: string;
}

function outcomeOf(config: Config): Outcome {
  try {
    const { contextLength, ...model } = specificationOfConfig(config, file);
    const plain = (value: unknown) => (typeof value === 'function' ? [value(8), value(4096)] : value);
    return { model: JSON.stringify(model, (_, value) => plain(value)), contextLength };
  } catch (error) {
    assert.ok(error instanceof TributaryError && error.code === 'CHECKPOINT');
    return { refusal: error.message };
  }
}

describe('the keys of a configuration', () => {
  it('are measured for every family of transformers', () => {
    const families = architectures.flatMap(({ modelTypes }) => modelTypes).filter((type) => type !== 'attention_only');
    assert.deepEqual([...bases.keys()].sort(), families.sort());
  });

  for (const type of bases.keys()) {
    const base = baseOf(type as string);
    const { schema } = architectureOf(base, file);
    const told = measured.filter(({ model_type }) => model_type === type);

    it(`change what is computed, or are refused by name, where they do in transformers: ${type}`, () => {
      const plain = outcomeOf(base);
      for (const { key, value, effect } of told) {
        const outcome = outcomeOf({ ...base, [key]: value });
        const what = `${key}: ${JSON.stringify(value)}`;
        const names = [key, ...(isJsonObject(value) ? Object.keys(value) : [])].join('|');
        if (effect === 'refused') continue;
        if (outcome.refusal) assert.match(outcome.refusal, new RegExp(`config\\.json: .*\\b(${names})\\b`), what);
        else if (effect === 'none') assert.ok(outcome.model === plain.model, what);
        else if (effect === 'logits') assert.ok(outcome.model !== plain.model, what);
        else if (effect === 'tensors' && !widths.includes(key)) assert.notDeepEqual(outcome, plain, what);
      }
    });

    it(`are all accounted for that its class declares: ${type}`, () => {
      const declared = Object.fromEntries(told.filter((entry) => 'default' in entry).map(({ key }) => [key, 'x']));
      const generated = Object.fromEntries(generation.map((key) => [key, 'x']));
      assert.ok(Object.keys(declared).length > 25);
      assert.deepEqual(unreadKeys({ ...declared, ...generated, ...base }, file), []);
    });

    it(`have the defaults of transformers: ${type}`, () => {
      for (const { key, default: usual } of told) {
        if (usual === undefined || usual === null || !Object.hasOwn(schema.shape, key)) continue;
        const { [key]: _, ...without } = base;
        const absent = outcomeOf(without);
        if (absent.refusal !== `${file}: ${key} is missing`)
          assert.deepEqual(absent, outcomeOf({ ...base, [key]: usual }), key);
      }
    });
  }

  it('are named where nobody knows them, unless they say nothing', () => {
    assert.deepEqual(unreadKeys({ model_type: 'llama', riddle: false, mystery: null, n_layer: 3 }, file), [
      'riddle',
      'n_layer',
    ]);
    assert.deepEqual(unreadKeys({ model_type: 'gpt_neox', rope_theta: 500, head_dim: 8 }, file), ['rope_theta']);
  });
});

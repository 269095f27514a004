/** What no answer tells, whatever is wrong with a model: where on the machine its files lie, and what is in files that are none. */
import assert from 'node:assert/strict';
import { cp, link, mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, it, mock } from 'node:test';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { CirculationDocument, LogitAttributionDocument } from '../../src/client/generated/graphql.ts';
import { RunStore } from '../../src/runs/store.ts';
import { referenceFolder } from '../reference/reference.ts';
import { postQuery } from '../support/post-query.ts';
import { onEachStore } from '../support/stores.ts';
import { collect, type TestServer } from './harness.ts';

/** The lines of a file that no client may read. */
const secret = 'root:x:0:0:root:/root:/bin/bash\n{"token": "hf_secret"}\n';
/** A path from the root of the machine. A slash within a word, as in key/value, is none. */
const path = /(^|[^\w.:/])\/[\w.-]+/;

const names = ['config.json', 'tokenizer.json', 'model.safetensors'] as const;

onEachStore('a model that cannot be used', ({ startTestServer }) => {
  let server: TestServer;
  let secretFile: string;
  before(async () => {
    server = await startTestServer();
    secretFile = join(server.models, '..', 'passwd');
    await writeFile(secretFile, secret);
  });
  after(() => server.close());

  /** A model of its own that something has been done to. */
  const spoiled = async (name: string, spoil: (folder: string) => Promise<unknown>) => {
    const folder = join(server.models, 'spoiled', name);
    await mkdir(join(server.models, 'spoiled'), { recursive: true });
    await cp(referenceFolder('llama-grouped'), folder, { recursive: true });
    await spoil(folder);
    return `spoiled/${name}`;
  };
  const replaced = (file: string, put: (path: string) => Promise<unknown>) => async (folder: string) => {
    await rm(join(folder, file), { force: true });
    await put(join(folder, file));
  };
  const inShards = (index: string, put: (path: string) => Promise<unknown>) => async (folder: string) => {
    await rm(join(folder, 'model.safetensors'));
    await writeFile(join(folder, 'model.safetensors.index.json'), index);
    await put(join(folder, 'a.safetensors'));
  };
  const edited = (change: object) => async (folder: string) => {
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }));
  };
  const nan = async (folder: string) => {
    const [entry] = (await openModelFiles(folder)).tensors.values();
    assert.ok(entry);
    await using handle = await open(entry.file, 'r+');
    await handle.write(new Uint8Array(Float32Array.of(Number.NaN).buffer), 0, 4, entry.offset);
  };
  const map = (shard: string) => JSON.stringify({ weight_map: { a: shard } });

  /** What is wrong, the file that the message names, and how it comes about. */
  const faults: [what: string, named: string, spoil: (folder: string) => Promise<unknown>][] = [
    ...names.flatMap((name): typeof faults => [
      [`text-${name}`, name, replaced(name, (file) => writeFile(file, secret))],
      [`json-${name}`, name, replaced(name, (file) => writeFile(file, '"hf_secret"'))],
      [`hard-link-${name}`, name, replaced(name, (file) => link(secretFile, file))],
      [`link-${name}`, name, replaced(name, (file) => symlink(secretFile, file))],
      [`relative-link-${name}`, name, replaced(name, (file) => symlink('../../../passwd', file))],
    ]),
    ['folder-tokenizer.json', 'tokenizer.json', replaced('tokenizer.json', mkdir)],
    ['folder-model.safetensors', 'model.safetensors', replaced('model.safetensors', mkdir)],
    ['no-tokenizer.json', 'tokenizer.json', (folder) => rm(join(folder, 'tokenizer.json'))],
    ['no-model.safetensors', 'model.safetensors', (folder) => rm(join(folder, 'model.safetensors'))],
    ['text-index', 'model.safetensors.index.json', inShards(secret, (file) => writeFile(file, ''))],
    ['text-shard', 'a.safetensors', inShards(map('a.safetensors'), (file) => writeFile(file, secret))],
    ['link-shard', 'a.safetensors', inShards(map('a.safetensors'), (file) => symlink(secretFile, file))],
    ['no-shard', 'b.safetensors', inShards(map('b.safetensors'), (file) => writeFile(file, ''))],
    ['shard-elsewhere', 'model.safetensors.index.json', inShards(map(`../../passwd`), async () => undefined)],
    ['other-family', 'config.json', edited({ model_type: 'mamba' })],
    ['other-shape', 'config.json', edited({ hidden_size: 'wide' })],
    ['other-layers', 'config.json', edited({ num_hidden_layers: 9 })],
    ['quantised', 'config.json', edited({ quantization_config: { quant_method: 'gptq' } })],
    ['not-a-number', 'model.safetensors', nan],
  ];

  it('is told of by the names of its files: by no path of the machine, and by no byte of another file', async () => {
    const named = new Map<string, string>();
    for (const [what, file, spoil] of faults) named.set(await spoiled(what, spoil), file);
    const body = JSON.stringify({
      query: '{ models(first: 100) { edges { node { name error } } } }',
    });
    const response = await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const listed = (await response.json()) as {
      data: { models: { edges: { node: { name: string; error: string | null } }[] } };
    };
    const told = new Map(
      listed.data.models.edges.flatMap(({ node: { name, error } }) => (error ? [[name, [error]]] : [])),
    );
    for (const name of named.keys()) {
      const input = { model: name, prompt: { tokenIds: [5, 6, 7] } };
      const { logitAttribution } = await server.client.request(LogitAttributionDocument, { input });
      const [event] = await collect(server.client.subscribe(CirculationDocument, { input: { ...input, top: 3 } }));
      for (const answer of [logitAttribution, event?.circulation])
        if (answer && 'message' in answer) told.set(name, [...(told.get(name) ?? []), answer.message]);
    }
    for (const [name, file] of named) {
      const messages = told.get(name) ?? [];
      assert.ok(messages.length >= 1, name);
      for (const message of messages) {
        assert.ok(message.includes(file), `${name}: ${message}`);
        assert.doesNotMatch(message, path, name);
        assert.doesNotMatch(message, /root:|root\b|hf_secret|bash|passwd/, name);
        // The first eight bytes, read as the length of a header, are bytes of the file too.
        assert.ok(!message.includes(String(Buffer.from(secret).readBigUInt64LE())), `${name}: ${message}`);
      }
    }
    const { data } = await postQuery(
      server.url,
      '{ runs(first: 100) { edges { node { error { message } } } } models { edges { node { error } } } }',
    ).then((answer) => answer.json() as Promise<{ data: unknown }>);
    assert.doesNotMatch(JSON.stringify(data), path);
  });
});

onEachStore('a server that is not well', ({ startTestServer }) => {
  it('tells no path: not of its models, nor of its database', async () => {
    const server = await startTestServer();
    const { client, settings, url } = server;
    try {
      await rm(server.models, { recursive: true });
      const input = { model: 'llama', prompt: { tokenIds: [5, 6, 7] } };
      const { logitAttribution } = await client.request(LogitAttributionDocument, { input });
      assert.ok(logitAttribution.__typename === 'UnknownModelError');
      assert.doesNotMatch(logitAttribution.message, path);

      const fault = new Error(`ConnectionFailed: unable to open database file ${settings.databaseUrl}`);
      mock.method(RunStore.prototype, 'find', () => Promise.reject(fault));
      const node = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ run(id: "x") { id } }' }),
      });
      assert.doesNotMatch(await node.text(), path);
    } finally {
      mock.restoreAll();
      await server.close();
    }
  });
});

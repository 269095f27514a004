/** A run shows what it was asked, and is asked again. */
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import {
  CancelRunDocument,
  CirculationDocument,
  DeleteRunDocument,
  LogitAttributionDocument,
  type LogitAttributionInput,
  RepeatRunDocument,
  RunDocument,
  type RunRequestPartsFragment,
  RunsDocument,
  StartCirculationDocument,
  StartLogitAttributionDocument,
  TokenizeDocument,
} from '../../src/client/generated/graphql.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const text = 'When Mary and John went to the store, John gave a drink to';

describe('what a run was asked', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  /** Open as long as the server is: with the last connection to it, SQLite removes files that the server has open. */
  let database: DatabaseSync | undefined;
  after(async () => {
    await server.close();
    database?.close();
  });

  const inputOf = async (id: string): Promise<RunRequestPartsFragment> => {
    const { run } = await server.client.request(RunDocument, { id });
    assert.ok(run);
    return run.input;
  };

  const attribute = async (input: LogitAttributionInput): Promise<string> => {
    const { logitAttribution: answer } = await server.client.request(LogitAttributionDocument, { input });
    assert.ok(answer.__typename === 'LogitAttribution', JSON.stringify(answer));
    return answer.run.id;
  };

  const tokensOf = async (model: string, prompt: string) => {
    const { model: found } = await server.client.request(TokenizeDocument, { model, text: prompt });
    assert.ok(found?.__typename === 'Model' && found.tokenize);
    return found.tokenize;
  };

  /** What the server's database says, behind its back. */
  const change = (sql: string) => {
    database ??= new DatabaseSync(server.settings.databaseUrl.slice('file:'.length));
    database.exec(sql);
  };

  it('is told of an attribution: prompt, target, method and options', async () => {
    const id = await attribute({
      model: 'sample',
      prompt: { text },
      target: { position: -3, token: { text: ' Mary' }, against: { text: ' John' }, kind: 'LOG_PROBABILITY' },
      method: 'INTEGRATED_GRADIENTS',
      options: { steps: 3, baseline: { text: ' the' } },
    });
    const tokens = await tokensOf('sample', text);
    const input = await inputOf(id);
    assert.ok(input.__typename === 'LogitAttributionRequest');
    assert.deepEqual(input.prompt, { text, tokens, messages: null });
    const { position, token, against, kind } = input.target;
    assert.deepEqual(
      [position, token?.text, token?.position, against?.text, kind],
      [tokens.length - 3, ' Mary', tokens.length - 3, ' John', 'LOG_PROBABILITY'],
    );
    assert.equal(input.method, 'INTEGRATED_GRADIENTS');
    assert.deepEqual([input.options?.steps, input.options?.baseline?.text], [3, ' the']);
  });

  it("is told as it was asked: the model's own choice is null, though it has been made", async () => {
    const id = await attribute({
      model: 'sample',
      prompt: { tokenIds: (await tokensOf('sample', text)).map(({ tokenId }) => tokenId) },
    });
    const input = await inputOf(id);
    assert.ok(input.__typename === 'LogitAttributionRequest');
    assert.equal(input.prompt.text, text, 'ids are told as the text that they are');
    const { token, against, kind } = input.target;
    assert.deepEqual([token, against, kind, input.method, input.options], [null, null, 'LOGIT', 'FROZEN', null]);
  });

  it('is told of a circulation: tracked tokens, blocks, lens and figures', async () => {
    const { startCirculation } = await server.client.request(StartCirculationDocument, {
      input: { model: 'sample', prompt: { text }, track: [1, -1], layers: 2, top: 7 },
    });
    assert.ok(startCirculation.__typename === 'RunPayload');
    const input = await inputOf(startCirculation.run.id);
    assert.ok(input.__typename === 'CirculationRequest');
    const tokens = await tokensOf('sample', text);
    assert.deepEqual(
      input.tracked.map(({ position, tokenId, text, special }) => ({ position, tokenId, text, special, role: null })),
      [tokens[1], tokens.at(-1)],
    );
    assert.deepEqual([input.layers, input.top, input.figures], [2, 7, ['LENS', 'HEADS', 'PATTERNS']]);
    await collect(server.client.followRun(startCirculation.run.id));
  });

  it('labels a list of runs', async () => {
    const { runs } = await server.client.request(RunsDocument, { first: 5 });
    assert.ok(runs && runs.edges.length >= 3);
    for (const { node } of runs.edges) assert.equal(node.input.prompt.text, text);
  });

  it('is told of a run that was stored without the text of its prompt, as long as its checkpoint is there', async () => {
    const id = await attribute({ model: 'llama', prompt: { text: 'The river' } });
    assert.equal((await inputOf(id)).prompt.text, 'The river');
    change(`UPDATE "Run" SET "promptText" = NULL, "promptFolded" = NULL`);
    assert.equal((await inputOf(id)).prompt.text, 'The river');
  });

  it('is told when the checkpoint is gone: with the text, and with ids for tokens', async () => {
    const kept = await attribute({
      model: 'llama',
      prompt: { text: 'The river takes' },
      target: { token: { tokenId: 9 } },
    });
    const old = await attribute({ model: 'llama', prompt: { text: 'The stream' } });
    change(`UPDATE "Run" SET "promptText" = NULL WHERE "id" = '${atob(old).slice('Run:'.length)}'`);
    const tokens = await tokensOf('llama', 'The river takes');
    const away = join(server.models, '..', 'away');
    await rename(join(server.models, 'llama'), away);
    try {
      const input = await inputOf(kept);
      assert.equal(input.prompt.text, 'The river takes');
      assert.deepEqual(
        input.prompt.tokens.map(({ tokenId, text: shown, position }) => [tokenId, shown, position]),
        tokens.map(({ tokenId, position }) => [tokenId, `<${tokenId}>`, position]),
      );
      assert.equal(input.target.token?.tokenId, 9);
      assert.equal((await inputOf(old)).prompt.text, null);
      const { repeatRun } = await server.client.request(RepeatRunDocument, { id: kept });
      assert.ok(repeatRun.__typename === 'UnknownModelError', repeatRun.__typename);
      assert.match(repeatRun.message, /no model "llama"/);
    } finally {
      await rename(away, join(server.models, 'llama'));
    }
  });
});

describe('a run that is repeated', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const repeat = async (id: string): Promise<string> => {
    const { repeatRun } = await server.client.request(RepeatRunDocument, { id });
    assert.ok(repeatRun.__typename === 'RunPayload', JSON.stringify(repeatRun));
    return repeatRun.run.id;
  };

  const inputOf = async (id: string) => (await server.client.request(RunDocument, { id })).run?.input;

  it('is itself where it has its answer, whatever it was asked', async () => {
    const target = { position: -2, token: { text: ' Mary' }, against: { text: ' John' } };
    for (const input of [
      { method: 'FROZEN' },
      { target, method: 'GRADIENT' },
      { target: { kind: 'PROBABILITY' }, method: 'ATTN_LRP' },
      { target, method: 'INTEGRATED_GRADIENTS', options: { steps: 3, baseline: { text: ' the' } } },
      { method: 'OCCLUSION' },
      { method: 'OCCLUSION', options: { baseline: { text: ' the' } } },
      { method: 'ATTENTION_ROLLOUT' },
    ] as Partial<LogitAttributionInput>[]) {
      const { logitAttribution: answer } = await server.client.request(LogitAttributionDocument, {
        input: { model: 'sample', prompt: { text }, ...input },
      });
      assert.ok(answer.__typename === 'LogitAttribution', JSON.stringify(answer));
      assert.equal(await repeat(answer.run.id), answer.run.id, input.method ?? '');
    }
    for (const input of [{}, { track: [0, 2], layers: 2, top: 3, target }]) {
      const [started] = await collect(
        server.client.subscribe(CirculationDocument, { input: { model: 'sample', prompt: { text }, ...input } }),
      );
      assert.ok(started && 'run' in started.circulation);
      assert.equal(await repeat(started.circulation.run.id), started.circulation.run.id);
    }
  });

  it('is a new one, which asks the same, where it was cancelled, and completes', async () => {
    server.queue.holdBefore = 1;
    const input = { model: 'sample', prompt: { text }, track: [3], layers: 3, top: 2 };
    const { startCirculation } = await server.client.request(StartCirculationDocument, { input });
    assert.ok(startCirculation.__typename === 'RunPayload');
    const { id } = startCirculation.run;
    assert.equal(await repeat(id), id, 'it is under way');
    await server.client.request(CancelRunDocument, { id });
    server.queue.holdBefore = -1;
    const again = await repeat(id);
    assert.notEqual(again, id);
    assert.deepEqual(await inputOf(again), await inputOf(id));
    const events = await collect(server.client.followRun(again));
    assert.equal(events.at(-1)?.__typename, 'CirculationCompleted');
    assert.equal(await repeat(id), again, 'the question has its answer now');
  });

  it('is a new one where the model has changed, and is told what the model cannot be asked any more', async () => {
    const { client, models } = server;
    const ask = async (prompt: { tokenIds: number[] }) => {
      const { startLogitAttribution } = await client.request(StartLogitAttributionDocument, {
        input: { model: 'llama', prompt },
      });
      assert.ok(startLogitAttribution.__typename === 'RunPayload');
      await collect(client.followRun(startLogitAttribution.run.id));
      return startLogitAttribution.run.id;
    };
    const small = await ask({ tokenIds: [5, 9, 70] });
    // `llama` has 288 tokens; another model takes its name.
    await rename(join(models, 'llama'), join(models, 'other'));
    await rename(join(models, 'sample'), join(models, 'llama'));
    const again = await repeat(small);
    assert.notEqual(again, small);
    await collect(client.followRun(again));
    assert.deepEqual(
      (await inputOf(again))?.prompt.tokens.map(({ tokenId }) => tokenId),
      [5, 9, 70],
    );
    const { runs } = await client.request(RunsDocument, { first: 100, filter: { model: 'llama' } });
    assert.equal(runs?.edges.length, 2);
    const large = await ask({ tokenIds: [5, 1000, 70] });
    await rename(join(models, 'llama'), join(models, 'sample'));
    await rename(join(models, 'other'), join(models, 'llama'));
    const { repeatRun } = await client.request(RepeatRunDocument, { id: large });
    assert.ok(repeatRun.__typename === 'PromptError', repeatRun.__typename);
    assert.match(repeatRun.message, /1000.*ids go from 0 to 287/);
  });

  it('must be there', async () => {
    for (const id of [btoa('Run:x'), btoa('Model:llama'), 'x', '']) {
      const { repeatRun } = await server.client.request(RepeatRunDocument, { id });
      assert.equal(repeatRun.__typename, 'UnknownRunError', id);
    }
    const { runs } = await server.client.request(RunsDocument, { first: 1 });
    const id = runs?.edges[0]?.node.id ?? '';
    await server.client.request(DeleteRunDocument, { id });
    const { repeatRun } = await server.client.request(RepeatRunDocument, { id });
    assert.equal(repeatRun.__typename, 'UnknownRunError');
  });
});

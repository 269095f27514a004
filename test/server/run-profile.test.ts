/** Where the time of a run went, of real jobs. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { queryData } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

interface Profiled {
  readonly run: {
    readonly profile: {
      readonly queued: number;
      readonly load: number;
      readonly run: number;
      readonly waited: number;
      readonly keptBytes: number;
      readonly sharedBy: number;
      readonly blocks: readonly { readonly layer: number; readonly forward: number; readonly back: number | null }[];
    };
    readonly provenance: { readonly method: readonly number[]; readonly machine: { readonly cores: number } };
  };
}

describe('the profile of a run', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const fields =
    'run { profile { queued load run waited keptBytes sharedBy blocks { layer forward back } } provenance { method machine { cores } } }';
  const prompt = 'prompt: { text: "When Mary and John went to the store, John gave a drink to" }';

  it('is the time of each block, forward and back, which are within that of the run', async () => {
    const { logitAttribution } = await queryData<{ logitAttribution: Profiled }>(
      server.url,
      `{ logitAttribution(input: { model: "sample", ${prompt} }) { ... on LogitAttribution { ${fields} } } }`,
    );
    const { profile, provenance } = logitAttribution.run;
    assert.deepEqual(
      profile.blocks.map(({ layer }) => layer),
      [0, 1, 2, 3],
    );
    const inBlocks = profile.blocks.reduce((sum, { forward, back }) => sum + forward + (back ?? 0), 0);
    assert.ok(profile.blocks.every(({ forward, back }) => forward > 0 && (back ?? 0) > 0));
    assert.ok(inBlocks < profile.run, `${inBlocks} of ${profile.run}`);
    assert.ok(profile.load > 0 && profile.queued >= 0 && profile.waited >= 0);
    // Of each block at the least the stream before it: 14 tokens of so many numbers.
    assert.ok(profile.keptBytes > 4 * 14 * 4 * 32, String(profile.keptBytes));
    assert.equal(profile.sharedBy, 1);
    assert.ok(provenance.method.length === 1 && provenance.machine.cores > 0);
  });

  it('is shared by the targets of one request', async () => {
    const { logitAttributions } = await queryData<{ logitAttributions: { attributions: Profiled[] } }>(
      server.url,
      `{ logitAttributions(input: { model: "sample", ${prompt}, targets: [{ position: 3 }, { position: 5 }] }) {
        ... on LogitAttributions { attributions { ${fields} } } } }`,
    );
    for (const { run } of logitAttributions.attributions) assert.equal(run.profile.sharedBy, 2);
  });

  it('has no way back where there was none', async () => {
    const started = await queryData<{ startCirculation: { run: { id: string } } }>(
      server.url,
      `mutation { startCirculation(input: { model: "sample", ${prompt}, track: [1] }) { ... on RunPayload { run { id } } } }`,
    );
    const { id } = started.startCirculation.run;
    for (;;) {
      const asked = `query ($id: ID!) { run(id: $id) { status ${fields.slice('run { '.length, -' }'.length)} } }`;
      const { run } = await queryData<{ run: Profiled['run'] & { status: string } }>(server.url, asked, { id });
      if (run.status !== 'COMPLETED' || !run.profile) continue;
      assert.equal(run.profile.blocks.length, 4);
      assert.ok(run.profile.blocks.every(({ forward, back }) => forward > 0 && back === null));
      return;
    }
  });
});

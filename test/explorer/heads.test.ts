/** The heads on the page: every figure against the API's. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { tensorValues } from '../../src/client/client.ts';
import {
  AblationsDocument,
  AttentionPatternsDocument,
  AttributedLayersDocument,
  CircuitsDocument,
  type LogitAttributionInput,
  MovesDocument,
  StartLogitAttributionDocument,
} from '../../src/client/generated/graphql.ts';
import { violations } from '../support/axe.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';
import { there } from '../support/there.ts';

/** What a new visitor is shown. */
const input: LogitAttributionInput = {
  model: 'sample',
  prompt: { text: 'When Mary and John went to the store, John gave a drink to' },
  target: { token: { text: ' Mary' }, against: { text: ' John' } },
};
const length = 14;
/** That moves most from one token: what is shown of it is not what is shown at first. */
const [layer, head] = [2, 2];

describe('The heads on the page', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  before(async () => {
    explorer = await openExplorer();
    await explorer.page.getByRole('tab', { name: 'Heads' }).click();
    await explorer.page.locator('.one-head').waitFor();
  });
  after(() => explorer[Symbol.asyncDispose]());

  const layersOfApi = async () => {
    const { logitAttribution } = await explorer.server.client.request(AttributedLayersDocument, {
      input,
      neurons: 0,
      edges: 1000,
    });
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    return { layers: there(logitAttribution.layers), edges: there(logitAttribution.edges) };
  };
  const cells = () =>
    explorer.page
      .locator('.head-grid [role="gridcell"]')
      .evaluateAll((all) => all.map((cell) => ({ ...(cell as HTMLElement).dataset }) as Record<string, string>));

  it('stand in a grid with the figures of the API, total and direct', async () => {
    const { layers } = await layersOfApi();
    for (const reach of ['total', 'direct'] as const) {
      await explorer.page.getByRole('button', { name: reach === 'total' ? 'Total' : 'Direct', exact: true }).click();
      const expected = layers.flatMap(({ layer, heads, mlp }) => [
        ...heads.map((one) => [String(layer), String(one.head), one[reach]]),
        [String(layer), 'mlp', there(mlp)[reach]],
      ]);
      const shown = (await cells()).map(({ layer, head, value }) => [layer, head, Number(value)]);
      assert.deepEqual(
        shown.sort((a, b) => Number(a[0]) - Number(b[0])),
        expected,
      );
    }
    await explorer.page.getByRole('button', { name: 'Total', exact: true }).click();
  });

  it('are walked by keys; the one that is entered is shown in depth and stands in the address', async () => {
    const { page } = explorer;
    await page.locator('[role="gridcell"][tabindex="0"]').focus();
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await page.locator(`.one-head[data-layer="${layer}"][data-head="${head}"] .move-map`).waitFor();
    assert.equal(
      await page.locator('[role="gridcell"][aria-selected="true"]').getAttribute('data-value'),
      String((await layersOfApi()).layers[layer]?.heads[head]?.total),
    );
    assert.match(
      await page.locator('.one-head .caption').first().innerText(),
      /^Head 2 of layer 2 brings \+7\.03 to ' Mary'/,
    );
    const address = new URL(page.url()).searchParams;
    assert.deepEqual([address.get('layer'), address.get('head')], ['2', '2']);
  });

  it('have their strongest moves in words, which are the edges of the API', async () => {
    const { edges } = await layersOfApi();
    const own = edges.filter((edge) => edge.layer === layer && edge.head === head).slice(0, 8);
    assert.equal(own.length, 8);
    await explorer.page.locator('.move-list [data-weight]').first().waitFor();
    const moves = await explorer.page.locator('.move-list button').evaluateAll(
      (all) =>
        all.map((item) => ({
          ...(item as HTMLElement).dataset,
          words: (item as HTMLElement).title,
        })) as Record<string, string>[],
    );
    assert.equal(moves.length, own.length);
    for (const [rank, { from, to, score, weight }] of own.entries()) {
      const move = there(moves[rank]);
      assert.deepEqual([Number(move.from), Number(move.to)], [from.position, to.position]);
      assert.ok(Math.abs(Number(move.score) - score) <= 1e-5 * Math.abs(own[0]?.score ?? 0), `score of ${rank}`);
      assert.ok(Math.abs(Number(move.weight) - weight) <= 1e-5, `weight of ${rank}`);
    }
    assert.match(
      there(moves[0]).words ?? '',
      /^' to' at 13 reads ' and': weight 0\.999, \+7\.01 to ' Mary' rather than ' John' \(exactly 7\.01/,
    );
  });

  it('have a map whose cells are those of the tensors of the API, walked by keys', async () => {
    const { client } = explorer.server;
    const { logitAttribution } = await client.request(MovesDocument, {
      input,
      keep: ['LAYER', 'HEAD', 'TO', 'FROM'],
      path: 'TOTAL',
      edges: 0,
      threshold: 0,
    });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    const tensor = there(logitAttribution.moves);
    const start = (layer * (tensor.shape[1] ?? 0) + head) * length ** 2;
    const scores = tensorValues(tensor).subarray(start, start + length ** 2);
    const { activations } = await client.request(AttentionPatternsDocument, {
      input: { model: input.model, prompt: input.prompt, layers: [layer], heads: [head] },
    });
    assert.ok(activations.__typename === 'Activations');
    const weights = tensorValues(there(activations.layers[0]).pattern);
    const { page } = explorer;
    await page.getByRole('application').focus();
    const readout = page.locator('.move-map .readout[data-score]');
    // From the strongest move, at (13, 2), through its neighbours.
    const seen: [number, number][] = [];
    for (const key of ['Home', 'ArrowLeft', 'ArrowUp', 'ArrowUp', 'ArrowRight', 'ArrowRight']) {
      await page.keyboard.press(key);
      const { to, from, score, weight } = (await readout.evaluate((one) => ({
        ...(one as HTMLElement).dataset,
      }))) as Record<string, string>;
      const at = Number(to) * length + Number(from);
      assert.equal(Number(score), scores[at]);
      assert.equal(Number(weight), weights[at]);
      seen.push([Number(to), Number(from)]);
    }
    assert.deepEqual(seen, [
      [13, 2],
      [13, 1],
      [12, 1],
      [11, 1],
      [11, 2],
      [11, 3],
    ]);
  });

  it('of one layer stand beside one another when they are asked for, and open by a click', async () => {
    const { page } = explorer;
    await page.getByRole('button', { name: 'All 6 heads of layer 2' }).click();
    const thumbnails = page.locator('.thumbnails button');
    await thumbnails.first().waitFor();
    assert.equal(await thumbnails.count(), 6);
    await thumbnails.nth(4).click();
    await page.locator('.one-head[data-layer="2"][data-head="4"] .move-map').waitFor();
    await page.locator('.thumbnails button').nth(2).click();
    await page.locator('.one-head[data-layer="2"][data-head="2"] .move-map').waitFor();
  });

  it('have the copying and composition scores of the API, once they are asked for', async () => {
    const { page, server } = explorer;
    await page.getByRole('button', { name: 'Copying and composition' }).click();
    await page.locator('.cost', { hasText: 'About' }).waitFor();
    await page.getByRole('button', { name: 'Compute for all heads' }).click();
    const copying = page.locator('[data-copying]');
    await copying.waitFor();
    for (const [kind, name] of [
      ['Q', 'queries'],
      ['K', 'keys'],
      ['V', 'values'],
    ] as const) {
      const { circuits } = await server.client.request(CircuitsDocument, { model: 'sample', kind, first: 1000 });
      assert.ok(circuits.__typename === 'Circuits');
      const own = circuits.heads.find((one) => one.layer === layer && one.head === head);
      assert.equal(Number(await copying.getAttribute('data-copying')), own?.copying);
      const pairs = there(circuits.strongest);
      const read = pairs.filter(({ to }) => to.layer === layer && to.head === head).slice(0, 3);
      const readers = pairs.filter(({ from }) => from.layer === layer && from.head === head).slice(0, 3);
      const expected = [
        ...read.map(({ from, score }) => [`${from.layer}.${from.head}`, Math.fround(score)]),
        ...readers.map(({ to, score }) => [`${to.layer}.${to.head}`, Math.fround(score)]),
      ];
      const shown = await page
        .locator(`[data-kind="${name}"] button`)
        .evaluateAll((all) =>
          all.map((one) => [one.textContent?.split(' ')[0], Number((one as HTMLElement).dataset.score)]),
        );
      assert.deepEqual(shown, expected, kind);
    }
  });

  it('are taken out when it is asked for: what is lost beside what was attributed, as the API measures it', async () => {
    const { page, server } = explorer;
    await page.getByRole('button', { name: 'Take heads out' }).click();
    for (const [replacement, name] of [
      ['ZERO', 'nothing'],
      ['MEAN', 'its mean'],
    ] as const) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('button', { name: 'Measure' }).click();
      const { logitAttribution } = await server.client.request(AblationsDocument, { input, first: 10, replacement });
      assert.ok(logitAttribution.__typename === 'LogitAttribution');
      const expected = there(logitAttribution.ablations).map(({ layer, head, total, drop }) => [
        head === null ? `MLP ${layer}` : `${layer}.${head}`,
        total,
        drop,
      ]);
      const rows = page.locator('.ranked tbody tr');
      await page
        .getByText(replacement === 'ZERO' ? /^Taking head 2 of layer 2 out costs/ : /^Putting its mean/)
        .waitFor();
      const shown = await rows.evaluateAll((all) =>
        all.map((row) => [
          (row as HTMLElement).dataset.row,
          ...[...row.querySelectorAll<HTMLElement>('[data-value]')].map(({ dataset }) => Number(dataset.value)),
        ]),
      );
      assert.deepEqual(shown, expected, replacement);
    }
  });

  it('are open to everyone, and said nothing wrong', async () => {
    const { page } = explorer;
    assert.deepEqual(await violations(page, '.panel.heads'), []);
    assert.deepEqual(explorer.errors, []);
  });

  it('fill from the last layer down while the model is held, with provisional figures before', async () => {
    const { page, server } = explorer;
    const { queue, client } = server;
    Object.assign(queue, { watched: ['attribution'], holdBefore: 3 });
    const text = 'When Tom and Ann went to the store, Ann gave a drink to';
    await page.getByLabel('Prompt', { exact: true }).fill(text);
    await page.getByLabel('Prompt', { exact: true }).press('Control+Enter');
    const states = () =>
      page.locator('.head-grid [role="row"]').evaluateAll((rows) => rows.map((row) => row.getAttribute('class')));
    await page.locator('.head-grid .provisional').nth(2).waitFor();
    assert.deepEqual(await states(), ['unknown', 'provisional', 'provisional', 'provisional']);
    assert.match(await page.locator('.heads .caption').innerText(), /only up to a factor/);
    queue.holdBefore = -1;
    queue.lastGate?.hold(1);
    await page.locator('.head-grid .final').nth(1).waitFor();
    assert.deepEqual(await states(), ['final', 'final', 'provisional', 'provisional']);
    assert.match(await page.locator('.heads .caption').innerText(), /2 of 4 layers so far/);
    const early = (await cells()).slice(0, 14).map(({ value }) => Number(value));
    queue.lastGate?.release();
    await page.locator('.one-head .move-map').waitFor();
    const { logitAttribution } = await client.request(AttributedLayersDocument, {
      input: { ...input, prompt: { text } },
      neurons: 0,
      edges: 0,
    });
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    const expected = there(logitAttribution.layers)
      .toReversed()
      .flatMap(({ heads, mlp }) => [...heads.map(({ total }) => total), there(mlp).total]);
    assert.deepEqual(early, expected.slice(0, 14));
    assert.deepEqual(
      (await cells()).map(({ value }) => Number(value)),
      expected,
    );
  });

  it('are missed with a way out where the method knows of none', async () => {
    const { page, server, url } = explorer;
    const asked = { input: { ...input, method: 'OCCLUSION' as const } };
    const { startLogitAttribution } = await server.client.request(StartLogitAttributionDocument, asked);
    assert.ok(startLogitAttribution.__typename === 'RunPayload', JSON.stringify(startLogitAttribution));
    await page.goto(`${url}?run=${encodeURIComponent(startLogitAttribution.run.id)}&view=heads`);
    await page.getByText('it has no figures of them').waitFor();
    await page.getByRole('button', { name: 'Compare with Frozen' }).click();
    await page.locator('.one-head .move-map').waitFor();
    assert.deepEqual(explorer.errors, []);
  });
});

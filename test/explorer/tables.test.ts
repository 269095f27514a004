/** Neurons, paths and the residual stream in a browser: every figure that they show is the API's. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import {
  LayerContributionsDocument,
  LogitAttributionDocument,
  NeuronsDocument,
  PathsDocument,
} from '../../src/client/generated/graphql.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

const input = {
  model: 'sample',
  prompt: { text: 'When Mary and John went to the store, John gave a drink to' },
  target: { token: { text: ' Mary' }, against: { text: ' John' } },
};

describe('the ranked tables in a browser', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;

  before(async () => {
    explorer = await openExplorer();
    ({ page } = explorer);
    await page.getByRole('tab', { name: 'Neurons' }).click();
  });
  after(() => explorer[Symbol.asyncDispose]());

  it('has the neurons that contribute most of all layers, and more on demand', async () => {
    for (const most of [20, 40]) {
      if (most > 20) await page.getByRole('button', { name: 'Show more' }).click();
      const { layers } = await attribution(NeuronsDocument, { input, first: most });
      const all = layers?.flatMap(({ layer, neurons }) => (neurons ?? []).map((of) => ({ layer, ...of }))) ?? [];
      const expected = all.toSorted((one, other) => Math.abs(other.total) - Math.abs(one.total)).slice(0, most);
      await page.locator(`.neurons .ranked tbody tr:nth-child(${most})`).waitFor();
      assert.deepEqual(
        await rows(page, '.neurons .ranked'),
        expected.map(({ layer, neuron, position, activation, direct, total }) => ({
          row: `${layer}.${neuron}.${position}`,
          ...asText({ position, activation, direct, total }),
        })),
      );
    }
  });

  it('ranks by another column, and keeps to the layer and position that are chosen', async () => {
    await page.locator('.neurons').getByRole('button', { name: 'direct (logits)' }).click();
    await page.locator('.neurons th[aria-sort=descending]', { hasText: 'direct' }).waitFor();
    const direct = (await rows(page, '.neurons .ranked')).map((row) => Math.abs(Number(row.direct)));
    assert.deepEqual(
      direct,
      direct.toSorted((one, other) => other - one),
    );
    const first = page.locator('.neurons .ranked tbody button').first();
    await first.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.neurons').getByRole('checkbox').check();
    const [layer, , position] = (await rows(page, '.neurons .ranked'))[0]?.row?.split('.') ?? [];
    await page.waitForURL(new RegExp(`position=${position}&layer=${layer}`));
    for (const { row } of await rows(page, '.neurons .ranked'))
      assert.match(row ?? '', new RegExp(`^${layer}\\..*\\.${position}$`));
    await page.keyboard.press('Escape');
  });

  it('has the strongest paths of all orders, and what all of them come to', async () => {
    await page.getByRole('tab', { name: 'Paths' }).click();
    await page.locator('.paths .ranked').waitFor();
    const { paths, bias, audit } = await attribution(PathsDocument, { input, first: 20 });
    assert.ok(paths);
    const sums = [...paths.orders.map(({ sum }) => sum), paths.longer, bias];
    const terms = await balance(page, '.paths');
    assert.deepEqual(terms.slice(0, -1), sums);
    assert.ok(Math.abs((terms.at(-1) ?? 0) - audit.logit) < 1e-4);
    const all = paths.orders.flatMap(({ order, sum, strongest }) =>
      order === 0 ? [sum] : strongest.map((path) => path.score),
    );
    const strongest = all.toSorted((one, other) => Math.abs(other) - Math.abs(one)).slice(0, 20);
    assert.deepEqual(
      (await rows(page, '.paths .ranked')).map(({ score }) => score),
      strongest.map(String),
    );
    const [first] = paths.orders[2]?.strongest ?? [];
    const chips = first?.components.map(({ layer, head }) => (head === null ? `MLP ${layer}` : `${layer}.${head}`));
    await page.locator(`[data-row="embedding → ${chips?.join(' → ')} → logit"][data-row]`).waitFor();
  });

  it('has the paths of one token alone once it is chosen: they come to its score', async () => {
    await page.goto(`${page.url().replace(/&position=\d+/, '')}&position=1`);
    await page.locator('.paths button', { hasText: "From ' Mary' (1) alone" }).waitFor();
    const { tokens } = await attribution(LogitAttributionDocument, { input, keep: false });
    const { paths } = await attribution(PathsDocument, { input, first: 20, from: 1 });
    const terms = await balance(page, '.paths');
    assert.deepEqual(terms.slice(0, -1), [...(paths?.orders.map(({ sum }) => sum) ?? []), paths?.longer]);
    assert.ok(Math.abs((terms.at(-1) ?? 0) - (tokens[1]?.score ?? 0)) < 1e-4);
    await page.keyboard.press('Escape');
  });

  it('has what each part writes to the logit, and that it adds up', async () => {
    await page.getByRole('tab', { name: 'Residual' }).click();
    await page.locator('.residual .balance').waitFor();
    const { layers, embedding, bias, audit } = await attribution(LayerContributionsDocument, { input });
    assert.ok(layers);
    const behind = bias - layers.reduce((sum, layer) => sum + layer.bias, 0);
    const parts = layers.flatMap(({ layer, attention, attentionBias, mlp }) => [
      { row: `layer ${layer} attention`, ...asText(attention) },
      { row: `layer ${layer} attention: its bias`, ...asText(attentionBias) },
      { row: `layer ${layer} MLP`, ...asText(mlp ?? {}) },
    ]);
    const shown = await rows(page, '.residual .ranked');
    for (const part of [{ row: 'embedding', ...asText(embedding) }, ...parts])
      assert.deepEqual(
        shown.find(({ row }) => row === part.row),
        part,
      );
    assert.equal(
      parts.length + 2,
      await page.locator('[data-row^="layer"][data-row*=" "], [data-row="embedding"], [data-row^="biases"]').count(),
    );
    const written = Number(shown.find(({ row }) => row === 'biases after the layers')?.direct);
    assert.ok(Math.abs(written - behind) < 1e-5);
    assert.ok(Math.abs(((await balance(page, '.residual')).at(-1) ?? 0) - audit.logit) < 1e-4);
    await page.locator('.residual .balance', { hasText: '✓' }).waitFor();
    for (const { layer, residual } of layers) {
      const row = page.locator(`.residual [data-row="${layer}"]`);
      assert.equal(await row.locator('[data-column=residual]').getAttribute('data-value'), String(residual));
      const sum = Number(await row.locator('[data-column=sum]').getAttribute('data-value'));
      assert.ok(Math.abs(sum - audit.logit) < 1e-4, `${sum} is the logit`);
    }
  });

  it('draws what is provisional while the forward pass goes on, then the ledger from its end', async () => {
    const { queue } = explorer.server;
    queue.watched = ['attribution'];
    queue.holdBefore = 2;
    await page.getByRole('textbox', { name: 'Prompt' }).fill('When Tom and Lily went to the park, Lily gave a ball to');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.locator('.residual .caption', { hasText: /^2 of 4 layers are passed/ }).waitFor();
    assert.equal(await page.locator('.residual .picture rect[stroke]').count(), 4, 'attention and MLP of two layers');
    assert.equal(await page.locator('.residual .ranked').count(), 0);
    queue.watched = [];
    for (const gate of queue.gates) gate.release();
    await page.locator('.residual .balance', { hasText: '✓' }).waitFor();
    assert.equal(await page.locator('.residual .picture rect[stroke]').count(), 0);
  });

  it('says of a method that scores tokens only that it does, with a way out', async () => {
    const { run } = await attribution(LogitAttributionDocument, {
      input: { ...input, method: 'OCCLUSION' },
      keep: true,
    });
    for (const [view, what] of [
      ['neurons', 'Occlusion scores tokens only'],
      ['paths', 'Only Frozen has paths'],
      ['residual', 'Occlusion scores tokens only'],
    ] as const) {
      await page.goto(`${explorer.url}?run=${run.id}&view=${view}`);
      await page.locator(`.panel.${view} .notice`, { hasText: what }).waitFor();
    }
    await page.getByRole('button', { name: 'Compare with Frozen' }).click();
    await page.locator('.residual .balance', { hasText: '✓' }).waitFor();
    assert.deepEqual(explorer.errors, []);
  });

  async function attribution<
    Result extends { readonly logitAttribution: object | null },
    Variables extends Record<string, unknown>,
  >(document: Parameters<typeof explorer.server.client.request<Result, Variables>>[0], variables: Variables) {
    const { logitAttribution: answer } = await explorer.server.client.request(document, variables);
    assert.ok(answer && '__typename' in answer && answer.__typename === 'LogitAttribution');
    return answer as Extract<NonNullable<Result['logitAttribution']>, { __typename: 'LogitAttribution' }>;
  }
});

/** The rows of a table, with their figures to the last digit. */
function rows(page: Page, table: string): Promise<Partial<Record<string, string>>[]> {
  return page.locator(`${table} tbody tr`).evaluateAll((found) =>
    found.map((row) => {
      const figures = [...row.querySelectorAll<HTMLElement>('td[data-column]')];
      return {
        row: (row as HTMLElement).dataset.row,
        ...Object.fromEntries(figures.map(({ dataset: { column = '', value } }) => [column, value])),
      };
    }),
  );
}

/** The terms of the sum that a view shows, and last what they come to. */
function balance(page: Page, view: string): Promise<number[]> {
  return page
    .locator(`${view} .balance [data-term]`)
    .evaluateAll((terms) => terms.map((term) => Number((term as HTMLElement).dataset.value)));
}

function asText(figures: object): Record<string, string> {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, String(figure)]));
}

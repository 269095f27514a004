/** The flow in a real browser, against the figures that the API has stored. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { tensorValues } from '../../src/client/client.ts';
import { MovesDocument } from '../../src/client/generated/graphql.ts';
import { percent, rounded, signed } from '../../src/explorer/format/number.ts';
import { positionX, rowY } from '../../src/explorer/views/flow/geometry.ts';
import { defaultCount, drawnMoves, movesAsked } from '../../src/explorer/views/flow/moves.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';
import {
  cell,
  cells,
  circulated,
  drawnRows,
  geometryIn,
  layers,
  positions,
  rowsUpTo,
  shadesOf,
  status,
} from '../support/flow-page.ts';

const prompt = { text: 'When Mary and John went to the store, John gave a drink to' };
const target = { token: { text: ' Mary' }, against: { text: ' John' } };

describe('the flow', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  before(async () => {
    // Nothing is asked yet, so that runs can be held back from their start.
    explorer = await openExplorer({ path: '/?run=none', context: { reducedMotion: 'reduce' } });
  });
  after(() => explorer?.[Symbol.asyncDispose]());
  afterEach(() => {
    explorer.server.queue.holdBefore = -1;
    for (const gate of explorer.server.queue.gates) gate.release();
  });

  it('grows layer by layer while the next one is held back, for one who joins late too', async () => {
    const { page, server, url } = explorer;
    server.queue.holdBefore = 1;
    await page.goto(url);
    await status(page, 'live · layer 1 of 4');
    const late = await page.context().newPage();
    for (let passed = 1; passed < layers; passed++) {
      await status(page, `live · layer ${passed} of 4`);
      assert.equal(await cell(page, passed + 1, 1), "' Mary': not there yet");
      assert.match(await cell(page, passed, 1), /^' Mary': ' Mary': .* % of the stream/);
      assert.deepEqual(await drawnRows(page), rowsUpTo(passed));
      if (passed === 2) {
        await late.goto(page.url());
        await status(late, 'live · layer 2 of 4');
        assert.deepEqual(await cells(late), await cells(page));
        assert.deepEqual(await drawnRows(late), rowsUpTo(2));
      }
      server.queue.lastGate?.hold(passed + 1);
    }
    await status(page, '4 layers in');
    await status(late, '4 layers in');
    assert.equal(server.queue.gates.length, 1, 'both follow one run');
    assert.deepEqual(await cells(late), await cells(page));
    assert.deepEqual(await drawnRows(page), rowsUpTo(layers));
    await late.close();
  });

  it('shows at every cell what the API has stored, in figures and as a shade', async () => {
    const { page } = explorer;
    const events = await circulated(explorer);
    const { shade, shares } = await shadesOf(page, events);
    assert.equal(events.length, layers);
    for (const { layer, tracked } of events)
      for (let position = 0; position < positions; position++) {
        const text = await cell(page, layer + 1, position);
        for (const { token, share, norm, throughAttention, throughMlp } of tracked) {
          const [held = 0, size = 0, attention = 0, mlp = 0] = [share, norm, throughAttention, throughMlp].map(
            (figure) => figure[position],
          );
          const words = `'${token.text}': ${percent(held)} of the stream · norm ${rounded(size)} · attention carried ${rounded(attention)} · the MLP made ${rounded(mlp)}`;
          assert.ok(text.includes(words), `${text} has not ${words}`);
        }
      }
    assert.deepEqual(shade, shares);
  });

  it('says at each layer what the model would say there', async () => {
    const { page } = explorer;
    for (const { layer, lens } of await circulated(explorer)) {
      const [top] = lens;
      assert.ok(top);
      const text = await cell(page, layer + 1, positions - 1);
      assert.ok(text.includes(`would say '${top.token.text}' (${percent(top.probability)})`), text);
    }
  });

  it('has a caption of its figures', async () => {
    const { page } = explorer;
    const [last] = (await circulated(explorer)).slice(-1);
    const share = last?.tracked[0]?.share[positions - 1] ?? 0;
    const caption = await page.locator('.flow .caption').textContent();
    assert.ok(
      caption?.startsWith(
        `After layer 3, ${percent(share)} of the stream at the last token (' to') comes from ' Mary'`,
      ),
      `${caption}`,
    );
  });

  it('lays the strongest moves over it, and says what the rest comes to', async () => {
    const { page, server } = explorer;
    const { logitAttribution } = await server.client.request(MovesDocument, {
      input: { model: 'sample', prompt, target },
      ...movesAsked,
      keep: ['LAYER'],
    });
    assert.ok(logitAttribution.__typename === 'LogitAttribution' && logitAttribution.moves && logitAttribution.edges);
    const { edges, moves } = logitAttribution;
    const told = page.locator('.flow .moves');
    const said = async (count: number) => {
      const { part, rest, known } = drawnMoves(edges, tensorValues(moves), count);
      const sum = rest.reduce((total, value) => total + value, 0);
      await told
        .getByText(`${count} moves are drawn, ${percent(part)} of the magnitude of the ${known} strongest`)
        .waitFor();
      await page.locator('.flow dd', { hasText: `together ${signed(sum)} logits` }).waitFor();
    };
    await said(defaultCount(edges));
    await page.getByLabel('Moves that are drawn').fill('7');
    await said(7);
    await page.getByRole('button', { name: 'what flows' }).click();
    await told.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'both' }).click();
  });

  it('follows a second token from the grid on, and is stopped for all who follow the run', async () => {
    const { page, server } = explorer;
    server.queue.holdBefore = 3;
    const geometry = await geometryIn(page);
    const box = await page.locator('.flow .stage').boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + positionX(geometry, 3), box.y + rowY(geometry, 0) + 6);
    await page.locator('.flow').getByRole('button', { name: 'follow' }).filter({ hasText: 'John' }).click();
    await status(page, 'live · layer 3 of 4');
    assert.match(await cell(page, 2, 5), /' Mary': .* % of the stream.*' John': .* % of the stream/);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await status(other, 'live · layer 3 of 4');
    await page.getByRole('button', { name: 'Stop' }).click();
    // A job that is held back ends where it waits.
    await status(page, 'stopped at layer 3 of 4');
    await status(other, 'stopped at layer 3 of 4');
    assert.deepEqual(await drawnRows(page), rowsUpTo(3));
    assert.equal(await cell(page, 4, 1), "' Mary': not there yet");
    server.queue.holdBefore = -1;
    await page.locator('.flow').getByRole('button', { name: 'Try again' }).click();
    await status(page, '4 layers in');
    assert.deepEqual(await drawnRows(page), rowsUpTo(layers));
    await other.close();
  });

  it('keeps what the attribution knows where tokens cannot be followed, with ways out', async () => {
    const { page } = explorer;
    const address = new URL(page.url());
    address.searchParams.set('track', '99');
    await page.goto(address.href);
    const notice = page.locator('.flow [role=alert]');
    await notice.filter({ hasText: '99' }).waitFor();
    await status(page, 'refused');
    assert.match(await cell(page, layers, positions - 1), /^' to': would say ' Mary' \(99\.7 %\)/);
    await notice.getByRole('button', { name: 'Follow nothing' }).click();
    await notice.waitFor({ state: 'detached' });
    await page.getByText('Nothing is followed: choose a token, then follow it.').waitFor();
  });

  it('reports no fault, and asks nobody but its server', () => {
    assert.deepEqual([explorer.errors, explorer.foreignRequests()], [[], []]);
  });
});

/** The page of a server that wants a key asks for it, uses it for all that it asks, and forgets it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { TributaryClient } from '../../src/client/client.ts';
import { CirculationDocument } from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import { addKey, revokeKey } from '../support/api-keys.ts';
import { noBrowser, openExplorer } from '../support/explorer.ts';

describe('the page of a server with AUTH=keys', { skip: noBrowser }, () => {
  it('asks for a key, says where it is not taken, and forgets it', async () => {
    await using explorer = await openExplorer({ variables: { AUTH: 'keys' } });
    const { page, server, requests } = explorer;
    const { text, record } = await addKey(server.settings.databaseUrl);
    const dialog = page.getByRole('dialog', { name: 'This server wants to know who asks' });
    const field = dialog.getByLabel('Key');
    await dialog.waitFor();
    assert.equal(await field.getAttribute('type'), 'password');
    assert.equal(await field.getAttribute('autocomplete'), 'off');
    await field.fill('wrong');
    await field.press('Enter');
    await dialog.getByText('It does not take the key that it was given.').waitFor();
    await field.fill(text);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    // The example is explained: over HTTP, and followed over the WebSocket.
    await page.locator('.token').first().waitFor();
    assert.equal(await dialog.count(), 0);

    const secret = text.slice(-43);
    assert.ok(!requests.some((request) => request.includes(secret)), 'no address has it');
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes('trb_')), false);
    assert.ok(!(await page.content()).includes(secret));

    await revokeKey(server.settings.databaseUrl, record.id);
    await dialog.getByText('It does not take the key that it was given.').waitFor();
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await dialog.getByText('Give it your API key or a token.').waitFor();
  });

  it('takes no text for a key that no key can be, and asks again once it was put away', async () => {
    await using explorer = await openExplorer({ variables: { AUTH: 'keys' } });
    const { page } = explorer;
    const dialog = page.getByRole('dialog', { name: 'This server wants to know who asks' });
    const field = dialog.getByLabel('Key');
    await field.fill('trb_“key” of ada');
    await field.press('Enter');
    assert.equal(await field.evaluate((input: HTMLInputElement) => input.validity.patternMismatch), true);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await field.fill(' trb_key ');
    assert.equal(await field.evaluate((input: HTMLInputElement) => input.validity.valid), true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await dialog.waitFor();
  });

  it('brings files with the key, which no address has', async () => {
    await using explorer = await openExplorer({ variables: { AUTH: 'keys' } });
    const { page, server, url } = explorer;
    const { text } = await addKey(server.settings.databaseUrl);
    const client = new TributaryClient(server.url, { key: text, retries: 0 });
    const input = { model: 'llama', prompt: { tokenIds: [5, 9, 70] } };
    await collect(client.subscribe(CirculationDocument, { input, experiment: 'names' }));
    await client.close();
    await page.evaluate((key) => sessionStorage.setItem('tributary-key', key), text);
    await page.goto(`${url}?experiment=names`);
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'JSONL' }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), 'tributary-names.jsonl');
    assert.match(await readFile(await download.path(), 'utf8'), /"circulation"|CIRCULATION/);
    assert.ok(!download.url().includes(text));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });
});

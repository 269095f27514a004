import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noBrowser, openExplorer } from '../support/explorer.ts';

describe('the page in a browser', { skip: noBrowser }, () => {
  it('draws itself, asks nobody but its server, and reports no fault', async () => {
    await using explorer = await openExplorer({ path: '/?run=1' });
    await explorer.page.locator('#explorer > *').first().waitFor();
    assert.equal(await explorer.page.title(), 'Tributary');
    assert.deepEqual([explorer.errors, explorer.foreignRequests()], [[], []]);
  });
});

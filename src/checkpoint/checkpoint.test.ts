import assert from 'node:assert/strict';
import fs, { appendFile, cp, rm, symlink } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, it, mock } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { subjectOf } from '../runs/subject.ts';
import { looksLikeCheckpoint, openCheckpoint, openModelFiles } from './checkpoint.ts';
import { verifyUnchanged } from './fingerprint.ts';

const reference = fileURLToPath(new URL('../../test/reference/checkpoints/gpt2-plain', import.meta.url));

describe('a checkpoint that transformers wrote', () => {
  it('is opened with configuration, tensors, tokenizer and revision', async () => {
    const checkpoint = await openCheckpoint(reference);
    assert.equal(checkpoint.config.model_type, 'gpt2');
    assert.equal(checkpoint.tensors.get('wte.weight')?.shape[0], checkpoint.config.vocab_size);
    assert.equal(checkpoint.tokenizer.size, checkpoint.config.vocab_size);
    assert.match(await checkpoint.revision(), /^[0-9a-f]{64}$/);
  });

  it('is opened through a link, and known by its real path', async () => {
    await using folder = await temporaryFolder();
    await symlink(reference, join(folder.path, 'link'));
    assert.equal((await openCheckpoint(join(folder.path, 'link'))).folder, reference);
  });

  it('looks like one by its configuration alone', async () => {
    await using folder = await temporaryFolder();
    await cp(reference, folder.path, { recursive: true });
    await rm(join(folder.path, 'model.safetensors'));
    assert.equal(await looksLikeCheckpoint(folder.path), true);
    await assert.rejects(openCheckpoint(folder.path), { code: 'CHECKPOINT', message: /holds no weights/ });
    await rm(join(folder.path, 'config.json'));
    assert.equal(await looksLikeCheckpoint(folder.path), false);
    await assert.rejects(openCheckpoint(folder.path), { code: 'CHECKPOINT', message: /config\.json is missing/ });
  });

  it('has the revision of the files that were opened, or none', async () => {
    await using folder = await temporaryFolder();
    await cp(reference, folder.path, { recursive: true });
    const checkpoint = await openCheckpoint(folder.path);
    assert.equal(await checkpoint.revision(), await (await openCheckpoint(reference)).revision());
    await appendFile(join(folder.path, 'config.json'), '\n');
    await assert.rejects(checkpoint.revision(), { code: 'CHECKPOINT', message: /has changed since/ });
    await assert.rejects(subjectOf({ name: 'changed', checkpoint }), { code: 'CHECKPOINT' });
    const { revision, ...snapshot } = await subjectOf({ name: 'anew', checkpoint: await openCheckpoint(folder.path) });
    assert.notEqual(revision, await (await openCheckpoint(reference)).revision());
    await verifyUnchanged(snapshot);
  });

  for (const changing of ['config.json', 'tokenizer.json']) {
    it(`is refused when ${changing} changes while it is opened`, async () => {
      await using folder = await temporaryFolder();
      await cp(reference, folder.path, { recursive: true });
      const { readFile } = fs;
      mock.method(fs, 'readFile', async (...args: Parameters<typeof readFile>) => {
        const content = await readFile(...args);
        if (String(args[0]).endsWith(changing)) await appendFile(args[0], '\n');
        return content;
      });
      syncBuiltinESMExports();
      const opening = changing === 'config.json' ? [openModelFiles, openCheckpoint] : [openCheckpoint];
      for (const open of opening)
        await assert.rejects(open(folder.path), { code: 'CHECKPOINT', message: /has changed since/ });
      mock.restoreAll();
      syncBuiltinESMExports();
      await openCheckpoint(folder.path);
    });
  }

  it('is refused when its folder does not exist', async () => {
    await assert.rejects(openCheckpoint('/nowhere/at/all'), {
      code: 'CHECKPOINT',
      message: 'all cannot be opened: ENOENT: no such file or directory',
    });
  });
});

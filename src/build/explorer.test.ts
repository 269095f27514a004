import assert from 'node:assert/strict';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { type ProjectCopy, projectCopy } from '../../test/support/project-copy.ts';
import { builtExplorer } from './explorer.ts';

const script = 'src/explorer/main.tsx';

const built = async ({ path }: ProjectCopy) => {
  const { folder = '', seconds, fault } = await builtExplorer(path);
  assert.equal(fault, undefined);
  return { folder, seconds };
};

/** All scripts of a build. */
const scriptsIn = async (folder: string) => {
  const names = (await readdir(join(folder, 'assets'))).filter((name) => name.endsWith('.js'));
  return (await Promise.all(names.map((name) => readFile(join(folder, 'assets', name), 'utf8')))).join('\n');
};

describe('the page', () => {
  it('is built where it is missing, and anew when its sources are others, not when they were only written again', async () => {
    await using project = await projectCopy();
    const first = await built(project);
    assert.ok(first.seconds !== undefined && first.seconds < 60);
    assert.equal(dirname(first.folder), join(project.path, 'dist/explorer'));
    assert.match(
      await readFile(join(first.folder, 'index.html'), 'utf8'),
      /<script type="module" [^>]*src="\.\/assets\//,
    );

    await utimes(join(project.path, script), new Date(), new Date());
    await writeFile(join(project.path, 'src/explorer/some.test.ts'), 'a test is none of its sources');
    assert.deepEqual(await built(project), { folder: first.folder, seconds: undefined });

    await project.append(script, "\nconsole.info('a change');\n");
    const second = await built(project);
    assert.notEqual(second.folder, first.folder);
    assert.doesNotMatch(await scriptsIn(first.folder), /a change/);
    assert.match(await scriptsIn(second.folder), /a change/);
  });

  it('is built anew for a change of what it is made with', async () => {
    await using project = await projectCopy();
    const folders = new Set([(await built(project)).folder]);
    for (const file of ['src/client/errors.ts', 'src/explorer/vite.config.ts', 'package-lock.json', 'tsconfig.json']) {
      await project.append(file, '\n');
      folders.add((await built(project)).folder);
    }
    assert.equal(folders.size, 5);
  });

  it('is whole, however many build it at once, and nothing is left lying about', async () => {
    await using project = await projectCopy();
    const [first, ...others] = await Promise.all([built(project), built(project), built(project)]);
    assert.ok(first);
    assert.deepEqual(new Set(others.map(({ folder }) => folder)), new Set([first.folder]));
    assert.deepEqual(await project.builds(), [basename(first.folder)]);
    assert.notEqual(await scriptsIn(first.folder), '');
  });

  it('can be read by whoever the server runs as', {
    skip: process.platform === 'win32' && 'modes are of POSIX',
  }, async () => {
    await using project = await projectCopy();
    const { folder } = await built(project);
    assert.equal((await stat(folder)).mode & 0o777, 0o755);
  });

  it('leaves no old builds behind, those aside that another server may be starting with', async () => {
    await using project = await projectCopy();
    const first = await built(project);
    await project.append(script, '\n// Second.\n');
    const second = await built(project);
    assert.deepEqual((await project.builds()).length, 2);
    const before = new Date(Date.now() - 3_600_000);
    await utimes(first.folder, before, before);
    await project.append(script, '// Third.\n');
    const third = await built(project);
    assert.deepEqual((await project.builds()).sort(), [second, third].map(({ folder }) => basename(folder)).sort());
  });

  it('stays the one that was built before where its sources are faulty, which is told in a line', async () => {
    await using project = await projectCopy();
    await project.append(script, "\nimport './nothing.ts';\n");
    const none = await builtExplorer(project.path);
    assert.equal(none.folder, undefined);
    assert.match(none.fault ?? '', /^[^\n]*Could not resolve '\.\/nothing\.ts'[^\n]*main\.tsx:\d+\)$/);
    assert.deepEqual(await project.builds(), []);

    await writeFile(join(project.path, 'src/explorer/nothing.ts'), '');
    const { folder } = await built(project);
    await project.append(script, 'const = 3;\n');
    const { folder: old, fault, seconds } = await builtExplorer(project.path);
    assert.deepEqual([old, seconds], [folder, undefined]);
    assert.match(fault ?? '', /^[^\n]*Unexpected token[^\n]*main\.tsx:\d+\)$/);
  });

  it('is not there where nothing can be written, and that is told too', async () => {
    await using project = await projectCopy();
    await writeFile(join(project.path, 'dist'), 'a file where a folder would have to be');
    const { folder, fault } = await builtExplorer(project.path);
    assert.equal(folder, undefined);
    assert.match(fault ?? '', /^(ENOTDIR|EEXIST): .*dist/);
  });
});

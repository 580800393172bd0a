import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverSeries } from '../../../daemon/intake/discover-series.ts';
import { listFiles } from '../../../daemon/intake/list-files.ts';
import { writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { axialGrid, countingVolume } from '../../formats/phantoms.ts';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
/** `nobody` on most systems: somebody who may not read others' files. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let root = '';
let outside = '';

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'voxwatch-list-'));
  outside = await mkdtemp(path.join(tmpdir(), 'voxwatch-outside-'));
});
afterEach(async () => {
  for (const folder of [root, outside]) await rm(folder, { recursive: true, force: true });
});

const put = (name: string, content: string | Uint8Array = 'x') => writeFile(path.join(root, name), content);
const listed = async () => (await listFiles(root)).files.map((file) => path.relative(root, file));

describe('listing a folder', () => {
  it('follows no link: neither out of the folder, nor to a file in it, nor round in a ring', async () => {
    await writeFile(path.join(outside, 'secret.dcm'), 'x');
    await put('own.dcm');
    await symlink(outside, path.join(root, 'folder-outside'));
    await symlink(path.join(outside, 'secret.dcm'), path.join(root, 'file-outside.dcm'));
    await symlink(path.join(root, 'own.dcm'), path.join(root, 'file-inside.dcm'));
    await symlink(root, path.join(root, 'ring'));
    expect(await listed()).toEqual(['own.dcm']);
  });

  it('takes an input that is itself a link', async () => {
    await put('own.dcm');
    const link = path.join(outside, 'link');
    await symlink(root, link);
    expect((await listFiles(link)).files.map((file) => path.basename(file))).toEqual(['own.dcm']);
  });

  it('waits for no pipe, socket or device, in the folder or as the input', async () => {
    const [pipe, socket] = [path.join(root, 'pipe.dcm'), path.join(root, 'socket.dcm')];
    execFileSync('mkfifo', [pipe]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    await put('own.dcm');
    expect(await listed()).toEqual(['own.dcm']);
    for (const input of [pipe, socket, '/dev/zero']) {
      await expect(listFiles(input)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    }
    await new Promise((resolve) => server.close(resolve));
  });

  it('lists folders hundreds deep', async () => {
    let folder = root;
    for (let depth = 0; depth < 300; depth++) folder = path.join(folder, 'sub');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'deep.dcm'), 'x');
    expect(await listed()).toHaveLength(1);
  });
});

describe('discovering in a folder made to do harm', () => {
  /** Nothing is closed to root: somebody else has to look. */
  function inspectAsNobody(): { series: { name: string }[]; setAside: { file: string; code: string }[] } {
    const { stdout, stderr } = spawnSync(process.execPath, [MAIN, 'inspect', root, '--json'], {
      encoding: 'utf8',
      ...(isRoot ? { uid: NOBODY } : {}),
    });
    expect(stdout, stderr).not.toBe('');
    return JSON.parse(stdout);
  }

  it('takes names with newlines, control characters and bytes that are no text', async () => {
    await put('line\nbreak.nii.gz', writeNiftiVolume(countingVolume(axialGrid())));
    await put('\x1b[2J.dcm');
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.dcm')]), 'x');
    const { series, setAside } = await discoverSeries(root);
    expect(series.map(({ name }) => name)).toEqual(['line_break']);
    expect(setAside.map(({ code }) => code).sort()).toEqual(['INPUT_NOT_FOUND', 'INPUT_UNKNOWN_FORMAT']);
  });

  it('is shown without any control character', async () => {
    await put('line\nbreak\x1b[2J.dcm');
    const { stdout } = spawnSync(process.execPath, [MAIN, 'inspect', root], { encoding: 'utf8' });
    expect(stdout).toContain('  line\\nbreak\\u{1b}[2J.dcm: ');
    const { stdout: json } = spawnSync(process.execPath, [MAIN, 'inspect', root, '--json'], { encoding: 'utf8' });
    expect(JSON.parse(json)).toMatchObject({ setAside: [{ file: 'line\nbreak\x1b[2J.dcm' }] });
  });

  it('sets 5,000 files that are no images aside, one by one', async () => {
    for (let n = 0; n < 5_000; n++) await put(`${n}.dcm`, n % 2 === 0 ? '' : 'not an image');
    const { series, setAside } = await discoverSeries(root);
    expect([series.length, setAside.length]).toEqual([0, 5_000]);
    expect(new Set(setAside.map(({ code }) => code))).toEqual(new Set(['INPUT_EMPTY', 'INPUT_UNKNOWN_FORMAT']));
  });

  it('sets a file aside that may not be read, and says why', async () => {
    const file = path.join(root, 'closed.nii.gz');
    await put('closed.nii.gz', writeNiftiVolume(countingVolume(axialGrid())));
    await copyFile(file, path.join(root, 'open.nii.gz'));
    await chmod(file, 0o000);
    await chmod(root, 0o755);
    const { series, setAside } = inspectAsNobody();
    expect(series.map(({ name }) => name)).toEqual(['open']);
    expect(setAside.map(({ file: name, code }) => [name, code])).toEqual([['closed.nii.gz', 'INPUT_NOT_FOUND']]);
  });

  it('says of a folder that may not be opened that it was not looked at', async () => {
    await mkdir(path.join(root, 'closed'));
    await put('closed/inside.nii.gz', writeNiftiVolume(countingVolume(axialGrid())));
    await put('open.nii.gz', writeNiftiVolume(countingVolume(axialGrid())));
    await chmod(path.join(root, 'closed'), 0o000);
    await chmod(root, 0o755);
    const { series, setAside } = inspectAsNobody();
    expect(series.map(({ name }) => name)).toEqual(['open']);
    expect(setAside.map(({ file, code }) => [file, code])).toEqual([['closed', 'INPUT_NOT_FOUND']]);
    await chmod(path.join(root, 'closed'), 0o755);
  });
});

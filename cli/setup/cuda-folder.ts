/**
 * Wheels → the folder of CUDA libraries, put in place whole or not at all, and linked to ONNX Runtime.
 * @module
 */
import { lstat, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { flushTree } from '../../daemon/results/flush.ts';
import { PROVIDER_LIBRARIES } from '../../runtime/sessions/cuda-libraries.ts';
import type { Wheel } from './cuda-wheels.ts';
import { readZipDirectory, unpackMember } from './zip-member.ts';

/** Says in the folder which wheels it was made of. */
const STAMP_FILE = 'installed.json';

interface Stamp {
  readonly wheels: Readonly<Record<string, string>>;
}

/** Whether a folder holds every library of these very wheels, at its full size. */
export async function isInstalled(folder: string, wheels: readonly Wheel[]): Promise<boolean> {
  const stamp = await readFile(join(folder, STAMP_FILE), 'utf8').then(
    (text) => JSON.parse(text) as Stamp,
    () => undefined,
  );
  if (stamp === undefined || wheels.some(({ project, sha256 }) => stamp.wheels[project] !== sha256)) return false;
  for (const [name, bytes] of wheels.flatMap(({ libraries }) => Object.entries(libraries))) {
    const size = await stat(join(folder, name)).then(
      (entry) => entry.size,
      () => undefined,
    );
    if (size !== bytes) return false;
  }
  return true;
}

/**
 * Unpacks the libraries beside their place, flushes them and renames: a kill leaves the old folder or the new one.
 * @param folder - Replaced where it is there.
 * @throws {VoxwatchError} `SETUP_FILE` where a wheel lacks a library.
 */
export async function installLibraries(
  folder: string,
  wheelFolder: string,
  wheels: readonly Wheel[],
  onLibrary: (name: string) => void = () => {},
): Promise<void> {
  const [staging, old] = [`${folder}.new`, `${folder}.old`];
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging);
  for (const wheel of wheels) {
    const path = join(wheelFolder, wheel.file);
    const members = await readZipDirectory(path);
    for (const name of Object.keys(wheel.libraries)) {
      const member = members.get(`${wheel.folder}/${name}`);
      if (!member) throw new VoxwatchError('SETUP_FILE', `${wheel.project} ${wheel.version} holds no ${name}.`);
      onLibrary(name);
      await unpackMember(path, member, join(staging, name));
    }
  }
  const stamp: Stamp = { wheels: Object.fromEntries(wheels.map(({ project, sha256 }) => [project, sha256])) };
  await writeFile(join(staging, STAMP_FILE), `${JSON.stringify(stamp, null, 2)}\n`);
  await flushTree(staging);
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
  });
  await rename(staging, folder);
  await rm(old, { recursive: true, force: true });
}

/**
 * Links ONNX Runtime's providers beside its own library, the one place where it looks. `npm ci` takes the links away
 * again, not the libraries.
 */
export async function linkProviders(folder: string, nativeFolder: string): Promise<void> {
  for (const name of PROVIDER_LIBRARIES) {
    const link = join(nativeFolder, name);
    const isOurs = await lstat(link).then(
      (entry) => entry.isSymbolicLink(),
      () => true,
    );
    // A real file there came with npm's own install script: it is of the same version, and stays.
    if (!isOurs) continue;
    const fresh = `${link}.new`;
    await rm(fresh, { force: true });
    await symlink(relative(nativeFolder, join(folder, name)), fresh);
    await rename(fresh, link);
  }
}

/**
 * `voxwatch amend`: a bundle that exists → the same with variants of its networks, networks for WebGPU, or a domain; what
 * stands inside its files is written anew. It needs no training run.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ModelManifest } from '../../core/model-manifest.ts';
import { amendBundle } from '../../export/variants/amend-bundle.ts';
import { additionsText } from '../amend/additions-text.ts';
import { createAmendEngine } from '../amend/amend-engine.ts';
import { type AmendOptions, addAmendOptions, amendmentsOf } from '../amend/amend-options.ts';
import { showAmending } from '../amend/amend-progress.ts';
import { variantScans } from '../amend/variant-scans.ts';
import { findBundles } from '../find-bundles.ts';
import { createOnnxReference } from '../onnx-reference.ts';
import { writeBundleFolder } from '../write-bundle-folder.ts';

interface Options extends AmendOptions {
  readonly out: string;
  readonly real: readonly string[];
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<bundle>', 'name or folder of a bundle')
    .requiredOption('--out <dir>', 'folder of the amended bundle, which may be the same; an older bundle there is replaced');
  addAmendOptions(command)
    .option('--real <path>', 'also calibrate and compare on this scan: a folder of DICOM or a NIfTI file; repeat', collectPaths, [])
    .option('--json', 'print the manifest')
    .action(amend);
}

function collectPaths(path: string, before: readonly string[]): readonly string[] {
  return [...before, path];
}

async function amend(bundle: string, options: Options): Promise<void> {
  const amendments = amendmentsOf(options);
  const [found] = await findBundles([bundle]);
  const { dir, manifest: before } = found as NonNullable<typeof found>;
  const files = await readAll(dir);
  const isMade = amendments.precisions.length > 0;
  const { labelled, truthLabel: truthLabels, phantoms, real } = options;
  const sets = isMade ? await variantScans(before, { phantoms, real, labelled, truthLabels }) : [];
  const reference = createOnnxReference();
  const progress = showAmending(process.stderr);
  try {
    const engine = createAmendEngine(before, sets, { reference, onStep: progress.update });
    const amended = await amendBundle(files, amendments, engine);
    await writeBundleFolder(options.out, async (writer) => {
      for (const [name, bytes] of amended) await writer.writeFile(name, bytes);
    });
    const manifest = JSON.parse(new TextDecoder().decode(amended.get('manifest.json'))) as ModelManifest;
    progress.end();
    process.stdout.write(
      options.json
        ? `${JSON.stringify(manifest, null, 2)}\n`
        : `${manifest.name} ${manifest.version} was written.\n${additionsText(manifest)}`,
    );
  } finally {
    progress.end();
    await reference.release();
  }
}

/** All files of a folder, those in folders too, by their names in it. */
async function readAll(dir: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = new Map<string, Uint8Array>();
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(join(dir, '/').length), await readFile(path));
  }
  return files;
}

/**
 * `synthesize --from-labels`: label maps, their names and a design → new labelled CTs in the KiTS layout.
 * @module
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { readNifti, readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { type AnatomyDesign, completeDesign } from '../../train/synthesis/from-labels/design.ts';
import { checkLabelNames, KNOWN_LABEL_NAMES, type LabelNames } from '../../train/synthesis/from-labels/label-names.ts';
import type { AnatomyFacts, AnatomyOptions } from '../../train/synthesis/from-labels/synthesize-anatomy.ts';
import { prepareTemplate, type Template } from '../../train/synthesis/from-labels/template.ts';
import { makeAnatomies } from './anatomy-threads.ts';

export interface AnatomySources {
  readonly out: string;
  readonly count: number;
  /** Label maps; anatomy n comes from map n, counted round. */
  readonly fromLabels: readonly string[];
  /** Their CTs, in the same order; none for label maps alone. */
  readonly ct?: readonly string[];
  /** A table that is known by name, or a JSON file. */
  readonly labelNames: string;
  /** A JSON file; the default design where absent. */
  readonly design?: string;
}

export type AnatomyStudy = AnatomyFacts & { readonly name: string; readonly template: number };

/**
 * Writes `<out>/case_00000/imaging.nii.gz` and `segmentation.nii.gz` …, and `<out>/anatomies.json` with what was drawn.
 * @param options - Of the first; seeds count up from it.
 * @throws {VoxwatchError} `USAGE` for unequal numbers of maps and CTs; as reading, the names, the design and the template do.
 */
export async function synthesizeAnatomies(
  sources: AnatomySources,
  options: AnatomyOptions,
  onStudy: (study: AnatomyStudy) => void,
): Promise<readonly AnatomyStudy[]> {
  const { out, count, fromLabels, ct } = sources;
  if (ct && ct.length !== fromLabels.length)
    throw new VoxwatchError(
      'USAGE',
      `There must be one --ct for each --from-labels; there are ${ct.length} for ${fromLabels.length}.`,
    );
  const design = completeDesign(sources.design === undefined ? {} : await readJson(sources.design, '--design'));
  const names = await readNames(sources.labelNames);
  const templates: Template[] = [];
  for (const [n, file] of fromLabels.entries()) templates.push(await readTemplate(file, ct?.[n], names, design));
  const requests = Array.from({ length: count }, (_, n) => ({
    template: templates[n % templates.length] as Template,
    design,
    options: { ...options, seed: options.seed + n },
    folder: join(out, caseName(n)),
  }));
  const studies: AnatomyStudy[] = [];
  await mkdir(out, { recursive: true });
  await makeAnatomies(requests, (facts, n) => {
    const study = { name: caseName(n), template: n % templates.length, ...facts };
    studies.push(study);
    onStudy(study);
  });
  await writeFile(join(out, 'anatomies.json'), `${JSON.stringify({ design, studies }, null, 2)}\n`);
  return studies;
}

function caseName(n: number): string {
  return `case_${String(n).padStart(5, '0')}`;
}

async function readTemplate(labels: string, ct: string | undefined, names: LabelNames, design: AnatomyDesign): Promise<Template> {
  const source = {
    labels: readNiftiLabels(await readInput(labels)),
    ...(ct === undefined ? {} : { volume: readNifti(await readInput(ct)).volume }),
    names,
    tissues: design.tissues,
  };
  return prepareTemplate(source, design.workMm);
}

async function readNames(given: string): Promise<LabelNames> {
  const known = Object.hasOwn(KNOWN_LABEL_NAMES, given) ? KNOWN_LABEL_NAMES[given] : undefined;
  return known ?? checkLabelNames(await readJson(given, '--label-names'));
}

async function readJson(file: string, option: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readInput(file));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VoxwatchError('CONFIG_INVALID', `The file of ${option} is no JSON.`, {}, cause);
  }
}

function readInput(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'A label map, CT or JSON file is missing or cannot be read.', {}, cause);
  });
}

/**
 * One anatomy → its files in the KiTS layout, `imaging.nii.gz` and `segmentation.nii.gz`.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelTable } from '../../core/label-table.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import type { AnatomyDesign } from '../../train/synthesis/from-labels/design.ts';
import { type AnatomyFacts, type AnatomyOptions, synthesizeAnatomy } from '../../train/synthesis/from-labels/synthesize-anatomy.ts';
import type { Template } from '../../train/synthesis/from-labels/template.ts';
import type { TruthDesign } from '../../train/synthesis/from-labels/truth.ts';

export interface AnatomyRequest {
  readonly template: Template;
  readonly design: AnatomyDesign;
  readonly options: AnatomyOptions;
  /** Is made where it is missing. */
  readonly folder: string;
}

export async function writeAnatomy({ template, design, options, folder }: AnatomyRequest): Promise<AnatomyFacts> {
  const { volume, truth, facts } = synthesizeAnatomy(template, design, options);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'imaging.nii.gz'), writeNiftiVolume(volume));
  await writeFile(join(folder, 'segmentation.nii.gz'), writeNiftiLabels(truth, labelTable(design.truth)));
  return facts;
}

const COLORS = ['#00ffff', '#ffff00', '#00ff00', '#ff50ff', '#7878ff', '#ff9632', '#c8c8c8', '#ff5a5a', '#5affb4'] as const;

/** Names as the truth has them; several that share a label are joined. */
function labelTable(truth: TruthDesign): LabelTable {
  const indices = [...new Set(Object.values(truth))].sort((a, b) => a - b);
  return indices.map((index, n) => {
    const name = Object.keys(truth)
      .filter((tissue) => truth[tissue] === index)
      .join(' or ');
    return {
      index,
      name,
      color: COLORS[n % COLORS.length] as string,
      code: { scheme: '99VOXWATCH', value: `T${index}`, meaning: name },
    };
  });
}

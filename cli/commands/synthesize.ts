/**
 * `voxwatch synthesize`: phantom studies with truth, in the KiTS layout or as DICOM series.
 *
 * NIfTI: `<out>/case_00000/imaging.nii.gz` and `segmentation.nii.gz`. DICOM: `<out>/case_00000/0001.dcm` …, with the truth
 * apart in `<out>/truth/case_00000.nii.gz`, so that a case's folder can be dropped into a watched folder as it is.
 * `<out>/phantoms.json` holds what was sampled.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { KIDNEY_ENET_CASCADE } from '../../train/recipes/kidney-enet-cascade.ts';
import { type Phantom, synthesizePhantom } from '../../train/synthesis/phantom.ts';
import { CONTRAST_PHASES, type ContrastPhase } from '../../train/synthesis/tissue.ts';
import { positiveNumber, wholeNumber } from '../option-values.ts';

interface Options {
  readonly out: string;
  readonly count: number;
  readonly seed: number;
  readonly format: 'nifti' | 'dicom';
  readonly matrix?: number;
  readonly slices?: number;
  readonly step?: number;
  readonly thickness?: number;
  readonly phase?: ContrastPhase;
  readonly tumours?: number;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .requiredOption('--out <dir>', 'folder to write to')
    .requiredOption('--count <n>', 'how many studies', wholeNumber(1))
    .option('--seed <n>', 'seed of the first study; the others count up from it', wholeNumber(0), 1)
    .addOption(new Option('--format <format>', 'file format').choices(['nifti', 'dicom']).default('nifti'))
    .option('--matrix <pixels>', 'rows and columns (512)', wholeNumber(16))
    .option('--slices <n>', 'slices a study, laid round the kidneys (sampled)', wholeNumber(1))
    .option('--step <mm>', 'distance of slices (sampled)', positiveNumber)
    .option('--thickness <mm>', 'thickness of slices (the step)', positiveNumber)
    .addOption(new Option('--phase <phase>', 'contrast phase (sampled)').choices(CONTRAST_PHASES))
    .option('--tumours <n>', 'tumours a study (sampled)', wholeNumber(0))
    .option('--json', 'print one JSON document')
    .action(synthesize);
}

async function synthesize(options: Options): Promise<void> {
  const facts: (Phantom['facts'] & { name: string })[] = [];
  for (let n = 0; n < options.count; n++) {
    const phantom = synthesizePhantom({
      seed: options.seed + n,
      ...(options.matrix === undefined ? {} : { matrix: options.matrix }),
      ...(options.slices === undefined ? {} : { slices: options.slices }),
      ...(options.step === undefined ? {} : { sliceStepMm: options.step }),
      ...(options.thickness === undefined ? {} : { sliceThicknessMm: options.thickness }),
      ...(options.phase === undefined ? {} : { phase: options.phase }),
      ...(options.tumours === undefined ? {} : { tumours: options.tumours }),
    });
    const name = `case_${String(n).padStart(5, '0')}`;
    await (options.format === 'dicom' ? writeDicom : writeNifti)(options.out, name, phantom);
    facts.push({ name, ...phantom.facts });
    if (!options.json) process.stderr.write(`${name}  seed ${phantom.facts.seed}  ${phantom.facts.phase}  ${describe(phantom)}\n`);
  }
  await writeFile(join(options.out, 'phantoms.json'), `${JSON.stringify(facts, null, 2)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify({ out: options.out, studies: facts })}\n`);
}

async function writeNifti(out: string, name: string, { volume, truth }: Phantom): Promise<void> {
  const folder = join(out, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'imaging.nii.gz'), writeNiftiVolume(volume));
  await writeFile(join(folder, 'segmentation.nii.gz'), writeNiftiLabels(truth, KIDNEY_ENET_CASCADE.labels));
}

async function writeDicom(out: string, name: string, { volume, truth, facts }: Phantom): Promise<void> {
  const folder = join(out, name);
  await mkdir(folder, { recursive: true });
  await mkdir(join(out, 'truth'), { recursive: true });
  const files = writeCtSeries(volume, {
    seed: facts.seed,
    seriesDescription: `Phantom, ${facts.phase} phase`,
    convolutionKernel: 'STANDARD',
  });
  for (const [k, bytes] of files.entries()) await writeFile(join(folder, `${String(k + 1).padStart(4, '0')}.dcm`), bytes);
  await writeFile(join(out, 'truth', `${name}.nii.gz`), writeNiftiLabels(truth, KIDNEY_ENET_CASCADE.labels));
}

function describe({ volume, facts }: Phantom): string {
  const lesions = facts.lesions.map((lesion) => `${lesion.kind} ${lesion.side} ${Math.round(lesion.radiusMm)} mm`);
  return `${volume.geometry.sizeVoxels.join(' × ')}  ${lesions.join(', ') || 'no lesion'}`;
}

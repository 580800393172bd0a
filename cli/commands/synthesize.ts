/**
 * `voxwatch synthesize`: studies with truth, in the KiTS layout or as DICOM series: phantoms, or with `--from-labels` new
 * anatomies out of label maps (`cli/synthesize/`).
 *
 * NIfTI: `<out>/case_00000/imaging.nii.gz` and `segmentation.nii.gz`. DICOM: `<out>/case_00000/0001.dcm` …, with the truth
 * apart in `<out>/truth/case_00000.nii.gz`, so that a case's folder can be dropped into a watched folder as it is.
 * `<out>/phantoms.json`, or `anatomies.json`, holds what was sampled.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { KIDNEY_ENET_CASCADE } from '../../train/recipes/kidney-enet-cascade.ts';
import { type Phantom, synthesizePhantom } from '../../train/synthesis/phantom.ts';
import { CONTRAST_PHASES, type ContrastPhase } from '../../train/synthesis/tissue.ts';
import { collect, positiveNumber, wholeNumber } from '../option-values.ts';
import { type AnatomyStudy, synthesizeAnatomies } from '../synthesize/synthesize-anatomies.ts';

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
  readonly fromLabels?: readonly string[];
  readonly ct?: readonly string[];
  readonly labelNames?: string;
  readonly design?: string;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .requiredOption('--out <dir>', 'folder to write to')
    .requiredOption('--count <n>', 'how many studies', wholeNumber(1))
    .option('--seed <n>', 'seed of the first study; the others count up from it', wholeNumber(0), 1)
    .addOption(new Option('--format <format>', 'file format').choices(['nifti', 'dicom']).default('nifti'))
    .option('--matrix <pixels>', 'rows and columns (phantoms: 512; anatomies: sampled)', wholeNumber(16))
    .option('--slices <n>', 'slices a study, laid round the kidneys, in anatomies round liver or kidneys (sampled)', wholeNumber(1))
    .option('--step <mm>', 'distance of slices (sampled)', positiveNumber)
    .option('--thickness <mm>', 'thickness of slices (the step)', positiveNumber)
    .addOption(new Option('--phase <phase>', 'contrast phase (sampled)').choices(CONTRAST_PHASES))
    .option('--tumours <n>', 'tumours a study (sampled)', wholeNumber(0))
    .option('--from-labels <file>', 'new anatomies out of this label map (NIfTI); may be repeated', collect)
    .option('--ct <file>', 'the CT that belongs to a label map; as often as --from-labels', collect)
    .option('--label-names <table>', 'what the labels are: totalsegmentator, or a JSON file {"5": "liver", …}')
    .option('--design <file>', 'a JSON file: how anatomies are drawn, see docs/synthesis.md')
    .option('--json', 'print one JSON document')
    .action((options: Options) => (options.fromLabels ? fromLabels(options, options.fromLabels) : phantoms(options)));
}

async function fromLabels(options: Options, files: readonly string[]): Promise<void> {
  const { out, count, seed, ct, labelNames, design, json } = options;
  if (labelNames === undefined) throw usage('--from-labels needs --label-names: totalsegmentator, or a JSON file.');
  if (options.tumours !== undefined) throw usage('--tumours is for phantoms; lesions of anatomies stand in the --design.');
  if (options.format === 'dicom') throw usage('--format dicom is for phantoms; anatomies are written as NIfTI.');
  const studies = await synthesizeAnatomies(
    { out, count, fromLabels: files, ...(ct ? { ct } : {}), labelNames, ...(design === undefined ? {} : { design }) },
    { seed, ...scanChoices(options) },
    (study) => {
      if (!json) process.stderr.write(`${study.name}  seed ${study.seed}  ${study.mode}, ${study.phase}  ${lesionsOf(study)}\n`);
    },
  );
  if (json) process.stdout.write(`${JSON.stringify({ out, studies })}\n`);
}

function lesionsOf({ lesions }: AnatomyStudy): string {
  return lesions.map(({ kind, volumeMl }) => `${kind} ${volumeMl.toFixed(1)} ml`).join(', ') || 'no lesion';
}

function scanChoices({ matrix, slices, step, thickness, phase }: Options) {
  return {
    ...(matrix === undefined ? {} : { matrix }),
    ...(slices === undefined ? {} : { slices }),
    ...(step === undefined ? {} : { sliceStepMm: step }),
    ...(thickness === undefined ? {} : { sliceThicknessMm: thickness }),
    ...(phase === undefined ? {} : { phase }),
  };
}

function usage(message: string): VoxwatchError {
  return new VoxwatchError('USAGE', message);
}

async function phantoms(options: Options): Promise<void> {
  if (options.ct || options.labelNames !== undefined || options.design !== undefined)
    throw usage('--ct, --label-names and --design need --from-labels.');
  const facts: (Phantom['facts'] & { name: string })[] = [];
  for (let n = 0; n < options.count; n++) {
    const phantom = synthesizePhantom({
      seed: options.seed + n,
      ...scanChoices(options),
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

/**
 * `voxwatch synthesize`: studies with truth: phantoms, or with `--from-labels` new anatomies out of label maps.
 *
 * The files are those of `cli/synthesize/`; `<out>/phantoms.json`, or `anatomies.json`, holds what was sampled.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { PHANTOM_ORGANS, type Phantom, type PhantomOrgan, synthesizePhantom } from '../../train/synthesis/phantom.ts';
import { CONTRAST_PHASES, type ContrastPhase } from '../../train/synthesis/tissue.ts';
import { collect, positiveNumber, wholeNumber } from '../option-values.ts';
import { type AnatomyStudy, synthesizeAnatomies } from '../synthesize/synthesize-anatomies.ts';
import { PHANTOM_FORMATS, type PhantomFormat, writePhantom } from '../synthesize/write-phantom.ts';

interface Options {
  readonly out: string;
  readonly count: number;
  readonly seed: number;
  readonly organ?: PhantomOrgan;
  readonly format?: PhantomFormat;
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
    .addOption(new Option('--organ <name>', 'whose tumours phantoms have (kidney)').choices(PHANTOM_ORGANS))
    .addOption(
      new Option('--format <format>', 'file format (nifti; of brain numpy: a picture a slice, of brain alone)').choices(
        PHANTOM_FORMATS,
      ),
    )
    .option('--matrix <pixels>', 'rows and columns (phantoms: 512, of brain 240; anatomies: sampled)', wholeNumber(16))
    .option('--slices <n>', 'slices a study, laid round the organ, in anatomies round liver or kidneys (sampled)', wholeNumber(1))
    .option('--step <mm>', 'distance of slices (sampled)', positiveNumber)
    .option('--thickness <mm>', 'thickness of slices (the step)', positiveNumber)
    .addOption(new Option('--phase <phase>', 'contrast phase, not of brain (sampled)').choices(CONTRAST_PHASES))
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
  if (options.organ !== undefined)
    throw usage('--organ is for phantoms; what the truth of anatomies holds stands in the --design.');
  if (options.format !== undefined && options.format !== 'nifti')
    throw usage(`--format ${options.format} is for phantoms; anatomies are written as NIfTI.`);
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
  const { out, organ = 'kidney', format = organ === 'brain' ? 'numpy' : 'nifti' } = options;
  if (format === 'numpy' && organ !== 'brain') throw usage('--format numpy is for --organ brain.');
  if (options.phase !== undefined && (organ === 'brain' || organ === 'head'))
    throw usage('--phase is for the trunk: heads are scanned after contrast.');
  const facts: (Phantom['facts'] & { name: string })[] = [];
  for (let n = 0; n < options.count; n++) {
    const phantom = synthesizePhantom({
      seed: options.seed + n,
      organ,
      ...scanChoices(options),
      ...(options.tumours === undefined ? {} : { tumours: options.tumours }),
    });
    const name = await writePhantom(phantom, { out, organ, number: n }, format);
    facts.push({ name, ...phantom.facts });
    if (!options.json) process.stderr.write(`${name}  seed ${phantom.facts.seed}  ${describe(phantom)}\n`);
  }
  await writeFile(join(out, 'phantoms.json'), `${JSON.stringify(facts, null, 2)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify({ out, studies: facts })}\n`);
}

function describe({ volume, facts }: Phantom): string {
  const lesions = facts.lesions.map(({ kind, side, radiusMm }) =>
    [kind, side ?? [], `${Math.round(radiusMm)} mm`].flat().join(' '),
  );
  return `${facts.phase === undefined ? '' : `${facts.phase}  `}${volume.geometry.sizeVoxels.join(' × ')}  ${lesions.join(', ') || 'no lesion'}`;
}

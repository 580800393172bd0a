/**
 * `voxwatch export`: a folder that `voxwatch train` left → a model bundle.
 *
 * The certificate is made on phantom slices and, with `--real`, on slices of real scans; none of those are kept.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { parseManifest, type TrainedManifest, trainedManifest } from '../../core/model-manifest.ts';
import { BUNDLE_FILES, exportBundle } from '../../export/bundle.ts';
import { roundKernels } from '../../export/round-kernels.ts';
import { type Amendments, amendBundle, type BundleFiles } from '../../export/variants/amend-bundle.ts';
import { type BackendChoice, startBackend } from '../../train/backends/backend.ts';
import { synthesizePhantom } from '../../train/synthesis/phantom.ts';
import { TRUTH_LABELS } from '../../train/synthesis/trunk-study.ts';
import { additionsText } from '../amend/additions-text.ts';
import { createAmendEngine } from '../amend/amend-engine.ts';
import { type AmendOptions, addAmendOptions, amendmentsOf } from '../amend/amend-options.ts';
import { showAmending } from '../amend/amend-progress.ts';
import { variantScans } from '../amend/variant-scans.ts';
import { goldenNifti, goldenSlabNiftis, segmentGolden } from '../golden-slice.ts';
import { loadStages } from '../load-stages.ts';
import { createOnnxReference, type OnnxReference } from '../onnx-reference.ts';
import { bundleName, collect } from '../option-values.ts';
import { OWN_VERSION } from '../own-version.ts';
import { SLICES_PER_VOLUME } from '../parity-slices.ts';
import { readScans } from '../read-scans.ts';
import { replaySlices } from '../replay-slices.ts';
import { readTrainedRun, type TrainedRun, trainedFiles } from '../trained-folder.ts';
import { writeBundleFolder } from '../write-bundle-folder.ts';

interface Options extends AmendOptions {
  readonly out: string;
  readonly name?: string;
  readonly real?: readonly string[];
  readonly default?: boolean;
  readonly figures?: string;
  readonly withTrained?: boolean;
  readonly weights: 'float32' | 'float16';
  readonly backend: BackendChoice;
  readonly json?: boolean;
}

/** Seeds of the phantoms of the certificate and of the golden slice: far from those that training counts up from. */
const PARITY_SEEDS = [900_001, 900_002] as const;
/** Just the slices that the certificate takes, spread over the trunk: painting all the others took two fifths of an export. */
const PARITY_SCAN = { slices: SLICES_PER_VOLUME, sliceStepMm: 45, sliceThicknessMm: 3 };
const GOLDEN_SEED = 900_003;
/** Of the trained networks in a bundle; nothing that runs the bundle reads it. */
const TRAINED_FOLDER = 'trained';

export function define(command: Command): void {
  addAmendOptions(command)
    .argument('<trained>', 'folder that voxwatch train wrote')
    .requiredOption('--out <dir>', 'folder of the bundle; an older bundle there is replaced')
    .option('--name <name>', 'name of the bundle: small letters, digits and hyphens (the recipe’s)', bundleName)
    .option('--real <path>', 'also certify on this scan: a folder of DICOM or a NIfTI file; may be repeated', collect)
    .option('--figures <file>', 'JSON list of figures measured on held-out studies, for the card (see bench/score-phantoms.ts)')
    .option('--with-trained', 'put the trained networks into the bundle, in trained/: train --start-from takes that folder')
    .addOption(
      new Option('--weights <type>', 'float16: kernels are rounded to it, which halves the files; networks are computed in float32')
        .choices(['float32', 'float16'])
        .default('float32'),
    )
    .option('--default', 'mark the bundle to run where no --model is given')
    .addOption(
      new Option('--backend <name>', 'TensorFlow.js backend to compare with')
        .choices(['auto', 'tensorflow', 'wasm', 'cpu'])
        .default('auto'),
    )
    .option('--json', 'print the manifest')
    .action(exportTrained);
}

async function exportTrained(folder: string, options: Options): Promise<void> {
  const trained = await readTrainedRun(folder);
  const amendments = amendmentsOf(options);
  const run = options.figures === undefined ? trained : { ...trained, figures: await readFigures(options.figures) };
  await startBackend(options.backend);
  const phantoms = PARITY_SEEDS.map((seed) => synthesizePhantom({ seed, ...PARITY_SCAN }).volume);
  const real = await readScans(options.real ?? []);
  const certified = [
    { what: `phantom slices (seeds ${PARITY_SEEDS.join(', ')})`, volumes: phantoms },
    ...(real.length > 0 ? [{ what: `slices of ${real.length} real CT scans`, volumes: real }] : []),
  ];
  const stages = await loadStages(folder, run, certified);
  if (options.weights === 'float16') for (const { model } of stages) roundKernels(model);
  const goldenPhantom = synthesizePhantom({ seed: GOLDEN_SEED, organ: goldenOrgan(trained), tumours: 1 });
  const goldenNiftis = stages.some(({ space }) => space === 'millimetres')
    ? goldenSlabNiftis(goldenPhantom.volume)
    : [goldenNifti(goldenPhantom.volume, goldenPhantom.truth, TRUTH_LABELS.tumour)];
  const reference = createOnnxReference();
  try {
    const engine = { ...reference, segmentGolden, replaySlices };
    const made = new Map<string, Uint8Array>();
    const exported = await exportBundle({ ...factsOf(run, options), stages, goldenNiftis }, engine, {
      writeFile: async (name, bytes) => void made.set(name, bytes),
    });
    const amended = await amendedBundle(made, exported, { amendments, options, reference });
    const manifest = await writeBundleFolder(options.out, async (writer) => {
      for (const [name, bytes] of amended.files) await writer.writeFile(name, bytes);
      if (options.withTrained) {
        for await (const { name, bytes } of trainedFiles(folder, trained))
          await writer.writeFile(join(TRAINED_FOLDER, name), bytes);
      }
      return amended.manifest;
    });
    process.stdout.write(options.json ? `${JSON.stringify(manifest, null, 2)}\n` : summary(manifest) + additionsText(manifest));
  } finally {
    await reference.release();
  }
}

/** With what the options ask for beside the networks in fp32. */
async function amendedBundle(
  files: BundleFiles,
  manifest: TrainedManifest,
  { amendments, options, reference }: { amendments: Amendments; options: Options; reference: OnnxReference },
): Promise<{ readonly files: BundleFiles; readonly manifest: TrainedManifest }> {
  const { precisions, hasWebgpu, domain } = amendments;
  if (precisions.length === 0 && !hasWebgpu && domain === undefined) return { files, manifest };
  const { phantoms, labelled, truthLabel: truthLabels, real = [] } = options;
  const sets = precisions.length > 0 ? await variantScans(manifest, { phantoms, labelled, truthLabels, real }) : [];
  const progress = showAmending(process.stderr);
  const engine = createAmendEngine(manifest, sets, { reference, onStep: progress.update });
  const amended = await amendBundle(files, amendments, engine).finally(progress.end);
  return { files: amended, manifest: trainedManifest(parseManifest(new TextDecoder().decode(amended.get(BUNDLE_FILES.manifest)))) };
}

/** Whose tumour the golden phantom has: the bundle's own organ, where phantoms of the trunk know it. */
function goldenOrgan({ labels, organLabel }: TrainedRun): 'liver' | 'kidney' {
  return labels.some(({ index, name }) => index === organLabel && name === 'liver') ? 'liver' : 'kidney';
}

/** The manifest's schema checks what they are. */
async function readFigures(file: string): Promise<TrainedRun['figures']> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as TrainedRun['figures'];
  } catch (cause) {
    throw new VoxwatchError('USAGE', 'The file given with --figures cannot be read, or is no JSON.', {}, cause);
  }
}

function factsOf(run: TrainedRun, options: Options) {
  const { data, seed, backend, startedAt, software } = run;
  const steps = Object.fromEntries(run.stages.map((stage) => [stage.name, stage.steps]));
  return {
    name: options.name ?? run.recipe,
    version: run.version,
    recipe: run.recipe,
    bodyParts: run.bodyParts,
    ...(run.domain ? { domain: run.domain } : {}),
    isDefault: options.default === true,
    labels: run.labels,
    ...(run.organLabel === undefined ? {} : { organLabel: run.organLabel }),
    ...(run.lesionLabel === undefined ? {} : { lesionLabel: run.lesionLabel }),
    ...(run.enhancedOrganHu === undefined ? {} : { enhancedOrganHu: run.enhancedOrganHu }),
    postprocessing: run.postprocessing,
    training: { data, seed, backend, startedAt, steps, software },
    figures: run.figures,
    reportedFigures: run.reportedFigures,
    intendedUse: run.intendedUse,
    limits: run.limits,
    softwareVersion: OWN_VERSION,
  };
}

function summary({ name, version, parity }: TrainedManifest): string {
  const lines = parity.results.map(
    ({ stage, inputs, slices, maxAbsLogitDifference, labelDisagreements, pixels }) =>
      `  ${stage}: ${slices} ${inputs}: logits within ${maxAbsLogitDifference.toExponential(1)}, ${labelDisagreements} of ${pixels} labels differ`,
  );
  return `${name} ${version} was written. Against TensorFlow.js:\n${lines.join('\n')}\n`;
}

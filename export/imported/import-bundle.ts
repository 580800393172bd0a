/**
 * Someone else's ONNX file and its description → the files of a bundle, like those of our own: manifest, network, card,
 * golden slice.
 *
 * The file goes in as it is, byte for byte. What was found out about it by running it is the golden labels alone.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { type ImportedManifest, MANIFEST_SCHEMA_VERSION, type ModelManifest, parseManifest } from '../../core/model-manifest.ts';
import type { TileNetwork } from '../../core/tile-stage.ts';
import {
  BUNDLE_FILES,
  type BundleEngine,
  type BundleWriter,
  chooseGolden,
  encodeManifest,
  goldenFacts,
  readFrom,
  sha256Hex,
} from '../bundle.ts';
import { modelCard } from '../model-card.ts';
import { readModelFacts } from '../onnx/model-facts.ts';
import { chooseValues, requireFit, requireRunnable } from './check-network.ts';
import { type ImportDescription, labelsOf } from './description.ts';

/** The file of the network in a bundle. */
const NETWORK_FILE = 'network.onnx';

export interface ImportInput {
  readonly onnx: Uint8Array;
  readonly description: ImportDescription;
  /** As those of `exportBundle`: the one of which the network marks most becomes the golden slice. */
  readonly goldenNiftis: readonly Uint8Array[];
  readonly isDefault: boolean;
  readonly softwareVersion: string;
}

export interface Imported {
  readonly manifest: ImportedManifest;
  /** Voxels of each label in the golden slice. */
  readonly goldenVoxels: ReadonlyMap<number, number>;
}

/**
 * Checks a network against its description, runs it on the golden slices, and writes a bundle.
 * @throws {VoxwatchError} `MODEL_UNSUPPORTED` where the file is not what the description says, or cannot be run; then nothing
 *   has been written.
 */
export async function importBundle(
  input: ImportInput,
  engine: Pick<BundleEngine, 'segmentGolden'>,
  writer: BundleWriter,
): Promise<Imported> {
  const { onnx } = input;
  const draft = importedManifest(input);
  const files = new Map([
    [NETWORK_FILE, onnx],
    [BUNDLE_FILES.manifest, encodeManifest(draft)],
  ]);
  const golden = await chooseGolden(input.goldenNiftis, (nifti) => firstRun(engine, files, nifti));
  const manifest = importedManifest(input, goldenFacts(golden));
  await writer.writeFile(NETWORK_FILE, onnx);
  await writer.writeFile(BUNDLE_FILES.golden, golden.slice);
  await writer.writeFile(BUNDLE_FILES.goldenLabels, golden.nifti);
  await writer.writeFile(BUNDLE_FILES.modelCard, new TextEncoder().encode(modelCard(manifest)));
  await writer.writeFile(BUNDLE_FILES.manifest, encodeManifest(manifest));
  const goldenVoxels = new Map<number, number>();
  for (const label of golden.labels) goldenVoxels.set(label, (goldenVoxels.get(label) ?? 0) + 1);
  return { manifest, goldenVoxels };
}

/** The first time that anybody runs it here: what fails then is the file or its description, not this machine. */
async function firstRun(
  engine: Pick<BundleEngine, 'segmentGolden'>,
  files: ReadonlyMap<string, Uint8Array>,
  nifti: Uint8Array,
): ReturnType<BundleEngine['segmentGolden']> {
  try {
    return await engine.segmentGolden({ readFile: (name) => readFrom(files, name) }, nifti);
  } catch (thrown) {
    if (!(thrown instanceof VoxwatchError)) throw thrown;
    throw new VoxwatchError(
      'MODEL_UNSUPPORTED',
      `The network could not be run as its description says. ${thrown.message}`,
      {},
      thrown,
    );
  }
}

function importedManifest(
  { onnx, description, isDefault, softwareVersion }: ImportInput,
  golden?: ModelManifest['golden'],
): ImportedManifest {
  const facts = readModelFacts(onnx);
  requireRunnable(facts);
  const { network, madeBy, trainedOn, source, licence } = description;
  const values = chooseValues(facts, network);
  const whole: TileNetwork = { ...network, input: values.input.name, output: values.output.name };
  requireFit(whole, values);
  const labels = labelsOf(description);
  const organLabel = description.organLabel ?? labels.map(({ index }) => index).find((index) => index !== description.lesionLabel);
  const manifest: ImportedManifest = {
    origin: {
      kind: 'imported',
      madeBy,
      trainedOn,
      ...(source === undefined ? {} : { source }),
      ...(licence === undefined ? {} : { licence }),
      file: { producer: facts.producer, irVersion: facts.irVersion, opset: facts.opset },
      importedWith: softwareVersion,
    },
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    name: description.name,
    version: description.version,
    modality: 'CT',
    bodyParts: description.bodyParts,
    isDefault,
    labels,
    ...(organLabel === undefined ? {} : { organLabel }),
    ...(description.lesionLabel === undefined ? {} : { lesionLabel: description.lesionLabel }),
    ...(description.enhancedOrganHu === undefined ? {} : { enhancedOrganHu: description.enhancedOrganHu }),
    stages: [
      {
        name: 'network',
        file: NETWORK_FILE,
        sha256: sha256Hex(onnx),
        opset: facts.opset,
        parameters: Math.max(1, facts.parameters),
        space: 'tiles',
        ...whole,
      },
    ],
    postprocessing: description.postprocessing,
    figures: [],
    reportedFigures: description.reportedFigures,
    intendedUse: description.intendedUse,
    limits: description.limits,
    golden: golden ?? goldenFacts(undefined),
  };
  return parseManifest(JSON.stringify(manifest)) as ImportedManifest;
}

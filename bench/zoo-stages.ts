/**
 * The networks of the export zoo: those of the recipes at full size with random weights, and the shipped ones with their
 * trained weights.
 * @module
 */
import { mul, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { readIntensity, readTrainedRun, type TrainedRun, type TrainedStage } from '../cli/trained-folder.ts';
import type { MillimetreGrid } from '../core/millimetre-stage.ts';
import type { StageRegion } from '../core/model-manifest.ts';
import { createRandom } from '../core/random.ts';
import type { MillimetreReferenceStage } from '../export/millimetre-reference.ts';
import type { ReferenceStage } from '../export/reference-stage.ts';
import { channelsOf, type Intensity } from '../preprocess/intensity/intensity.ts';
import { loadTrainedModel } from '../train/model-files.ts';
import { createNetwork } from '../train/networks/index.ts';
import type { NetworkSpec } from '../train/networks/network-spec.ts';
import { BRAIN_UNET, KIDNEY_UNET, LIVER_UNET } from '../train/networks/unet-presets.ts';
import type { StageRecipe } from '../train/recipe.ts';
import { ABDOMEN_CASCADE } from '../train/recipes/abdomen-cascade.ts';
import { drawVectors } from './draw-vectors.ts';

export interface ZooStage {
  readonly name: string;
  readonly weights: 'random' | 'trained';
  load(): Promise<ZooNetwork>;
}

/** A stage as it was trained, in pixels or in millimetres. */
export type ZooNetwork =
  | (ReferenceStage & { readonly space: 'pixels'; readonly region: StageRegion })
  | (MillimetreReferenceStage & { readonly space: 'millimetres'; readonly grid: MillimetreGrid });

/** A recipe's network, as its report has it. */
interface RecipeStage {
  readonly name: string;
  readonly spec: NetworkSpec;
  readonly sidePixels: number;
  readonly classes: number;
  readonly intensity: Intensity;
}

const WHOLE_SLICE: StageRegion = { kind: 'whole-slice' };

/** What report 004 has: two windows and the slice equalised, standardised as its encoder was trained (ImageNet). */
const LIVER_WINDOWS: Intensity = {
  scheme: 'windows',
  windows: [
    { widthHu: 150, levelHu: 30 },
    { widthHu: 200, levelHu: 60 },
  ],
  equalizedBins: 100,
  channelMeans: [0.485, 0.456, 0.406],
  channelDeviations: [0.229, 0.224, 0.225],
};

const RECIPES: readonly RecipeStage[] = [
  { name: 'kidney-unet', spec: KIDNEY_UNET, sidePixels: 244, classes: 1, intensity: { scheme: 'min-max' } },
  {
    name: 'liver-unet',
    spec: LIVER_UNET,
    sidePixels: 512,
    classes: 1,
    intensity: { scheme: 'standardise', clampHu: [-200, 300], meanHu: 20, standardDeviationHu: 90 },
  },
  { name: 'brain-unet', spec: BRAIN_UNET, sidePixels: 240, classes: 1, intensity: { scheme: 'as-stored', channels: 3 } },
  { name: 'liver-resnet34-unet', spec: { kind: 'resnet34-unet' }, sidePixels: 128, classes: 3, intensity: LIVER_WINDOWS },
];

/** @param trained - Folders of trained networks, as `voxwatch train` leaves them; the first is of ENets. */
export async function zooStages([enets = '', ...others]: readonly string[]): Promise<ZooStage[]> {
  const run = await readTrainedRun(enets);
  const stages = RECIPES.map((recipe) => randomStage(recipe));
  for (const stage of run.stages) {
    const intensity = await readIntensity(enets, stage);
    const [sidePixels] = stage.gridPixels;
    const name = `${run.recipe}, ${stage.name}`;
    const enet: RecipeStage = { name, spec: { kind: 'enet' }, sidePixels, classes: stage.outputLabels.length, intensity };
    stages.push(randomStage(enet, stage.region), trainedStage(enets, run, stage));
  }
  // Both recipes of the abdomen have the same networks.
  stages.push(...ABDOMEN_CASCADE.stages.flatMap((stage) => randomMillimetreStage(ABDOMEN_CASCADE.name, stage)));
  for (const folder of others) {
    const other = await readTrainedRun(folder);
    stages.push(...other.stages.map((stage) => trainedStage(folder, other, stage)));
  }
  return stages;
}

function trainedStage(folder: string, { recipe }: TrainedRun, stage: TrainedStage): ZooStage {
  const { name, gridPixels, region, millimetres } = stage;
  const load = async (): Promise<ZooNetwork> => {
    const own = { model: await loadTrainedModel(folder, stage.model), intensity: await readIntensity(folder, stage) };
    return millimetres ? { ...own, space: 'millimetres', grid: millimetres } : { ...own, space: 'pixels', region, gridPixels };
  };
  return { name: `${recipe}, ${name}`, weights: 'trained', load };
}

/** Its intensities are fixed by the recipe, so that no training data are needed to know them. */
function randomMillimetreStage(
  recipe: string,
  { name, network, gridPixels, intensity, millimetres, classes }: StageRecipe,
): ZooStage[] {
  if (!millimetres || intensity.scheme !== 'standardise' || !intensity.fixed) return [];
  const full = `${recipe}, ${name}`;
  const standardise: Intensity = { scheme: 'standardise', clampHu: intensity.clampHu, ...intensity.fixed };
  const load = async (): Promise<ZooNetwork> => {
    const shape = { inputSize: gridPixels, classes: Math.max(...classes) + 1 };
    return { ...drawn(full, network, shape, standardise), space: 'millimetres', grid: millimetres };
  };
  return [{ name: full, weights: 'random', load }];
}

function randomStage({ name, spec, sidePixels, classes, intensity }: RecipeStage, region = WHOLE_SLICE): ZooStage {
  const gridPixels = [sidePixels, sidePixels] as const;
  const load = async (): Promise<ZooNetwork> => ({
    ...drawn(name, spec, { inputSize: gridPixels, classes }, intensity),
    space: 'pixels',
    region,
    gridPixels,
  });
  return { name, weights: 'random', load };
}

function drawn(
  name: string,
  spec: NetworkSpec,
  shape: { readonly inputSize: readonly [number, number]; readonly classes: number },
  intensity: Intensity,
): { readonly model: LayersModel; readonly intensity: Intensity } {
  const random = createRandom(1, name);
  const model = createNetwork(spec, { ...shape, channels: channelsOf(intensity), random });
  drawVectors(model, random.fork('vectors'));
  return { model, intensity };
}

/** Scales a network's last layer, so that its largest logit of a slice becomes what a trained one's is. */
export function scaleLogits(model: LayersModel, factor: number): void {
  for (const weight of (model.layers.at(-1) as LayersModel['layers'][number]).weights)
    tidy(() => {
      weight.write(mul(weight.read(), factor));
    });
}

/**
 * The networks of the export zoo: those of the five recipes at full size with random weights, and the shipped ones with
 * their trained weights.
 * @module
 */
import { mul, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { readIntensity, readTrainedRun } from '../cli/trained-folder.ts';
import type { StageRegion } from '../core/model-manifest.ts';
import { createRandom } from '../core/random.ts';
import type { ReferenceStage } from '../export/reference-stage.ts';
import { channelsOf, type Intensity } from '../preprocess/intensity/intensity.ts';
import { loadTrainedModel } from '../train/model-files.ts';
import { createNetwork } from '../train/networks/index.ts';
import type { NetworkSpec } from '../train/networks/network-spec.ts';
import { BRAIN_UNET, KIDNEY_UNET, LIVER_UNET } from '../train/networks/unet-presets.ts';
import { drawVectors } from './draw-vectors.ts';

export interface ZooStage {
  readonly name: string;
  readonly weights: 'random' | 'trained';
  readonly region: StageRegion;
  load(): Promise<ReferenceStage>;
}

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

/** @param trained - Folder of trained networks, as `voxwatch train` leaves it. */
export async function zooStages(trained: string): Promise<ZooStage[]> {
  const run = await readTrainedRun(trained);
  const stages = RECIPES.map(randomStage);
  for (const stage of run.stages) {
    const intensity = await readIntensity(trained, stage);
    const [sidePixels] = stage.gridPixels;
    const name = `${run.recipe}, ${stage.name}`;
    const random = randomStage({ name, spec: { kind: 'enet' }, sidePixels, classes: stage.outputLabels.length, intensity });
    const load = async (): Promise<ReferenceStage> => ({
      model: await loadTrainedModel(trained, stage.model),
      intensity,
      gridPixels: stage.gridPixels,
    });
    stages.push({ ...random, region: stage.region }, { name, weights: 'trained', region: stage.region, load });
  }
  return stages;
}

function randomStage({ name, spec, sidePixels, classes, intensity }: RecipeStage): ZooStage {
  const load = async (): Promise<ReferenceStage> => {
    const random = createRandom(1, name);
    const model = createNetwork(spec, { inputSize: [sidePixels, sidePixels], channels: channelsOf(intensity), classes, random });
    drawVectors(model, random.fork('vectors'));
    return { model, intensity, gridPixels: [sidePixels, sidePixels] };
  };
  return { name, weights: 'random', region: WHOLE_SLICE, load };
}

/** Scales a network's last layer, so that its largest logit of a slice becomes what a trained one's is. */
export function scaleLogits(model: LayersModel, factor: number): void {
  for (const weight of (model.layers.at(-1) as LayersModel['layers'][number]).weights)
    tidy(() => {
      weight.write(mul(weight.read(), factor));
    });
}

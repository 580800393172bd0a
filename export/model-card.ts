/**
 * A bundle's manifest → `MODEL_CARD.md`: what a person must know before using the model.
 *
 * Front matter and sections follow huggingface.co/docs/hub/model-cards, so the card also works there. It says nothing
 * that the manifest does not say, and no date of its own: the same manifest gives the same card.
 * @module
 */
import type {
  Figure,
  ImportedManifest,
  ManifestStage,
  MillimetreStage,
  ModelManifest,
  TrainedManifest,
} from '../core/model-manifest.ts';
import { LARGEST_DEFAULT_LOSS } from '../core/model-variants.ts';
import type { Replay } from '../core/parity-certificate.ts';
import type { StageIntensity } from '../core/stage-intensity.ts';
import { channelWords, contractLines, gridWords, tileWords } from './imported/tile-words.ts';
import { BUNDLE_LICENCE } from './stage-metadata.ts';

/** The text of the card, Markdown. */
export function modelCard(manifest: ModelManifest): string {
  const sections = [
    frontMatter(manifest),
    `# ${manifest.name} ${manifest.version}`,
    '**Not a medical device. Not for diagnosis or treatment.** For research and for trying voxwatch out.',
    `${manifest.origin ? '' : `Recipe \`${manifest.recipe}\`, `}${manifest.modality}: ${manifest.labels.map(({ name }) => name).join(', ')}. ${manifest.origin ? IMPORTED : madeHere(manifest)}`,
    section('Intended use', manifest.intendedUse),
    section('Limits', list([...manifest.limits, ...contrastLimit(manifest)])),
    section('Figures', figures(manifest)),
    manifest.origin ? section('Origin', origin(manifest)) : section('Training', training(manifest)),
    section('Stages', stages(manifest)),
    section('Labels', labels(manifest)),
    ...(manifest.origin ? [] : [section('Export', parity(manifest))]),
    ...(manifest.variants ? [section('Variants', variants(manifest))] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** When results warn of a scan without contrast medium. */
function contrastLimit({ labels, organLabel, enhancedOrganHu }: ModelManifest): string[] {
  const organ = labels.find(({ index }) => index === organLabel)?.name;
  if (organ === undefined || enhancedOrganHu === undefined) return [];
  return [
    `Where the ${organ} measures less than ${enhancedOrganHu} HU on average, as without contrast medium, tumours may be missed: the result says so (\`ORGAN_NOT_ENHANCED\`).`,
  ];
}

const IMPORTED =
  'One network that was **made elsewhere** and wrapped by `voxwatch import`. What stands here of its making is as whoever imported it described it: voxwatch has not trained it, has not seen its data, and **has not verified any figure of it**. The golden slice shows only that it computes on this machine what it computed where it was imported.';

function madeHere({ stages }: TrainedManifest): string {
  return `A cascade of ${stages.length} networks, trained with TensorFlow.js and exported to ONNX by voxwatch.`;
}

function origin({ origin }: ImportedManifest): string {
  const { madeBy, trainedOn, source, licence, file, importedWith } = origin;
  return list([
    `Made by: ${madeBy}`,
    `Trained on: ${trainedOn}`,
    ...(source === undefined ? [] : [`Source: ${source}`]),
    `Licence of the network: ${licence ?? 'not said'}`,
    `File: written by ${file.producer}, ONNX IR ${file.irVersion}, opset ${file.opset}; imported with voxwatch ${importedWith}`,
  ]);
}

function frontMatter({ bodyParts, modality, origin }: ModelManifest): string {
  const tags = ['medical', 'segmentation', modality, ...bodyParts].map((tag) => JSON.stringify(tag.toLowerCase()));
  return [
    '---',
    `license: ${origin ? 'other' : BUNDLE_LICENCE.toLowerCase()}`,
    'library_name: onnx',
    'pipeline_tag: image-segmentation',
    `tags: [${tags.join(', ')}]`,
    '---',
  ].join('\n');
}

/** Ours beside the report's: the report's were measured on other data and are never ours. */
function figures(manifest: ModelManifest): string {
  const key = ({ metric, of }: Figure): string => `${metric} of ${of}`;
  const keys = [...new Set([...manifest.figures, ...manifest.reportedFigures].map(key))];
  const cell = (figures: readonly Figure[], wanted: string): string =>
    figures
      .filter((figure) => key(figure) === wanted)
      .map(({ value, on, cases }) => `${value} (${on}${cases === undefined ? '' : `, ${casesWords(cases)}`})`)
      .join('; ') || '–';
  const rows = keys.map((wanted) => [wanted, cell(manifest.figures, wanted), cell(manifest.reportedFigures, wanted)]);
  if (manifest.origin && rows.length === 0) return 'None is known.';
  return `${table(['', 'this model', 'the published report, on its own data'], rows)}\n\nThe right column was not measured by us and does not describe this model.`;
}

function training({ training }: TrainedManifest): string {
  const software = Object.entries(training.software).map(([name, version]) => `${name} ${version}`);
  const steps = Object.entries(training.steps).map(([stage, count]) => `${stage} ${count}`);
  return list([
    `Data: ${training.data}`,
    `Steps: ${steps.join(', ')}; seed ${training.seed}; started ${training.startedAt}`,
    `Backend: ${training.backend}${software.length > 0 ? ` (${software.join(', ')})` : ''}`,
  ]);
}

function stages({ stages, labels }: ModelManifest): string {
  const rows = stages.map((stage) => [
    stage.name,
    `\`${stage.file}\``,
    stage.parameters.toLocaleString('en-US'),
    stageGridWords(stage),
    regionWords(stage, labels),
    stage.space === 'tiles' ? channelWords(stage.channels) : intensityWords(stage.intensity),
    `${stage.opset}`,
  ]);
  const inMillimetres = stages.filter((stage) => stage.space === 'millimetres');
  const inTiles = stages.filter((stage) => stage.space === 'tiles');
  const parts = [
    table(['stage', 'file', 'parameters', 'grid', 'sees', 'intensities', 'opset'], rows),
    ...(stages.some(({ space }) => space === 'pixels') ? [PIXEL_CONTRACT] : []),
    ...inTiles.map((stage) => list(contractLines(stage))),
    ...(inMillimetres.length > 0 ? [MILLIMETRE_CONTRACT, outputs(inMillimetres, labels)] : []),
  ];
  return parts.join('\n\n');
}

function stageGridWords(stage: ManifestStage): string {
  if (stage.space === 'tiles') return gridWords(stage);
  return stage.space === 'pixels' ? stage.gridPixels.join(' × ') : `${stage.spacingMm} mm, slices as scanned`;
}

const PIXEL_CONTRACT =
  "A file with a grid in pixels takes `hu`, int16 [N, 1, H, W], raw Hounsfield units with the patient's right on the left, and gives `labels`, uint8 [N, 1, H, W]; all preparation is inside.";

const MILLIMETRE_CONTRACT =
  "A file with a grid in millimetres takes `hu`, int16 [N, 1, H, W], raw Hounsfield units with the patient's right on the left, and `size`, int64 [2], height and width of that slice in steps of the grid; it gives `probabilities`, uint8 [N, outputs, height, width], 255 = certain. What follows, in three dimensions, is voxwatch's:";

/** What is made of the probabilities, in the order of the outputs. */
function outputs(stages: readonly MillimetreStage[], labels: ModelManifest['labels']): string {
  const rows = stages.flatMap(({ name, outputs }) =>
    outputs.map((output) => [
      name,
      labelName(labels, output.label),
      `${output.classes.join(' + ')} ≥ ${output.threshold}`,
      output.smoothingMm === 0 ? '–' : `${output.smoothingMm} mm along the body`,
      [
        output.maxComponents === 0 ? 'all' : `the ${output.maxComponents} largest`,
        ...(output.minComponentMl === 0 ? [] : [`from ${output.minComponentMl} ml`]),
        ...(output.leastPeak === undefined ? [] : [`somewhere ≥ ${output.leastPeak}`]),
        ...(output.fillHoles ? ['holes filled'] : []),
        ...(output.within === undefined ? [] : [`within ${labelName(labels, output.within)}`]),
        ...(output.redrawMm === undefined ? [] : [`drawn anew within ${output.redrawMm} mm of the outline before`]),
        ...(output.bulgeMm ? [`which what lies mostly inside may leave by ${output.bulgeMm} mm`] : []),
      ].join(', '),
    ]),
  );
  return table(['stage', 'label', 'classes', 'smoothed', 'parts'], rows);
}

function labelName(labels: ModelManifest['labels'], index: number): string {
  return labels.find((label) => label.index === index)?.name ?? `label ${index}`;
}

function regionWords(stage: ManifestStage, labels: ModelManifest['labels']): string {
  if (stage.space === 'tiles') return `the whole scan in ${tileWords(stage)}`;
  const { region } = stage;
  switch (region.kind) {
    case 'whole-slice':
      return 'the whole slice';
    case 'crop-around-foreground':
      return `${region.sizePixels.join(' × ')} of ${region.onGridPixels.join(' × ')} round the foreground of ${region.ofStage}`;
    case 'box-around-labels':
      return `a box ${region.marginMm} mm round ${region.labels.map((index) => labelName(labels, index)).join(', ')}`;
  }
}

function labels({ labels }: ModelManifest): string {
  const rows = labels.map(({ index, name, color, code }) => [
    `${index}`,
    name,
    `\`${color}\``,
    `${code.scheme} ${code.value} (${code.meaning})`,
  ]);
  return table(['index', 'name', 'colour', 'code'], rows);
}

function parity({ parity }: TrainedManifest): string {
  const versions = Object.entries(parity.versions).map(([name, version]) => `${name} ${version}`);
  const rows = parity.results.map((result) => [
    result.stage,
    `${result.slices} ${result.inputs}`,
    result.maxAbsLogitDifference.toExponential(1),
    `${result.labelDisagreements} of ${result.pixels.toLocaleString('en-US')}`,
  ]);
  const heading = `The exported networks against the trained ones: ${parity.reference} and ${parity.provider} (${versions.join(', ')}).`;
  const measured = table(['stage', 'slices', 'largest difference of a logit', 'labels that differ'], rows);
  return [heading, measured, ...(parity.replay ? [repeatable(parity.replay)] : [])].join('\n\n');
}

/** What anybody can measure again. */
function repeatable({ file, stages }: Replay): string {
  const slices = stages.map(({ stage, slices }) => `${slices.length} for ${stage}`);
  return `\`voxwatch verify\` measures it again: \`${file}\` holds what the trained networks gave for slices of the golden volume (${slices.join(', ')}), and each provider of a machine must give the same within the limits of the manifest.`;
}

/** What each precision gives beside the networks as they were trained. */
function variants({ variants = [], stages, defaultPrecision = {} }: ModelManifest): string {
  const rows = variants.flatMap(({ precision, results }) =>
    results.map(({ of, on, cases, fp32Dice, variantDice, agreement }) => [
      precision,
      of,
      `${on}, ${casesWords(cases)}`,
      fp32Dice?.toFixed(3) ?? '–',
      variantDice?.toFixed(3) ?? '–',
      agreement.toFixed(4),
    ]),
  );
  const ratios = stages.flatMap(({ name, variants: own = [] }) =>
    own.map(({ precision, certificate }) => `${name} ${precision} ${(certificate.fp32Ms / certificate.variantMs).toFixed(2)}`),
  );
  const losses = variants.map(({ precision, largestLoss }) => `${precision} ${largestLoss}`);
  const defaults = Object.entries(defaultPrecision).map(([provider, precision]) => `${precision} on ${provider}`);
  return [
    'The same networks in other precisions, made from their files and compared with them. They run where `--precision` asks for them.',
    table(['precision', 'of', 'on', 'Dice, fp32', 'Dice, variant', 'Dice against fp32'], rows),
    `Largest fall of Dice: ${losses.join(', ')}. What loses more than ${LARGEST_DEFAULT_LOSS} can be no default.`,
    `Times as fast as fp32 on the CPU where they were made: ${ratios.join(', ')}.`,
    ...(defaults.length > 0 ? [`Without being asked for: ${defaults.join(', ')}.`] : []),
  ].join('\n\n');
}

function casesWords(cases: number): string {
  return cases === 1 ? '1 case' : `${cases} cases`;
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function intensityWords(intensity: StageIntensity): string {
  switch (intensity.scheme) {
    case 'feature-wise':
    case 'standardise':
      return `${intensity.scheme}, ${intensity.clampHu.join(' … ')} HU`;
    case 'min-max':
      return 'min-max of the slice';
    case 'as-stored':
      return `as stored, ${intensity.channels} channels`;
    case 'windows': {
      const windows = intensity.windows.map(({ widthHu, levelHu }) => `W ${widthHu} L ${levelHu}`);
      return [...windows, ...(intensity.equalizedBins > 0 ? [`equalised over ${intensity.equalizedBins} bins`] : [])].join(', ');
    }
  }
}

/**
 * Chosen slices of a stage ↔ `pictures.json` in its folder: so the page can be made again without data and weights.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelTable } from '../../core/label-table.ts';
import { createRandom } from '../../core/random.ts';
import { encodeJpeg } from '../../daemon/results/jpeg.ts';
import { type ChosenExamples, chooseExamples, type Example, type ExampleSource } from '../../train/report/choose-slices.ts';
import { writeWhole } from '../../train/write-whole.ts';
import { drawExample } from './draw-example.ts';
import type { PagePicture, PagePictures } from './run-page.ts';

/** Its name in the folder of a stage. */
export const PICTURES_FILE = 'pictures.json';

export interface PictureJob {
  /** Of the stage: pictures lie beside the weights that they show. */
  readonly folder: string;
  readonly source: ExampleSource;
  /** Index of a slice → label of each pixel. */
  readonly predict: (index: number) => Uint8Array | Promise<Uint8Array>;
  /** Those that the stage tells apart. */
  readonly labels: LabelTable;
  readonly seed: number;
  /** Step whose weights predict. */
  readonly step: number;
}

/** Chooses slices, draws and writes them. */
export async function writePictures({ folder, source, predict, labels, seed, step }: PictureJob): Promise<void> {
  const random = createRandom(seed, 'pictures');
  const chosen = await chooseExamples(source, predict, { random, labels: labels.map(({ index }) => index) });
  const pictures: PagePicture[] = [];
  for (const example of chosen.examples) {
    const jpeg = await encodeJpeg(drawExample(example, labels));
    pictures.push({
      title: `${capital(example.role)}: ${example.title}`,
      case: example.case,
      caption: caption(example, labels),
      jpegBase64: Buffer.from(jpeg).toString('base64'),
    });
  }
  const own: PagePictures = {
    note: note(chosen, seed, step),
    labels: labels.map(({ name, color }) => ({ name, color })),
    pictures,
  };
  await writeWhole(join(folder, PICTURES_FILE), `${JSON.stringify(own)}\n`);
}

/** Nothing before any were written; nothing either where the file is damaged, since the page is whole without pictures. */
export async function readPictures(folder: string): Promise<PagePictures | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, PICTURES_FILE), 'utf8'));
  } catch {
    return undefined;
  }
}

function note({ drawn, ofSlices }: ChosenExamples, seed: number, step: number): string {
  const draw = drawn === ofSlices ? `all ${ofSlices}` : `${drawn} of ${ofSlices}, drawn with seed ${seed},`;
  return `Weights of step ${step}. Of the validation slices with foreground ${draw} were predicted; shown are the best, the median and the worst by their mean Dice, and slices without foreground drawn with the same seed. Patient’s right on the left.`;
}

function caption({ dice, truth, prediction }: Example, labels: LabelTable): string {
  const nameOf = (label: number): string => labels.find(({ index }) => index === label)?.name ?? `label ${label}`;
  const pixels = (values: Uint8Array): number => values.reduce((count, label) => count + (label === 0 ? 0 : 1), 0);
  if (pixels(truth) === 0) {
    const wrong = pixels(prediction);
    return wrong === 0 ? 'Nothing there, nothing found.' : `Nothing there; ${wrong} pixels found that are none.`;
  }
  return dice.map((entry) => `Dice of ${nameOf(entry.label)} ${entry.dice.toFixed(3)}`).join(', ');
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/**
 * The pictures of a recipe's augmentation → one page that loads nothing.
 * @module
 */
import { escapeHtml } from '../../evaluate/report/markup.ts';
import { STYLE } from '../../evaluate/report/style.ts';
import type { Recipe, StageRecipe } from '../../train/recipe.ts';
import type { Tile } from './stage-tiles.ts';

export interface StagePart {
  readonly stage: StageRecipe;
  /** Tiles of each slice, the slice as it is first. */
  readonly rows: readonly (readonly Tile[])[];
}

export interface PageInput {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly stages: readonly StagePart[];
}

const OWN_STYLE = `
.gallery { grid-template-columns: repeat(auto-fill, minmax(215px, 1fr)); gap: 12px; margin-bottom: 28px; }
figure.plain { border-color: #1f2d3a; }
figure.all { border-color: #1f7a4d; }
`;

export function augmentationPage({ recipe, seed, stages }: PageInput): string {
  const colors = recipe.labels.map(
    ({ name, color }) => `<span class="key" style="border-color:${escapeHtml(color)}"></span>${escapeHtml(name)}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Augmentation – ${escapeHtml(recipe.name)}</title><style>${STYLE}${OWN_STYLE}</style></head><body>
<header><h1>Augmentation of ${escapeHtml(recipe.name)}</h1>
<div class="note">Training slices as they are, under each transform alone, and under all together, drawn as in training (seed ${seed}). Outlined: ${colors.join(' &nbsp; ')}. The patient’s right is on the left where nothing is flipped.</div></header>
${stages.map(stageSection).join('\n')}
</body></html>
`;
}

function stageSection({ stage, rows }: StagePart): string {
  const { name, gridPixels, augmentation } = stage;
  const facts = `Samples of ${gridPixels.join(' × ')} pixels; ${rangeWords(stage)}.`;
  const none = augmentation.length === 0 ? ' This stage has no augmentation.' : '';
  const galleries = rows.map(
    (tiles, n) => `<h3>Slice ${n + 1}</h3><div class="gallery">${tiles.map((tile) => figure(tile)).join('\n')}</div>`,
  );
  return `<h2>Stage ${escapeHtml(name)}</h2><p class="note">${facts}${none}</p>${galleries.join('\n')}`;
}

function rangeWords({ intensity }: StageRecipe): string {
  const hu = (value: number): string => String(value).replace('-', '−');
  if ('clampHu' in intensity) {
    return `grey from ${hu(intensity.clampHu[0])} to ${hu(intensity.clampHu[1])} HU, as the network sees them`;
  }
  const [window] = intensity.scheme === 'windows' ? intensity.windows : [];
  if (window) return `grey through the first window, width ${window.widthHu} and level ${hu(window.levelHu)} HU`;
  return 'grey from the lowest value of a slice to its highest';
}

function figure({ title, words, jpegBase64 }: Tile): string {
  const mood = words === '' ? ' class="plain"' : title.startsWith('all') ? ' class="all"' : '';
  const small = words === '' ? '' : `<br><span class="small">${escapeHtml(words)}</span>`;
  return `<figure${mood}><img alt="The slice, ${escapeHtml(title)}" src="data:image/jpeg;base64,${jpegBase64}"><figcaption><b>${escapeHtml(title)}</b>${small}</figcaption></figure>`;
}

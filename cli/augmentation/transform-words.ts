/**
 * A transform → words: its kind and what it draws from.
 * @module
 */
import type { Transform } from '../../train/augmentation/augmentation.ts';

/** `standardDeviationHu: [5, 20]` is read as `standard deviation 5 … 20 HU`. */
export function transformWords(transform: Transform): { readonly title: string; readonly words: string } {
  const { kind, probability } = transform;
  const chance = probability < 1 ? [`in ${Number((probability * 100).toFixed(1))} % of samples`] : [];
  return { title: kind.replaceAll('-', ' '), words: [...ranges(transform), ...chance].join(', ').replaceAll('-', '−') };
}

function ranges(transform: Transform): readonly string[] {
  switch (transform.kind) {
    case 'flip':
      return [transform.axis];
    case 'rotation':
      return [`up to ${transform.degrees}° to either side`];
    case 'zoom':
      return [`1 / ${transform.factor} … ${transform.factor} times the size`];
    case 'shear':
      return [`up to ${transform.pixelsPerRow} px a row, to either side`];
    case 'shift':
      return [`up to ${transform.pixels} px along each axis`];
    default: {
      const { kind: _kind, probability: _probability, ...fields } = transform;
      return Object.entries(fields).map(([name, value]) => fieldWords(name, value));
    }
  }
}

const UNITS: Readonly<Record<string, string>> = { Hu: ' HU', Pixels: ' px' };

function fieldWords(name: string, value: number | readonly [number, number]): string {
  const words = name.split(/(?=[A-Z])/);
  const unit = UNITS[words.at(-1) as string];
  const named = (unit === undefined ? words : words.slice(0, -1)).join(' ').toLowerCase();
  const amount = typeof value === 'number' ? value : value[0] === value[1] ? value[0] : value.join(' … ');
  return `${named} ${amount}${unit ?? ''}`;
}

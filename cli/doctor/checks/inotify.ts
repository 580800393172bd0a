/**
 * Does Linux let the daemon watch enough files? chokidar takes a watch for each file and folder; without, only the
 * periodic scan sees what comes.
 * @module
 */
import { ok, type Point, warning } from '../point.ts';
import { readWhole } from '../read-text.ts';

/** Thirty studies of 2000 slices at a time. */
const ENOUGH_WATCHES = 65_536;
/** The kernel's own default; one a process is needed, editors and desktops take the others. */
const ENOUGH_INSTANCES = 128;

/** Absent where the system has no inotify. */
export interface InotifyFacts {
  readonly watches?: number;
  readonly instances?: number;
}

export async function readInotify(): Promise<InotifyFacts> {
  const watches = await readWhole('/proc/sys/fs/inotify/max_user_watches');
  const instances = await readWhole('/proc/sys/fs/inotify/max_user_instances');
  return { ...(watches === undefined ? {} : { watches }), ...(instances === undefined ? {} : { instances }) };
}

export function checkInotify({ watches, instances }: InotifyFacts): Point {
  const title = 'inotify limits';
  if (watches === undefined || instances === undefined) return ok(title, 'none on this system');
  const found = `${watches} watches, ${instances} instances`;
  const settings = [
    ...(watches < ENOUGH_WATCHES ? ['fs.inotify.max_user_watches=524288'] : []),
    ...(instances < ENOUGH_INSTANCES ? ['fs.inotify.max_user_instances=512'] : []),
  ];
  if (settings.length === 0) return ok(title, found);
  return warning(title, found, `As root: sysctl -w ${settings.join(' ')}; in /etc/sysctl.d it lasts.`);
}

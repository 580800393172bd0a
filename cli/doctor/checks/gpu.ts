/**
 * Is there an NVIDIA GPU, a driver that is new enough, and may this process use it?
 * @module
 */
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MIN_DRIVER_VERSION } from '../../setup/cuda-wheels.ts';
import { ok, type Point, warning } from '../point.ts';
import { readText } from '../read-text.ts';

const NVIDIA_VENDOR = '0x10de';
/** PCI classes of display controllers (VGA, 3-D). */
const DISPLAY_CLASS = /^0x03/;

export interface GpuFacts {
  /** NVIDIA GPUs on the bus, driver or not. */
  readonly onBus: number;
  /** Models that the driver knows. */
  readonly models: readonly string[];
  /** Of the kernel module, e.g. `580.65.06`. */
  readonly driver?: string;
  /** Whether the device files are there: a container must be given them. */
  readonly hasDevice: boolean;
}

export async function readGpu(): Promise<GpuFacts> {
  const driver = parseDriver(await readText('/proc/driver/nvidia/version'));
  const models = [];
  for (const gpu of await list('/proc/driver/nvidia/gpus')) {
    const information = await readText(`/proc/driver/nvidia/gpus/${gpu}/information`);
    models.push(information?.match(/^Model:\s*(.+)$/m)?.[1] ?? 'NVIDIA GPU');
  }
  let onBus = 0;
  for (const device of await list('/sys/bus/pci/devices')) {
    const folder = join('/sys/bus/pci/devices', device);
    const isDisplay = DISPLAY_CLASS.test((await readText(join(folder, 'class'))) ?? '');
    if (isDisplay && (await readText(join(folder, 'vendor'))) === NVIDIA_VENDOR) onBus++;
  }
  const hasDevice = await access('/dev/nvidiactl').then(
    () => true,
    () => false,
  );
  return { onBus, models, hasDevice, ...(driver === undefined ? {} : { driver }) };
}

/** `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build …` → `580.65.06`. */
export function parseDriver(text: string | undefined): string | undefined {
  return text?.match(/\s(\d{3,}\.\d+(?:\.\d+)?)\s/)?.[1];
}

/** Whether a GPU is there that CUDA could run on, once all is set up. */
export function hasGpu({ onBus, models }: GpuFacts): boolean {
  return onBus > 0 || models.length > 0;
}

export function checkGpu(facts: GpuFacts): Point {
  const { models, driver, hasDevice } = facts;
  const title = 'NVIDIA GPU';
  if (!hasGpu(facts)) return ok(title, 'none');
  if (driver === undefined) {
    return warning(title, 'there, without a driver', `Install NVIDIA's driver, version ${MIN_DRIVER_VERSION} or newer.`);
  }
  const found = `${models.join(', ') || 'there'}, driver ${driver}`;
  if (Number.parseInt(driver, 10) < MIN_DRIVER_VERSION) {
    return warning(title, found, `Update NVIDIA's driver to version ${MIN_DRIVER_VERSION} or newer: CUDA 13 asks for it.`);
  }
  if (!hasDevice) return warning(title, `${found}, out of reach`, 'Give the container the GPU: docker run --gpus all.');
  return ok(title, found);
}

function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

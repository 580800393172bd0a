import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Discovery } from '../../../daemon/intake/discovered-series.ts';
import { Intake } from '../../../daemon/intake/intake.ts';
import { fakeDiscover } from '../fakes.ts';

const POLICY = { quietPeriodMs: 2_000, longQuietPeriodMs: 10_000, incompleteTimeoutMs: 60_000 };
let dir: string;
let nowMs: number;
let discoveries: number;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'intake-'));
  nowMs = 1_000_000;
  discoveries = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

function newIntake(discover: (path: string) => Promise<Discovery> = fakeDiscover, studyQuietPeriodMs?: number): Intake {
  return new Intake(dir, POLICY, {
    discover: (path) => {
      discoveries++;
      return discover(path);
    },
    nowMs: () => nowMs,
    studyQuietPeriodMs: () => studyQuietPeriodMs,
  });
}

describe('a look at the folder', () => {
  it('trusts nothing that is there at start, however old it says it is', async () => {
    writeFileSync(join(dir, 'a.nii'), 'whole');
    const intake = newIntake();
    expect(await intake.look()).toMatchObject({ ready: [], waiting: 1, dueInMs: 2_000 });
    expect(discoveries).toBe(0);
    nowMs += 2_000;
    expect((await intake.look()).ready).toHaveLength(1);
  });

  it('does not take a file that grows, and takes it after its last byte', async () => {
    const file = join(dir, 'a.nii');
    writeFileSync(file, 'who');
    const intake = newIntake();
    for (let step = 0; step < 5; step++) {
      expect((await intake.look()).ready).toHaveLength(0);
      appendFileSync(file, 'x');
      nowMs += 1_999;
    }
    expect(await intake.look()).toMatchObject({ ready: [], dueInMs: 2_000 });
    nowMs += 2_000;
    expect((await intake.look()).ready).toHaveLength(1);
  });

  it('waits twice the longest pause of a writer that fills a file in place', async () => {
    const file = join(dir, 'a.nii');
    const intake = newIntake();
    for (let step = 0; step < 5; step++) {
      writeFileSync(file, String(step));
      utimesSync(file, step, step);
      expect((await intake.look()).ready).toHaveLength(0);
      nowMs += 1_999;
    }
    nowMs += 1_998;
    expect(await intake.look()).toMatchObject({ ready: [], dueInMs: 1 });
    nowMs += 1;
    expect((await intake.look()).ready).toHaveLength(1);
  });

  it('waits longer for slices that came slowly, and says whether more may be on their way', async () => {
    mkdirSync(join(dir, 'series'));
    const intake = newIntake();
    for (let slice = 0; slice < 3; slice++) {
      writeFileSync(join(dir, 'series', `${slice}.dcm`), 'slice');
      expect(await intake.look()).toMatchObject({ ready: [], isArriving: true });
      nowMs += 7_000;
    }
    nowMs += 6_999;
    expect(await intake.look()).toMatchObject({ ready: [], isArriving: false, dueInMs: 1 });
    nowMs += 1;
    expect((await intake.look()).ready).toHaveLength(1);
  });

  it('starts a whole study while another still grows', async () => {
    writeFileSync(join(dir, 'a.nii'), 'whole');
    writeFileSync(join(dir, 'b.nii'), 'w');
    const intake = newIntake();
    await intake.look();
    nowMs += 2_000;
    appendFileSync(join(dir, 'b.nii'), 'x');
    const look = await intake.look();
    expect(look.ready.map(({ series }) => series.name)).toEqual(['a']);
    expect(look.waiting).toBe(1);
  });

  it('reads headers once as long as nothing changes', async () => {
    writeFileSync(join(dir, 'a.nii'), 'whole');
    const intake = newIntake();
    for (let step = 0; step < 5; step++) {
      await intake.look();
      nowMs += 2_000;
    }
    expect(discoveries).toBe(1);
  });

  it('gives another fingerprint when a file changes, comes or goes', async () => {
    const fingerprintNow = async (intake: Intake) => {
      await intake.look();
      nowMs += 15_000;
      return (await intake.look()).ready[0]?.fingerprint;
    };
    mkdirSync(join(dir, 'series'));
    writeFileSync(join(dir, 'series', '1.dcm'), 'slice');
    const intake = newIntake();
    const one = await fingerprintNow(intake);
    writeFileSync(join(dir, 'series', '2.dcm'), 'slice');
    const two = await fingerprintNow(intake);
    appendFileSync(join(dir, 'series', '2.dcm'), 'x');
    const changed = await fingerprintNow(intake);
    expect(new Set([one, two, changed, undefined]).size).toBe(4);
    expect(await fingerprintNow(newIntake())).toBe(changed);
  });

  it('never sees unfinished names, dot files and sentinels as input, and believes a sentinel', async () => {
    for (const name of ['a.nii.part', 'b.partial', 'c.tmp', '.hidden', 'series.done']) writeFileSync(join(dir, name), 'x');
    mkdirSync(join(dir, 'series'));
    writeFileSync(join(dir, 'series', '1.dcm'), 'slice');
    const intake = newIntake();
    expect((await intake.look()).files).toBe(1);
    nowMs += 2_000;
    expect((await intake.look()).ready).toHaveLength(1);
  });

  it('does not believe a sentinel in the watched folder itself', async () => {
    writeFileSync(join(dir, '.done'), '');
    mkdirSync(join(dir, 'series'));
    writeFileSync(join(dir, 'series', '1.dcm'), 'slice');
    const intake = newIntake();
    await intake.look();
    nowMs += 2_000;
    expect(await intake.look()).toMatchObject({ ready: [], waiting: 1, dueInMs: 8_000 });
  });

  it('waits for a truncated file, then refuses it', async () => {
    writeFileSync(join(dir, 'a.nii'), 'truncated');
    const intake = newIntake();
    await intake.look();
    nowMs += 59_000;
    expect(await intake.look()).toMatchObject({ ready: [], refused: [], waiting: 1 });
    nowMs += 1_000;
    expect((await intake.look()).refused).toMatchObject([{ code: 'INPUT_TRUNCATED' }]);
  });

  it('holds back a series while a broken slice lies in its folder, then refuses it, and goes by the other', async () => {
    for (const folder of ['broken', 'whole']) {
      mkdirSync(join(dir, folder));
      writeFileSync(join(dir, folder, '1.dcm'), 'slice');
    }
    writeFileSync(join(dir, 'broken', '2.dcm'), 'truncated');
    const discover = async (path: string): Promise<Discovery> => {
      const { series } = await fakeDiscover(path);
      const broken = join(dir, 'broken', '2.dcm');
      const without = series.map(({ refusal: _, ...one }) => ({ ...one, files: one.files.filter((file) => file !== broken) }));
      return { series: without, setAside: [{ file: broken, code: 'INPUT_TRUNCATED', message: 'It breaks off.' }] };
    };
    const intake = newIntake(discover);
    await intake.look();
    nowMs += 10_000;
    const early = await intake.look();
    expect(early.ready.map(({ series }) => series.name)).toEqual(['whole']);
    expect(early).toMatchObject({ refused: [], waiting: 1 });
    nowMs += 50_000;
    expect((await intake.look()).refused).toMatchObject([{ name: 'broken', code: 'INPUT_TRUNCATED' }]);
  });

  it('waits with a series while anything in its folder changes', async () => {
    mkdirSync(join(dir, 'series'));
    writeFileSync(join(dir, 'series', '1.dcm'), 'slice');
    const intake = newIntake();
    for (let step = 0; step < 3; step++) {
      writeFileSync(join(dir, 'series', 'next.part2'), 'x'.repeat(step));
      await intake.look();
      nowMs += 9_000;
      expect((await intake.look()).ready).toEqual([]);
    }
    nowMs += 1_000;
    expect((await intake.look()).ready).toHaveLength(1);
  });

  it('holds a series, where series of a study are compared, until the whole study has been quiet', async () => {
    const inStudies = async (path: string): Promise<Discovery> => {
      const { series, setAside } = await fakeDiscover(path);
      const traits = (name: string) => ({ kind: 'dicom', slices: 1, study: name[0] as string }) as const;
      return { series: series.map((one) => ({ ...one, traits: traits(one.name) })), setAside };
    };
    const drop = (name: string) => {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, '1.dcm'), 'slice');
    };
    const intake = newIntake(inStudies, 60_000);
    drop('a1');
    drop('b1');
    await intake.look();
    nowMs += 30_000;
    drop('a2');
    expect(await intake.look()).toMatchObject({ ready: [] });
    nowMs += 30_000;
    const look = await intake.look();
    expect(look.ready.map(({ series }) => series.name)).toEqual(['b1']);
    expect(look).toMatchObject({ waiting: 2, dueInMs: 30_000 });
    nowMs += 30_000;
    expect((await intake.look()).ready.map(({ series }) => series.name).sort()).toEqual(['a1', 'a2', 'b1']);
  });

  it('says that the folder is gone instead of seeing it empty', async () => {
    const intake = newIntake();
    rmSync(dir, { recursive: true });
    await expect(intake.look()).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    mkdirSync(dir);
  });
});

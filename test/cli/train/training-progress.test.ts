import { describe, expect, it } from 'vitest';
import { barLine, jsonLine, plainLine, showTraining, type TrainingState } from '../../../cli/train/training-progress.ts';

const STATE: TrainingState = {
  stage: 'organ',
  step: 1500,
  total: 6000,
  loss: 0.23456,
  secondsPerStep: 1.5,
  secondsLeft: 6750,
  validation: [{ title: 'Dice kidney', value: 0.91234 }],
};

describe('the bar', () => {
  it('shows the share done, the loss, the speed, the time left and the validation', () => {
    expect(barLine(STATE, 120)).toBe(
      `organ ${'█'.repeat(6)}${'░'.repeat(18)} 1500/6000  loss 0.2346  1.50 s/step  1 h 53 min left  Dice kidney 0.912`,
    );
    expect(barLine({ ...STATE, step: 6000 }, 120)).toContain(`${'█'.repeat(24)} 6000/6000  loss 0.2346  1.50 s/step  done`);
  });

  it('is never as wide as the terminal, whatever that is, and leaves out what is needed least', () => {
    for (let columns = 1; columns <= 140; columns++)
      expect([...barLine(STATE, columns)].length, `${columns}`).toBeLessThan(columns);
    expect(barLine(STATE, 80)).toContain('1 h 53 min left  Dice kidney 0.912');
    expect(barLine(STATE, 80)).not.toContain('s/step');
    expect(barLine(STATE, 50)).toContain('1 h 53 min left');
    expect(barLine(STATE, 10)).toBe('25 %');
  });
});

describe('lines', () => {
  it('hold the same for a person and for a program', () => {
    expect(plainLine(STATE)).toBe('organ  step 1500/6000  loss 0.2346  1.50 s/step  1 h 53 min left  Dice kidney 0.912');
    expect(JSON.parse(jsonLine(STATE))).toEqual({
      event: 'train.progress',
      stage: 'organ',
      step: 1500,
      of: 6000,
      loss: 0.23456,
      secondsPerStep: 1.5,
      secondsLeft: 6750,
      validation: { 'Dice kidney': 0.91234 },
    });
  });
});

describe('showing training', () => {
  const recorder = (terminal: { isTTY?: boolean; columns?: number }) => {
    let text = '';
    return { stream: { ...terminal, write: (more: string) => (text += more) }, text: () => text };
  };
  const row = (step: number, more: object = {}) => ({ stage: 'organ', step, total: 100, loss: 0.5, secondsPerStep: 1, ...more });

  it('reckons the time left by the median: one slow row does not change it', () => {
    const { stream, text } = recorder({ isTTY: true, columns: 100 });
    const view = showTraining(stream);
    view.row(row(10));
    view.row(row(20));
    view.row(row(30, { secondsPerStep: 500 }));
    expect(text().split('\r').at(-1)).toContain('500.00 s/step  1 min 10 s left');
  });

  it('keeps the last validation on the bar, puts other lines above it and begins a new line for a new stage', () => {
    const { stream, text } = recorder({ isTTY: true, columns: 120 });
    const view = showTraining(stream);
    view.row(row(10, { validation: [{ title: 'Dice', value: 0.5 }] }));
    view.row(row(20));
    expect(text().split('\r').at(-1)).toContain('Dice 0.500');
    view.say('left out: a case');
    expect(text().endsWith('\r\u001b[Kleft out: a case\n')).toBe(true);
    view.row(row(30));
    view.row(row(10, { stage: 'tumour' }));
    expect(text()).toContain('s left  Dice 0.500\n\r\u001b[Ktumour ');
    expect(text().split('\r').at(-1)).not.toContain('Dice');
    view.end();
    view.end();
    expect(text().endsWith('left\n')).toBe(true);
  });

  it('counts the cases that are read in one line of a terminal, and every few seconds elsewhere', () => {
    const terminal = recorder({ isTTY: true, columns: 80 });
    const onTerminal = showTraining(terminal.stream);
    for (const done of [1, 2, 3]) onTerminal.reading(done, 3);
    onTerminal.say('note: read');
    expect(terminal.text().split('\r').slice(-2)).toEqual(['\u001b[Kreading cases 3/3', '\u001b[Knote: read\n']);
    const log = recorder({});
    let now = 0;
    const inLog = showTraining(log.stream, () => now);
    for (let done = 1; done <= 8; done++, now += 2000) inLog.reading(done, 8);
    expect(log.text()).toBe('reading cases 1/8\nreading cases 4/8\nreading cases 7/8\nreading cases 8/8\n');
  });

  it('without a terminal writes a line at most every five seconds, but every validation and the last step', () => {
    const { stream, text } = recorder({});
    let now = 0;
    const view = showTraining(stream, () => now);
    for (let step = 10; step <= 100; step += 10) {
      view.row(row(step, step === 30 ? { validation: [{ title: 'Dice', value: 0.5 }] } : {}));
      now += 2000;
    }
    view.end();
    const lines = text().trimEnd().split('\n');
    expect(lines.map((line) => /step (\d+)/.exec(line)?.[1])).toEqual(['10', '30', '60', '90', '100']);
    expect(text()).not.toContain('\r');
    expect(lines.filter((line) => line.includes('Dice'))).toHaveLength(1);
  });
});

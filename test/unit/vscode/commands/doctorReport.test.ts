import { describe, expect, it } from 'vitest';
import { doctorReport } from '../../../../src/vscode/commands/doctorReport';

describe('the report of the doctor', () => {
  it('puts problems first, names every state in words, and keeps commands as code', () => {
    const report = doctorReport([
      { id: 'disk', title: 'Free space', state: 'ok', detail: '80.1 GB' },
      { id: 'engine', title: 'Docker engine', state: 'fail', detail: 'No socket at *here* | there.', nextStep: 'Start it with `sudo systemctl start docker`, or wait.' },
      { id: 'gpu', title: 'GPU', state: 'warn', detail: 'None.' },
    ]);
    const rows = report.split('\n').filter((line) => /^\| [✓!✗]/.test(line));
    expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(['✗&nbsp;Problem', '!&nbsp;Note', '✓&nbsp;Fine']);
    expect(rows[0]).toContain('`sudo systemctl start docker`');
    expect(rows[0]).toContain('\\*here\\* \\| there');
    expect(report).toContain('One thing keeps runs from starting.');
    expect(doctorReport([])).toContain('Runs can be started.');
  });
});

import { describe, expect, it } from 'vitest';
import { fixCertain, idsOf } from '../../../src/core/grading/certainFixes';
import type { FixKind, SubmissionForm } from '../../../src/core/grading/certainFixes';
import { csvRecords, csvText } from '../../../src/core/grading/csvText';
import { grade } from '../../../src/core/grading/grade';
import type { CompetitionGrade } from '../../../src/core/grading/result';

const answers = 'id,species\nP1,Adelie\nP2,Gentoo\nP3,Chinstrap\nP4,Adelie\n';
const sample = 'id,species\nP1,Adelie\nP2,Adelie\nP3,Adelie\nP4,Adelie\n';
const right = 'id,species\nP1,Adelie\nP2,Gentoo\nP3,Chinstrap\nP4,Gentoo\n';
const form: SubmissionForm = {
  id: ['id'],
  target: ['species'],
  ids: idsOf(sample, ['id']),
  classes: new Map([['species', ['Adelie', 'Chinstrap', 'Gentoo']]]),
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
function check(text: string): CompetitionGrade {
  return grade({ answers: bytes(answers), submission: bytes(text), metric: 'f1', params: { average: 'macro' }, id: ['id'], target: ['species'] });
}

/** Checks, repairs and checks again, as a person does who presses the button. */
function repair(text: string, only?: readonly FixKind[]): { text: string; labels: string[]; after: CompetitionGrade } {
  const { errors, warnings } = check(text);
  const fixed = fixCertain(text, form, [...errors, ...warnings], only);
  return { text: fixed.text, labels: fixed.fixes.map((fix) => fix.label), after: check(fixed.text) };
}

describe('certain repairs of a submission', () => {
  it('leave a right file as it is', () => {
    expect(repair(right)).toMatchObject({ text: right, labels: [] });
  });

  it.each<[string, string, string, string]>([
    ['an index column', ',id,species\n0,P1,Adelie\n1,P2,Gentoo\n2,P3,Chinstrap\n3,P4,Gentoo\n', right, 'Drop the column without a name'],
    ['an extra column', 'id,species,confidence\nP1,Adelie,0.9\nP2,Gentoo,"0,8"\nP3,Chinstrap,1\nP4,Gentoo,1\n', right, 'Drop the column "confidence"'],
    ['semicolons', right.replaceAll(',', ';'), right, 'Write commas for ";"'],
    ['tabs', right.replaceAll(',', '\t'), right, 'Write commas for tabs'],
    ['a name in capitals', right.replace('id,species', 'ID, Species'), right, 'Rename "ID" to "id"'],
    ['labels in another case', right.replace('Adelie', 'adelie').replace('Chinstrap', 'Chinstrap '), right, 'Match 2 labels to the 3 class names'],
    ['a row twice', right.replace('P2,Gentoo\n', 'P2,Gentoo\nP2,Gentoo\n'), right, 'Drop 1 row that repeats another word by word'],
    ['ids with spaces', right.replace('P3,', ' P3,'), right, 'Write 1 id as the sample does'],
    ['rows of another competition', `${right}P9,Adelie\nP10,Adelie\n`, right, "Drop 2 rows beyond the sample's ids"],
    ['a column twice', 'id,species,species\nP1,Adelie,Adelie\nP2,Gentoo,Gentoo\nP3,Chinstrap,Chinstrap\nP4,Gentoo,Gentoo\n', right, 'Keep "species" once: both are equal'],
    ['rows of commas at the end', `${right},\n,\n`, right, 'Drop 2 rows without any value'],
  ])('put %s right', (_, wrong, wanted, label) => {
    expect(check(wrong).errors.length + check(wrong).warnings.length).toBeGreaterThan(0);
    const result = repair(wrong);
    expect(result.text).toBe(wanted);
    expect(result.labels).toContain(label);
    expect(result.after).toMatchObject({ valid: true, errors: [], warnings: [] });
  });

  it('are all made at once, each on what the others left', () => {
    const wrong = ',ID,species\r\n0,P1,adelie\r\n1,P2,Gentoo\r\n1,P2,Gentoo\r\n2,P3,Chinstrap\r\n3,P4,Gentoo\r\n';
    // Without a readable id the check says no more at first.
    const first = repair(wrong);
    const second = repair(first.text);
    expect(second.text).toBe(right.replaceAll('\n', '\r\n'));
    expect(second.after.valid).toBe(true);
  });

  it('keep line ends, quotes, blank lines and a byte-order mark', () => {
    const wrong = '\uFEFF"id","species","x"\r\n"P1","Adelie",1\r\n\r\nP2,Gentoo,2\r\nP3,Chinstrap,3\r\nP4,"Gentoo",4';
    expect(repair(wrong).text).toBe('\uFEFF"id","species"\r\n"P1","Adelie"\r\n\r\nP2,Gentoo\r\nP3,Chinstrap\r\nP4,"Gentoo"');
  });

  it.each<[string, string]>([
    ['missing rows', 'id,species\nP1,Adelie\n'],
    ['unknown classes', right.replace('Gentoo', 'Emperor')],
    ['two answers for one id', right.replace('P2,Gentoo\n', 'P2,Gentoo\nP2,Adelie\n')],
    ['unknown ids while known ones are missing', right.replace('P4', 'P9')],
    ['empty predictions', right.replace('Gentoo\n', '\n')],
    ['two columns that could be meant', 'id,Species,SPECIES\nP1,Adelie,Gentoo\nP2,Gentoo,Adelie\nP3,Chinstrap,Adelie\nP4,Gentoo,Adelie\n'],
    ['two columns of one name that differ', 'id,species,species\nP1,Adelie,Gentoo\nP2,Gentoo,Adelie\nP3,Chinstrap,Adelie\nP4,Gentoo,Adelie\n'],
    ['a quote that is never closed', 'id,species\nP1,"Adelie\nP2,Gentoo\n'],
    ['semicolons with rows of unequal length', 'id;species\nP1;Adelie;1\nP2;Gentoo\n'],
  ])('never touch %s', (_, wrong) => {
    expect(check(wrong).errors.length + check(wrong).warnings.length).toBeGreaterThan(0);
    const result = repair(wrong);
    expect(result.labels).toEqual([]);
    expect(result.text).toBe(wrong);
  });

  it('make only what was asked for', () => {
    const wrong = 'id,species,x\nP1,adelie,1\nP2,Gentoo,1\nP3,Chinstrap,1\nP4,Gentoo,1\n';
    expect(repair(wrong, ['labels']).text).toBe(wrong.replace('adelie', 'Adelie'));
    expect(repair(wrong, ['extra_columns']).labels).toEqual(['Drop the column "x"']);
  });

  it('write whole numbers as the sample does', () => {
    const numbers = { ...form, ids: new Set(['1', '2']) };
    const wrong = 'id,species\n1.0,Adelie\n2.0,Gentoo\n';
    expect(fixCertain(wrong, numbers, [{ code: 'unknown_ids' }]).text).toBe('id,species\n1,Adelie\n2,Gentoo\n');
    expect(fixCertain('id,species\n1.0,Adelie\n1,Gentoo\n', numbers, [{ code: 'unknown_ids' }]).text).toContain('1.0,Adelie');
    expect(fixCertain(wrong, { ...numbers, ids: null }, [{ code: 'unknown_ids' }]).fixes).toEqual([]);
  });
});

describe('CSV as it was written', () => {
  it('comes back as it was, whatever it holds', () => {
    for (const text of ['', 'a,b\n1,2\n', 'a,b\r\n"x, ""y""\nz",2\r\r3', '"open\n1,2', '\n\n a \n', ',,\n,', 'a"b,c\n']) {
      expect(csvText(csvRecords(text))).toBe(text);
    }
  });

  it('knows the line of each record', () => {
    expect(csvRecords('a,b\n"x\ny",2\n3,4\n').map(({ line }) => line)).toEqual([1, 2, 4]);
  });
});

import { describe, expect, it } from 'vitest';
import { choosePictures, kindsOf, maxPictureBytes, maxPictures, namingColumn, pictureOf, pictureSize, pictureType, profileFolder, readTable } from '../../../../src/core/competition/folder';
import { encodeText } from '../../../../src/core/grading/bytes';

const files = ['a.png', 'b.png', 'c.png'].map((name) => ({ path: `data/pics/${name}`, bytes: 100 }));

function table(csv: string): NonNullable<ReturnType<typeof readTable>> {
  const read = readTable(encodeText(csv));
  if (!read) throw new Error('no table');
  return read;
}

/** Signature and header of a PNG file of 7 × 300 pixels. */
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 7, 0, 0, 1, 0x2c]);

describe('folder profiles', () => {
  it('find the column that names the files, below data/ or below the folder', () => {
    expect(namingColumn('data/pics/', files, table('id,f,y\n1,pics/a.png,0\n2,pics/b.png,1'))).toEqual({ column: 'f', base: 'data/' });
    expect(namingColumn('data/pics/', files, table('id,f,y\n1,a.png,0\n2,b.png,1'))).toEqual({ column: 'f', base: 'data/pics/' });
    expect(namingColumn('data/pics/', files, table('id,f,y\n1,a.png,0\n2,z.png,1'))).toBeNull();
    expect(namingColumn('data/pics/', files, table('id,f,y'))).toBeNull();
  });

  it('choose one picture of each label, in the order of the labels', () => {
    const train = table('id,f,y\n1,c.png,dog\n2,a.png,cat\n3,b.png,dog');
    const naming = { column: 'f', base: 'data/pics/' };
    expect(choosePictures(files, train, naming, 'y')).toEqual([{ path: 'data/pics/a.png', label: 'cat' }, { path: 'data/pics/c.png', label: 'dog' }]);
    expect(choosePictures(files, train, naming, undefined).map(({ path, label }) => [path, label])).toEqual([['data/pics/c.png', null], ['data/pics/a.png', null], ['data/pics/b.png', null]]);
  });

  it('take the first rows where labels are many, and the first files where no column names them', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ path: `data/pics/${i}.png`, bytes: 10 }));
    const train = table(`id,f,y\n${many.map((_, i) => `${i},${29 - i}.png,${i * 1.5}`).join('\n')}`);
    const chosen = choosePictures(many, train, { column: 'f', base: 'data/pics/' }, 'y');
    expect(chosen.map(({ path }) => path)).toEqual(Array.from({ length: maxPictures }, (_, i) => `data/pics/${29 - i}.png`));
    expect(choosePictures(many, train, null, 'y')).toHaveLength(maxPictures);
    expect(choosePictures([], undefined, null, undefined)).toEqual([]);
  });

  it('show no file that is too large, none of an unknown type and no drawing that could hold scripts', () => {
    const large = [{ path: 'data/pics/a.png', bytes: maxPictureBytes + 1 }];
    expect(choosePictures(large, undefined, null, undefined)).toEqual([]);
    for (const text of ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'text', '']) expect(pictureOf({ path: 'data/pics/a.png', label: null }, encodeText(text))).toBeNull();
  });

  it('tell types by the first bytes and the size of a PNG file', () => {
    expect(pictureType(png)).toBe('image/png');
    expect(pictureSize(png)).toEqual([7, 300]);
    expect(pictureSize(png.subarray(0, 20))).toBeNull();
    expect(pictureType(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toBe('image/jpeg');
    expect(pictureType(encodeText('GIF89a'))).toBe('image/gif');
    expect(pictureType(encodeText('RIFF1234WEBPVP8 '))).toBe('image/webp');
    expect(pictureOf({ path: 'p', label: 'x' }, png)).toEqual({ path: 'p', label: 'x', size: [7, 300], uri: `data:image/png;base64,${Buffer.from(png).toString('base64')}` });
  });

  it('count files, bytes and kinds', () => {
    const mixed = [...files, { path: 'data/pics/README', bytes: 5 }, { path: 'data/pics/d.PNG', bytes: 1 }];
    expect(kindsOf(mixed)).toEqual([{ kind: 'png', count: 4 }, { kind: '', count: 1 }]);
    expect(profileFolder('data/pics/', mixed, null, [])).toMatchObject({ files: 5, bytes: 306, namedBy: null, pictures: [] });
  });
});

import { checkBoard, type BoardFindingCode } from '../../grading/boardHealth';
import { boardKindOf, boardOver } from '../boardPart';
import type { Finding } from '../finding';
import type { BoardEntry, Manifest } from '../manifest';
import { metricFacts } from '../metricFacts';

/** Rows of one page of a board as download tools of today give it, instead of the whole board. */
const onePage = 20;

const codes: Partial<Record<BoardFindingCode, Finding['code']>> = {
  all_zero: 'board_all_zero',
  constant: 'board_constant',
  truncated: 'board_truncated',
  opposite_order: 'direction_conflict',
  sentinel: 'board_sentinel',
  out_of_range: 'board_out_of_range',
  crowded: 'board_crowded',
};

/**
 * Whether places on the competition's board mean something, or a sentence that they do.
 * @param teams how many teams the whole board has, when known
 */
export function checkBoards(manifest: Manifest, board: readonly BoardEntry[], teams: number | undefined): readonly Finding[] | string {
  if (board.length === 0) return [];
  const findings = partsOf(manifest, board).flatMap(({ name, entries }) => boardFindings(manifest, name, entries, teams));
  return findings.length > 0 ? findings : 'The board fits the metric.';
}

/** Boards of people may be two in one file: public places and private ones, whose entries do not know each other. */
function partsOf({ source }: Manifest, board: readonly BoardEntry[]): { name: string; entries: readonly BoardEntry[] }[] {
  const whole = [{ name: '', entries: board }];
  if (boardKindOf(source.kind) === 'reference') return whole;
  const apart = board.every((entry) => (entry.public === undefined) !== (entry.private === undefined));
  if (!apart) return whole;
  const parts = [{ name: 'Private board: ', entries: boardOver(board, 'private') }, { name: 'Public board: ', entries: boardOver(board, 'public') }];
  return parts.filter(({ entries }) => entries.length > 0);
}

function boardFindings(manifest: Manifest, name: string, entries: readonly BoardEntry[], teams: number | undefined): Finding[] {
  const { direction, range } = metricFacts(manifest);
  const people = boardKindOf(manifest.source.kind) === 'people';
  const scores = entries.map(({ score }) => score);
  const found = checkBoard(scores, { direction, range, ...(teams === undefined ? {} : { teams }) }).flatMap(({ code, message, fix }): Finding[] => {
    const known = codes[code];
    // No medals are won among reference solutions.
    if (known === undefined || (known === 'board_crowded' && !people)) return [];
    return [{ code: known, severity: known === 'board_crowded' ? 'info' : 'warning', message: `${name}${message}`, fix }];
  });
  if (people && teams === undefined && scores.length === onePage) {
    found.push({ code: 'board_truncated', severity: 'warning', message: `${name}The board has exactly ${onePage} entries, as one page of it would.`, fix: 'Fetch the whole board: places and medals are too good on a part of it.' });
  }
  return found;
}

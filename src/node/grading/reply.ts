import type { CompetitionGrade } from '../../core/grading/result';
import { GradingError } from './gradingError';
import type { GradingReply } from './job';

/** The grade of a reply. @throws GradingError when none came out */
export function gradeOf(reply: GradingReply): CompetitionGrade {
  if (reply.kind === 'graded') return reply.grade;
  throw new GradingError(reply.reason, failureText(reply), nextSteps[reply.reason]);
}

export const nextSteps: Record<Extract<GradingReply, { kind: 'failed' }>['reason'], string> = {
  unreadable: 'Check the path and its permissions.',
  too_large: 'Files up to 2 GiB can be graded; write fewer digits.',
  out_of_memory: 'Free memory on this machine or submit a smaller file, then grade again.',
  crashed: 'This is a fault of Podium: report it with this message.',
};

function failureText(reply: Extract<GradingReply, { kind: 'failed' }>): string {
  switch (reply.reason) {
    case 'unreadable': return `A file cannot be read: ${reply.message}.`;
    case 'too_large': return `A file is too large to grade: ${reply.message}.`;
    case 'out_of_memory': return `Grading ran out of memory: ${reply.message}.`;
    case 'crashed': return `Grading failed: ${reply.message}`;
  }
}

/** The tabs of an attempt's detail, in their order. */
export const detailTabs = ['plan', 'diff', 'code', 'log', 'milestones', 'cost'] as const;
export type DetailTab = (typeof detailTabs)[number];

/** The calendar months that a text speaks of; `day` only where it is said. */
export interface MentionedDate {
  readonly year: number | null;
  /** 0 to 11 */
  readonly month: number | null;
  readonly day: number | null;
}

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const monthPattern =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const dayFirst = new RegExp(
  `\\b(?:(\\d{1,2})(?:st|nd|rd|th)?(?: of)? )?${monthPattern}\\b(?:,? (\\d{1,2})(?:st|nd|rd|th)?\\b(?!\\d))?(?:,? (\\d{4})\\b)?`,
  'giu',
);
const iso = /\b(\d{4})-(\d{2})(?:-(\d{2}))?\b/g;
const bareYear = /\b(?:in|of|since|during) ((?:19|20)\d{2})\b/gi;

/** Dates that a question names: "in May 2023", "on 7 May", "2023-05-07", "in 2022". */
export function mentionedDates(text: string): MentionedDate[] {
  const dates: MentionedDate[] = [];
  for (const [, before, name = '', after, year] of text.matchAll(dayFirst)) {
    // "may" and "march" are verbs more often than months: they need a number beside them or a capital.
    const isBare = before === undefined && after === undefined && year === undefined;
    if (isBare && /^(?:may|march)$/.test(name)) continue;
    const day = before ?? after;
    dates.push({
      year: year === undefined ? null : Number(year),
      month: months.findIndex((month) => month.startsWith(name.toLowerCase().slice(0, 3))),
      day: day === undefined ? null : Number(day),
    });
  }
  for (const [, year, month, day] of text.matchAll(iso)) {
    dates.push({ year: Number(year), month: Number(month) - 1, day: day === undefined ? null : Number(day) });
  }
  if (dates.length === 0)
    for (const [, year] of text.matchAll(bareYear)) dates.push({ year: Number(year), month: null, day: null });
  return dates;
}

/** How well a time fits a mentioned date, 0 to 1; things are told a little after they happen, so later days fit too. */
export function dateFit(at: Date, date: MentionedDate): number {
  const year = date.year ?? at.getUTCFullYear();
  if (date.month === null) return at.getUTCFullYear() === year ? 1 : 0;
  const from = Date.UTC(year, date.month, date.day ?? 1);
  const to = date.day === null ? Date.UTC(year, date.month + 1, 1) : from + dayMs;
  const time = at.getTime();
  if (time >= from && time < to) return 1;
  const daysAway = (time < from ? from - time : time - to) / dayMs;
  return Math.exp(-daysAway / (time < from ? 4 : 12));
}
const dayMs = 86_400_000; // 1 day

/** Whether a question asks for a time. */
export const asksWhen = (question: string): boolean =>
  /\bwhen\b|\bwhat (?:date|day|month|year|time)\b|\bwhich (?:date|day|month|year|week|weekend)\b|\bhow long (?:ago|has|have|had|did)\b|\bhow many (?:days|weeks|months|years)\b/i.test(
    question,
  );

/** Whether a text says when: by the calendar, or from the day on which it was said. */
export const saysWhen = (text: string): boolean => whenPattern.test(text);
const units = '(?:day|week|weekend|month|year|night|morning|evening|summer|winter|spring|fall|autumn)s?';
const whenPattern = new RegExp(
  [
    '\\b(?:yesterday|today|tonight|tomorrow|recently|just (?:now|got|did|had|finished|started)|lately|soon)\\b',
    `\\b(?:last|next|this|past|coming|previous|following|few|couple(?: of)?|two|three|four|five|six|seven|ten|\\d+) ${units}\\b`,
    '\\b(?:last|next|this|on|past) (?:mon|tues|wednes|thurs|fri|satur|sun)day\\b',
    `\\b${units} (?:ago|before|later)\\b`,
    '\\b(?:since|in|during|until) (?:\\d{4}|january|february|march|april|may|june|july|august|september|october|november|december)\\b',
    '\\b\\d{1,2}(?:st|nd|rd|th)\\b|\\b(?:19|20)\\d{2}\\b',
    '\\b(?:for|since) (?:\\d+|two|three|four|five|six|seven|eight|nine|ten|a few|several) (?:day|week|month|year)s?\\b',
  ].join('|'),
  'i',
);

/** The words by which a day can be asked for: "8 may 2023 monday". */
export function dateWords(at: Date): string[] {
  return [String(at.getUTCDate()), months[at.getUTCMonth()] ?? '', String(at.getUTCFullYear())];
}

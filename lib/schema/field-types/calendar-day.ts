// Whether a text names a day that exists.

/** Whether the text is `YYYY-MM-DD` and the day exists in the (proleptic Gregorian) calendar. */
export function isCalendarDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  // Date.parse moves 2023-02-30 on to March instead of refusing it.
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Figures and times as people read them where the reader is: their region and time zone. */

/**
 * The language of the pages, as it is written where the reader is: "vor 3 Minuten" in the middle of
 * an English sentence is none.
 */
export function localeOf(reader: string): string {
  try {
    const { language, region } = new Intl.Locale(reader).maximize();
    return language === 'en' ? reader : region ? `en-${region}` : 'en';
  } catch {
    return 'en'; // some browsers say what is no language
  }
}

export const LOCALE = localeOf(navigator.language);

const whole = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const oneDigit = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const percentage = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 0 });
const signedPercentage = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});
const signed = new Intl.NumberFormat(LOCALE, {
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
});
// In figures: 26 hours ago may have been the day before yesterday.
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'always', style: 'long' });
const day = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const full = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' });

export const count = (value: number) =>
  value < 100_000 ? whole.format(value) : compact.format(value);
export const percent = (ratio: number) => percentage.format(ratio);
/** A relative change: 0.12 is "+12%". */
export const change = (ratio: number) => minus(signedPercentage.format(ratio));
/** A difference of ratios: 0.03 is "+3 points". */
export const points = (difference: number) =>
  `${minus(signed.format(difference * 100))} ${Math.abs(difference) === 0.01 ? 'point' : 'points'}`;
/** A hyphen is too short beside figures. */
const minus = (text: string) => text.replace('-', '−');
export const plural = (value: number, one: string, many = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Figure and unit apart, since they are set in different sizes. */
export function duration(milliseconds: number): [string, string] {
  if (milliseconds < 1000) return [whole.format(Math.round(milliseconds)), 'ms'];
  if (milliseconds < 60_000) return [oneDigit.format(milliseconds / 1000), 's'];
  return [oneDigit.format(milliseconds / 60_000), 'min'];
}

/** "3 minutes ago"; from a week on the date. */
export function ago(time: string, now = Date.now()): string {
  const seconds = Math.round((new Date(time).getTime() - now) / 1000);
  const age = Math.abs(seconds);
  if (age < 45) return 'just now';
  if (age < 59.5 * 60) return relative.format(Math.round(seconds / 60), 'minute');
  if (age < 23.5 * 3600) return relative.format(Math.round(seconds / 3600), 'hour');
  if (age < 7 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day');
  return date(time, now);
}

export function date(time: string, now = Date.now()): string {
  const value = new Date(time);
  const thisYear = value.getFullYear() === new Date(now).getFullYear();
  return (thisYear ? day : dayOfYear).format(value);
}

export const moment = (time: string) => full.format(new Date(time));
export const timeOfDay = (time: string) => clock.format(new Date(time));

/** An address without what everybody knows. */
export function shortURL(url: string): string {
  return url.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '');
}

const dayOfUTC = new Intl.DateTimeFormat(LOCALE, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});
const money = new Intl.NumberFormat(LOCALE, {
  minimumFractionDigits: 2,
  maximumSignificantDigits: 4,
  roundingPriority: 'morePrecision',
});

/** `2026-03-14`, a day of UTC, as people say it. */
export const dayName = (isoDay: string) => dayOfUTC.format(new Date(`${isoDay}T00:00:00Z`));
/** An amount of whatever currency the operator's prices are in. */
export const cost = (value: number) => money.format(value);

/** Bytes as people read them: `18.4 MB`. */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const digits = power === 0 ? 0 : 1;
  const figure = (bytes / 1000 ** power).toLocaleString(LOCALE, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${figure} ${units[power]}`;
}

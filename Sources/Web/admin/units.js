// Numbers as people read them; the same forms as those of the command line.

const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three digits, a space and the prefix. @param {number} value */
function scaled(value) {
  let index = 0;
  let rest = Math.max(0, value);
  while (rest >= 1000 && index < prefixes.length - 1) {
    rest /= 1000;
    index += 1;
  }
  const places = index === 0 || rest >= 100 ? 0 : rest < 10 ? 2 : 1;
  // Rounds down: nothing is to look fuller than it is.
  const unit = 10 ** places;
  return `${(Math.floor(rest * unit) / unit).toFixed(places)} ${prefixes[index]}`;
}

/** @param {number} value */
export function bytes(value) {
  return `${scaled(value)}B`;
}

/** @param {number} value */
export function bitRate(value) {
  return `${scaled(value)}bit/s`;
}

/** Exact up to five digits. @param {number} value */
export function count(value) {
  return value < 100_000 ? String(Math.round(value)) : scaled(value).trim();
}

/** With a place behind the point below ten. @param {number} value */
export function rate(value) {
  const digits = value > 0 && value < 10 ? value.toFixed(1) : count(value);
  return `${digits}/s`;
}

/** The two largest units. @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const units = [[86_400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const index = units.findIndex(([size]) => Number(size) <= Math.max(whole, 1));
  const [size, name] = /** @type {[number, string]} */ (units[index]);
  const text = `${Math.floor(whole / size)} ${name}`;
  if (index + 1 >= units.length) return text;
  const [small, smallName] = /** @type {[number, string]} */ (units[index + 1]);
  const rest = Math.floor((whole % size) / small);
  return rest === 0 ? text : `${text} ${rest} ${smallName}`;
}

/** @param {number} number @param {string} one @param {string} [many] */
export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

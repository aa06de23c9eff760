/** The next whole millisecond, once it has come: what was written before is older, what is written next is not. */
export function nextMoment(): Date {
  const passed = Date.now();
  while (Date.now() === passed);
  return new Date();
}

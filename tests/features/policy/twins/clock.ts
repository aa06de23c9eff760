const RealDate = Date;
let stopped: number | undefined;

class StoppedDate extends RealDate {
  constructor(...given: []) {
    if (given.length === 0 && stopped !== undefined) super(stopped);
    else super(...given);
  }

  static override now(): number {
    return stopped ?? RealDate.now();
  }
}

/** Lets a test say what time it is, for the whole process: two worlds then differ in no instant. */
export function takeClock(): { at(instant: number): void; release(): void; readonly start: number } {
  globalThis.Date = StoppedDate as DateConstructor;
  return {
    start: RealDate.now(),
    at: (instant) => {
      stopped = instant;
    },
    release: () => {
      stopped = undefined;
      globalThis.Date = RealDate;
    },
  };
}

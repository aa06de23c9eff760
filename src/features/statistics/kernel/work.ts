/** Work in small steps: it yields between them, so that a long computation need not keep a process from other work. */
export type Work<T> = Generator<void, T, void>;

/** Does all of the work at once. */
export function finish<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** A promise that is settled from outside, and never leads to an unhandled rejection. */

/** @internal */
export class Deferred<T> {
  readonly promise: Promise<T>
  resolve!: (value: T) => void
  reject!: (error: unknown) => void

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.promise.catch(() => {})
  }
}

/** A promise that is rejected, of which nobody has to take notice. @internal */
export function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject<never>(error)
  promise.catch(() => {})
  return promise
}
